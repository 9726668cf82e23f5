#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command `tribes decode`: formats, exit codes, and what is said about a broken stream; TAP."""
import json
import subprocess
import sys
from pathlib import Path

CORPUS = sorted(Path(sys.argv[2]).iterdir())
STREAM = b"\xac\xed\0\5t\0\3one" + b"t\0\3two"


def decode(*arguments, data=b""):
    done = subprocess.run([sys.argv[1], "decode", *map(str, arguments)], input=data,
                          capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def raw():
    return all(decode("--format=raw", file) == (0, file.read_bytes(), "") for file in CORPUS)


def parses():
    """JSON that others can read, and the text says the same."""
    for file in CORPUS:
        value = json.loads(decode("--format=json", file)[1])
        if json.loads(decode(file)[1]) != value:
            return False
    return True


def broken():
    code, out, err = decode("-f", "json", "-", data=STREAM[:-1])
    return code == 1 and out == b'["one"]\n' and "offset 13: string: expected 3 bytes" in err


def summary():
    code, out, _ = decode("--summary", "-", data=STREAM)
    return code == 0 and out.decode().split()[-4:] == ["2", "12", "-", "java.lang.String"]


def usage():
    return decode()[0] == decode("--format=xml", "-")[0] == decode("--no-such")[0] == 2


def missing():
    code, _, err = decode("no-such-file")
    return code == 1 and "no-such-file" in err


CASES = [raw, parses, broken, summary, usage, missing]

print(f"TAP version 13\n1..{len(CASES)}")
for number, case in enumerate(CASES, 1):
    print(f"{'ok' if case() else 'not ok'} {number} - {case.__name__}", flush=True)
