# SPDX-License-Identifier: Apache-2.0
"""What a <Channel> can be configured to be, a row each; test_channel.py runs any of them."""
from dataclasses import dataclass, field

from .cluster import Layout
from .serverxml import TRIBES, StaticMember, element

TOMCATS = {"10": (10, 10), "9": (9, 9), "mixed": (9, 10)}


def interceptor(name, **attributes):
    """An Interceptor element of Tomcat's package."""
    return element("Interceptor", f"{TRIBES}.group.interceptors.{name}", **attributes)


@dataclass(frozen=True)
class Channel:
    """How the channel of every node differs from the usual one."""
    # Ready-made elements, in front of the usual interceptors.
    interceptors: tuple = ()
    multicast: bool = False
    send_options: str = ""
    # Further fields of Settings, for all nodes.
    settings: dict = field(default_factory=dict)
    # settings(layout, index, version): further fields of Settings for one node; 0 stands for ours.
    one: object = None
    # Whether a sender does not wait, whatever the send options say.
    asynchronous: bool = False
    # Characters of the largest value: a message in one datagram is 64 KiB at most.
    large: int = 150_000
    # With which Tomcats.
    tomcats: tuple = ("10", "9", "mixed")

    @property
    def is_asynchronous(self):
        """Whether a Tomcat goes on before the others have what it sent."""
        return self.asynchronous or not int(self.send_options or (8 if self.multicast else 6)) & 4

    def layout(self, size):
        return Layout(size, multicast=self.multicast, ids=not self.multicast,
                      interceptors=self.interceptors, send_options=self.send_options,
                      **self.settings)

    def changes(self, layout, index, version):
        return self.one(layout, index, version) if self.one else {}


KEY = "5f8e0c3a917b42d6a8e1f09b7c64d325"


def encrypted(**attributes):
    """A channel whose messages are encrypted."""
    return Channel(interceptors=(interceptor("EncryptInterceptor", encryptionKey=KEY, **attributes),),
                   tomcats=("10", "9"))


def static_service(layout, index, _version=0):
    """Members that ask each other; each finds itself in its list."""
    settings = layout.settings(index)
    own = StaticMember(settings.address, settings.receiver_port, settings.unique_id)
    members = "".join(member.element() for member in [own, *settings.members])
    return {"membership": f'<Membership className="{TRIBES}.membership.StaticMembershipService">'
                          f"{members}</Membership>"}


CHANNELS = {
    "domain": Channel((interceptor("DomainFilterInterceptor", domain="east"),), multicast=True,
                      send_options="6", settings={"domain": "east"}),
    "encrypt": encrypted(),
    "encrypt-cbc": encrypted(encryptionAlgorithm="AES/CBC/PKCS5Padding"),
    "encrypt-cfb": encrypted(encryptionAlgorithm="AES/CFB/PKCS5Padding"),
    "encrypt-ofb": encrypted(encryptionAlgorithm="AES/OFB/PKCS5Padding"),
    "encrypt-gcm": encrypted(encryptionAlgorithm="AES/GCM/NoPadding"),
    "fragmentation": Channel((interceptor("FragmentationInterceptor", maxSize=1000),)),
    "gzip": Channel((interceptor("GzipInterceptor"),)),
    # Not the other way round: a Tomcat compresses the message itself, and OrderInterceptor sends it
    # to the next member as if it had not been.
    "gzip-fragmentation-order": Channel((interceptor("GzipInterceptor"),
                                         interceptor("FragmentationInterceptor", maxSize=300),
                                         interceptor("OrderInterceptor"))),
    "non-blocking-coordinator": Channel((interceptor("NonBlockingCoordinator"),),
                                        multicast=True, send_options="6"),
    # A Tomcat works on several multicasts at once: it may see the first change of a session before
    # the session, and loses it. Then the peer may ask that one for the sessions.
    "multicast-send-64": Channel(send_options="64", multicast=True, large=40_000),
    "multicast-send-64-ours": Channel(multicast=True, large=40_000, send_options="6",
                                      one=lambda layout, index, version: {} if version else
                                      {"send_options": "64"}),
    "order": Channel((interceptor("OrderInterceptor"),)),
    "plain": Channel(),
    "simple-coordinator": Channel((interceptor("SimpleCoordinator"),)),
    # Tomcats of different versions do not find each other.
    "static-service": Channel(one=static_service, tomcats=("10", "9")),
    "throughput": Channel((interceptor("ThroughputInterceptor", interval="50"),)),
    "two-phase": Channel((interceptor("TwoPhaseCommitInterceptor"),)),
    "two-phase-flag": Channel((interceptor("TwoPhaseCommitInterceptor", optionFlag="512"),),
                              send_options="518"),
    # A Tomcat that has sent by TCP to somebody cannot send there by UDP: ours does.
    "udp-send-34": Channel(settings={"udp": True}, large=40_000,
                           one=lambda layout, index, version: {} if version else
                           {"send_options": "34"}),
}


def names():
    """Every row with every pair of Tomcats it can be run with."""
    return [f"{name}-{tomcats}" for name, row in CHANNELS.items() for tomcats in row.tomcats]


def find(name):
    """The row and the versions of the Tomcats that a name such as gzip-mixed stands for."""
    row, _, tomcats = name.rpartition("-")
    return CHANNELS[row], TOMCATS[tomcats]
