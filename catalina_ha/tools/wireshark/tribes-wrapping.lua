-- SPDX-License-Identifier: Apache-2.0
--
-- What interceptors did to a payload, undone: compressed ones are expanded, pieces are joined; for
-- tribes.lua. Wireshark loads every file of its plugin folder by itself: this one only returns a
-- function. What is kept is bounded.

-- Of a payload: what it expands to is no more than a thousand times as much.
local COMPRESSED_MAX = 256 * 1024
local HELD_MAX = 64 * 1024 * 1024
local PIECES_MAX = 65536

local GZIP_BEGIN = "\31\139\8"
-- The number of a piece, the number of pieces, and that it is one; what an OrderInterceptor put
-- behind it.
local PIECE_SIZE, ORDER_SIZE = 9, 4

local function make(Java, show)
  local f, say = show.f, show.say
  -- Pieces that wait, by message; what became of them, by packet.
  local waiting, held, joined

  local wrapping = {}

  function wrapping.init()
    waiting, held, joined = {}, 0, {}
  end

  -- nil: it is not compressed, or cannot be expanded.
  function wrapping.expand(range, pinfo, tree)
    if range:len() > COMPRESSED_MAX or range:raw(0, math.min(3, range:len())) ~= GZIP_BEGIN then
      return nil
    end
    -- The names of versions to come, and up to 4.4.
    local ok, expanded = pcall(function() return range:uncompress_zlib("Expanded") end)
    if not ok then
      ok, expanded = pcall(function() return range:uncompress("Expanded") end)
    end
    if not ok or not expanded then
      return nil
    end
    tree:add(f.compressed, range, range:len())
    say(pinfo, "gzip")
    return expanded
  end

  -- Whether an object fills it, so far as one can tell.
  local function is_whole(range)
    return pcall(function() Java.new(range):read_object() end)
  end

  -- Its number, how many there are, and how much of it is the message's; nil for what is no piece.
  local function read_piece(bytes, size)
    if size <= PIECE_SIZE or bytes:byte(size) ~= 1 then
      return nil
    end
    local number = Java.number_of(bytes:sub(size - 8, size - 5))
    local count = Java.number_of(bytes:sub(size - 4, size - 1))
    if count < 2 or count > PIECES_MAX or number >= count then
      return nil
    end
    return number, count, size - PIECE_SIZE
  end

  local function keep(message, number, count, bytes)
    local pieces = waiting[message]
    if not pieces or pieces.count ~= count then
      pieces = { count = count, left = count, size = 0 }
      waiting[message] = pieces
    end
    if pieces[number] then
      return nil
    end
    pieces[number], pieces.left, pieces.size = bytes, pieces.left - 1, pieces.size + #bytes
    held = held + #bytes
    if held > HELD_MAX then
      waiting, held = {}, 0
    elseif pieces.left == 0 then
      waiting[message], held = nil, held - pieces.size
      return table.concat(pieces, "", 0, count - 1)
    end
    return nil
  end

  -- Whether it is a piece; then also the whole message, in the packet with the last one of it.
  -- @message: what all pieces of one have in common.
  function wrapping.join(range, message, pinfo, tree)
    local bytes = range:raw()
    local number, count, size = read_piece(bytes, #bytes)
    if not number and #bytes > ORDER_SIZE then
      number, count, size = read_piece(bytes, #bytes - ORDER_SIZE)
    end
    if not number or is_whole(range) then
      return false
    end
    tree:add(f.piece, range(size, 4))
    tree:add(f.pieces, range(size + 4, 4))
    say(pinfo, string.format("piece %d of %d", number + 1, count))
    local key = pinfo.number .. ":" .. range:offset()
    if not pinfo.visited then
      joined[key] = keep(message, number, count, bytes:sub(1, size))
    end
    return true, joined[key] and ByteArray.new(joined[key], true):tvb("Joined"):range() or nil
  end

  return wrapping
end

return make
