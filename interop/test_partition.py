#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each node on a machine of its own (network namespaces); cables are taken out and put back.

  test_partition.py static|multicast|ended [--stand-in]
"""
import subprocess
import sys

from lab import places
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer, StandIn, program
from lab.tap import Tap, equal
from lab.waiting import until_equal


class Partition:
    """Two Tomcats and the peer, on three machines."""
    # Of the peer.
    manager = {}

    def __init__(self, multicast, stand_in):
        self.machines = places.network(3)
        layout = Layout(3, multicast=multicast, ids=not multicast, places=self.machines)
        self.first, self.second = layout.tomcat(0), layout.tomcat(1)
        if stand_in:
            self.peer = StandIn(layout.tomcat(2, jvm_route="node1", manager=self.manager))
        else:
            self.peer = Peer("peer", layout.settings(2, manager=self.manager), place=self.machines[2])
        self.everyone = (self.first, self.second, self.peer)
        self.browser = None

    def start(self):
        for node in self.everyone:
            node.start()
        wait_for_members(*self.everyone)
        self.browser = self.first.browser()
        self.browser.steps("create")
        self.until_attributes({}, self.everyone)

    def until_attributes(self, expected, nodes):
        for node in nodes:
            until_equal(lambda node=node: node.attributes(self.browser.session), expected,
                        f"attributes in {node.name}")

    def replicates(self, value, *nodes):
        self.browser.steps(("set", "value", f"int:{value}"))
        self.until_attributes({"value": value}, nodes)

    def peer_cut_off(self):
        self.replicates(1, *self.everyone)
        self.machines[2].cut()
        wait_for_members(self.peer, count=0)
        wait_for_members(self.first, self.second, count=1)
        self.replicates(2, self.first, self.second)
        equal(self.peer.attributes(self.browser.session), {"value": 1}, "attributes of the peer")

    def peer_back(self):
        self.machines[2].mend()
        wait_for_members(*self.everyone)
        self.replicates(3, *self.everyone)

    def tomcat_cut_off(self):
        self.machines[1].cut()
        wait_for_members(self.first, self.peer, count=1)
        wait_for_members(self.second, count=0)
        self.replicates(4, self.first, self.peer)
        self.machines[1].mend()
        wait_for_members(*self.everyone)

    def diff(self, *options, code):
        """`tribes diff` of the two Tomcats, from the first one's machine."""
        names = [f"{node.settings.address}:{node.settings.receiver_port}"
                 for node in (self.first, self.second)]
        done = subprocess.run(self.machines[0].command([program(), "diff", *options, *names]),
                              capture_output=True, text=True, timeout=60, check=False)
        equal(done.returncode, code, f"end of {options}: {done.stdout}{done.stderr}")
        return done.stdout

    def repaired(self):
        """What diverged does not come together by itself; then it is the same, as it is where it was
        changed last."""
        equal(self.second.attributes(self.browser.session), {"value": 3}, "attributes of the second")
        self.diff(code=1)
        text = self.diff("--repair=newest", "--apply", code=0)
        equal(text.count(" attribute value at "), 1, text)
        self.until_attributes({"value": 4}, self.everyone)
        self.diff("--settle=0", code=0)

    def run(self, tap):
        tap.watch(*self.everyone)
        if tap.case("start", self.start):
            tap.case("peer cut off", self.peer_cut_off)
            tap.case("peer back", self.peer_back)
            tap.case("a Tomcat cut off and back", self.tomcat_cut_off)
            tap.case("repaired", self.repaired)


class Ended(Partition):
    """A peer that asks for the sessions again when somebody is back: what it does not wait for, it
    does not count as given."""
    manager = {"stateTransferTimeout": 0}

    def logout_cut_off(self):
        self.replicates(1, *self.everyone)
        self.machines[2].cut()
        wait_for_members(self.peer, count=0)
        wait_for_members(self.first, self.second, count=1)
        self.peer.delete(self.browser.session)
        # A page on the other side that was still open.
        self.replicates(2, self.first, self.second)
        lives = self.first.browser()
        lives.steps("create", ("set", "value", "int:3"))
        self.machines[2].mend()
        wait_for_members(*self.everyone)
        until_equal(lambda: self.peer.attributes(lives.session), {"value": 3}, "what came back")
        until_equal(lambda: [node.session_ids() for node in self.everyone],
                    [{lives.session}] * 3, "sessions")

    def run(self, tap):
        tap.watch(*self.everyone)
        if tap.case("start", self.start):
            tap.case("a session ends on one side", self.logout_cut_off)


def main():
    tap = Tap()
    if not places.may_make_networks():
        tap.skip("partition", "no right to make network namespaces")
        tap.done()
    places.enter()
    kind = Ended if sys.argv[1] == "ended" else Partition
    kind(sys.argv[1] == "multicast", "--stand-in" in sys.argv).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
