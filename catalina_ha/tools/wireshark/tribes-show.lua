-- SPDX-License-Identifier: Apache-2.0
--
-- The fields of both protocols, and how values, columns and problems are shown; for tribes.lua.
-- Wireshark loads every file of its plugin folder by itself: this one only returns a function that
-- makes a table of it all.

local function make(Java)
  local tribes = Proto("tribes", "Apache Tomcat Tribes")
  local catalina = Proto("catalina", "Apache Tomcat Session Replication")

  local TEXT_MAX = 160

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
    compressed = ProtoField.uint32("tribes.compressed", "Compressed size"),
    piece = ProtoField.uint32("tribes.piece", "Piece, from 0"),
    pieces = ProtoField.uint32("tribes.pieces", "Pieces"),
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

  return {
    tribes = tribes, catalina = catalina, f = f, g = g, failed = failed, event_names = event_names,
    type_names = type_names, change_names = change_names, map_types = map_types,
    begin_packet = begin_packet, say = say, say_problem = say_problem, part = part, add = add,
    cut = cut, to_time = to_time, add_node = add_node, add_value = add_value,
    with_stream = with_stream,
  }
end

return make
