-- SPDX-License-Identifier: Apache-2.0
--
-- What replicated maps tell each other; for tribes.lua. Wireshark loads every file of its plugin
-- folder by itself: this one only returns a function.

local function make(Java, show, session)
  local f, map_types = show.f, show.map_types
  local say, cut, add_node, with_stream = show.say, show.cut, show.add_node, show.with_stream
  local fields_of = session.fields_of
  local MEMBER_BEGIN = "TRIBES-B\1\0"

  local MAP_MESSAGE = "org.apache.catalina.tribes.tipis.AbstractReplicatedMap$MapMessage"
  local DELTA_SESSION = "org.apache.catalina.ha.session.DeltaSession"
  local SIGN_ON = "org.apache.catalina.authenticator.SingleSignOnEntry"

  -- "127.0.0.1:4000"; nil for what is no member. It writes itself: a length and its package.
  local function endpoint_of(node)
    local first = (node.target or node).nodes
    local data = first and first[1] and first[1].node.text or ""
    local at = 4 + #MEMBER_BEGIN + 4 + 8
    if #data < at + 13 or data:sub(5, 4 + #MEMBER_BEGIN) ~= MEMBER_BEGIN then
      return nil
    end
    local size = data:byte(at + 13)
    local host = { data:byte(at + 14, at + 13 + size) }
    local port = Java.number_of(data:sub(at + 1, at + 4))
    if #host == 4 then
      return string.format("%d.%d.%d.%d:%d", host[1], host[2], host[3], host[4], port)
    elseif #host ~= 16 then
      return nil
    end
    local groups = {}
    for i = 1, 8 do
      groups[i] = string.format("%x", host[2 * i - 1] * 256 + host[2 * i])
    end
    return string.format("[%s]:%d", table.concat(groups, ":"), port)
  end

  local function add_member(item, field, range, node)
    local endpoint = endpoint_of(node)
    if endpoint then
      item:add(field, range(node.at, node.size), endpoint)
    end
    return endpoint
  end

  -- Who is logged in everywhere, field by field: never the password.
  local function add_sign_on(tree, range, node)
    local fields = fields_of(node)
    local item = tree:add(range(node.at, node.size), "Single sign-on")
    for _, name in ipairs({ "username", "authType", "canReauthenticate" }) do
      if fields[name] then
        add_node(item, range, name, fields[name])
      end
    end
  end

  local function dissect_entry(range, tree)
    with_stream(tree, range, function(java)
      local begin = java.pos
      local node = java:read_object()
      if node.class == SIGN_ON then
        add_sign_on(tree, range, node)
      elseif node.class == DELTA_SESSION then
        -- Again, this time part by part: it writes itself as a state transfer has it.
        java = Java.new(range)
        java:take(begin + 1 - java.pos, "session")
        java:remember(java:class())
        session.add_session(tree, range, java)
      elseif node.kind == "enum" then
        tree:add(f.map_state, range(node.at, node.size), node.text)
      else
        add_node(tree, range, "value", node)
      end
    end)
  end

  local dissect_map

  -- The entries of a map; those of one that stands in such a list are not looked into.
  local function dissect_entries(range, tree)
    with_stream(tree, range, function(java)
      local list = java:read_object()
      local item = tree:add(range(list.at, list.size), "Entries")
      for _, child in ipairs(list.nodes) do
        if child.node.class == MAP_MESSAGE then
          dissect_map(range, child.node, nil, item)
        end
      end
    end)
  end

  local function bytes_of(range, node)
    return node and node.kind == "bytes" and node.data_size > 0
           and range(node.data_at, node.data_size) or nil
  end

  local function add_map_key(item, range, node)
    local bytes = bytes_of(range, node)
    local key
    if bytes then
      with_stream(item, bytes, function(java)
        key = java:read_object().text
        item:add(f.map_key, bytes, key or "")
      end)
    end
    return key
  end

  local function add_map_members(item, range, fields)
    if fields.primary then
      add_member(item, f.map_primary, range, fields.primary)
    end
    local nodes = fields.nodes and (fields.nodes.target or fields.nodes).nodes or {}
    for _, child in ipairs(nodes) do
      add_member(item, f.map_node, range, child.node)
    end
  end

  -- @pinfo: nil for an entry of a list.
  dissect_map = function(range, node, pinfo, tree)
    local fields = fields_of(node)
    local item = tree:add(range(node.at, node.size), "Map message")
    local type = fields.msgtype and tonumber(fields.msgtype.text) or 0
    local name = bytes_of(range, fields.mapId)
    if fields.msgtype then
      item:add(f.map_type, range(fields.msgtype.at, fields.msgtype.size), type)
    end
    if name then
      item:add(f.map_name, name, Java.readable(name:raw()))
    end
    local key = add_map_key(item, range, fields.keydata)
    add_map_members(item, range, fields)
    local diff, value = bytes_of(range, fields.diffvalue), bytes_of(range, fields.valuedata)
    if diff then
      session.dissect_delta(diff, item)
    end
    if value and (type == 5 or type == 10) then
      if pinfo then
        dissect_entries(value, item)
      end
    elseif value then
      dissect_entry(value, item)
    end
    local title = string.format("map %s %s", map_types[type] or type, cut(key or ""))
    item:append_text(", " .. title)
    if pinfo then
      say(pinfo, title)
    end
  end

  return { MESSAGE = MAP_MESSAGE, dissect_message = dissect_map }
  end

  return make
