-- SPDX-License-Identifier: Apache-2.0
--
-- Apache Tomcat's cluster traffic (Tribes) for Wireshark and tshark, versions 7.0 to 12: frames,
-- messages, members, acknowledgements with their round trips, heartbeats, session messages, what
-- requests changed in sessions, session states, remote calls, messages of replicated maps, and
-- whatever else is a Java stream.
--
-- Frames are found on any TCP port by how they begin, and connections that a capture joins in the
-- middle are taken up at the next frame. Heartbeats are found on any UDP port. Nothing in a stream
-- is ever run; what is broken is said where it is, and what is behind it is shown as bytes.
--
-- Filters: tribes.options.ack == 1, tribes.ack.time > 0.1, catalina.session.event == 13,
-- catalina.session.context == "localhost#/shop", catalina.attribute.name == "cart", tribes.problem

local Java = dofile(__DIR__ .. "/tribes-java.lua")
local show = dofile(__DIR__ .. "/tribes-show.lua")(Java)
local session = dofile(__DIR__ .. "/tribes-session.lua")(show)
local map = dofile(__DIR__ .. "/tribes-map.lua")(Java, show, session)
local wrapping = dofile(__DIR__ .. "/tribes-wrapping.lua")(Java, show)

local tribes, f = show.tribes, show.f
local begin_packet, say, say_problem = show.begin_packet, show.say, show.say_problem
local part, add, cut, to_time = show.part, show.add, show.cut, show.to_time
local add_node, with_stream = show.add_node, show.with_stream

-- Longer frames are nobody's.
local FRAME_MAX = 256 * 1024 * 1024
local WAITING_MAX = 4096
-- Of interceptors around a message.
local LAYERS_MAX = 4

local FRAME_HEAD, FRAME_TAIL = 11, 7
local ACK, FAIL_ACK = "\6\2\3", "\11\0\5"
local MEMBER_BEGIN, MEMBER_END = "TRIBES-B\1\0", "TRIBES-E\1\0"
local JAVA_BEGIN = "\172\237\0\5"
-- Receivers take the first free port from 4000 on.
local DEFAULT_PORTS = "4000-4100"

--------------------------------------------------------------------------------------------------
-- What a message can carry

local RPC = "org.apache.catalina.tribes.group.RpcMessage"
local NOBODY = "org.apache.catalina.tribes.group.RpcMessage$NoRpcChannelReply"
local SESSION_MESSAGE = "org.apache.catalina.ha.session.SessionMessageImpl"

-- Data of an object up to its first object, which is in blocks of 1024 bytes where it is long, and
-- where it begins.
local function leading_data(node)
  local parts, n = {}, 0
  for i, child in ipairs(node.nodes) do
    if child.node.kind ~= "data" then
      break
    end
    parts[i], n = child.node.text, i
  end
  local first = node.nodes[1] and node.nodes[1].node
  return table.concat(parts), n, n > 0 and first.at + first.size - #first.text or 0
end

-- Of an RpcMessage, whose head is data.
local function dissect_rpc(range, node, pinfo, tree)
  local item = tree:add(range(node.at, node.size), "Remote call")
  local head, n_data, start = leading_data(node)
  local nobody = node.class == NOBODY
  local pos = nobody and 0 or 1
  local id_size = #head >= pos + 4 and Java.number_of(head:sub(pos + 1, pos + 4)) or -1
  local channel_at = pos + 4 + id_size
  if id_size < 0 or #head < channel_at + 4 then
    say_problem(item, "Remote call: its head is too short")
    return
  end
  local channel = Java.readable(head:sub(channel_at + 5))
  local reply = nobody or head:byte(1) ~= 0
  local there = range(start, node.at + node.size - start)
  item:add(f.rpc_reply, there, reply)
  -- In one piece, unless it is longer than a block of data.
  if pos + 4 + id_size <= #node.nodes[1].node.text and id_size > 0 then
    item:add(f.rpc_id, range(start + pos + 4, id_size))
  end
  item:add(f.rpc_channel, there, channel)
  local what = nobody and "reply of nobody" or reply and "reply" or "question"
  item:append_text(string.format(", %s, %s", what, cut(channel)))
  say(pinfo, string.format("RPC %s %s", what, cut(channel)))
  for i = n_data + 1, #node.nodes do
    local carried = node.nodes[i].node
    if carried.class == map.MESSAGE then
      map.dissect_message(range, carried, pinfo, item)
    else
      add_node(item, range, "message", carried)
    end
  end
end

local function dissect_java(range, pinfo, tree)
  local node
  local read = with_stream(tree, range, function(java)
    node = java:read_object()
  end)
  if not read then
    tree:add(f.payload, range)
  elseif node.class == SESSION_MESSAGE then
    session.dissect_message(range, node, pinfo, tree)
  elseif node.class == RPC or node.class == NOBODY then
    dissect_rpc(range, node, pinfo, tree)
  elseif node.class == map.MESSAGE then
    map.dissect_message(range, node, pinfo, tree)
  else
    add_node(tree, range, "Java", node)
    say(pinfo, cut(node.class or node.kind))
  end
end

local function from_hex(hex)
  return (hex:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end))
end

local markers = {
  ["Local StaticMember Notification Data"] = "a static member starts",
  ["Local StaticMember Shutdown Data"] = "a static member stops",
  [from_hex("4fa77348798243c99f6f8980a15b07147dd9525bebf1439ab77ebe8f81671eb6"
            .. "3715be87457e4ca8bf0a4d135338153255f694b73afa407891047dd77284c0d5")]
    = "a failure detector asks",
  [from_hex("4fa7734879df43c99f6f8980a15b07147dd9525bebdf439ab77ebe8f81671eb6"
            .. "3715be8745214ca8bf0a4d135338153255f694b73adf217891047dd77284c0d5")]
    = "a ping",
}

-- @message: what all pieces of one have in common. @depth: layers around it.
local function dissect_payload(range, message, pinfo, tree, depth)
  local bytes = range:raw()
  local marker = #bytes <= 64 and markers[bytes]
  if marker then
    tree:add(f.marker, range, marker)
    say(pinfo, marker)
    return
  end
  local is_piece, inner = wrapping.join(range, message, pinfo, tree)
  inner = inner or not is_piece and wrapping.expand(range, pinfo, tree)
  if inner and inner:len() > 0 and depth < LAYERS_MAX then
    dissect_payload(inner, message, pinfo, tree, depth + 1)
  elseif not is_piece and bytes:sub(1, 4) == JAVA_BEGIN then
    dissect_java(range, pinfo, tree)
  else
    tree:add(f.payload, range)
    say(pinfo, string.format("%d bytes", #bytes))
  end
end

--------------------------------------------------------------------------------------------------
-- Members and messages. A cursor goes over a range; what does not fit is an error as above.

local function cursor(range)
  local self = { range = range, pos = 0 }
  function self.take(size, what)
    local left = range:len() - self.pos
    if size < 0 or size > left then
      error({ at = self.pos, text = string.format("%s: expected %d bytes, found %d", what, size,
                                                  left) }, 0)
    end
    local at = self.pos
    self.pos = at + size
    return part(range, at, size)
  end
  function self.counted(what)
    local size = self.take(4, what):int()
    return self.take(size, what)
  end
  function self.expect(bytes, what)
    local found = self.take(#bytes, what)
    if found:raw() ~= bytes then
      self.pos = self.pos - #bytes
      error({ at = self.pos, text = what .. ": expected " .. bytes:gsub("[^%g]", "?") }, 0)
    end
  end
  return self
end

local function guarded(tree, range, read)
  local ok, refused = pcall(read)
  if ok then
    return
  elseif type(refused) ~= "table" then
    refused = { at = 0, text = tostring(refused) }
  end
  local rest = part(range, refused.at, range:len() - refused.at) or range
  say_problem(tree:add(rest, string.format("Offset %d: %s", refused.at, refused.text)),
              refused.text)
end

local function host_of(range)
  if range and range:len() == 4 then
    return tostring(range:ipv4())
  elseif range and range:len() == 16 then
    return tostring(range:ipv6())
  end
  return range and tostring(range:bytes()) or ""
end

-- Returns how the member is called.
local function dissect_member(range, tree, label)
  local item = tree:add(tribes, range, label)
  local name = "?"
  guarded(item, range, function()
    local at = cursor(range)
    at.expect(MEMBER_BEGIN, "begin of a member")
    item:add(f.length, at.take(4, "length"))
    item:add(f.alive, at.take(8, "alive time"))
    local port = at.take(4, "port")
    item:add(f.port, port)
    item:add(f.secure_port, at.take(4, "secure port"))
    item:add(f.udp_port, at.take(4, "UDP port"))
    local host = at.take(at.take(1, "host"):uint(), "host")
    add(item, f.host, host, host_of(host))
    name = host_of(host) .. ":" .. port:int()
    item:append_text(" " .. name)
    local command = at.counted("command")
    if command then
      item:add(f.command, command)
      if command:raw() == "BABY-ALEX" then
        item:add(f.leaves, command, true):set_generated()
        item:append_text(", leaves")
        name = name .. ", leaves"
      end
    end
    local domain = at.counted("domain")
    if domain then
      item:add(f.domain, domain, domain:raw())
    end
    item:add(f.member_id, at.take(16, "unique id"))
    local payload = at.counted("payload")
    if payload then
      item:add(f.member_payload, payload)
    end
    at.expect(MEMBER_END, "end of a member")
  end)
  return name
end

local option_fields = { "byte", "wants_ack", "sync", "async", "secure", "udp", "multicast", "gzip" }

-- Returns id and options, as far as they are there.
local function dissect_message(range, pinfo, tree)
  local id, options
  guarded(tree, range, function()
    local at = cursor(range)
    local bits = at.take(4, "options")
    options = bits:uint()
    local item = tree:add(f.options, bits)
    for _, name in ipairs(option_fields) do
      item:add(f[name], bits)
    end
    local time = at.take(8, "time stamp")
    tree:add(f.timestamp, time, to_time(time))
    local unique = at.counted("unique id")
    id = unique and tostring(unique:bytes()) or ""
    if unique then
      tree:add(f.message_id, unique)
    end
    local sender = at.counted("sender")
    local name = sender and dissect_member(sender, tree, "Sender") or "nobody"
    local payload = at.counted("payload")
    say(pinfo, name)
    if payload then
      local message = string.format("%s:%d:%s", tostring(pinfo.dst), pinfo.dst_port, id)
      dissect_payload(payload, message, pinfo, tree, 0)
    end
    if at.pos < range:len() then
      error({ at = at.pos, text = "expected the end of the message, found more" }, 0)
    end
  end)
  return id, options
end

--------------------------------------------------------------------------------------------------
-- Frames, and acknowledgements to the messages they belong to. These come on the same connection
-- in the order of the messages.

local stream_field = Field.new("tcp.stream")
local source_port = Field.new("tcp.srcport")
local known, waiting, acked_in, ack_of

function tribes.init()
  known, waiting, acked_in, ack_of = {}, {}, {}, {}
  wrapping.init()
end

local function stream_number()
  local stream = stream_field()
  return stream and stream.value or nil
end

-- A message that waits, on the side of the connection that will be answered.
local function note_message(pinfo, id)
  local stream = stream_number()
  if not stream or pinfo.visited then
    return
  end
  local queue = waiting[stream] or { first = 1, last = 0, port = source_port().value }
  waiting[stream] = queue
  if queue.last - queue.first >= WAITING_MAX then
    queue[queue.first] = nil
    queue.first = queue.first + 1
  end
  queue.last = queue.last + 1
  queue[queue.last] = { id = stream .. ":" .. id, frame = pinfo.number, time = pinfo.abs_ts }
end

local function pair_ack(pinfo, key)
  local queue = waiting[stream_number() or -1]
  if not queue or pinfo.visited or queue.first > queue.last
     or source_port().value == queue.port then
    return
  end
  local message = queue[queue.first]
  queue[queue.first] = nil
  queue.first = queue.first + 1
  local seconds = pinfo.abs_ts - message.time
  acked_in[message.id] = { frame = pinfo.number, seconds = seconds }
  ack_of[key] = { frame = message.frame, seconds = seconds }
end

local function add_pair(tree, range, field, pair)
  if pair then
    tree:add(field, range, pair.frame):set_generated()
    tree:add(f.ack_time, range, pair.seconds):set_generated()
  end
end

local function dissect_ack(range, ok, pinfo, tree)
  local key = pinfo.number .. ":" .. range:offset()
  local item = tree:add(f.ack, range, ok and 1 or 2)
  pair_ack(pinfo, key)
  add_pair(tree, range, f.ack_of, ack_of[key])
  tree:append_text(ok and ", acknowledgement" or ", failed")
  say(pinfo, ok and "ack" or "fail-ack")
  if not ok then
    item:add_proto_expert_info(show.failed)
  end
end

local function dissect_body(body, pinfo, tree)
  local bytes = body:len() == 3 and body:raw() or ""
  if bytes == ACK or bytes == FAIL_ACK then
    dissect_ack(body, bytes == ACK, pinfo, tree)
    return
  end
  local id, options = dissect_message(body, pinfo, tree)
  if id and options and Java.has_bit(options, 2) then
    note_message(pinfo, id)
    add_pair(tree, body, f.ack_in, acked_in[(stream_number() or "") .. ":" .. id])
  end
end

-- The frame that fills @range, or begins there and was cut off by the capture.
local function dissect_frame(range, size, pinfo, tree)
  local item = tree:add(tribes, range)
  item:add(range(0, 7), "Begin: FLT2002")
  item:add(f.length, range(7, 4))
  local there = math.min(size, range:len() - FRAME_HEAD)
  if there > 0 then
    dissect_body(range(FRAME_HEAD, there), pinfo, item)
  end
  if range:len() < FRAME_HEAD + size + FRAME_TAIL then
    say_problem(item, string.format("The frame is cut off: expected %d bytes, found %d",
                                    FRAME_HEAD + size + FRAME_TAIL, range:len()))
    return
  end
  local tail = range(FRAME_HEAD + size, FRAME_TAIL)
  local last = item:add(tail, "End: TLF2003")
  if tail:raw() ~= "TLF2003" then
    say_problem(last, "End of a frame: expected TLF2003")
  end
end

-- Where the next frame begins, or may begin in the last bytes; nil: nowhere.
local function find_frame(bytes, from)
  local at = bytes:find("FLT2002", from + 1, true)
  if at then
    return at - 1
  end
  for size = 6, 1, -1 do
    if #bytes - from >= size and bytes:sub(-size) == ("FLT2002"):sub(1, size) then
      return #bytes - size
    end
  end
  return nil
end

-- Whether all of the packet was captured, so that more of it can come with the next.
local function is_whole(tvb)
  return tvb:captured_len() == tvb:reported_len()
end

local function wait_for_more(pinfo, at, more)
  pinfo.desegment_offset = at
  pinfo.desegment_len = more or DESEGMENT_ONE_MORE_SEGMENT
end

-- Returns where it goes on; nil: with more bytes.
local function dissect_next(tvb, bytes, at, pinfo, tree)
  local start = find_frame(bytes, at)
  local left = #bytes - (start or #bytes)
  if start ~= at then
    tree:add(f.skipped, tvb(at, (start or #bytes) - at))
    return start or #bytes
  elseif left < FRAME_HEAD then
    if is_whole(tvb) and pinfo.can_desegment > 0 then
      wait_for_more(pinfo, at)
      return nil
    end
    tree:add(f.skipped, tvb(at, left))
    return #bytes
  end
  local size = tvb(at + 7, 4):uint()
  if size > FRAME_MAX then
    say_problem(tree:add(f.skipped, tvb(at, FRAME_HEAD)), "The frame is too long")
    return at + FRAME_HEAD
  end
  local whole = FRAME_HEAD + size + FRAME_TAIL
  if whole > left and is_whole(tvb) and pinfo.can_desegment > 0 then
    wait_for_more(pinfo, at, whole - left)
    return nil
  end
  dissect_frame(tvb(at, math.min(whole, left)), size, pinfo, tree)
  return at + math.min(whole, left)
end

local function dissect_frames(tvb, pinfo, tree)
  local bytes = tvb:raw()
  local at = 0
  begin_packet(pinfo)
  while at and at < #bytes do
    at = dissect_next(tvb, bytes, at, pinfo, tree)
  end
end

local function dissect_datagram(tvb, pinfo, tree)
  begin_packet(pinfo)
  if tvb:raw(0, math.min(7, tvb:captured_len())) == "FLT2002" then
    dissect_frames(tvb, pinfo, tree)
    return
  end
  local name = dissect_member(tvb():range(), tree, "Heartbeat")
  say(pinfo, "heartbeat " .. name)
end

local function begins_with(tvb, text)
  return tvb:captured_len() >= #text and tvb:raw(0, #text) == text
end

-- A frame, or the first bytes of one.
local function may_be_frames(tvb)
  local bytes = tvb:raw()
  return bytes:find("FLT2002", 1, true) or ("FLT2002"):sub(1, #bytes) == bytes
end

local function take_connection(pinfo)
  known[stream_number() or -1] = true
  pinfo.conversation = tribes
end

-- By UDP a dissector of Wireshark's own knows heartbeats at the usual port; this shows more. At a
-- usual port of TCP may be somebody else: what has no frame in it is left to others.
function tribes.dissector(tvb, pinfo, tree)
  if pinfo.port_type == 3 then
    dissect_datagram(tvb, pinfo, tree)
  elseif not known[stream_number() or -1] and not may_be_frames(tvb) then
    return 0
  else
    take_connection(pinfo)
    dissect_frames(tvb, pinfo, tree)
  end
  return tvb:captured_len()
end

local frames_by_udp = { ["TRIBES-B"] = true, FLT2002 = true }

local function register_heuristic(transport, begins, dissect)
  tribes:register_heuristic(transport, function(tvb, pinfo, tree)
    for text in pairs(begins) do
      if tvb:captured_len() >= #text and tvb:raw(0, #text) == text then
        dissect(tvb, pinfo, tree)
        return true
      end
    end
    return false
  end)
end

register_heuristic("udp", frames_by_udp, dissect_datagram)
register_heuristic("tcp", { FLT2002 = true }, function(tvb, pinfo, tree)
  take_connection(pinfo)
  dissect_frames(tvb, pinfo, tree)
end)
DissectorTable.get("udp.port"):add(45564, tribes)

tribes.prefs.ports = Pref.range("TCP ports", DEFAULT_PORTS,
                                "Ports that belong to Tribes. Others are found by how they begin.",
                                65535)

local ports = DEFAULT_PORTS
DissectorTable.get("tcp.port"):add(ports, tribes)

function tribes.prefs_changed()
  DissectorTable.get("tcp.port"):remove(ports, tribes)
  ports = tribes.prefs.ports
  DissectorTable.get("tcp.port"):add(ports, tribes)
end
