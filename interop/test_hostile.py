#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Malformed input costs the connection it came on, and nothing else.

Takes the name of a variant. A real Tomcat replicates to our peer while others send it nonsense.
"""
import os
import random
import re
import socket
import struct
import sys

from lab import java
from lab.cluster import wait_for_members
from lab.peer import Peer
from lab.tap import Tap, equal, true
from lab.variants import VARIANTS
from lab.waiting import SOON, until, until_equal

START, END = b"FLT2002", b"TLF2003"
VECTORS = os.path.join(os.path.dirname(java.HERE), "tests", "vectors")
# Where the fields of the channel data in frame-bytes.bin lie, counted from the frame's start.
BODY = len(START) + 4
UNIQUE_LENGTH = BODY + 4 + 8
MEMBER_LENGTH = UNIQUE_LENGTH + 4 + 16
MEMBER = MEMBER_LENGTH + 4
# What a Tomcat logs of a peer that does not answer in time.
UNSENT = "Unable to send message through cluster sender"
# So many connections in a row are named in the log, the rest of the interval is counted.
NAMED, PAUSE = 5, 10
# The sum of what all cases may make the peer keep.
MEMORY_KIB = 32 * 1024


def vector(name):
    with open(os.path.join(VECTORS, name), "rb") as file:
        return file.read()


def patched(data, offset, number):
    """The data with four bytes replaced by a number."""
    return data[:offset] + struct.pack(">I", number & 0xffffffff) + data[offset + 4:]


def nonsense():
    """Name and bytes of what is sent on a connection of its own."""
    good = vector("frame-bytes.bin")
    member_size = struct.unpack_from(">I", good, MEMBER_LENGTH)[0]
    message_length = MEMBER + member_size
    noise = random.Random(2002)
    return {
        "another protocol": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 4,
        "noise": noise.randbytes(100_000),
        "good frame, then noise": good + noise.randbytes(1000),
        "negative length": START + struct.pack(">i", -1) + bytes(100),
        "huge length": START + struct.pack(">I", 0x7fffffff) + bytes(65536),
        "no end marker": good[:-len(END)] + b"XXXXXXX",
        "length one short": patched(good, len(START), len(good) - BODY - len(END) - 1),
        "unique id of negative length": patched(good, UNIQUE_LENGTH, -5),
        "unique id beyond the frame": patched(good, UNIQUE_LENGTH, 100_000),
        "member of no length": patched(good, MEMBER_LENGTH, 0),
        "member cut short": patched(good, MEMBER_LENGTH, member_size - 12),
        "member beyond the frame": patched(good, MEMBER_LENGTH, 0x7ffffff0),
        "member without marker": good[:MEMBER] + b"XXXX" + good[MEMBER + 4:],
        "message of negative length": patched(good, message_length, -1),
        "message beyond the frame": patched(good, message_length, 6),
    }


class Hostile:
    """One Tomcat, the peer, and everybody else."""

    def __init__(self, variant):
        self.variant = variant
        layout = variant.layout(2)
        self.tomcat = layout.tomcat(0, variant.tomcats[0])
        self.peer = Peer("peer", layout.settings(1))
        self.address = ("127.0.0.1", self.peer.settings.receiver_port)
        self.browser = None
        self.count = 0
        self.ports = []

    def start(self):
        self.tomcat.start()
        self.peer.start()
        wait_for_members(self.tomcat, self.peer)
        self.browser = self.tomcat.browser()
        self.browser.steps("create")
        until_equal(lambda: self.peer.attributes(self.browser.session), {},
                    "attributes of the new session")

    def replicates(self):
        """A change made now arrives, and is acknowledged as a Tomcat expects it."""
        self.count += 1
        self.browser.steps(("set", "count", f"int:{self.count}"))
        until_equal(lambda: self.peer.attributes(self.browser.session), {"count": self.count},
                    "a change while the peer is being attacked")
        equal(self.tomcat.log().count(UNSENT), 0, "changes that the peer did not acknowledge")

    def connect(self):
        return socket.create_connection(self.address, timeout=SOON)

    def costs_its_connection(self, data):
        with self.connect() as connection:
            self.ports.append(connection.getsockname()[1])
            try:
                connection.sendall(data)
                # A good frame before the bad bytes may be acknowledged first.
                while connection.recv(4096):
                    pass
            except (ConnectionResetError, BrokenPipeError):
                pass
        self.replicates()

    def all_reported(self):
        """Each of them is named with an offset, or at least counted."""
        def accounted():
            report = self.report()
            named = sum(bool(re.search(rf":{port} closed: offset \d+: ", report))
                        for port in self.ports)
            counted = sum(map(int, re.findall(r"(\d+) more connections were closed", report)))
            return named, counted

        # What was left out of the log is counted by the first line after a pause.
        def one_more():
            self.costs_its_connection(b"not a frame")
            return accounted()
        until(one_more, lambda seen: seen[0] >= NAMED and sum(seen) >= len(self.ports),
              f"{len(self.ports)} connections, named or counted", PAUSE + SOON, every=1)

    def report(self):
        """Everything the peer has said."""
        self.peer.events += self.peer.child.lines_so_far()
        return self.peer.child.log() + "".join(str(event) for event in self.peer.events)

    def trickle(self):
        """Many connections that never finish a frame."""
        good = vector("frame-long.bin")
        connections = [self.connect() for _ in range(100)]
        try:
            for length in range(1, 20):
                for connection in connections:
                    connection.sendall(good[length - 1:length])
                self.replicates()
        finally:
            for connection in connections:
                connection.close()
        self.replicates()

    def datagrams(self):
        """Noise in the multicast group."""
        noise = random.Random(45564)
        settings = self.peer.settings
        heartbeat = vector("heartbeat.bin")
        packets = [b"", b"T", heartbeat[:40], heartbeat[:-1], patched(heartbeat, 10, -1),
                   patched(heartbeat, 10, 0x7fffffff), noise.randbytes(8000),
                   vector("frame-bytes.bin")[:50]]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                              socket.inet_aton("127.0.0.1"))
            for packet in packets * 20:
                sender.sendto(packet, (settings.multicast_address, settings.multicast_port))
        self.replicates()
        equal(len(self.peer.members()), 1, "members")

    def memory(self):
        """Resident memory in KiB."""
        with open(f"/proc/{self.peer.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise ValueError("no VmRSS")

    def flood_is_bounded(self, before):
        """Whole garbage connections one after the other; neither memory nor the log grows."""
        log_before = len(self.report())
        data = nonsense()["noise"]
        for _ in range(300):
            with self.connect() as connection:
                try:
                    connection.sendall(data)
                except (ConnectionResetError, BrokenPipeError):
                    pass
        self.replicates()
        grown = self.memory() - before
        true(grown < MEMORY_KIB, f"memory grew by {grown} KiB")
        logged = len(self.report()) - log_before
        true(logged < 100_000, f"{logged} bytes were logged about 300 connections")

    def stays_member(self):
        wait_for_members(self.tomcat, self.peer)
        missed = [line for line in self.tomcat.log().splitlines()
                  if "Received member disappeared" in line]
        equal(missed, [], "the Tomcat never missed the peer")

    def run(self, tap):
        tap.watch(self.tomcat, self.peer)
        if not tap.case("start", self.start):
            return
        before = self.memory()
        for name, data in nonsense().items():
            tap.case(name, self.costs_its_connection, data)
        tap.case("all of it is reported", self.all_reported)
        tap.case("trickle", self.trickle)
        if self.variant.multicast:
            tap.case("datagrams", self.datagrams)
        tap.case("flood", self.flood_is_bounded, before)
        tap.case("stays member", self.stays_member)


def main():
    tap = Tap()
    Hostile(VARIANTS[sys.argv[1]]).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
