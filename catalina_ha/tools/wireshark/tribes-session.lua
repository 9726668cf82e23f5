-- SPDX-License-Identifier: Apache-2.0
--
-- What members tell each other about sessions: messages, deltas, states; for tribes.lua. Wireshark
-- loads every file of its plugin folder by itself: this one only returns a function.

local function make(show)
  local f, g = show.f, show.g
  local event_names, type_names, change_names = show.event_names, show.type_names, show.change_names
  local say, cut, to_time = show.say, show.cut, show.to_time
  local add_node, add_value, with_stream = show.add_node, show.add_value, show.with_stream

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
    local item = tree:add(show.catalina, range)
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
  return {
    fields_of = fields_of, add_session = add_session, dissect_delta = dissect_delta,
    dissect_message = dissect_session_message,
  }
end

return make
