#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Tomcat that asks over RPC what nobody in our peer takes: it is told so at once, and does not wait.

  test_rpc.py [--stand-in]
"""
import re
import sys
import time

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer, StandIn
from lab.serverxml import TRIBES, server_xml
from lab.tap import Tap, true
from lab.waiting import until

SINGLE_SIGN_ON = '<Valve className="org.apache.catalina.ha.authenticator.ClusterSingleSignOn"/>'
# A start takes a second; a map without an answer waits for 15 s, twice.
START_LIMIT = 28
# Answered pings come with each heartbeat; one without an answer holds it up for 3 s or longer.
HEARTBEAT_MS = 250
PINGS = 12
PINGS_LIMIT = 3 * PINGS - 2
FOREIGN = re.compile(r"^tribes_foreign_messages_total (\d+)$", re.M)


def with_static_membership_service(text):
    """The same members, in the membership service that asks them over RPC."""
    name = f"{TRIBES}.group.interceptors.StaticMembershipInterceptor"
    block = re.compile(f'<Interceptor className="{name}">(.*?)</Interceptor>', re.S)
    members = block.search(text).group(1)
    service = f'<Membership className="{TRIBES}.membership.StaticMembershipService">{members}</Membership>'
    return block.sub("", text).replace(' channelStartOptions="3"', "").replace(
        "<Receiver ", service + "<Receiver ", 1)


class Rpc:
    """The peer is there first; a Tomcat with a map of its own comes."""

    def __init__(self, tomcat, make):
        layout = Layout(2, ids=True, heartbeat=HEARTBEAT_MS)
        self.settings = layout.settings(0, valves=(SINGLE_SIGN_ON,))
        self.tomcat = layout.tomcat(0, tomcat, valves=(SINGLE_SIGN_ON,))
        self.peer = make(layout)
        self.peer_is_ours = make is peer

    def starts(self):
        self.peer.start()
        start = time.monotonic()
        self.tomcat.start()
        took = time.monotonic() - start
        print(f"# the Tomcat started in {took:.2f} s", flush=True)
        true(took < START_LIMIT, f"the Tomcat started in {took:.2f} s, the limit is {START_LIMIT}")
        wait_for_members(self.tomcat, self.peer)

    def asked(self):
        return int(FOREIGN.search(self.peer.metrics()).group(1))

    def pings(self):
        start, first = time.monotonic(), self.asked()
        until(self.asked, lambda asked: asked >= first + PINGS, f"{PINGS} pings", 2 * PINGS_LIMIT)
        took = time.monotonic() - start
        print(f"# {PINGS} pings in {took:.2f} s", flush=True)
        true(took < PINGS_LIMIT, f"{PINGS} pings in {took:.2f} s, the limit is {PINGS_LIMIT}")

    def has_map(self):
        """It was told that nobody took its question; what it says then is heard."""
        until(self.peer.metrics, lambda text: "\ntribes_login_members 1\n" in text,
              "the Tomcat's map", PINGS_LIMIT)

    def static_membership_service(self):
        self.tomcat.terminate()
        self.tomcat.rewrite_server_xml(with_static_membership_service(server_xml(self.settings)))
        start = time.monotonic()
        self.tomcat.start()
        print(f"# the Tomcat started in {time.monotonic() - start:.2f} s", flush=True)
        self.pings()

    def run(self, tap):
        version = self.tomcat.tomcat
        tap.watch(self.tomcat, self.peer)
        try:
            if not tap.case(f"start of a Tomcat {version}", self.starts) or not self.peer_is_ours:
                return
            tap.case(f"the map of a Tomcat {version} has two members", self.has_map)
            tap.case(f"static membership service of a Tomcat {version}",
                     self.static_membership_service)
        finally:
            self.peer.kill()
            self.tomcat.kill()


def peer(layout):
    return Peer("peer", layout.settings(1))


def stand_in(layout):
    return StandIn(layout.tomcat(1))


def main():
    tap = Tap()
    for version in (9, 10):
        Rpc(version, stand_in if "--stand-in" in sys.argv else peer).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
