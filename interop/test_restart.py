#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who is killed and comes back at once is listed once, with multicast: our peer for a Tomcat, with its
id from a state directory, and a Tomcat for our peer, though its id is another each time.

  test_restart.py
"""
import os
import time

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.processes import temporary_folder
from lab.tap import Tap, equal
from lab.waiting import until_equal

# Less than the drop time, three seconds, and more than two heartbeats of half a second each.
SOON = 2.5


def seen_for(node, seconds):
    """The largest number of other members that it lists in that time."""
    end = time.monotonic() + seconds
    most = 0
    while time.monotonic() < end:
        most = max(most, len(node.members()))
        time.sleep(0.05)
    return most


def peer_comes_back(tomcat, peer):
    before = peer.events[0]["uniqueId"]
    peer.kill()
    peer.start()
    equal(peer.events[0]["uniqueId"], before, "unique id after the restart")
    equal(seen_for(tomcat, SOON), 1, "members of the Tomcat")
    wait_for_members(tomcat, peer)


def tomcat_comes_back(tomcat, peer):
    wait_for_members(tomcat, peer)
    before = peer.members()[0]["uniqueId"]
    tomcat.kill()
    tomcat.start()
    until_equal(lambda: [member["uniqueId"] == before for member in peer.members()], [False],
                "members of the peer that are the Tomcat which was killed", timeout=SOON)
    wait_for_members(tomcat, peer)


def main():
    layout = Layout(2, multicast=True)
    tomcat = layout.tomcat(0)
    state = os.path.join(temporary_folder("tribes-lab-state-"), "state")
    peer = Peer("peer", layout.settings(1), options=["--state-directory", state])
    tap = Tap([tomcat, peer])

    def start():
        tomcat.start()
        peer.start()
        wait_for_members(tomcat, peer)

    if tap.case("start", start):
        tap.case("the peer is killed and comes back", peer_comes_back, tomcat, peer)
        tap.case("the Tomcat is killed and comes back", tomcat_comes_back, tomcat, peer)
    tap.done()


if __name__ == "__main__":
    main()
