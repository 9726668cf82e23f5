#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Tomcat that cannot read all that is served to it: it starts with all that it can read.

  test_serving.py [--figures]     also what Tomcats do for one another, to compare
"""
import re
import sys

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap, equal, true
from lab.waiting import until

# The web application of who starts lacks the class of one value of ten, and refuses one of a
# hundred of another class.
PLAIN, FRAGILE = 10_000, 2_000
ITEM = "item:cup/3/4.50/2024-02-29/gift"
READABLE = PLAIN - PLAIN // 10 + FRAGILE - FRAGILE // 100
RECEIVED = re.compile(r"session state sent at .* received in \[?([0-9,]+)\]? ms")
ONE_BY_ONE = {"sendAllSessions": "false", "sendAllSessionsSize": 1, "sendAllSessionsWaitTime": 0}


def received_ms(tomcat):
    found = RECEIVED.search(tomcat.log())
    return int(found.group(1).replace(",", "")) if found else None


class Unreadable:
    """A Tomcat that has all sessions, then one that starts; between them, perhaps, our peer."""

    def __init__(self, version=10, with_peer=True, **manager):
        layout = Layout(3, ids=True, background_delay=-1)
        self.donor = layout.tomcat(0, version, manager=manager)
        self.starts = layout.tomcat(1, version)
        for tomcat in (self.donor, self.starts):
            tomcat.jvm_options += ("-Xmx500m",)
        self.starts.remove_class("shop/LineItem")
        self.peer = Peer("peer", layout.settings(2), options=["--context", self.donor.context])
        self.with_peer = with_peer

    def transfer(self):
        """How many sessions the Tomcat that starts gets, and in how many milliseconds."""
        self.donor.start()
        self.donor.fill(PLAIN, 10, ITEM)
        total = self.donor.fill(FRAGILE, 1, "fragile:%d")
        if self.with_peer:
            self.peer.start()
            until(self.peer.count, lambda seen: seen == total, "all sessions in the peer", 60)
            self.donor.kill()
            wait_for_members(self.peer, count=0)
        self.starts.start()
        count, took = self.starts.count(), received_ms(self.starts)
        self.starts.kill()
        self.donor.kill()
        if self.with_peer:
            self.peer.kill()
        return count, took

    def served(self):
        count, took = self.transfer()
        print(f"# {count} of {PLAIN + FRAGILE} sessions from the peer in {took} ms", flush=True)
        equal(count, READABLE, "sessions that could be read")


def figures():
    """What Tomcats do for one another, to compare."""
    for name, manager in (("at once", {}), ("one by one", ONE_BY_ONE)):
        count, took = Unreadable(with_peer=False, **manager).transfer()
        print(f"# {count} of {PLAIN + FRAGILE} sessions from a Tomcat, {name}, in {took} ms",
              flush=True)


def main():
    tap = Tap()
    if "--figures" in sys.argv:
        figures()
    for version in (9, 10):
        unreadable = Unreadable(version)
        tap.watch(unreadable.starts, unreadable.peer)
        tap.case(f"values that a Tomcat {version} cannot read", unreadable.served)
    tap.done()


if __name__ == "__main__":
    main()
