#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whole frames that `tribes monitor` finds in mangled captures, held against tshark's reassembly; TAP.

tshark's "follow" gives the bytes of each direction; frames are cut out of them here.
"""
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from capture import Capture
from test_report import ACK, frame, vector

SEEDS = 3
TALKS = 3
FRAME = re.compile(rb"FLT2002(....)", re.DOTALL)


def clean(seed):
    """Connections that take turns; no frame is like another."""
    chance = random.Random(seed)
    capture = Capture()
    talks = [capture.connect(5000 + number, 4000) for number in range(TALKS)]
    for number in range(40):
        talk = talks[number % TALKS]
        payload = vector("session-delta") + bytes(chance.randrange(3000))
        talk.say(frame(payload, time_ms=1700000000000 + number),
                 segment=chance.randrange(200, 1500))
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
    follow = [option for stream in range(TALKS) for option in ("-z", f"follow,tcp,raw,{stream}")]
    done = subprocess.run(["tshark", "-r", file, "-q", *follow], capture_output=True, text=True,
                          check=True)
    sizes = []
    # What the other side says is indented.
    for stream in done.stdout.split("Follow:"):
        lines = [line for line in stream.splitlines()
                 if re.fullmatch(r"[0-9a-f]+", line) or "missing" in line]
        sizes += frames_of(b"".join(b"?" if "missing" in line else bytes.fromhex(line)
                                    for line in lines))
    return sorted(sizes)


def by_monitor(file):
    done = subprocess.run([sys.argv[1], "monitor", "--json", file], capture_output=True, text=True,
                          check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(event["bytes"] for event in events
                  if event["event"] == "delta" and "captured" not in event)


def check(name, mangle, folder):
    for seed in range(SEEDS):
        capture = clean(seed)
        capture.packets = mangle(capture, random.Random(seed))
        file = str(Path(folder) / f"{name}-{seed}.pcap")
        Path(file).write_bytes(capture.pcap())
        theirs, ours = by_tshark(file), by_monitor(file)
        if theirs != ours or not ours:
            print(f"# {name} {seed}: tshark has {len(theirs)} frames, monitor {len(ours)}")
            return False
    return True


CASES = [("clean", lambda capture, _: capture.packets), ("doubled", doubled),
         ("swapped", swapped), ("dropped", dropped)]


def main():
    print(f"TAP version 13\n1..{len(CASES)}")
    if not shutil.which("tshark"):
        for number, (name, _) in enumerate(CASES, 1):
            print(f"ok {number} - {name} # SKIP there is no tshark")
        return 0
    failed = False
    with tempfile.TemporaryDirectory(prefix="tribes-reassembly-") as folder:
        for number, (name, mangle) in enumerate(CASES, 1):
            ok = check(name, mangle, folder)
            failed |= not ok
            print(f"{'ok' if ok else 'not ok'} {number} - {name}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
