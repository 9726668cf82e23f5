# SPDX-License-Identifier: Apache-2.0
"""Vectors in frames, and capture files made of nothing: connections and datagrams on loopback, for
programs that read them."""
import socket
import struct
from pathlib import Path

VECTORS = Path(__file__).parent.parent / "vectors"
SYN, ACK, FIN, PSH = 2, 16, 1, 8
RAW_IP = 101
FIRST_TIME = 1_700_000_000.0


def frame(body):
    return b"FLT2002" + len(body).to_bytes(4, "big") + body + b"TLF2003"


def replaced(whole, old, new):
    """@whole with @new for @old, whose length stands before it."""
    at = whole.index(len(old).to_bytes(4, "big") + old)
    return whole[:at] + len(new).to_bytes(4, "big") + new + whole[at + 4 + len(old):]


def vector(name):
    return (VECTORS / f"{name}.bin").read_bytes()


def says(name):
    """Key -> value, as Tomcat's classes said it."""
    lines = (VECTORS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def message(payload):
    """@payload in the message of a vector, framed."""
    return frame(replaced(vector("message-bytes"), bytes.fromhex(says("message-bytes")["content"]),
                          payload))


def session_message(data, event):
    """A session message that carries @data."""
    bare = replaced(vector("session-delta"), bytes.fromhex(says("session-delta")["content"]), data)
    return message(bare.replace((13).to_bytes(4, "big"), event.to_bytes(4, "big"), 1))


class Capture:
    """A pcap file in memory. Time goes on by a millisecond a packet."""

    def __init__(self, snap_length=262144):
        self.snap_length = snap_length
        self.now = FIRST_TIME
        self.parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap_length, RAW_IP)]

    def packet(self, data):
        kept = data[:self.snap_length]
        seconds = int(self.now)
        self.parts.append(struct.pack("<IIII", seconds, round((self.now - seconds) * 1e6), len(kept),
                                      len(data)) + kept)
        self.now += 0.001

    def ip(self, protocol, payload):
        address = socket.inet_aton("127.0.0.1")
        self.packet(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol,
                                0, address, address) + payload)

    def udp(self, port, data):
        self.ip(socket.IPPROTO_UDP, struct.pack(">HHHH", 40000, port, 8 + len(data), 0) + data)

    def bytes(self):
        return b"".join(self.parts)


class Connection:
    """A TCP connection in a capture; its beginning may have been before."""

    def __init__(self, capture, client, server, begins=True):
        self.capture = capture
        self.ports = (client, server)
        self.sent = [1000, 5000]
        if begins:
            self.segment(0, SYN)
            self.segment(1, SYN | ACK)
            self.segment(0, ACK)

    def segment(self, side, flags, data=b""):
        self.capture.ip(socket.IPPROTO_TCP, struct.pack(
            ">HHIIBBHHH", self.ports[side], self.ports[1 - side], self.sent[side],
            self.sent[1 - side] if flags & ACK else 0, 0x50, flags, 65535, 0, 0) + data)
        self.sent[side] += len(data) + bool(flags & (SYN | FIN))

    def send(self, side, data, size=1400):
        for at in range(0, len(data), size):
            self.segment(side, PSH | ACK, data[at:at + size])

    def close(self):
        self.segment(0, FIN | ACK)
        self.segment(1, FIN | ACK)
        self.segment(0, ACK)
