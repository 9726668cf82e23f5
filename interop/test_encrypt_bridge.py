#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Tomcat of before and one of after EncryptInterceptor was changed, which cannot read each other with
the same key, and our peer between them, which speaks to each as it does.

  test_encrypt_bridge.py [--listed]   the Tomcats have each other in their lists, too

They should not. Then each of them logs every message of the other, SEVERE, "Failed to decrypt message",
with a stack trace, and acknowledges it. And each may ask the other for its sessions, which nobody can
answer: it starts after 60 s ("No session state sent") and without a session. So with --listed a case
fails, and nothing that the peer does would help: it is not asked.
"""
import sys

from lab import values
from lab.channels import KEY, interceptor
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap, equal, true
from lab.tomcat import Tomcat
from lab.together import carried
from lab.waiting import until_equal

CONTEXT = "localhost#/shop"
VERSIONS = (9, 10)


class Bridge:
    """Two Tomcats of different generations, and who is between them."""

    def __init__(self, listed):
        layout = Layout(3, ids=True,
                        interceptors=(interceptor("EncryptInterceptor", encryptionKey=KEY),))
        self.listed = listed
        self.tomcats = [self._tomcat(layout, index, version)
                        for index, version in enumerate(VERSIONS)]
        self.peer = Peer("peer", layout.settings(2), options=["--context", CONTEXT])

    def _tomcat(self, layout, index, version):
        settings = layout.settings(index)
        if not self.listed:
            settings.members = [member for member in settings.members
                                if member.port == layout.ports[2]]
        return Tomcat(f"tomcat{version}", settings, version)

    def until_members(self):
        """The peer sees both Tomcats, each of them the peer and never the other."""
        wait_for_members(*self.tomcats, count=2 if self.listed else 1)
        wait_for_members(self.peer, count=2)

    def start(self):
        for node in (self.peer, *self.tomcats):
            node.start()
        self.until_members()

    def every_kind_of_value(self):
        """Of each Tomcat, in the peer."""
        for tomcat in self.tomcats:
            browser = tomcat.browser()
            browser.steps("create", *values.set_all())
            until_equal(lambda own=browser.session: self.peer.attributes(own), values.as_json(),
                        f"attributes of {tomcat.name} in the peer")
            browser.steps(("set", "text", "string:other"), ("remove", "item"))
            expected = {**values.as_json(), "text": "other"}
            del expected["item"]
            until_equal(lambda own=browser.session: self.peer.attributes(own), expected,
                        f"changes of {tomcat.name} in the peer")

    def from_the_peer(self):
        """One message for both: each can read it."""
        session_id = self.peer.create()
        self.peer.set(session_id, "made", "by the peer")
        for tomcat in self.tomcats:
            until_equal(lambda tomcat=tomcat: tomcat.attributes(session_id),
                        {"made": "by the peer"}, f"attributes in {tomcat.name}")
        self._peer_has_all()

    def _peer_has_all(self):
        every = {}
        for tomcat in self.tomcats:
            every.update(carried(tomcat))
        true(len(every) >= 3, f"the Tomcats have {len(every)} sessions")
        until_equal(lambda: carried(self.peer), every, "sessions in the peer")

    def killed_and_back(self, tomcat):
        """It has what it had, and what the peer has of the other."""
        before, every = carried(tomcat), carried(self.peer)
        equal(before.keys() - every.keys(), set(), f"sessions of {tomcat.name} the peer has not")
        tomcat.kill()
        wait_for_members(self.peer, count=1)
        tomcat.start()
        self.until_members()
        until_equal(lambda: carried(tomcat), every, f"sessions in {tomcat.name}")

    def peer_killed_and_back(self):
        """What each of them made meanwhile only that one can tell: both have to be asked."""
        self.peer.kill()
        wait_for_members(*self.tomcats, count=1 if self.listed else 0)
        for tomcat in self.tomcats:
            browser = tomcat.browser()
            browser.steps("create", ("set", "while", f"string:away from {tomcat.name}"))
        self.peer.start()
        self.until_members()
        self._peer_has_all()

    def run(self, tap):
        tap.watch(*self.tomcats, self.peer)
        if not tap.case("start", self.start):
            return
        tap.case("every kind of value", self.every_kind_of_value)
        tap.case("from the peer", self.from_the_peer)
        tap.case("peer killed and back", self.peer_killed_and_back)
        for tomcat in self.tomcats:
            tap.case(f"{tomcat.name} killed and back", self.killed_and_back, tomcat)
        tap.case("peer killed and back again", self.peer_killed_and_back)


def main():
    tap = Tap()
    bridge = Bridge("--listed" in sys.argv)
    bridge.run(tap)
    if bridge.listed:
        for tomcat in bridge.tomcats:
            print(f"# {tomcat.name} logged:\n# " + "\n# ".join(
                line[:300] for line in tomcat.log().splitlines() if "ncrypt" in line))
    tap.done()


if __name__ == "__main__":
    main()
