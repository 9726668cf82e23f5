#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our peer and two real Tomcats that ask the same cloud who the members are.

  test_cloud.py dns|kubernetes 10|9|mixed [--stand-in]
"""
import hashlib
import re
import sys

from lab import clouds, places, serverxml
from lab.channels import TOMCATS
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer, StandIn
from lab.tap import Tap, equal
from lab.tomcat import Tomcat
from lab.waiting import until
from test_channel import CONTEXT, Channels

PORT = 4000
CACHE = ("-Dsun.net.inetaddr.ttl=0", "-Dsun.net.inetaddr.negative.ttl=0")
# A heartbeat, in milliseconds; a Tomcat drops who was not listed for EXPIRES.
HEARTBEAT = 500
EXPIRES = 1000


class Cloud(Channels):
    """The nodes know nothing of each other but what the cloud tells."""

    # pylint: disable=super-init-not-called
    def __init__(self, kind, versions, stand_in):
        self.kind = kind
        self.cloud, self.pods = clouds.make(kind, 3)
        membership = serverxml.element(
            "Membership", f"{serverxml.TRIBES}.membership.cloud.CloudMembershipService",
            membershipProviderClassName=kind, expirationTime=EXPIRES)
        self.layout = Layout(3, places=self.pods, membership=membership, heartbeat=HEARTBEAT)
        self.layout.ports = [PORT] * 3
        first, second = (self.tomcat(index, version) for index, version in enumerate(versions))
        if stand_in:
            peer = StandIn(self.tomcat(2, versions[1], jvm_route="node1"))
        else:
            peer = Peer("peer", self.layout.settings(2), options=["--context", CONTEXT],
                        place=self.pods[2])
        super(Channels, self).__init__(first, second, peer, asynchronous=False)

    def tomcat(self, index, version, **changes):
        return Tomcat(f"tomcat{index + 1}", self.layout.settings(index, **changes), version,
                      jvm_options=CACHE, place=self.pods[index])

    def expected_id(self, address):
        """What everybody calls the member at an address."""
        text = address if self.kind == "dns" else self.cloud.uid(address)
        return hashlib.md5(text.encode()).hexdigest()

    # Cases

    def the_same_ids(self):
        """Each member is known by the id that a Tomcat makes, to a Tomcat and to the peer."""
        for node in self.everyone:
            found = {member["host"]: member["id"] for member in self.described(node)}
            equal(found, {address: self.expected_id(address) for address in found}, node.name)

    @staticmethod
    def described(node):
        """A Tomcat's name of a member may be tcp://10.99.0.1:4000 or tcp://{10, 99, 0, 1}:4000."""
        return [{"host": ".".join(re.findall(r"\d+", member.get("name", member.get("host")))[:4]),
                 "id": member["uniqueId"]} for member in node.members()]

    def still_there(self, seconds=4 * EXPIRES // 1000):
        """Everybody stays a member of everybody for a while that is long enough to drop somebody."""
        before = self.cloud.questions
        until(lambda: self.cloud.questions, lambda n: n >= before + len(self.everyone) * seconds,
              "heartbeats of all")
        wait_for_members(*self.everyone)
        browser = self.session_with(("set", "still", "int:1"))
        self.until_attributes(browser.session, {"still": 1})

    def one_is_not_listed(self):
        """Who answers at its address is kept, by the detectors of failures."""
        everybody = self.cloud.addresses
        self.cloud.addresses = [everybody[0], everybody[2]]
        self.still_there()
        self.cloud.addresses = everybody
        self.still_there()

    def nobody_answers(self):
        self.cloud.is_up = False
        self.still_there()
        if isinstance(self.peer, Peer):
            equal([event for event in self.peer.events if event.get("event") == "member-disappeared"], [],
                  "members that left")
        self.cloud.is_up = True
        self.still_there()
        equal(self.cloud.refused, [], "questions that no server of the cloud understands")

    def run(self, tap):
        tap.watch(*self.everyone)
        if not tap.case("start", self.start):
            return
        for case in (self.the_same_ids, self.every_kind_of_value, self.from_the_peer,
                     self.many_at_once, self.one_is_not_listed, self.nobody_answers,
                     self.peer_killed_and_back, self.first_tomcat_killed,
                     self.peer_is_the_last_holder):
            tap.case(case.__name__.replace("_", " "), case)


def main():
    tap = Tap()
    if not places.may_make_networks():
        tap.skip("cloud", "no right to make network namespaces")
        tap.done()
    places.enter()
    Cloud(sys.argv[1], TOMCATS[sys.argv[2]], "--stand-in" in sys.argv).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
