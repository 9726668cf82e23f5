#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Messages of ours about one session that follow each other at once: which are done by a Tomcat in
another order.

  bench_overtaking.py delta|backup [--sessions N] [--options 6,8] [--together T]

Each of N sessions (5000), T (50) at a time, is made, and gets an attribute as soon as the signal
tells that it is there; then a new id, and with that signal another attribute; then one that is set
in a request beside another request; at last every third is changed and ended at once. Nobody waits
for an answer in between. Counted is what a Tomcat lacks, or still has, in the end.
"""
import argparse
import sys
import time

from gi.repository import GLib

from lab.cluster import Layout, wait_for_members
from lab.gobject import Application, java
from lab.processes import stop_everything
from lab.serverxml import BACKUP_MANAGER, DELTA_MANAGER

MANAGERS = {"delta": DELTA_MANAGER, "backup": BACKUP_MANAGER}
VALUES = {"first": 1, "second": 2, "one": 4, "other": 5, "both": 6}
# Nothing comes any more.
QUIET = 4


class Writer:
    """Makes sessions and writes to them from the signals that tell of them."""

    def __init__(self, application, sessions, together):
        self.application = application
        self.left = sessions
        self.together = together
        self.open = 0
        self.failed = 0
        self.manager = None
        self.expected = {}
        self.ended = set()

    def run(self):
        self.application._call(self._begin)  # pylint: disable=protected-access
        while self.left or self.open:
            time.sleep(0.05)

    def _begin(self, answer):
        self.manager = self.application._manager()  # pylint: disable=protected-access
        if not self.manager.get_state_transferred():
            GLib.timeout_add(100, self._begin, answer)
            return False
        self.manager.connect("session-created", self._created)
        self.manager.connect("session-id-changed", self._renamed)
        self._more()
        answer(True)
        return False

    def _more(self):
        while self.left and self.open < self.together:
            self.left -= 1
            self.open += 1
            self.manager.create_session_async(None, None, self._made)

    def _write(self, session_id, name):
        self.manager.set_attribute_async(session_id, name, java(VALUES[name]), None, self._over,
                                         self.manager.set_attribute_finish)

    def _over(self, _manager, result, finish):
        try:
            finish(result)
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.failed += 1
            print(finish.__name__, error, file=sys.stderr)

    def _created(self, _manager, session):
        self._write(session.get_id(), "first")

    def _made(self, manager, result):
        manager.change_id_async(manager.create_session_finish(result), None, self._changed)

    def _renamed(self, _manager, session, _old_id):
        self._write(session.get_id(), "second")

    def _changed(self, manager, result):
        session_id = manager.change_id_finish(result)
        requests = [manager.begin_request(session_id, None) for _ in range(2)]
        for request, name in zip(requests, ("one", "other")):
            request.set_attribute(name, java(VALUES[name]))
            request.set_attribute("both", java(VALUES["both"] - (name == "one")))
            request.end_async(None, self._over, request.end_finish)
        self.expected[session_id] = VALUES
        if self.left % 3 == 0:
            self._write(session_id, "first")
            manager.invalidate_async(session_id, None, self._over, manager.invalidate_finish)
            self.ended.add(session_id)
        self.open -= 1
        self._more()


def sessions_of(*tomcats):
    """Session id -> attributes of those that they have."""
    return {session_id: {name: typed["value"] for name, typed in session["attributes"].items()}
            for tomcat in tomcats for session_id, session in tomcat.sessions().items()
            if session["isValid"]}


def report(name, there, writer):
    """What is otherwise there."""
    living = {session_id: values for session_id, values in writer.expected.items()
              if session_id not in writer.ended}
    lacking = {name: sum(1 for session_id, values in living.items() if session_id in there
                         and there[session_id].get(name) != values[name]) for name in VALUES}
    print(f"  {name}: {sum(1 for one in living if one not in there)} sessions are not there, "
          f"{sum(1 for one in there if one not in living)} too many; attributes that lack: "
          f"{ {name: n for name, n in lacking.items() if n} }", flush=True)


def measure(kind, options, arguments):
    layout = Layout(3, ids=True, manager_class=MANAGERS[kind], send_options=options)
    tomcats = [layout.tomcat(index, version) for index, version in enumerate((9, 10))]
    ours = Application(layout.settings(2))
    ours.start()
    for tomcat in tomcats:
        tomcat.start()
    wait_for_members(ours, *tomcats)
    writer = Writer(ours, arguments.sessions, arguments.together)
    begun = time.monotonic()
    writer.run()
    took = time.monotonic() - begun
    time.sleep(QUIET)
    print(f"{kind}, options {options}: {arguments.sessions} sessions in {took:.1f} s, "
          f"{writer.failed} calls failed", flush=True)
    # Of BackupManagers one has the copy.
    for holders in [tomcats] if kind == "backup" else [[tomcat] for tomcat in tomcats]:
        report(" or ".join(tomcat.name for tomcat in holders), sessions_of(*holders), writer)
    stop_everything()
    ours.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=MANAGERS)
    parser.add_argument("--sessions", type=int, default=5000)
    parser.add_argument("--options", default="6,8")
    parser.add_argument("--together", type=int, default=50)
    arguments = parser.parse_args()
    for options in arguments.options.split(","):
        measure(arguments.kind, options, arguments)


if __name__ == "__main__":
    main()
