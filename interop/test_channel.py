#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our peer and two real Tomcats whose channel is configured otherwise than usual.

  test_channel.py NAME              see lab/channels.py; --list prints all names
  test_channel.py NAME --stand-in   a third Tomcat in the peer's place
"""
import sys

from lab import channels, values
from lab.cluster import wait_for_members
from lab.peer import Peer, StandIn
from lab.tap import Tap, equal, true
from lab.together import Together, carried
from lab.waiting import until, until_equal

CONTEXT = "localhost#/shop"
# Larger than a fragment of any size that one may set, and compressible only in part.
LARGE = "".join(chr(0x20 + (7 * i * i + i // 91) % 0x5f) for i in range(150_000))
BURST = 40


class Channels(Together):
    """The cluster, and the cases that use it one after the other."""
    large = LARGE

    def __init__(self, row, versions, stand_in):
        layout = row.layout(3)
        self.large = LARGE[:row.large]
        first, second = (layout.tomcat(index, version, **row.changes(layout, index, version))
                         for index, version in enumerate(versions))
        if stand_in:
            peer = StandIn(layout.tomcat(2, versions[1], jvm_route="node1",
                                         **row.changes(layout, 2, versions[1])))
        else:
            peer = Peer("peer", layout.settings(2, **row.changes(layout, 2, 0)),
                        options=["--context", CONTEXT])
        super().__init__(first, second, peer, asynchronous=row.is_asynchronous)

    # Cases, in this order

    def start(self):
        for node in self.everyone:
            node.start()
        wait_for_members(*self.everyone)

    def every_kind_of_value(self):
        browser = self.session_with(*values.set_all(), ("max-inactive", 5400))
        self.until_attributes(browser.session, values.as_json())
        browser.steps(("set", "text", "string:other"), ("remove", "item"))
        expected = {**values.as_json(), "text": "other"}
        del expected["item"]
        self.until_attributes(browser.session, expected)

    def large_value(self):
        browser = self.session_with(("set", "large", f"string:{self.large}"))
        self.until_attributes(browser.session, {"large": self.large})

    def id_login_and_end(self):
        browser = self.session_with(("set", "kept", "boolean:true"))
        self.until_attributes(browser.session, {"kept": True})
        old = browser.session
        browser.steps("change-id")
        self.until_attributes(browser.session, {"kept": True})
        self.until_gone(old)
        equal(self.log_in(browser)["principal"], "ada", "principal")
        browser.steps("invalidate")
        self.until_gone(browser.session)

    def from_the_peer(self):
        session_id = self.peer.create()
        self.until_attributes(session_id, {})
        self.peer.set(session_id, "made", "by the peer")
        self.peer.set(session_id, "large", self.large)
        self.until_attributes(session_id, {"made": "by the peer", "large": self.large})
        browser = self.first.browser(session=session_id)
        equal(browser.steps(("get", "made"), ("set", "answer", "int:1")),
              ["by the peer", None], "steps in the peer's session")
        self.until_attributes(browser.session,
                              {"made": "by the peer", "large": self.large, "answer": 1})

    def many_at_once(self):
        """One request makes and fills a session: nothing of it may be lost here."""
        browsers = [self.first.browser() for _ in range(BURST)]
        for number, browser in enumerate(browsers):
            browser.steps("create", ("set", "number", f"int:{number}"))
        for number, browser in enumerate(browsers):
            self.until_attributes(browser.session, {"number": number}, [self.peer])
        ids = {browser.session for browser in browsers}
        until(lambda: ids - self.second.session_ids(), lambda missing: not missing,
              "the sessions in the second Tomcat, all but")

    def peer_killed_and_back(self):
        """What happened while it was away, it has, too."""
        self.peer.kill()
        wait_for_members(self.first, self.second, count=1)
        browser = self.first.browser()
        browser.steps("create", ("set", "meanwhile", "int:1"))
        self.peer.start()
        wait_for_members(*self.everyone)
        expected = carried(self.first)
        true(browser.session in expected, "the session of meanwhile")
        until_equal(lambda: carried(self.peer), expected, "sessions in the peer")

    def first_tomcat_killed(self):
        browser = self.session_with(("set", "kept", "string:yes"))
        self.until_attributes(browser.session, {"kept": "yes"})
        self.first.kill()
        wait_for_members(self.second, self.peer, count=1)
        equal(browser.on(self.second).steps(("get", "kept")), ["yes"], "through the second Tomcat")

    def peer_is_the_last_holder(self):
        """Both Tomcats die, and come back one after the other: nothing is lost."""
        before = carried(self.peer)
        true(len(before) > BURST, f"{len(before)} sessions are there")
        self.second.kill()
        wait_for_members(self.peer, count=0)
        equal(carried(self.peer), before, "sessions in the peer, alone")
        self.first.start()
        wait_for_members(self.first, self.peer)
        until_equal(lambda: carried(self.first), before, "sessions in the first Tomcat")
        self.second.start()
        wait_for_members(*self.everyone)
        until_equal(lambda: carried(self.second), before, "sessions in the second Tomcat")
        browser = self.session_with(("set", "again", "int:1"))
        self.until_attributes(browser.session, {"again": 1})

    def run(self, tap):
        tap.watch(*self.everyone)
        if not tap.case("start", self.start):
            return
        for case in (self.every_kind_of_value, self.large_value, self.id_login_and_end,
                     self.from_the_peer, self.many_at_once, self.peer_killed_and_back,
                     self.first_tomcat_killed, self.peer_is_the_last_holder):
            tap.case(case.__name__.replace("_", " "), case)


def main():
    if "--list" in sys.argv:
        print("\n".join(channels.names()))
        return
    tap = Tap()
    Channels(*channels.find(sys.argv[1]), "--stand-in" in sys.argv).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
