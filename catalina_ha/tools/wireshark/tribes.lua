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

local tribes = Proto("tribes", "Apache Tomcat Tribes")
local catalina = Proto("catalina", "Apache Tomcat Session Replication")

-- Longer frames are nobody's.
local FRAME_MAX = 256 * 1024 * 1024
local WAITING_MAX = 4096
local TEXT_MAX = 160

local FRAME_HEAD, FRAME_TAIL = 11, 7
local ACK, FAIL_ACK = "\6\2\3", "\11\0\5"
local MEMBER_BEGIN, MEMBER_END = "TRIBES-B\1\0", "TRIBES-E\1\0"
local JAVA_BEGIN = "\172\237\0\5"
-- Receivers take the first free port from 4000 on.
local DEFAULT_PORTS = "4000-4100"

local event_names = {
  [1] = "created", [2] = "expired", [3] = "accessed", [4] = "get-all", [12] = "all-data",
  [13] = "delta", [14] = "transfer-complete", [15] = "change-id", [16] = "no-context-manager",
}
local type_names = {
  [0] = "attribute", [1] = "principal", [2] = "is new", [3] = "max inactive",
  [4] = "authentication", [5] = "listener", [6] = "note",
}
local change_names = { [0] = "set", [1] = "remove" }
local map_types = {
  [1] = "backup", [2] = "retrieve-backup", [3] = "proxy", [4] = "remove", [5] = "state",
  [6] = "start", [7] = "stop", [8] = "init", [9] = "copy", [10] = "state-copy", [11] = "access",
  [12] = "notify-member", [13] = "ping",
}
local ack_names = { [1] = "received", [2] = "failed" }

local f = {
  skipped = ProtoField.bytes("tribes.skipped", "Not a frame"),
  length = ProtoField.uint32("tribes.length", "Length"),
  ack = ProtoField.uint8("tribes.ack", "Acknowledgement", base.DEC, ack_names),
  ack_of = ProtoField.framenum("tribes.ack.of", "Acknowledges the message in", base.NONE,
                               frametype.ACK),
  ack_in = ProtoField.framenum("tribes.ack.in", "Acknowledged in", base.NONE, frametype.ACK),
  ack_time = ProtoField.double("tribes.ack.time", "Time to acknowledgement (seconds)"),
  options = ProtoField.uint32("tribes.options", "Options", base.HEX),
  byte = ProtoField.bool("tribes.options.byte", "Bytes, no object", 32, nil, 0x1),
  wants_ack = ProtoField.bool("tribes.options.ack", "To be acknowledged", 32, nil, 0x2),
  sync = ProtoField.bool("tribes.options.sync", "Acknowledged after it was processed", 32, nil, 0x4),
  async = ProtoField.bool("tribes.options.async", "Sent asynchronously", 32, nil, 0x8),
  secure = ProtoField.bool("tribes.options.secure", "Secure", 32, nil, 0x10),
  udp = ProtoField.bool("tribes.options.udp", "By UDP", 32, nil, 0x20),
  multicast = ProtoField.bool("tribes.options.multicast", "By multicast", 32, nil, 0x40),
  gzip = ProtoField.bool("tribes.options.gzip", "Compressed by GzipInterceptor", 32, nil, 0x100),
  timestamp = ProtoField.absolute_time("tribes.timestamp", "Time stamp", base.UTC),
  message_id = ProtoField.bytes("tribes.id", "Unique id"),
  payload = ProtoField.bytes("tribes.payload", "Payload"),
  marker = ProtoField.string("tribes.marker", "Marker"),
  alive = ProtoField.uint64("tribes.member.alive", "Alive time (milliseconds)"),
  port = ProtoField.int32("tribes.member.port", "Port"),
  secure_port = ProtoField.int32("tribes.member.secure_port", "Secure port"),
  udp_port = ProtoField.int32("tribes.member.udp_port", "UDP port"),
  host = ProtoField.string("tribes.member.host", "Host"),
  command = ProtoField.bytes("tribes.member.command", "Command"),
  leaves = ProtoField.bool("tribes.member.leaves", "The member leaves"),
  domain = ProtoField.string("tribes.member.domain", "Domain"),
  member_id = ProtoField.bytes("tribes.member.id", "Unique id"),
  member_payload = ProtoField.bytes("tribes.member.payload", "Payload"),
  rpc_reply = ProtoField.bool("tribes.rpc.reply", "Reply"),
  rpc_id = ProtoField.bytes("tribes.rpc.id", "Call"),
  rpc_channel = ProtoField.string("tribes.rpc.channel", "Channel"),
  map_type = ProtoField.int32("tribes.map.type", "Type", base.DEC, map_types),
  map_name = ProtoField.string("tribes.map.name", "Map"),
  map_key = ProtoField.string("tribes.map.key", "Key"),
  map_primary = ProtoField.string("tribes.map.primary", "Primary"),
  map_node = ProtoField.string("tribes.map.node", "Node"),
  map_state = ProtoField.string("tribes.map.state", "State"),
}
local g = {
  event = ProtoField.int32("catalina.session.event", "Event", base.DEC, event_names),
  context = ProtoField.string("catalina.session.context", "Context"),
  session = ProtoField.string("catalina.session.id", "Session id"),
  unique_id = ProtoField.string("catalina.session.unique_id", "Unique id"),
  timestamp = ProtoField.absolute_time("catalina.session.timestamp", "Time stamp", base.UTC),
  new_id = ProtoField.string("catalina.session.new_id", "New id"),
  sessions = ProtoField.int32("catalina.state.sessions", "Number of sessions"),
  record_all = ProtoField.bool("catalina.delta.record_all", "Record all actions"),
  type = ProtoField.int32("catalina.delta.type", "Type", base.DEC, type_names),
  change = ProtoField.int32("catalina.delta.change", "Change", base.DEC, change_names),
  name = ProtoField.string("catalina.attribute.name", "Name"),
  class = ProtoField.string("catalina.attribute.class", "Class"),
  size = ProtoField.uint32("catalina.attribute.size", "Size"),
}

local function values_of(fields)
  local list = {}
  for _, field in pairs(fields) do
    list[#list + 1] = field
  end
  return list
end

tribes.fields = values_of(f)
catalina.fields = values_of(g)

local problem = ProtoExpert.new("tribes.problem", "Problem", expert.group.MALFORMED,
                                expert.severity.ERROR)
local failed = ProtoExpert.new("tribes.failed", "The receiver could not process the message",
                               expert.group.RESPONSE_CODE, expert.severity.WARN)
tribes.experts = { problem, failed }

-- What the column of a packet says grows with each frame in it.
local said

local function begin_packet(pinfo)
  pinfo.cols.protocol = "Tribes"
  pinfo.cols.info = ""
  said = false
end

local function say(pinfo, text)
  pinfo.cols.info:append((said and " " or "") .. text)
  said = true
end

local function say_problem(tree, text)
  tree:add_proto_expert_info(problem, text)
end

-- A range of no bytes is none.
local function part(range, at, size)
  return size > 0 and range(at, size) or nil
end

local function add(tree, field, range, ...)
  return range and tree:add(field, range, ...) or tree:add(field, ...)
end

local function cut(text)
  return #text > TEXT_MAX and text:sub(1, TEXT_MAX) .. "…" or text
end

local function to_time(range)
  local ms = range:uint64()
  return NSTime.new((ms / 1000):tonumber(), (ms % 1000):tonumber() * 1000000)
end

local function text_of(node)
  if node.kind == "string" then
    return string.format("\"%s\"", cut(node.text or ""))
  elseif node.kind == "data" then
    return string.format("%d bytes", #node.text)
  elseif node.kind == "number" or node.kind == "null" then
    return node.text or ""
  end
  return (node.class or node.kind) .. (node.text and " " .. cut(node.text) or "")
end

local function add_node(tree, range, name, node)
  local item = tree:add(range(node.at, node.size), name .. ": " .. text_of(node))
  for _, child in ipairs(node.nodes or {}) do
    if child.node.size > 0 then
      add_node(item, range, child.name, child.node)
    end
  end
  return item
end

-- An attribute, a note, a principal: with its class and its size as fields to filter by.
local function add_value(tree, range, name, node)
  local item = add_node(tree, range, name, node)
  local class = node.class or (node.kind == "string" and "java.lang.String") or nil
  if class then
    item:add(g.class, range(node.at, node.size), class):set_generated()
  end
  item:add(g.size, range(node.at, node.size), node.size):set_generated()
end

-- Calls @read with a reader of the stream that fills @range; says what was refused.
local function with_stream(tree, range, read)
  local java
  local ok, refused = pcall(function()
    java = Java.new(range)
    read(java)
  end)
  if ok then
    return true
  elseif type(refused) ~= "table" then
    refused = { at = java and java.pos or 0, text = tostring(refused) }
  end
  local rest = part(range, refused.at, range:len() - refused.at)
  local item = tree:add(rest or range, string.format("Offset %d: %s", refused.at, refused.text))
  say_problem(item, refused.text)
  return false
end

--------------------------------------------------------------------------------------------------
-- Session replication

local function add_action(tree, range, java)
  local at = java.pos
  local type = java:int("type of an action")
  local change = java:int("action")
  local name = java:text("name")
  local value = java:boolean("whether there is a value")
  local head = java.pos - at
  local title = string.format("%s %s %s", change_names[change] or change, type_names[type] or type,
                              cut(name))
  local item = tree:add(range(at, head), title)
  item:add(g.type, range(at, head), type)
  item:add(g.change, range(at, head), change)
  item:add(g.name, range(at, head), name)
  if value then
    add_value(item, range, "value", java:read_object())
  end
  item:set_len(java.pos - at)
  return title
end

local function dissect_delta(range, tree)
  local item = tree:add(range, "Delta")
  with_stream(item, range, function(java)
    local session = java:text("session id")
    local record_all = java:boolean("record all")
    local n = java:int("number of actions")
    item:add(g.session, range(0, java.pos), session)
    item:add(g.record_all, range(0, java.pos), record_all)
    item:append_text(string.format(", %d action%s", n, n == 1 and "" or "s"))
    for i = 1, n do
      java:count()
      local title = add_action(item, range, java)
      if i <= 6 then
        item:append_text((i == 1 and ": " or ", ") .. title)
      end
    end
  end)
end

local function read_principal_7_0(java)
  java:text("name")
  if java:boolean("whether there is a password") then
    java:text("password")
  end
  for _ = 1, java:int("number of roles") do
    java:text("role")
  end
  return java:boolean("whether there is a user principal") and java:read_object() or nil
end

local session_parts = {
  "creation time", "last accessed time", "max inactive interval", "is new", "is valid",
  "this accessed time", "version",
}

local function add_principal(item, range, java)
  if not java:boolean("whether there is a principal") then
    return
  end
  local at = java.pos
  if java.block > 0 then
    read_principal_7_0(java)
    item:add(range(at, java.pos - at), "principal of Tomcat 7.0")
  else
    add_value(item, range, "principal", java:read_object())
  end
end

-- Two notes stand before the number of attributes where the writer is recent enough.
local function add_notes(item, range, java)
  local node = java:read_object()
  if node.class ~= "java.lang.Integer" then
    add_value(item, range, "session id note", node)
    add_value(item, range, "request note", java:read_object())
    node = java:read_object()
  end
  return node
end

local function add_session(tree, range, java)
  local at = java.pos
  local item = tree:add(range(at, 1), "Session")
  for _, name in ipairs(session_parts) do
    add_node(item, range, name, java:read_object())
  end
  add_principal(item, range, java)
  local id = java:read_object()
  item:add(g.session, range(id.at, id.size), id.text or "")
  local count = add_notes(item, range, java)
  local n = tonumber(count.text) or java:fail("number of attributes: expected a number")
  item:append_text(string.format(" %s, %d attribute%s", cut(id.text or ""), n, n == 1 and "" or "s"))
  for _ = 1, n do
    local name = java:read_object()
    local value = java:read_object()
    local attribute = item:add(range(name.at, java.pos - name.at), cut(name.text or ""))
    attribute:add(g.name, range(name.at, name.size), name.text or "")
    add_value(attribute, range, "value", value)
  end
  for _ = 1, tonumber(java:read_object().text) or 0 do
    add_node(item, range, "listener", java:read_object())
  end
  item:set_len(java.pos - at)
end

local function dissect_state(range, tree)
  local item = tree:add(range, "State")
  with_stream(item, range, function(java)
    local count = java:read_object()
    local n = tonumber(count.text) or java:fail("number of sessions: expected a number")
    item:add(g.sessions, range(count.at, count.size), n)
    item:append_text(string.format(", %d session%s", n, n == 1 and "" or "s"))
    for _ = 1, n do
      add_session(item, range, java)
    end
  end)
end

local function dissect_new_id(range, tree)
  with_stream(tree, range, function(java)
    tree:add(g.new_id, range, java:text("new id"))
  end)
end

local dissect_data = { [12] = dissect_state, [13] = dissect_delta, [15] = dissect_new_id }

local function fields_of(node)
  local fields = {}
  for _, child in ipairs(node.nodes) do
    fields[child.name] = child.node
  end
  return fields
end

local function add_string(item, field, range, node)
  if node and node.kind == "string" then
    item:add(field, range(node.at, node.size), node.text)
  end
end

local function dissect_session_message(range, node, pinfo, tree)
  local fields = fields_of(node)
  local item = tree:add(catalina, range)
  local event = fields.mEvtType and tonumber(fields.mEvtType.text) or 0
  local context = fields.mContextName and fields.mContextName.text or ""
  local session = fields.mSessionID and fields.mSessionID.text or ""
  local title = string.format("%s %s %s", event_names[event] or event, context, cut(session))
  if fields.mEvtType then
    item:add(g.event, range(fields.mEvtType.at, fields.mEvtType.size), event)
  end
  add_string(item, g.context, range, fields.mContextName)
  add_string(item, g.session, range, fields.mSessionID)
  add_string(item, g.unique_id, range, fields.uniqueId)
  if fields.serializationTimestamp then
    local time = range(fields.serializationTimestamp.at, 8)
    item:add(g.timestamp, time, to_time(time))
  end
  local data = fields.mSession
  if data and data.kind == "bytes" and data.data_size > 0 then
    local bytes = range(data.data_at, data.data_size)
    local dissect = dissect_data[event]
    if dissect then
      dissect(bytes, item)
    else
      item:add(f.payload, bytes)
    end
  end
  item:append_text(", " .. title)
  say(pinfo, title)
end

--------------------------------------------------------------------------------------------------
-- Replicated maps

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
      add_session(tree, range, java)
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
    dissect_delta(diff, item)
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
    if carried.class == MAP_MESSAGE then
      dissect_map(range, carried, pinfo, item)
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
    dissect_session_message(range, node, pinfo, tree)
  elseif node.class == RPC or node.class == NOBODY then
    dissect_rpc(range, node, pinfo, tree)
  elseif node.class == MAP_MESSAGE then
    dissect_map(range, node, pinfo, tree)
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

local function dissect_payload(range, options, pinfo, tree)
  local bytes = range:raw()
  local marker = #bytes <= 64 and markers[bytes]
  if marker then
    tree:add(f.marker, range, marker)
    say(pinfo, marker)
  elseif bytes:sub(1, 4) == JAVA_BEGIN then
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
      dissect_payload(payload, options, pinfo, tree)
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
    item:add_proto_expert_info(failed)
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
