#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A node that borrows the server.xml of a Tomcat: it meets its owner as well as those it lists."""
import dataclasses

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap, equal, true
from lab.waiting import until_equal


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
        wait_for_members(self.first, self.second)
        self.browser = self.first.browser()
        self.browser.steps("create", ("set", "text", "string:before"))
        self.until_text("before", self.second)
        self.peer.start()

    def until_text(self, value, *nodes):
        for node in nodes:
            until_equal(lambda node=node: node.attributes(self.browser.session), {"text": value},
                        f"attributes in {node.name}")

    def members(self):
        wait_for_members(self.first, self.second, self.peer)

    def has_the_sessions(self):
        """Those of the context that the file names, before anybody speaks of it."""
        self.until_text("before", self.peer)

    def tells_the_transfer(self):
        started = self.peer.wait_for_event(
            lambda event: event.get("event") == "state-transfer-started", "the beginning")
        ended = self.peer.wait_for_event(
            lambda event: event.get("event") == "state-transfer-ended", "the end")
        equal(started["context"], "localhost#/shop", "context")
        true(ended["received"] and ended["sessions"] == 1, f"it says {ended}")

    def replicates(self):
        self.peer.set(self.browser.session, "text", "by the peer")
        self.until_text("by the peer", self.first, self.second)

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
