#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a Tomcat does not say by itself: that it does not list our peer and so tells it of nothing, and that
it has no such web application (any more).

  test_missed.py
"""
import time

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap, equal, true
from lab.waiting import until, until_equal

SHOP = "localhost#/shop"
# How long a member is silent before it is asked again, and how long it has to have been known.
QUIET = 60
ACQUAINTANCE = 15


class LeftOut:
    """A Tomcat whose static members do not have our peer, which has the Tomcat."""

    def __init__(self):
        layout = Layout(2, ids=True)
        self.tomcat = layout.tomcat(0)
        self.tomcat.settings.members.clear()
        self.tomcat.rewrite_server_xml()
        self.peer = Peer("peer", layout.settings(1))

    def starts(self):
        self.tomcat.start()
        browser = self.tomcat.browser()
        browser.steps("create", ("set", "number", "int:1"))
        self.peer.start()
        until_equal(lambda: self.peer.attributes(browser.session), {"number": 1},
                    "attributes of what was there before")
        equal(self.tomcat.members(), [], "members of the Tomcat")
        equal([member["missed"] for member in self.peer.members()], [False], "missed")

    def is_told_of(self):
        time.sleep(ACQUAINTANCE + 1)
        browser = self.tomcat.browser()
        browser.steps("create", ("set", "number", "int:2"))
        event = self.peer.wait_for_event(lambda event: event["event"] == "changes-missed",
                                         "changes were missed", timeout=QUIET + 30)
        equal((event["context"], event["sessions"]), (SHOP, 1), "context and sessions")
        equal(event["port"], self.tomcat.settings.receiver_port, "port of the Tomcat")
        equal(self.peer.attributes(browser.session), {"number": 2}, "attributes of the new session")
        equal([member["missed"] for member in self.peer.members()], [True], "missed")
        equal(self.peer.child.log().count("no member told this one"), 1, "lines that say so")

    def run(self, tap):
        tap.watch(self.tomcat, self.peer)
        if tap.case("a Tomcat that does not list our peer gives its sessions", self.starts):
            tap.case("its changes are found, and that nobody told is said", self.is_told_of)
        self.peer.kill()
        self.tomcat.kill()


class Undeployed:
    """A web application that is removed from the only Tomcat."""

    def __init__(self):
        layout = Layout(2, ids=True, send_options="6")
        self.tomcat = layout.tomcat(0)
        self.peer = Peer("peer", layout.settings(1))
        self.session = None

    def _set(self, value):
        path = self.peer._path(self.session, "attributes", "x")
        return self.peer.request("PUT", path, value)

    def starts(self):
        self.tomcat.start()
        self.peer.start()
        wait_for_members(self.tomcat, self.peer)
        browser = self.tomcat.browser()
        browser.steps("create")
        self.session = browser.session
        until_equal(lambda: self.peer.attributes(self.session), {}, "attributes")
        equal(self._set(1)[0], 204, "status of a change")
        until_equal(lambda: self.tomcat.attributes(self.session), {"x": 1}, "attributes there")

    def is_told_of(self):
        true(self.tomcat.undeploy(), "the web application was there")
        # It acknowledges what it has no web application for.
        status, answer = until(lambda: self._set(2), lambda seen: seen[0] != 204,
                               "a change is no success", timeout=30)
        equal(status, 502, "status of a change")
        true(answer["stored"], "it stands in the peer")
        equal([member["outcome"] for member in answer["members"]], ["missing"], "outcomes")
        _, contexts = self.peer.request("GET", "/contexts")
        equal([context["missing"] for context in contexts["contexts"]], [True], "missing")
        self.peer.wait_for_event(lambda event: event["event"] == "context-missing",
                                 "the context is missing")
        equal(self._set(3)[0], 502, "status of the next change")
        equal(len([event for event in self.peer.events
                   if event["event"] == "context-missing"]), 1, "events")

    def run(self, tap):
        tap.watch(self.tomcat, self.peer)
        if tap.case("a change reaches a Tomcat", self.starts):
            tap.case("a change of what was undeployed is no success", self.is_told_of)


def main():
    tap = Tap()
    Undeployed().run(tap)
    LeftOut().run(tap)
    tap.done()


if __name__ == "__main__":
    main()
