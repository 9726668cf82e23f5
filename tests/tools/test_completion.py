#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What bash offers for `tribes`; TAP.

Usage: test_completion.py TRIBES COMPLETION
"""
import os
import subprocess
import sys
import tempfile

PROGRAM, SCRIPT = map(os.path.abspath, sys.argv[1:3])


def offered_lines(*words, folder=None):
    """For the last of @words, which bash splits at an equals sign."""
    quoted = " ".join(f"'{word}'" for word in words)
    script = (f"source '{SCRIPT}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1};"
              "_tribes; printf '%s\\n' \"${COMPREPLY[@]}\"")
    path = os.path.dirname(os.path.abspath(PROGRAM)) + os.pathsep + os.environ["PATH"]
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": path}, cwd=folder)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return [line for line in done.stdout.split("\n") if line]


def offered(*words):
    return [word for line in offered_lines(*words) for word in line.split()]


def commands():
    found = offered("tribes", "")
    assert {"check", "decode", "diff", "monitor", "node", "probe", "report", "restore", "snapshot",
            "top", "help"} <= set(found), found
    assert offered("tribes", "sn") == ["snapshot"] == offered("tribes", "help", "sn")


def options():
    for command in offered("tribes", ""):
        if command.startswith("-") or command == "help":
            continue
        found = offered("tribes", command, "--")
        assert any(option.startswith("--help") for option in found) and len(found) > 3, (command, found)
    assert offered("tribes", "probe", "--time") == ["--timeout="]


def values():
    assert offered("tribes", "probe", "--format", "=", "n") == ["nagios"]
    assert offered("tribes", "decode", "--as", "he") == ["heartbeat"]
    assert {"coordination", "map", "member", "rpc"} <= set(offered("tribes", "decode", "--as", "="))
    assert offered("tribes", "top", "--sort", "=", "by") == ["byte-rate", "bytes"]
    assert set(offered("tribes", "top", "--by", "=")) == {"pair", "context", "session", "attribute",
                                                          "class"}
    assert set(offered("tribes", "top", "--format", "=")) == {"text", "json"}
    assert offered("tribes", "diff", "--repair", "=", "") == ["newest"]
    assert set(offered("tribes", "snapshot", "--format", "=")) == {"json", "frames"}


def files():
    """Names of files are offered as they are, and nothing in them is done."""
    names = ["keys", "keys $(touch done)", "keys of the cluster"]
    with tempfile.TemporaryDirectory() as folder:
        for name in [*names, "other"]:
            with open(os.path.join(folder, name), "w", encoding="ascii"):
                pass
        for command in "decode", "monitor", "report":
            assert offered("tribes", command, "--key") == ["--key-file="]
            for words in ("--key-file", "k"), ("--key-file", "=", "k"):
                found = offered_lines("tribes", command, *words, folder=folder)
                assert sorted(found) == names, (command, words, found)
            found = offered_lines("tribes", command, "--key-file", "=", folder=folder)
            assert sorted(found) == [*names, "other"], (command, found)
        assert sorted(os.listdir(folder)) == [*names, "other"], os.listdir(folder)


CASES = [commands, options, values, files]

print(f"TAP version 13\n1..{len(CASES)}")
for number, case in enumerate(CASES, 1):
    try:
        case()
        print(f"ok {number} - {case.__name__}", flush=True)
    except AssertionError as error:
        print("\n".join(f"# {line}" for line in str(error).splitlines()[:20]))
        print(f"not ok {number} - {case.__name__}", flush=True)
