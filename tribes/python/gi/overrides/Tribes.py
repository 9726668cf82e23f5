# SPDX-License-Identifier: Apache-2.0
"""What Python expects of values: equality, hash and repr, length and iteration, bytes as bytes."""
from gi.module import get_introspection_module
from gi.repository import GLib

Tribes = get_introspection_module("Tribes")

__all__ = []


def _to_bytes(data):
    """What is no GLib.Bytes has to be bytes, or to give them as a buffer."""
    return data if isinstance(data, GLib.Bytes) else GLib.Bytes.new(memoryview(data).tobytes())


def _takes_bytes(owner, name, optional=0):
    """Makes a function whose first argument is a GLib.Bytes take any bytes, and the last @optional ones optional."""
    function = getattr(owner, name)

    def wrapper(data, *arguments):
        missing = optional - len(arguments)
        return function(_to_bytes(data), *arguments, *[None] * missing)
    wrapper.__name__ = name
    wrapper.__doc__ = function.__doc__
    setattr(owner, name, staticmethod(wrapper))


def _equality(owner, equal, hash_of):
    def __eq__(self, other):
        return equal(self, other) if isinstance(other, owner) else NotImplemented

    owner.__eq__ = __eq__
    owner.__ne__ = lambda self, other: NotImplemented if (same := __eq__(self, other)) \
        is NotImplemented else not same
    owner.__hash__ = hash_of


def _n_elements(self):
    known, length = self.get_n_elements()
    if not known:
        raise TypeError(f"{self.get_class_name() or 'null'} has no elements")
    return length


def _elements(self):
    _n_elements(self)
    return self.dup_elements()


def _item(stream, index):
    kind = stream.get_item_kind(index)
    if kind == Tribes.JavaItemKind.OBJECT:
        return stream.get_item_value(index)
    return stream.get_item_data(index).get_data() if kind == Tribes.JavaItemKind.DATA else None


def _items(self):
    """A value, the bytes of a block of data, or None where the stream forgot its handles."""
    return [_item(self, index) for index in range(self.get_n_items())]


def _sequence(owner, length, items):
    """Length, iteration and indices; an empty one is true all the same, as it is something."""
    owner.__len__ = length
    owner.__iter__ = lambda self: iter(items(self))
    owner.__getitem__ = lambda self, index: items(self)[index]
    owner.__bool__ = lambda self: True


_equality(Tribes.Member, Tribes.Member.equal, Tribes.Member.hash)
Tribes.Member.__repr__ = lambda self: f"<Tribes.Member {self.to_string()}>"
Tribes.Member.__str__ = Tribes.Member.to_string
_takes_bytes(Tribes.Member, "decode")

_takes_bytes(Tribes.Message, "decode")
Tribes.Message.__repr__ = lambda self: f"<Tribes.Message {self.to_string()}>"
Tribes.Message.__str__ = Tribes.Message.to_string

_equality(Tribes.JavaValue, Tribes.JavaValue.equal,
          lambda self: hash(self.serialize().get_data()))
_sequence(Tribes.JavaValue, _n_elements, _elements)
Tribes.JavaValue.__repr__ = \
    lambda self: f"<Tribes.JavaValue {self.get_class_name() or 'null'} {self.to_json_full(4, 200)}>"
_takes_bytes(Tribes.JavaValue, "deserialize")

_sequence(Tribes.JavaStream, Tribes.JavaStream.get_n_items, _items)
Tribes.JavaStream.__repr__ = lambda self: f"<Tribes.JavaStream of {self.get_n_items()} items>"
_takes_bytes(Tribes.JavaStream, "decode", optional=1)
_takes_bytes(Tribes.JavaStream, "decode_partial", optional=1)

# What C may read but not write; here it is the caller's own.
Tribes.Limits.get_default = Tribes.Limits.dup_default
