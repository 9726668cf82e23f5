#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who leads, by NonBlockingCoordinator: our peer and two real Tomcats agree on it, whoever comes and goes.

  test_election.py 10|9|mixed
"""
import sys

from lab.channels import TOMCATS, interceptor
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap
from lab.waiting import until


class Election:
    """The nodes and the cases that use them one after the other."""

    def __init__(self, versions):
        layout = Layout(3, multicast=True, interceptors=(interceptor("NonBlockingCoordinator"),))
        self.first, self.second = (layout.tomcat(index, version)
                                   for index, version in enumerate(versions))
        self.peer = Peer("peer", layout.settings(2))
        self.everyone = (self.first, self.second, self.peer)

    def agree(self, *nodes):
        """The one with the lowest port: all have the same address."""
        expected = min(node.settings.receiver_port for node in nodes)
        until(lambda: [node.coordinator() for node in nodes],
              lambda seen: all(port == expected for port in seen),
              f"the coordinator {expected} of {', '.join(node.name for node in nodes)}", timeout=90)

    def start(self):
        for node in self.everyone:
            node.start()
        wait_for_members(*self.everyone)
        self.agree(*self.everyone)

    def killed_and_back(self, node):
        others = [other for other in self.everyone if other is not node]
        node.kill()
        wait_for_members(*others, count=1)
        self.agree(*others)
        node.start()
        wait_for_members(*self.everyone)
        self.agree(*self.everyone)

    def stopped_and_back(self, node):
        others = [other for other in self.everyone if other is not node]
        node.terminate()
        wait_for_members(*others, count=1)
        self.agree(*others)
        node.start()
        wait_for_members(*self.everyone)
        self.agree(*self.everyone)

    def run(self, tap):
        tap.watch(*self.everyone)
        if not tap.case("start", self.start):
            return
        for node in self.everyone:
            tap.case(f"{node.name} killed and back", self.killed_and_back, node)
        tap.case("the peer stopped and back", self.stopped_and_back, self.peer)
        tap.case("the first stopped and back", self.stopped_and_back, self.first)


def main():
    tap = Tap()
    Election(TOMCATS[sys.argv[1]]).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
