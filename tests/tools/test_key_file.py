#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `decode`, `monitor`, `report` and `top` read with `--key-file`, of what Tomcat's class encrypted; TAP."""
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from capture import VECTORS, Capture, vector
from test_report import ACK, frame

TEXT = "The quick brown fox jumps over the lazy dog."
KEY = "00112233445566778899aabbccddeeff"
# Of the recordings.
LAB_KEY = "000102030405060708090a0b0c0d0e0f"


def notes(name):
    lines = (VECTORS / f"{name}.txt").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def line_for(name):
    note = notes(name)
    return f"{note['algorithm']} {note['key']}"


def run(tribes, keys, arguments, mode=0o600, data=b""):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "keys")
        file.write_text(keys)
        os.chmod(file, mode)
        capture = Path(folder, "capture")
        capture.write_bytes(data)
        arguments = [str(capture) if argument == "CAPTURE" else argument for argument in arguments]
        return subprocess.run([tribes, arguments[0], "--key-file", str(file), *arguments[1:]],
                              capture_output=True, text=True, timeout=60)


def capture_of(*names):
    """With what interceptors below put behind the second."""
    capture = Capture()
    connection = capture.connect(6001, 4001)
    for number, name in enumerate(names):
        connection.say(frame(vector(name) + (b"\0" if number % 2 else b"")))
        connection.say(ACK, side=1)
    connection.close()
    return capture.pcap()


def decodes(tribes, names):
    for name in names:
        keys = f"# not this one\n\n{KEY}\n{line_for(name)} # but this\n"
        done = run(tribes, keys, ["decode", str(VECTORS / f"{name}.bin")])
        generation = "A" if "@9.0.70" in name else "C"
        if (done.returncode or TEXT not in done.stdout or done.stderr
                or f"generation {generation}, key in line 4" not in done.stdout):
            return False
    return True


def default_algorithm(tribes, names):
    """Without one, each generation has its own; B is CBC with a time stamp."""
    for name, generation in (("encrypt-cbc-128@9.0.70", "A"), ("encrypt-cbc-256@10.1.60", "B"),
                             ("encrypt-gcm-192@10.1.60", "C")):
        done = run(tribes, notes(name)["key"], ["decode", str(VECTORS / f"{name}.bin")])
        if TEXT not in done.stdout or f"generation {generation}, key in line 1" not in done.stdout:
            return False
    return True


def monitors(tribes, names):
    names = ["encrypt-gcm-128@10.1.60", "encrypt-cbc-128@9.0.70"]
    keys = "".join(line_for(name) + "\n" for name in names)
    done = run(tribes, keys, ["monitor", "--json", "CAPTURE"], data=capture_of(*names))
    events = [json.loads(line) for line in done.stdout.splitlines()][:2]
    return [(event["event"], event["encrypted"], event["keyLine"]) for event in events] == [
        ("java", "C", 1), ("java", "A", 2)]


def reports(tribes, names):
    data = capture_of("encrypt-gcm-128@10.1.60")
    found = []
    for keys in (line_for("encrypt-gcm-128@10.1.60"), KEY):
        done = run(tribes, keys, ["report", "--json", "CAPTURE"], data=data)
        found.append([event["event"] for event in json.loads(done.stdout)["events"]])
    return found == [["java"], ["encrypted-or-unknown"]]


def tops(tribes, names):
    """Rows of what was encrypted; without the key there are none."""
    data = gzip.decompress((VECTORS.parent / "recordings" / "encrypt.pcap.gz").read_bytes())
    rows = [json.loads(run(tribes, keys, ["top", "--batch", "--json", "--by=session", "CAPTURE"],
                           data=data).stdout)["rows"] for keys in (LAB_KEY, KEY)]
    return {row["context"] for row in rows[0]} == {"localhost#/shop"} and rows[1] == []


def mistakes(tribes, names):
    """Are told with their line, and without what stands there."""
    for keys, line in ((f"\n{KEY}00\n", 2), (f"{KEY}\n#\nDES/CBC/NoPadding {KEY}\n", 3),
                       (f"{KEY} {KEY}\n", 1), (f"{KEY}\n" * 65, 65)):
        done = run(tribes, keys, ["decode", str(VECTORS / "ack.bin")])
        if done.returncode != 2 or f"line {line}: " not in done.stderr or KEY in done.stderr:
            return False
    return run(tribes, "# none\n", ["decode", str(VECTORS / "ack.bin")]).returncode == 2


def warns(tribes, names):
    name = "encrypt-gcm-128@10.1.60"
    done = run(tribes, line_for(name), ["decode", str(VECTORS / f"{name}.bin")], mode=0o644)
    return done.returncode == 0 and "mode 0644; expected 0600" in done.stderr


def main():
    names = sorted(path.stem for path in VECTORS.glob("encrypt-*.bin"))
    cases = [decodes, default_algorithm, monitors, reports, tops, mistakes, warns]
    print(f"1..{len(cases)}")
    ok = len(names) > 0
    for number, case in enumerate(cases, 1):
        passed = case(sys.argv[1], names)
        ok = ok and passed
        print(f"{'ok' if passed else 'not ok'} {number} - {case.__name__}")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
