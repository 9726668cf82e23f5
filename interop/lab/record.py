# SPDX-License-Identifier: Apache-2.0
"""What has been acknowledged of each session, to be held against what the nodes say.

A write whose answer did not come, or was no clear yes, may have happened or not; until the session
is seen again on all nodes, both are right.
"""
import copy


class Record:
    """Session id -> its attributes, as far as an answer promised them."""

    def __init__(self):
        self.sessions = {}
        # Session id -> other states it may be in; None stands for "gone".
        self._doubts = {}
        # Ids that must not come back.
        self.ended = set()

    def ids(self):
        return sorted(self.sessions)

    def created(self, session_id, attributes=None):
        self.sessions[session_id] = dict(attributes or {})

    def wrote(self, session_id, name, value):
        self.sessions[session_id][name] = value
        for doubt in self._doubts.get(session_id, []):
            if doubt is not None:
                doubt[name] = value

    def removed(self, session_id, name):
        self.sessions[session_id].pop(name, None)
        for doubt in self._doubts.get(session_id, []):
            if doubt is not None:
                doubt.pop(name, None)

    def renamed(self, old, new):
        self.sessions[new] = self.sessions.pop(old)
        if old in self._doubts:
            self._doubts[new] = self._doubts.pop(old)
        self.ended.add(old)

    def invalidated(self, session_id):
        self.sessions.pop(session_id)
        self._doubts.pop(session_id, None)
        self.ended.add(session_id)

    def doubt(self, session_id, change):
        """A change that may have happened: what it makes of the attributes, or None for the end."""
        states = [self.sessions[session_id], *self._doubts.get(session_id, [])]
        changed = []
        for state in states:
            state = copy.deepcopy(state)
            changed.append(None if state is None else change(state))
        self._doubts.setdefault(session_id, []).extend(changed)

    def states(self, session_id):
        """All states in which the session may be."""
        return [self.sessions[session_id], *self._doubts.get(session_id, [])]

    def forget(self, session_id):
        """A session of which nothing can be said any more."""
        self.sessions.pop(session_id, None)
        self._doubts.pop(session_id, None)

    def settle(self, session_id, seen):
        """Everybody agrees on what has become of it."""
        self._doubts.pop(session_id, None)
        if seen is None:
            self.sessions.pop(session_id)
        else:
            self.sessions[session_id] = dict(seen)

    def faults(self, held):
        """Of one node's sessions (id -> attributes): what it lacks, has otherwise, or has again."""
        faults = {}
        for session_id in self.sessions:
            states = self.states(session_id)
            seen = held.get(session_id)
            if seen in states:
                continue
            faults[session_id] = ("lacks", states) if seen is None else ("has", seen, states)
        for session_id in self.ended & held.keys():
            faults[session_id] = ("revived", held[session_id])
        return faults
