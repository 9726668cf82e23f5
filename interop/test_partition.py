#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each node on a machine of its own (network namespaces); cables are taken out and put back.

  test_partition.py static|multicast [--stand-in]
"""
import sys

from lab import places
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer, StandIn
from lab.processes import wait_until
from lab.tap import Tap, equal

# A connection attempt into nowhere takes a Tomcat up to a second for each of its checks.
NOTICE = 30


class Partition:
    """Two Tomcats and the peer, on three machines."""

    def __init__(self, multicast, stand_in):
        self.machines = places.network(3)
        layout = Layout(3, multicast=multicast, ids=not multicast, places=self.machines)
        self.first, self.second = layout.tomcat(0), layout.tomcat(1)
        if stand_in:
            self.peer = StandIn(layout.tomcat(2, jvm_route="node1"))
        else:
            self.peer = Peer("peer", layout.settings(2), place=self.machines[2])
        self.everyone = (self.first, self.second, self.peer)
        self.browser = None

    def start(self):
        for node in self.everyone:
            node.start()
        wait_for_members(*self.everyone)
        self.browser = self.first.browser()
        self.browser.steps("create")

    def replicates(self, value):
        self.browser.steps(("set", "value", f"int:{value}"))
        wait_until(lambda: self.peer.attributes(self.browser.session) == {"value": value}, 10,
                   f"value {value} in the peer")

    def peer_cut_off(self):
        self.replicates(1)
        self.machines[2].cut()
        wait_for_members(self.peer, count=0, timeout=NOTICE)
        wait_for_members(self.first, self.second, count=1, timeout=NOTICE)
        self.browser.steps(("set", "value", "int:2"))
        equal(self.peer.attributes(self.browser.session), {"value": 1}, "attributes of the peer")

    def peer_back(self):
        self.machines[2].mend()
        wait_for_members(*self.everyone, timeout=NOTICE)
        self.replicates(3)

    def tomcat_cut_off(self):
        self.machines[1].cut()
        wait_for_members(self.first, self.peer, count=1, timeout=NOTICE)
        wait_for_members(self.second, count=0, timeout=NOTICE)
        self.replicates(4)
        self.machines[1].mend()
        wait_for_members(*self.everyone, timeout=NOTICE)

    def run(self, tap):
        tap.watch(*self.everyone)
        if tap.case("start", self.start):
            tap.case("peer cut off", self.peer_cut_off)
            tap.case("peer back", self.peer_back)
            tap.case("a Tomcat cut off and back", self.tomcat_cut_off)


def main():
    tap = Tap()
    if not places.may_make_networks():
        tap.skip("partition", "no right to make network namespaces")
        tap.done()
    places.enter()
    Partition(sys.argv[1] == "multicast", "--stand-in" in sys.argv).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
