#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A node that borrows the server.xml of a Tomcat: it meets its owner as well as those it lists."""
import dataclasses

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.processes import wait_until
from lab.tap import Tap, equal, true

SOON = 10


class Borrow:
    """Two Tomcats that know a third member; the peer has nothing but the first one's file."""

    def __init__(self):
        layout = Layout(3, ids=True)
        self.first, self.second = layout.tomcat(0), layout.tomcat(1)
        # Its id is in the file, beside its address.
        settings = dataclasses.replace(layout.settings(2), unique_id="")
        self.peer = Peer("peer", settings, self.first.server_xml_path)
        self.browser = None

    def start(self):
        self.first.start()
        self.second.start()
        self.browser = self.first.browser()
        self.browser.steps("create", ("set", "text", "string:before"))
        self.peer.start()

    def members(self):
        wait_for_members(self.first, self.second, self.peer)

    def has_the_sessions(self):
        """Those of the context that the file names, before anybody speaks of it."""
        wait_until(lambda: self.peer.attributes(self.browser.session) == {"text": "before"}, SOON,
                   "the session, in the peer")

    def tells_the_transfer(self):
        started = self.peer.wait_for_event(
            lambda event: event.get("event") == "state-transfer-started", SOON, "the beginning")
        ended = self.peer.wait_for_event(
            lambda event: event.get("event") == "state-transfer-ended", SOON, "the end")
        equal(started["context"], "localhost#/shop", "context")
        true(ended["received"] and ended["sessions"] == 1, f"it says {ended}")

    def replicates(self):
        self.peer.set(self.browser.session, "text", "by the peer")
        for tomcat in (self.first, self.second):
            wait_until(lambda tomcat=tomcat: tomcat.sessions()[self.browser.session]["attributes"]
                       ["text"]["value"] == "by the peer", SOON, f"the peer's value, {tomcat.name}")

    def run(self, tap):
        tap.watch(self.first, self.second, self.peer)
        if not tap.case("start", self.start):
            return
        for case in (self.members, self.has_the_sessions, self.tells_the_transfer,
                     self.replicates):
            tap.case(case.__name__.replace("_", " "), case)


def main():
    tap = Tap()
    Borrow().run(tap)
    tap.done()


if __name__ == "__main__":
    main()
