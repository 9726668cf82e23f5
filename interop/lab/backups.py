# SPDX-License-Identifier: Apache-2.0
"""Clusters with BackupManager, a row each, and their nodes as test_backup.py drives them."""
from dataclasses import dataclass

from . import maps, values
from .cluster import Layout
from .peer import Peer
from .serverxml import BACKUP_MANAGER
from .waiting import NOTICE

# Stands for one of ours.
OURS = 0
# What our peer can be told to write.
KINDS = {"text": "from \u00e9 node", "count": 42, "big": 2**40, "ratio": 2.5, "flag": False}
TYPES = {str: "string", bool: "boolean", int: "int", float: "double"}


class Member:
    """A node of the cluster, and whether it runs."""

    def __init__(self, node):
        self.node = node
        self.name = node.name
        self.up = False
        # What the other members call it.
        self.own = None

    def start(self):
        self.node.start()
        self.up = True

    def kill(self):
        self.node.kill()
        self.up = False

    def terminate(self):
        self.node.terminate()
        self.up = False

    def pause(self):
        self.node.child.pause()

    def resume(self):
        self.node.child.resume()

    def members(self):
        return self.node.members()

    def view(self, context):
        """Its map, as it says itself."""
        return maps.view_of(self.node, context)


class TomcatMember(Member):
    """Driven with requests. A write returns the session's id, which may be another one then."""
    is_tomcat = True

    def _steps(self, session_id, *steps):
        browser = self.node.browser(session=session_id)
        results = browser.steps(*steps, timeout=NOTICE)
        return browser.session, results

    @staticmethod
    def _set(name, value):
        return ("set", name, f"{TYPES[type(value)]}:{value}")

    def create(self, attributes):
        return self._steps(None, "create", *(self._set(*one) for one in attributes.items()))[0]

    def set(self, session_id, name, value):
        return self._steps(session_id, self._set(name, value))[0]

    def set_all_kinds(self, session_id):
        self._steps(session_id, *values.set_all())
        return values.as_json()

    def get(self, session_id, name):
        return self._steps(session_id, ("get", name))[1][0]

    def remove(self, session_id, name):
        self._steps(session_id, ("remove", name))

    def delete(self, session_id):
        self._steps(session_id, "invalidate")

    def change_id(self, session_id):
        return self._steps(session_id, "change-id")[0]

    def log_in(self, session_id):
        return self._steps(session_id, ("login", "ada", "engine"))[0]

    def max_inactive(self, session_id, seconds):
        self._steps(session_id, ("max-inactive", seconds))


class PeerMember(Member):
    """Driven over its HTTP interface."""
    is_tomcat = False

    def create(self, attributes):
        session_id = self.node.create()
        for name, value in attributes.items():
            self.node.set(session_id, name, value)
        return session_id

    def set(self, session_id, name, value):
        self.node.set(session_id, name, value)
        return session_id

    def set_all_kinds(self, session_id):
        for name, value in KINDS.items():
            self.node.set(session_id, name, value)
        return KINDS

    def get(self, session_id, name):
        return self.node.attributes(session_id)[name]

    def remove(self, session_id, name):
        self.node.remove(session_id, name)

    def delete(self, session_id):
        self.node.delete(session_id)


LIFE = ("every_kind_of_value", "used_through_every_node", "id_changes", "logins", "ends", "expires")
FAILURES = ("each_one_killed", "each_one_stopped", "primary_and_backup_in_turn",
            "one_after_the_other", "each_one_hangs", "each_one_hangs_for_long")
# Where our peer has a copy of everything.
VAULT = (*LIFE, "at_once", *FAILURES)


@dataclass(frozen=True)
class Row:
    """A cluster: the versions of its Tomcats, in the order in which they start, OURS among them."""
    versions: tuple
    multicast: bool = False
    # Options of our peers.
    options: tuple = ()
    # Methods of test_backup.Backups.
    cases: tuple = (*LIFE, *FAILURES)
    context: str = "localhost#/shop"

    def make_nodes(self, stand_in):
        # Without a route a session keeps its id wherever it is used.
        layout = Layout(len(self.versions), multicast=self.multicast, ids=not self.multicast,
                        manager_class=BACKUP_MANAGER, jvm_route="")
        return [self._make(layout, index, version, stand_in)
                for index, version in enumerate(self.versions)]

    def _make(self, layout, index, version, stand_in):
        if version == OURS and not stand_in:
            return PeerMember(Peer(f"peer{index + 1}", layout.settings(index),
                                   options=["--context", self.context, *self.options]))
        return TomcatMember(layout.tomcat(index, version or max(self.versions)))


def _rows():
    rows = {}
    for kind, multicast in (("static", False), ("multicast", True)):
        for name, versions in (("10", (10, 10, OURS)), ("9", (9, 9, OURS)), ("mixed", (9, OURS, 10)),
                               ("two-10", (10, OURS)), ("two-9", (9, OURS)),
                               ("five-10", (10, 10, 10, OURS, OURS)),
                               ("five-mixed", (9, OURS, 10, 9, 10))):
            # Where the other of two hangs for long, the last one says that its writes are alone.
            cases = FAILURES[:-1] if len(versions) == 2 else FAILURES
            rows[f"{kind}-{name}"] = Row(versions, multicast, cases=(*LIFE, *cases))
        rows[f"{kind}-vault-10"] = Row((10, OURS, 10), multicast, ("--vault", "follow"), VAULT)
        rows[f"{kind}-vault-9"] = Row((9, 9, 9, OURS), multicast, ("--vault", "follow"), VAULT)
    return rows


ROWS = _rows()
