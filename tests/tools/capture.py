# SPDX-License-Identifier: Apache-2.0
"""Writes captures: packets of TCP connections and datagrams on 127.0.0.1, as pcap or pcapng."""
import struct

FIN, SYN, RST, ACK = 1, 2, 4, 16
RAW = 101


def _ip(protocol, payload):
    return struct.pack("!BBHIBBH4s4s", 0x45, 0, 20 + len(payload), 0x4000, 64, protocol, 0,
                       b"\x7f\0\0\1", b"\x7f\0\0\1") + payload


class Capture:
    """Packets in the order of their times, in microseconds since 1970."""

    def __init__(self, start=1700000000_000000):
        self.now = start
        self.packets = []

    def add(self, packet):
        self.packets.append((self.now, packet))
        self.now += 1000

    def datagram(self, payload, source=45564, target=45564):
        self.add(_ip(17, struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload))

    def connect(self, source, target):
        return Connection(self, source, target)

    def pcap(self, link_type=RAW):
        out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link_type)
        for time, packet in self.packets:
            seconds, micros = divmod(time, 1000000)
            out += struct.pack("<IIII", seconds, micros, len(packet), len(packet)) + packet
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
    def __init__(self, capture, source, target):
        self.capture = capture
        self.ports = [source, target]
        self.next = [1000, 2000]
        self._add(0, SYN)
        self._add(1, SYN | ACK)
        self._add(0, ACK)

    def _add(self, side, flags, data=b""):
        head = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side], self.next[side],
                           self.next[1 - side] if flags & ACK else 0, 0x50, flags, 65535, 0, 0)
        self.capture.add(_ip(6, head + data))
        self.next[side] += len(data) + bool(flags & (SYN | FIN))

    def say(self, data, side=0, segment=16384):
        for at in range(0, len(data), segment):
            self._add(side, ACK, data[at:at + segment])

    def close(self):
        self._add(0, FIN | ACK)
        self._add(1, FIN | ACK)
        self._add(0, ACK)
