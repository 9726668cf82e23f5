#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The membership domain: a Tomcat is told what the file of our peer says, in both ways to write it, and
the same as from a Tomcat with that file.

  test_domain.py [--stand-in]
"""
import sys

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer, StandIn
from lab.tap import Tap, equal
from lab.waiting import until_equal

# As written, and as Latin 1; a character that is none becomes a question mark in Java.
DOMAINS = {"east": "east", "{99,97,-3,33}": "ca\u00fd!", "caf\u00e9 \u20ac": "caf\u00e9 ?"}


def is_told(tomcat, layout, make, domain, expected):
    node = make(layout, domain)
    try:
        node.start()
        wait_for_members(tomcat, node, count=1)
        until_equal(lambda: [member["domain"] for member in tomcat.members()], [expected],
                    "domain of the only other member")
    finally:
        node.terminate()
    wait_for_members(tomcat, count=0)


def filter_is_told_of(tap):
    """A Tomcat that takes nothing from our peer, which is in no domain: both are named, once."""
    layout = Layout(2, multicast=True)
    interceptor = ('<Interceptor className="org.apache.catalina.tribes.group.interceptors'
                   '.DomainFilterInterceptor" domain="east"/>')
    tomcat = layout.tomcat(0, domain="east", interceptors=(interceptor,))
    node = Peer("peer", layout.settings(1))
    tap.watch(tomcat, node)
    tomcat.start()
    node.start()
    until_equal(lambda: len(node.members()), 1, "members of the peer")
    # It is asked for its sessions and does not answer.
    node.create()
    text = 'in the domain "east" and this node in no domain'
    until_equal(lambda: node.child.log().count(text), 1, "lines that name both domains")
    equal(tomcat.members(), [], "members of the Tomcat")
    node.terminate()
    equal(node.child.log().count(text), 1, "lines that name both domains at the end")


def peer(layout, domain):
    return Peer("peer", layout.settings(1, domain=domain))


def stand_in(layout, domain):
    return StandIn(layout.tomcat(1, domain=domain))


def main():
    layout = Layout(2, multicast=True)
    make = stand_in if "--stand-in" in sys.argv else peer
    tomcat = layout.tomcat(0)
    tap = Tap([tomcat])
    if tap.case("start", tomcat.start):
        for written, expected in DOMAINS.items():
            tap.case(f"domain {ascii(written)}", is_told, tomcat, layout, make, written, expected)
    if make is peer:
        tap.case("a domain filter is told of", filter_is_told_of, tap)
    tap.done()


if __name__ == "__main__":
    main()
