#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Tomcat 9 and a Tomcat 10 with a StaticMembershipService, which do not understand each other, and
our peer, which both of them understand.

  test_static_service.py [--stand-in]   a third Tomcat, of version 10, in the peer's place
"""
import os
import signal
import sys
import time

from lab.channels import static_service
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer, StandIn
from lab.tap import Tap, equal, true
from lab.together import carried
from lab.waiting import until, until_equal

CONTEXT = "localhost#/shop"
REFUSED = "java.io.InvalidClassException"
# A start takes a second or two; against hangs.
START_LIMIT = 30
# Seconds that the peer waits for an acknowledgement, and once only.
ACK_TIMEOUT = 3


class Bridge:
    """Two Tomcats of different versions, and who is between them."""

    def __init__(self, stand_in):
        layout = Layout(3, ids=True)
        self.nine, self.ten = (layout.tomcat(index, version, **static_service(layout, index))
                               for index, version in enumerate((9, 10)))
        if stand_in:
            self.peer = StandIn(layout.tomcat(2, 10, **static_service(layout, 2)))
        else:
            self.peer = Peer("peer", layout.settings(2, **static_service(layout, 2)),
                             options=["--context", CONTEXT])
        self.tomcats = (self.nine, self.ten)

    def until_members(self):
        """The Tomcats see the peer alone, it sees both."""
        wait_for_members(*self.tomcats, count=1)
        wait_for_members(self.peer, count=2)

    def start(self):
        self.peer.start()
        for tomcat in self.tomcats:
            start = time.monotonic()
            tomcat.start()
            took = time.monotonic() - start
            print(f"# {tomcat.name} started in {took:.2f} s", flush=True)
            wait_for_members(tomcat, count=1)
            if tomcat is self.nine:
                equal(tomcat.log().count(REFUSED), 0, "messages refused while the peer is alone")
            true(took < START_LIMIT, f"{tomcat.name} started in {took:.2f} s, "
                                     f"the limit is {START_LIMIT}")
        self.until_members()

    def sessions(self):
        for number, tomcat in enumerate(self.tomcats):
            browser = tomcat.browser()
            browser.steps("create")
            until_equal(lambda: self.peer.attributes(browser.session), {}, "attributes")
            browser.steps(("set", "number", f"int:{number}"))
            until_equal(lambda: self.peer.attributes(browser.session), {"number": number},
                        "attributes in the peer")
        session_id = self.peer.create()
        self.peer.set(session_id, "made", "by the peer")
        for tomcat in self.tomcats:
            until_equal(lambda tomcat=tomcat: tomcat.attributes(session_id),
                        {"made": "by the peer"}, f"attributes in {tomcat.name}")

    def peer_stopped_and_continued(self):
        """It takes what is asked and does not answer. Who verifies keeps it, as between Tomcats; once
        it is back it has missed nothing."""
        os.kill(self.peer.pid, signal.SIGSTOP)
        sessions = []
        for tomcat in self.tomcats:
            start, browser = time.monotonic(), tomcat.browser()
            browser.steps("create")
            sessions.append(browser.session)
            print(f"# a request of {tomcat.name} takes {time.monotonic() - start:.2f} s", flush=True)
        os.kill(self.peer.pid, signal.SIGCONT)
        self.until_members()
        for session_id in sessions:
            until_equal(lambda session_id=session_id: self.peer.attributes(session_id), {},
                        "attributes in the peer")

    def tomcat_stopped_and_continued(self):
        """What happens to one says nothing of the other. Who writes waits for the acknowledgement of
        all, as a Tomcat does for 5 s."""
        self.nine.pause()
        try:
            start = time.monotonic()
            session_id = self.peer.create()
            until_equal(lambda: self.ten.attributes(session_id), {}, "attributes")
            took = time.monotonic() - start
        finally:
            self.nine.resume()
        print(f"# a session takes {took:.2f} s", flush=True)
        true(took < 2 * ACK_TIMEOUT, f"a session takes {took:.2f} s")
        self.until_members()
        until_equal(lambda: self.nine.attributes(session_id), {}, "attributes in the one that stood")

    def peer_killed_and_back(self):
        self.peer.kill()
        wait_for_members(*self.tomcats, count=0)
        self.peer.start()
        self.until_members()

    def tomcat_leaves(self):
        """It says goodbye: nobody has to miss it."""
        self.ten.terminate()
        start = time.monotonic()
        wait_for_members(self.peer, count=1)
        print(f"# noticed in {time.monotonic() - start:.2f} s", flush=True)
        self.ten.start()
        self.until_members()

    def peer_is_the_last_holder(self):
        """What one of them made the other has afterwards, by way of the peer."""
        for tomcat in self.tomcats:
            browser = tomcat.browser()
            browser.steps("create")
            until(self.peer.session_ids, lambda seen, own=browser.session: own in seen,
                  "the session in the peer")
        before = carried(self.peer)
        for tomcat in self.tomcats:
            tomcat.kill()
        wait_for_members(self.peer, count=0)
        for tomcat in self.tomcats:
            tomcat.start()
        self.until_members()
        for tomcat in self.tomcats:
            until_equal(lambda tomcat=tomcat: carried(tomcat), before,
                        f"sessions in {tomcat.name}")

    def run(self, tap):
        tap.watch(*self.tomcats, self.peer)
        try:
            if not tap.case("start", self.start):
                return
            for case in (self.sessions, self.peer_stopped_and_continued,
                         self.tomcat_stopped_and_continued, self.peer_killed_and_back,
                         self.tomcat_leaves, self.peer_is_the_last_holder):
                tap.case(case.__name__.replace("_", " "), case)
        finally:
            for node in (*self.tomcats, self.peer):
                node.kill()


def main():
    tap = Tap()
    Bridge("--stand-in" in sys.argv).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
