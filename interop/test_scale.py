#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A cluster grows to ten members, one of them ours: what a change costs with each more.

Each Tomcat sends each change to every other member, so a request that waits for them costs by their
number. Prints the median of some requests that change a session, for each size.
"""
import statistics
import time

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap, true
from lab.waiting import until_equal

MEMBERS = 10
REQUESTS = 30
SHOWN = (3, 5, 7, 10)


class Scale:
    """Tomcats that are started one after the other, and the peer."""

    def __init__(self):
        layout = Layout(MEMBERS, ids=True)
        self.peer = Peer("peer", layout.settings(0))
        self.tomcats = [layout.tomcat(index) for index in range(1, MEMBERS)]
        self.running = []
        self.browser = None
        self.medians = {}

    def start(self):
        self.peer.start()
        self.grow(2)
        self.browser = self.tomcats[0].browser()
        self.browser.steps("create")

    def grow(self, count):
        """Until so many Tomcats run, all of which know each other and the peer."""
        new = self.tomcats[len(self.running):count]
        for tomcat in new:
            tomcat.start()
        self.running += new
        wait_for_members(self.peer, *self.running)

    def costs(self, members):
        """What a change costs, and that everybody has the last one."""
        self.grow(members - 1)
        times = []
        for number in range(REQUESTS):
            start = time.monotonic()
            self.browser.steps(("set", "number", f"int:{number}"))
            times.append(time.monotonic() - start)
        for node in (self.peer, *self.running):
            until_equal(lambda node=node: node.attributes(self.browser.session),
                        {"number": REQUESTS - 1}, f"attributes in {node.name}")
        self.medians[members] = statistics.median(times)
        print(f"# {members} members: {self.medians[members] * 1000:.1f} ms a change (median of "
              f"{REQUESTS})", flush=True)

    def by_member(self):
        fewest, most = SHOWN[0], SHOWN[-1]
        more = (self.medians[most] - self.medians[fewest]) / (most - fewest)
        print(f"# each member more: {more * 1000:.2f} ms", flush=True)
        true(self.medians[most] < 1, f"a change took {self.medians[most]:.2f} s")


def main():
    scale = Scale()
    tap = Tap([scale.peer, *scale.tomcats])
    if tap.case("start", scale.start):
        for members in SHOWN:
            tap.case(f"{members} members", scale.costs, members)
        tap.case("what each member costs", scale.by_member)
    tap.done()


if __name__ == "__main__":
    main()
