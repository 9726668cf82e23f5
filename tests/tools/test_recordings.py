#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes monitor` and `tribes report` see in recordings of real Tomcats what those say happened; TAP.

  test_recordings.py TRIBES INTEROP RECORDINGS
"""
import gzip
import json
import os
import sys
import tempfile
from pathlib import Path

PROGRAM, INTEROP, RECORDINGS = sys.argv[1], sys.argv[2], Path(sys.argv[3])
os.environ["TRIBES_PROGRAM"] = PROGRAM
sys.path.insert(0, INTEROP)
from lab import agreement  # noqa: E402 pylint: disable=wrong-import-position


def unpacked(path, folder):
    target = Path(folder) / path.stem
    target.write_bytes(gzip.decompress(path.read_bytes()))
    return str(target)


def account_of(name):
    return json.loads(gzip.decompress((RECORDINGS / f"{name}.json.gz").read_bytes()))


def agrees(name, folder):
    found = agreement.differences(account_of(name), unpacked(RECORDINGS / f"{name}.pcap.gz", folder))
    for line in found:
        print(f"# {line}")
    return not found


def notices(folder):
    """An account of something else is not agreed with: each counter, a session, a member."""
    path = unpacked(RECORDINGS / "restarts.pcap.gz", folder)

    def differs(change):
        account = account_of("restarts")
        change(account)
        return len(agreement.differences(account, path)) > 0

    def counter(life, name):
        def change(account):
            for counters in account["lives"][life]["counters"].values():
                counters[name] += 1
        return change

    def session(account):
        for sessions in account["lives"][-1]["sessions"].values():
            sessions["nobody's"] = {}

    def member(account):
        account["lives"][0]["log"].append("member added:[Member[tcp://{127, 0, 0, 1}:1,")

    counters = [counter(life, f"Counter{way}_EVT_{name}") for life in range(2)
                for way, name in (("Send", "SESSION_DELTA"), ("Receive", "SESSION_CREATED"))]
    return (not differs(lambda account: None)
            and all(differs(change) for change in [*counters, session, member]))


def main():
    names = sorted(path.name[:-len(".pcap.gz")] for path in RECORDINGS.glob("*.pcap.gz"))
    failed = not names
    print(f"TAP version 13\n1..{len(names) + 1}")
    with tempfile.TemporaryDirectory(prefix="tribes-recordings-") as folder:
        cases = [*((name, lambda name=name: agrees(name, folder)) for name in names),
                 ("what differs is noticed", lambda: notices(folder))]
        for number, (name, case) in enumerate(cases, 1):
            ok = case()
            failed |= not ok
            print(f"{'ok' if ok else 'not ok'} {number} - {name}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
