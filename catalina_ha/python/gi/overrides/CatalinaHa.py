# SPDX-License-Identifier: Apache-2.0
"""A session is a mapping of its attributes in Python, and a manager one of its sessions."""
from gi.module import get_introspection_module
from gi.repository import GLib, Tribes  # noqa: F401 (attributes are values of Tribes)

CatalinaHa = get_introspection_module("CatalinaHa")

__all__ = []

_FIELDS = ("get_id", "get_creation_time", "get_last_accessed_time", "get_this_accessed_time",
           "get_max_inactive_interval", "get_auth_type", "get_principal", "is_new", "is_valid",
           "is_primary")


def _session_item(self, name):
    value = self.get_attribute(name)
    if value is None:
        raise KeyError(name)
    return value


def _session_items(self):
    return [(name, self.get_attribute(name)) for name in self.list_attributes()]


def _session_equal(self, other):
    if not isinstance(other, CatalinaHa.Session):
        return NotImplemented
    return all(getattr(self, field)() == getattr(other, field)() for field in _FIELDS) \
        and dict(_session_items(self)) == dict(_session_items(other))


def _session_differs(self, other):
    same = _session_equal(self, other)
    return same if same is NotImplemented else not same


def _manager_sessions(self):
    """The sessions as they are while one looks: what ends meanwhile is not among them."""
    for session_id in self.list_ids():
        session = self.lookup(session_id)
        if session is not None:
            yield session


def _manager_item(self, session_id):
    session = self.lookup(session_id)
    if session is None:
        raise KeyError(session_id)
    return session


_session = CatalinaHa.Session
_session.__eq__ = _session_equal
_session.__ne__ = _session_differs
_session.__hash__ = lambda self: hash(self.get_id())
_session.__repr__ = lambda self: f"<CatalinaHa.Session {self.get_id()} {self.list_attributes()}>"
_session.__len__ = _session.get_n_attributes
_session.__bool__ = lambda self: True
_session.__iter__ = lambda self: iter(self.list_attributes())
_session.__getitem__ = _session_item
_session.__contains__ = lambda self, name: self.get_attribute(name) is not None
_session.keys = _session.list_attributes
_session.items = _session_items

_manager = CatalinaHa.Manager
_manager.__len__ = _manager.get_n_sessions
_manager.__bool__ = lambda self: True
_manager.__iter__ = _manager_sessions
_manager.__getitem__ = _manager_item
_manager.__contains__ = lambda self, session_id: self.lookup(session_id) is not None
_manager.__repr__ = \
    lambda self: f"<{type(self).__name__} {self.get_name()} of {self.get_n_sessions()} sessions>"

_decode = CatalinaHa.SessionMessage.decode


def _decode_bytes(payload):
    return _decode(payload if isinstance(payload, GLib.Bytes)
                   else GLib.Bytes.new(memoryview(payload).tobytes()))


CatalinaHa.SessionMessage.decode = staticmethod(_decode_bytes)
CatalinaHa.SessionMessage.__repr__ = \
    lambda self: f"<CatalinaHa.SessionMessage {self.to_string()}>"

# What C may read but not write; here it is the caller's own.
CatalinaHa.Limits.get_default = CatalinaHa.Limits.dup_default
