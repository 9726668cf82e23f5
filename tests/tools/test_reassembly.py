#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whole frames that `tribes monitor` finds in mangled captures, held against tshark's reassembly; TAP.

tshark's "follow" gives the bytes of each direction; frames are cut out of them here.
"""
import json
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from capture import Capture
from test_report import ACK, frame, vector

# Where chance decides what is missing or early.
SEEDS = 2
TALKS = 3
# More than any of the captures has.
STREAMS = 7
FRAME = re.compile(rb"FLT2002(....)", re.DOTALL)


def message(chance, number):
    """No frame is like another."""
    payload = vector("session-delta") + bytes(chance.randrange(3000))
    return frame(payload, time_ms=1700000000000 + number)


def clean(seed, first=(1000, 2000), both=False):
    """Connections that take turns, of which one side or @both say something."""
    chance = random.Random(seed)
    capture = Capture()
    talks = [capture.connect(5000 + number, 4000, first=first) for number in range(TALKS)]
    for number in range(40):
        talk = talks[number % TALKS]
        talk.say(message(chance, number), segment=chance.randrange(200, 1500))
        if both:
            talk.say(message(chance, 100 + number), side=1, segment=chance.randrange(200, 1500))
        talk.say(ACK, side=1)
    for talk in talks:
        talk.close()
    return capture


def data_of(packet):
    return packet[40:]


def direction(packet):
    return packet[20:24]


def doubled(capture, chance):
    packets = list(capture.packets)
    for at in range(len(packets) - 1, 3 * TALKS, -1):
        if chance.random() < 0.3:
            packets.insert(at + 1, packets[at])
    return packets


def swapped(capture, chance):
    """Neighbours of one direction change places."""
    packets = list(capture.packets)
    for at in range(3 * TALKS, len(packets) - 1):
        one, other = packets[at], packets[at + 1]
        if (direction(one[1]) == direction(other[1]) and data_of(one[1]) and data_of(other[1])
                and chance.random() < 0.5):
            packets[at], packets[at + 1] = (one[0], other[1]), (other[0], one[1])
    return packets


def dropped(capture, chance):
    """Of the data of those that send; behind each there is more."""
    packets = capture.packets
    last = {direction(packet): at for at, (_, packet) in enumerate(packets) if data_of(packet)}
    return [(time, packet) for at, (time, packet) in enumerate(packets)
            if at < 3 * TALKS or not data_of(packet) or packet[22:24] != b"\x0f\xa0"
            or at >= last[direction(packet)] - 20 or chance.random() >= 0.04]


def fields(packet):
    """Sequence number, data."""
    return struct.unpack("!I", packet[24:28])[0], packet[40:]


def changed(packet, sequence, data):
    """The packet with other data at another place."""
    head = bytearray(packet[:40])
    struct.pack_into("!H", head, 2, 40 + len(data))
    struct.pack_into("!I", head, 24, sequence % (1 << 32))
    return bytes(head) + data


def behind(capture, chance, share, others):
    """Behind some packets with data, others that are made of them."""
    packets = []
    for at, (time, packet) in enumerate(capture.packets):
        packets.append((time, packet))
        if at >= 3 * TALKS and data_of(packet) and chance.random() < share:
            packets += [(time, other) for other in others(packet, *fields(packet))]
    return packets


def overlapping(capture, chance):
    """Sent again, cut elsewhere and with other bytes: what came first counts."""
    def again(packet, sequence, data):
        at = chance.randrange(len(data))
        return [changed(packet, sequence + at, bytes(byte ^ 0xff for byte in data[at:]))]
    return behind(capture, chance, 0.4, again)


def overlapping_longer(capture, chance):
    """Sent again with what comes next."""
    packets = overlapping(capture, chance)
    last = {}
    for at, (time, packet) in enumerate(packets):
        sequence, data = fields(packet)
        before = last.get(direction(packet), (None, b""))
        if data and before[1] and (before[0] + len(before[1])) % (1 << 32) == sequence \
                and chance.random() < 0.5:
            packets[at] = (time, changed(packet, before[0], before[1] + data))
        if data:
            last[direction(packet)] = sequence, data
    return packets


def kept_alive(capture, chance):
    """A byte that says nothing, in front of what comes next."""
    return behind(capture, chance, 0.5, lambda packet, sequence, data:
                  [changed(packet, sequence + len(data) - 1, b"\0")])


def probed(capture, chance):
    """A receiver without room is sent the next byte alone, and all of it later."""
    packets = []
    for at, (time, packet) in enumerate(capture.packets):
        sequence, data = fields(packet)
        if at >= 3 * TALKS and data and chance.random() < 0.4:
            packets += [(time, changed(packet, sequence, data[:1]))] * 2
        packets.append((time, packet))
    return packets


def late(capture, chance):
    """The capture began when all of it was under way."""
    return capture.packets[chance.randrange(20, 60):]


def in_pieces(capture, chance):
    """IP packets in pieces, in any order."""
    packets = []
    for number, (time, packet) in enumerate(capture.packets):
        payload, size = packet[20:], chance.randrange(3, 30) * 8
        if len(payload) <= size:
            packets.append((time, packet))
            continue
        pieces = []
        for at in range(0, len(payload), size):
            more = at + size < len(payload)
            part = payload[at:at + size]
            head = packet[:2] + struct.pack("!HHH", 20 + len(part), number, at // 8 | more << 13)
            pieces.append((time, head + packet[8:20] + part))
        chance.shuffle(pieces)
        packets += pieces
    return packets


def reused(seed):
    """Connections that are reset and begun again on the same ports."""
    chance = random.Random(seed)
    capture = Capture()
    for number in range(6):
        talk = capture.connect(5000 + number % 2, 4000,
                               first=(chance.randrange(1 << 32), 7 + number))
        for part in range(3):
            talk.say(message(chance, 3 * number + part), segment=chance.randrange(200, 1500))
            talk.say(ACK, side=1)
        talk.reset()
    return capture


def frames_of(data):
    """Sizes of messages that are whole."""
    sizes = []
    for match in FRAME.finditer(data):
        size = int.from_bytes(match.group(1), "big")
        end = match.start() + 11 + size
        if size > 3 and data[end:end + 7] == b"TLF2003":
            sizes.append(size + 18)
    return sizes


def by_tshark(file):
    follow = [option for stream in range(STREAMS) for option in ("-z", f"follow,tcp,raw,{stream}")]
    done = subprocess.run(["tshark", "-r", file, "-q", *follow], capture_output=True, text=True,
                          check=True)
    sizes = []
    for stream in done.stdout.split("Follow:"):
        # What the other side says is indented.
        for indent in ("", "\t"):
            lines = [line[len(indent):] for line in stream.splitlines()
                     if re.fullmatch(indent + r"[0-9a-f]+", line) or "missing" in line]
            sizes += frames_of(b"".join(b"?" if "missing" in line else bytes.fromhex(line)
                                        for line in lines))
    return sorted(sizes)


def by_monitor(file):
    done = subprocess.run([sys.argv[1], "monitor", "--json", file], capture_output=True, text=True,
                          check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(event["bytes"] for event in events
                  if event["event"] == "delta" and "captured" not in event)


def check(name, make, mangle, folder, snap=262144):
    for seed in range(SEEDS if mangle in (swapped, dropped) else 1):
        capture = make(seed)
        capture.packets = mangle(capture, random.Random(seed))
        file = str(Path(folder) / f"{name}-{seed}.pcap")
        Path(file).write_bytes(capture.pcap(snap=snap))
        theirs, ours = by_tshark(file), by_monitor(file)
        if theirs != ours or not ours:
            print(f"# {name} {seed}: tshark has {len(theirs)} frames, monitor {len(ours)}")
            return False
    return True


def as_it_is(capture, _):
    return capture.packets


def wrapping(seed):
    """Sequence numbers go over the end on the way."""
    return clean(seed, ((1 << 32) - 9000, (1 << 32) - 5))


def both_ways(seed):
    return clean(seed, both=True)


CASES = [("clean", clean, as_it_is), ("doubled", clean, doubled), ("swapped", clean, swapped),
         ("dropped", clean, dropped), ("overlapping", clean, overlapping),
         ("overlapping longer", clean, overlapping_longer), ("kept alive", clean, kept_alive),
         ("probed", clean, probed), ("late", clean, late), ("in pieces", clean, in_pieces),
         ("reused", reused, as_it_is), ("wrapping", wrapping, as_it_is),
         ("wrapping, swapped", wrapping, swapped), ("both ways", both_ways, as_it_is),
         ("both ways, swapped", both_ways, swapped), ("both ways, overlapping", both_ways, overlapping),
         ("cut", clean, as_it_is, 900), ("cut and doubled", clean, doubled, 1100)]


def main():
    print(f"TAP version 13\n1..{len(CASES)}")
    if not shutil.which("tshark"):
        for number, (name, *_) in enumerate(CASES, 1):
            print(f"ok {number} - {name} # SKIP there is no tshark")
        return 0
    failed = False
    with tempfile.TemporaryDirectory(prefix="tribes-reassembly-") as folder:
        for number, (name, make, mangle, *snap) in enumerate(CASES, 1):
            ok = check(name, make, mangle, folder, *snap)
            failed |= not ok
            print(f"{'ok' if ok else 'not ok'} {number} - {name}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
