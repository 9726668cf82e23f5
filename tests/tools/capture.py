# SPDX-License-Identifier: Apache-2.0
"""Writes captures: packets of TCP connections and datagrams on 127.0.0.1, as pcap or pcapng; and what
members say in them."""
import socket
import struct
from pathlib import Path

VECTORS = Path(__file__).parent.parent / "vectors"
START = 1700000000_000000
ACK_FRAME, FAIL_ACK_FRAME = (bytes(b"FLT2002\0\0\0\3" + body + b"TLF2003")
                             for body in (b"\6\2\3", b"\x0b\0\5"))

FIN, SYN, RST, ACK = 1, 2, 4, 16
RAW = 101


def vector(name):
    return (VECTORS / f"{name}.bin").read_bytes()


def member(port, unique_id=None):
    """A member package as in a heartbeat."""
    package = bytearray(vector("heartbeat"))
    package[22:26] = struct.pack("!i", port)
    package[47:63] = unique_id or bytes([port % 251]) * 16
    return bytes(package)


def frame(payload, sender=4000, options=6, time_ms=START // 1000):
    package = member(sender)
    body = struct.pack("!iq", options, time_ms) + struct.pack("!i", 16) + bytes(16)
    body += struct.pack("!i", len(package)) + package + struct.pack("!i", len(payload)) + payload
    return b"FLT2002" + struct.pack("!i", len(body)) + body + b"TLF2003"


def _ip(protocol, payload, source="127.0.0.1", target="127.0.0.1"):
    return struct.pack("!BBHIBBH4s4s", 0x45, 0, 20 + len(payload), 0x4000, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(target)) + payload


class Capture:
    """Packets in the order of their times, in microseconds since 1970."""

    def __init__(self, start=START):
        self.now = start
        self.packets = []

    def add(self, packet):
        self.packets.append((self.now, packet))
        self.now += 1000

    def datagram(self, payload, source=45564, target=45564):
        self.add(_ip(17, struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload))

    def connect(self, source, target, host="127.0.0.1", first=(1000, 2000)):
        return Connection(self, source, target, host, first)

    def pcap(self, link_type=RAW, snap=262144):
        out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, snap, link_type)
        for time, packet in self.packets:
            seconds, micros = divmod(time, 1000000)
            kept = packet[:snap]
            out += struct.pack("<IIII", seconds, micros, len(kept), len(packet)) + kept
        return out

    def pcapng(self, link_type=RAW):
        out = struct.pack("<IIIHHqI", 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1, 28)
        out += struct.pack("<IIHHII", 1, 20, link_type, 0, 262144, 20)
        for time, packet in self.packets:
            micros = time
            padding = -len(packet) % 4
            size = 32 + len(packet) + padding
            out += struct.pack("<IIIIIII", 6, size, 0, micros >> 32, micros & 0xffffffff,
                               len(packet), len(packet))
            out += packet + bytes(padding) + struct.pack("<I", size)
        return out


class Connection:
    def __init__(self, capture, source, target, host, first):
        """@first: sequence numbers of both sides."""
        self.capture = capture
        self.hosts = [host, "127.0.0.1"]
        self.ports = [source, target]
        self.next = list(first)
        self._add(0, SYN)
        self._add(1, SYN | ACK)
        self._add(0, ACK)

    def _add(self, side, flags, data=b""):
        head = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side], self.next[side],
                           self.next[1 - side] if flags & ACK else 0, 0x50, flags, 65535, 0, 0)
        self.capture.add(_ip(6, head + data, self.hosts[side], self.hosts[1 - side]))
        self.next[side] = (self.next[side] + len(data) + bool(flags & (SYN | FIN))) % (1 << 32)

    def say(self, data, side=0, segment=16384):
        for at in range(0, len(data), segment):
            self._add(side, ACK, data[at:at + segment])

    def reset(self):
        self._add(0, RST)

    def close(self):
        self._add(0, FIN | ACK)
        self._add(1, FIN | ACK)
        self._add(0, ACK)
