#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Tomcat that asks another one, which has no such context, and starts empty beside our peer, which
has all its sessions: the peer says so and, if it is to, gives them.

  test_heal.py
"""
import time

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap, equal, true
from lab.waiting import until

SESSIONS = 200
# So long after its start a peer takes nobody for new.
ACQUAINTANCE = 16
# Ten seconds pass before anybody is asked what it has.
SOON = 25


def missing_in(peer):
    return sorted(member["sessionsMissing"] for member in peer.members())


class Told:
    """A Tomcat that knows nobody when it starts; the peer knows it."""

    def __init__(self, version):
        layout = Layout(2, ids=True)
        self.tomcat = layout.tomcat(0, version)
        self.tomcat.settings.members = []
        self.tomcat.rewrite_server_xml()
        self.peer = Peer("peer", layout.settings(1), options=["--context", self.tomcat.context])

    def told(self):
        self.peer.start()
        for _ in range(3):
            self.peer.create()
        time.sleep(ACQUAINTANCE)
        self.tomcat.start()
        event = self.peer.wait_for_event(lambda event: event.get("event") == "sessions-missing",
                                         "sessions-missing", SOON)
        equal(event["sessions"], 3, "sessions")
        equal(event["port"], self.tomcat.settings.receiver_port, "port")
        equal(missing_in(self.peer), [3], "missing sessions of the members")
        equal(self.tomcat.count(), 0, "sessions without --heal")

    def run(self, tap):
        tap.watch(self.tomcat, self.peer)
        tap.case(f"a Tomcat {self.tomcat.tomcat} that is empty is told of", self.told)
        for node in (self.tomcat, self.peer):
            if node.child:
                node.kill()


class Healed:
    """The oldest Tomcat, which whoever starts asks, has another application."""

    def __init__(self, version):
        layout = Layout(3, multicast=True, background_delay=-1)
        self.first = layout.tomcat(0, version, contexts=("/other",))
        self.second = layout.tomcat(1, version)
        self.peer = Peer("peer", layout.settings(2),
                         options=["--context", self.second.context, "--heal"])
        self.user = None

    def comes_up_empty(self):
        self.first.start()
        self.second.start()
        self.second.fill(SESSIONS - 1)
        self.user = self.second.browser()
        self.user.steps("create")
        self.user.steps(("login", "ada", "engine"))
        self.peer.start()
        until(self.peer.count, lambda seen: seen == SESSIONS, "all sessions in the peer")
        wait_for_members(self.first, self.second, self.peer)
        time.sleep(ACQUAINTANCE)
        self.second.kill()
        wait_for_members(self.first, self.peer, count=1)
        self.second.start()
        equal(self.second.count(), 0, "sessions of the Tomcat that asked the other")

    def healed(self):
        event = self.peer.wait_for_event(lambda event: event.get("event") == "sessions-missing",
                                         "sessions-missing", SOON)
        equal(event["sessions"], SESSIONS, "sessions")
        until(self.second.count, lambda seen: seen == SESSIONS, "the sessions are back")
        equal(self.user.steps(("user", "reader")), [{"name": "ada", "roles": ["reader"]}], "user")
        true("overload existing session" not in self.second.log(), "no session was replaced")
        # What changes from now on arrives as ever.
        self.user.steps(("set", "after", "int:1"))
        until(lambda: self.peer.attributes(self.user.session), lambda seen: seen == {"after": 1},
              "a change of a session that was given back")
        equal(missing_in(self.peer), [0, 0], "missing sessions of the members")

    def run(self, tap):
        version = self.second.tomcat
        tap.watch(self.first, self.second, self.peer)
        if tap.case(f"a Tomcat {version} comes up empty", self.comes_up_empty):
            tap.case(f"a Tomcat {version} is healed", self.healed)
        for node in (self.first, self.second, self.peer):
            if node.child:
                node.kill()


def main():
    tap = Tap()
    Told(10).run(tap)
    for version in (9, 10):
        Healed(version).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
