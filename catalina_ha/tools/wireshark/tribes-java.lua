-- SPDX-License-Identifier: Apache-2.0
--
-- Java Object Serialization, read for tribes.lua. A node is { at, size, kind, text, class, nodes };
-- what is refused is an error with `at`, `text` and `fatal`. Knows nothing of Tomcat, shows nothing.
-- Wireshark loads every file of its plugin folder by itself: this one only returns a table.

-- What one packet may cost: a tree of a million lines is of no use to anyone.
local OBJECTS_MAX = 20000
local DEPTH_MAX = 64
local TRIES_MAX = 64

local JAVA_BEGIN = "\172\237\0\5"

local Java = {}
Java.__index = Java

-- Without operators of bits: these differ between versions of Lua.
function Java.has_bit(number, bit)
  return number % (2 * bit) >= bit
end

function Java.new(range)
  local java = setmetatable({
    range = range, bytes = range:raw(), pos = 0, block = 0, handles = {}, objects = 0, tries = 0,
    depth = 0,
  }, Java)
  java.size = #java.bytes
  local begin = java:take(4, "stream header")
  if begin ~= JAVA_BEGIN then
    java.pos = 0
    java:fail("stream header: expected aced0005")
  end
  return java
end

function Java:fail(text, fatal)
  error({ at = self.pos, text = text, fatal = fatal }, 0)
end

function Java:take(size, what)
  local left = self.size - self.pos
  if size < 0 or size > left then
    self:fail(string.format("%s: expected %d bytes, found %d", what, size, left))
  end
  self.pos = self.pos + size
  return self.bytes:sub(self.pos - size + 1, self.pos)
end

function Java.number_of(bytes)
  local number = 0
  for i = 1, #bytes do
    number = number * 256 + bytes:byte(i)
  end
  return number
end

local function signed(bytes)
  local number = Java.number_of(bytes)
  local top = 256 ^ #bytes
  return math.floor(number >= top / 2 and number - top or number)
end

function Java:uint(size, what)
  return Java.number_of(self:take(size, what))
end

local function is_tail(byte)
  return byte and byte >= 0x80 and byte <= 0xbf
end

-- The bytes of the character at @at; 0: none that can be shown.
local function character_size(bytes, at)
  local a, b, c = bytes:byte(at, at + 2)
  if a >= 0x20 and a <= 0x7e then
    return 1
  elseif a >= 0xc2 and a <= 0xdf and is_tail(b) then
    return a == 0xc2 and b < 0xa0 and 0 or 2
  elseif a >= 0xe0 and a <= 0xef and is_tail(b) and is_tail(c) then
    return (a == 0xe0 and b < 0xa0 or a == 0xed and b >= 0xa0) and 0 or 3
  end
  return 0
end

-- Java's UTF-8, which has two bytes for a null and six for what is beyond the first 65536; such
-- bytes, broken ones and controls are shown by number, so that nothing breaks a line or a terminal.
function Java.readable(bytes)
  if not bytes:find("[^\32-\126]") then
    return bytes
  end
  local parts, at = {}, 1
  while at <= #bytes do
    local size = character_size(bytes, at)
    parts[#parts + 1] = size > 0 and bytes:sub(at, at + size - 1)
                        or string.format("\\x%02x", bytes:byte(at))
    at = at + math.max(size, 1)
  end
  return table.concat(parts)
end

function Java:utf(what)
  return Java.readable(self:take(self:uint(2, what), what))
end

-- Primitive data, which stands in blocks.
function Java:data(size, what)
  local parts = {}
  while size > 0 do
    if self.block == 0 then
      local code = self:uint(1, what)
      if code == 0x77 then
        self.block = self:uint(1, what)
      elseif code == 0x7a then
        self.block = self:uint(4, what)
      else
        self.pos = self.pos - 1
        self:fail(string.format("%s: expected data, found 0x%02x", what, code))
      end
    end
    local taken = math.min(size, self.block)
    if taken > 0 then
      parts[#parts + 1] = self:take(taken, what)
    end
    self.block = self.block - taken
    size = size - taken
  end
  return table.concat(parts)
end

function Java:int(what)
  return signed(self:data(4, what))
end

function Java:boolean(what)
  return self:data(1, what) ~= "\0"
end

function Java:text(what)
  return Java.readable(self:data(Java.number_of(self:data(2, what)), what))
end

function Java:remember(node)
  self.handles[#self.handles + 1] = node
  return node
end

function Java:reference()
  local handle = self:uint(4, "reference")
  local node = self.handles[handle - 0x7e0000 + 1]
  if not node then
    self:fail(string.format("reference 0x%x: expected what was written before", handle))
  end
  return node
end

-- What stands between here and the end of a block of data and objects.
function Java:annotation(nodes)
  while true do
    local node = self:content()
    if node.kind == "end" then
      return
    end
    nodes[#nodes + 1] = { name = "data", node = node }
  end
end

function Java:class_fields(class)
  for i = 1, self:uint(2, "number of fields") do
    local code = self:take(1, "type of a field")
    local name = self:utf("name of a field")
    if code == "L" or code == "[" then
      self:content()
    elseif not code:find("[BCDFIJSZ]") then
      self:fail("type of a field: found " .. code:byte())
    end
    class.fields[i] = { code = code, name = name }
  end
end

function Java:class()
  local code = self:uint(1, "class")
  if code == 0x70 then
    return nil
  elseif code == 0x71 then
    local class = self:reference()
    return class.kind == "class" and class or self:fail("class: found a reference to something else")
  end
  local class = { kind = "class", flags = 2, fields = {} }
  self:enter()
  if code == 0x72 then
    class.class = self:utf("class name")
    self:take(8, "serial version")
    self:remember(class)
    class.flags = self:uint(1, "flags of a class")
    self:class_fields(class)
  elseif code == 0x7d then
    class.class = "proxy"
    self:remember(class)
    for _ = 1, self:uint(4, "number of interfaces") do
      class.class = class.class .. " " .. self:utf("interface")
    end
  else
    self.pos = self.pos - 1
    self:fail(string.format("class: found 0x%02x", code))
  end
  self:annotation({})
  class.super = self:class()
  self.depth = self.depth - 1
  return class
end

function Java:enter()
  self.depth = self.depth + 1
  if self.depth > DEPTH_MAX then
    self:fail("nested deeper than is shown", true)
  end
end

local primitives = {
  B = 1, C = 2, D = 8, F = 4, I = 4, J = 8, S = 2, Z = 1,
}

function Java:value(code)
  local size = primitives[code]
  if not size then
    return self:content()
  end
  local at = self.pos
  local bytes = self:take(size, "value")
  local range = self.range(at, size)
  local text
  if code == "D" or code == "F" then
    text = tostring(range:float())
  elseif code == "J" then
    text = tostring(range:int64())
  elseif code == "Z" then
    text = tostring(bytes ~= "\0")
  elseif code == "C" then
    text = string.format("U+%04X", Java.number_of(bytes))
  else
    text = string.format("%d", signed(bytes))
  end
  return { at = at, size = size, kind = "number", text = text }
end

function Java:field_values(node, class)
  for _, field in ipairs(class.fields) do
    node.nodes[#node.nodes + 1] = { name = field.name, node = self:value(field.code) }
  end
end

local function truncate(list, length)
  for i = #list, length + 1, -1 do
    list[i] = nil
  end
end

-- A class that writes itself may have left out its fields, and does not say so: what fits is taken.
function Java:written(node, class)
  local pos, n_handles, n_nodes, depth = self.pos, #self.handles, #node.nodes, self.depth
  local ok, first = pcall(function()
    self:field_values(node, class)
    self:annotation(node.nodes)
  end)
  if ok then
    return
  end
  self.tries = self.tries + 1
  if type(first) ~= "table" or first.fatal or first.thrown or #class.fields == 0 or self.tries > TRIES_MAX then
    error(first, 0)
  end
  self.pos, self.block, self.depth = pos, 0, depth
  truncate(self.handles, n_handles)
  truncate(node.nodes, n_nodes)
  local second_ok, second = pcall(self.annotation, self, node.nodes)
  if not second_ok then
    error(type(second) == "table" and second.thrown and second or first, 0)
  end
end

local boxes = {
  ["java.lang.Boolean"] = true, ["java.lang.Byte"] = true, ["java.lang.Character"] = true,
  ["java.lang.Double"] = true, ["java.lang.Float"] = true, ["java.lang.Integer"] = true,
  ["java.lang.Long"] = true, ["java.lang.Short"] = true,
}

function Java:object(node)
  local class = self:class() or self:fail("object: expected a class")
  local chain = {}
  node.class = class.class
  self:remember(node)
  while class do
    table.insert(chain, 1, class)
    class = class.super
  end
  local own = chain[#chain]
  -- Such a class writes for its super classes, too.
  if Java.has_bit(own.flags, 4) then
    if not Java.has_bit(own.flags, 8) then
      self:fail(own.class .. ": only the class itself can read this", true)
    end
    self:annotation(node.nodes)
    chain = {}
  end
  for _, one in ipairs(chain) do
    if Java.has_bit(one.flags, 1) then
      self:written(node, one)
    else
      self:field_values(node, one)
    end
  end
  local last = node.nodes[#node.nodes]
  if boxes[node.class] and last then
    node.text, node.kind, node.nodes = last.node.text, "number", {}
  end
end

function Java:array(node)
  local class = self:class() or self:fail("array: expected a class")
  node.class = class.class
  self:remember(node)
  local length = self:uint(4, "length of an array")
  local code = node.class:sub(2, 2)
  if code == "B" then
    node.kind, node.data_at, node.data_size = "bytes", self.pos, length
    self:take(length, "array")
    node.text = string.format("%d bytes", length)
    return
  end
  node.text = string.format("%d elements", length)
  for i = 1, length do
    node.nodes[i] = { name = tostring(i - 1), node = self:value(code) }
    self:count()
  end
end

function Java:count()
  self.objects = self.objects + 1
  if self.objects > OBJECTS_MAX then
    self:fail(string.format("more than %d values are not shown", OBJECTS_MAX), true)
  end
end

local readers = {
  [0x70] = function(_, node) node.kind, node.text = "null", "null" end,
  [0x72] = function(java, node)
    java.pos = java.pos - 1
    node.kind, node.text = "type", (java:class() or {}).class
  end,
  [0x73] = function(java, node) java:object(node) end,
  [0x74] = function(java, node)
    node.kind, node.text = "string", java:utf("string")
    java:remember(node)
  end,
  [0x75] = function(java, node) java:array(node) end,
  [0x76] = function(java, node)
    node.kind, node.text = "type", (java:class() or {}).class
    java:remember(node)
  end,
  [0x77] = function(java, node)
    node.kind = "data"
    node.text = java:take(java:uint(1, "data"), "data")
  end,
  [0x78] = function(_, node) node.kind = "end" end,
  [0x79] = function(java, node)
    java.handles = {}
    node.kind, node.text = "reset", "reset"
  end,
  [0x7a] = function(java, node)
    node.kind = "data"
    node.text = java:take(java:uint(4, "data"), "data")
  end,
  -- What failed while it was written ends with what was thrown, however deep that was.
  [0x7b] = function(java, node)
    local depth = java.depth
    java.handles, java.depth = {}, 0
    node.kind = "exception"
    node.nodes = { { name = "thrown while it was written", node = java:content() } }
    node.text = node.nodes[1].node.class
    java.handles, java.depth = {}, depth
    if depth > 1 then
      error({ thrown = node }, 0)
    end
  end,
  [0x7c] = function(java, node)
    node.kind = "string"
    if java:uint(4, "long string") ~= 0 then
      java:fail("long string: too long")
    end
    node.text = Java.readable(java:take(java:uint(4, "long string"), "long string"))
    java:remember(node)
  end,
  [0x7e] = function(java, node)
    node.class = (java:class() or java:fail("enum: expected a class")).class
    java:remember(node)
    node.kind, node.text = "enum", java:content().text
  end,
}
readers[0x7d] = readers[0x72]

function Java:content()
  local at = self.pos
  local code = self:uint(1, "value")
  self:count()
  if code == 0x71 then
    local target = self:reference()
    return { at = at, size = 5, kind = target.kind, text = target.text, class = target.class,
             data_at = target.data_at, data_size = target.data_size, reference = true, nodes = {},
             target = target }
  end
  local read = readers[code]
  if not read then
    self.pos = at
    self:fail(string.format("value: found 0x%02x", code))
  end
  local node = { at = at, kind = "object", nodes = {} }
  self:enter()
  read(self, node)
  self.depth = self.depth - 1
  node.size = self.pos - at
  return node
end

-- An object between data, as ObjectInputStream.readObject().
function Java:read_object()
  if self.block > 0 then
    self:fail(string.format("expected an object, found %d bytes of data", self.block))
  end
  local at = self.pos
  local ok, node = pcall(self.content, self)
  if not ok and type(node) == "table" and node.thrown then
    self.depth, node = 0, node.thrown
    node.at, node.size = at, self.pos - at
  elseif not ok then
    error(node, 0)
  end
  return node.kind == "reset" and self:read_object() or node
end

return Java
