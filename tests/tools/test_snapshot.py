#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes snapshot` and `tribes diff` of files, and the command lines of these and of `tribes probe`;
TAP. What they get from running Tomcats is looked at in interop/test_visit.py."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from packets import message, session_message, vector

PROGRAM = sys.argv[1]
STATE = session_message(vector("state-several@10.1.60"), 12)


def tribes(*arguments, data=b"", **options):
    done = subprocess.run([PROGRAM, *arguments], input=data, capture_output=True, timeout=60,
                          check=False, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check(found, expected, what):
    assert found == expected, f"{what}: expected {expected!r}, found {found!r}"


def lines():
    """A line for each session, of all frames that have some."""
    other = message(vector("session-created"))
    code, out, err = tribes("snapshot", "--show-ids", "-", data=STATE + other + STATE)
    check((code, err), (0, ""), "end")
    seen = [json.loads(line) for line in out.splitlines()]
    check([one["id"][:32] for one in seen], ["0" * 31 + str(n) for n in (2, 3, 4)] * 2, "ids")
    check(seen[0]["attributes"]["count"], {"class": "java.lang.Integer", "size": 10}, "count")
    check(seen[1]["hasPrincipal"], True, "principal")


def values():
    code, out, _ = tribes("snapshot", "--show-values", "-", data=STATE)
    seen = [json.loads(line) for line in out.splitlines()]
    check(code, 0, "end")
    check(seen[0]["attributes"]["count"]["value"], -7, "value")
    check((seen[1]["principal"], seen[1]["roles"]), ("ada", ["author", "reader"]), "principal")
    assert "id" not in seen[0] and len(seen[0]["hash"]) == 10, seen[0]


def sizes():
    code, out, _ = tribes("snapshot", "--sizes", "--format=json", "-", data=STATE)
    seen = json.loads(out)
    check((code, seen["sessions"]), (0, 3), "end")
    check(seen["attributes"][0]["name"], "item", "largest attribute")
    check(seen["largestSessions"][0]["largestAttribute"], "item", "largest session's")
    text = tribes("snapshot", "--sizes", "-", data=STATE)[1]
    assert text.startswith("3 sessions, ") and "labvectors.Item" in text, text


def nothing():
    """An empty file has no session, and that is no mistake."""
    check(tribes("snapshot", "-", data=b""), (0, "", ""), "nothing")


def broken():
    """Where it breaks is said; a state that breaks has its first sessions."""
    code, out, err = tribes("snapshot", "-", data=STATE[:-8])
    check((code, out), (1, ""), "cut off")
    assert "offset 0: frame: expected" in err, err
    code, out, err = tribes("snapshot", "-", data=b"GET / HTTP/1.1\r\n\r\n")
    check((code, out), (1, ""), "noise")
    assert "begin marker" in err, err
    middle = session_message(vector("state-several@10.1.60")[:1500], 12)
    code, out, err = tribes("snapshot", "-", data=middle)
    check((code, len(out.splitlines())), (1, 1), "half a state")
    assert "localhost#/shop: " in err and "offset" in err, err
    assert tribes("snapshot", "/dev/zero")[0] == 1


def mutants():
    """Whatever a byte is, it ends, and not by a signal."""
    for at in range(0, len(STATE), 41):
        data = bytearray(STATE)
        data[at] ^= 0xff
        code, _, err = tribes("snapshot", "--sizes", "-", data=bytes(data))
        assert code in (0, 1) and (err == "") == (code == 0), (at, code, err)


def exactly():
    """What is written in frames is what was read, and the file is there whole or not at all."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "taken")
        check(tribes("snapshot", "-f", "frames", "-o", path, "-", data=STATE), (0, "", ""), "end")
        check(os.stat(path).st_mode & 0o777, 0o600, "mode")
        check(tribes("snapshot", "--show-values", path),
              tribes("snapshot", "--show-values", "-", data=STATE), "sessions")
        check(os.listdir(folder), ["taken"], "files")
    code, _, err = tribes("snapshot", "-o", os.path.join(folder, "no", "taken"), "-", data=STATE)
    check(code, 1, "no folder")
    assert "No such file" in err, err


def unwritable():
    with open("/dev/full", "wb") as full:
        for options in ([], ["--sizes"], ["--format=frames"]):
            done = subprocess.run([PROGRAM, "snapshot", *options, "-"], input=STATE, stdout=full,
                                  stderr=subprocess.PIPE, check=False)
            check(done.returncode, 1, options)
            assert b"standard output" in done.stderr, done.stderr


def usage():
    for arguments in (["snapshot"], ["snapshot", "a:1", "b:2"], ["snapshot", "--format=xml", "-"],
                      ["snapshot", "--sizes", "-f", "frames", "-"], ["snapshot", "-f", "text", "-"],
                      ["snapshot", "-n", "0", "-"], ["snapshot", "-t", "0", "-"],
                      ["snapshot", "-t", "nan", "-"]):
        code, out, err = tribes(*arguments)
        check((code, out, err.count("\n")), (2, "", 1), arguments)
    for arguments in (["probe"], ["probe", "host"], ["probe", "-f", "xml", "a:1"],
                      ["probe", "-w", "-1", "a:1"], ["probe", "-w", "2", "-c", "1", "a:1"],
                      ["probe", "-n", "0", "a:1"], ["probe", "-n", "2", "-f", "nagios", "a:1"],
                      ["probe", "-t", "inf", "a:1"], ["probe", "--no-such"],
                      ["probe", "--config", "no-such.xml"], ["probe", "--config", "a.xml", "a:1"],
                      ["probe", "--cluster", "1", "a:1"],
                      ["probe", "--config", "a.xml", "--wait", "0"]):
        code, out, err = tribes(*arguments)
        check((code, out, err.count("\n")), (3, "", 1), arguments)


def nobody_there():
    code, out, err = tribes("probe", "-f", "json", "127.0.0.1:1")
    check((code, err), (2, ""), "end")
    check(json.loads(out)["reason"], "not reached: connect: Connection refused", "reason")
    code, out, err = tribes("snapshot", "127.0.0.1:1")
    check((code, out), (1, ""), "end")
    assert err == "tribes snapshot: 127.0.0.1:1: connect: Connection refused\n", err


def differences(*states, options=()):
    """What diff says of files with these states, as objects."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(number)) for number in range(len(states))]
        for path, state in zip(paths, states):
            Path(path).write_bytes(state)
        code, out, err = tribes("diff", "--json", "--settle=0", *options, *paths)
    seen = [json.loads(line) for line in out.splitlines()]
    for one in seen:
        one["missing"], one["different"] = ([paths.index(path) for path in one[key]]
                                            for key in ("missing", "different"))
        one["newest"] = paths.index(one["newest"])
    return code, seen, err


def same():
    check(differences(STATE, STATE, STATE), (0, [], ""), "same")


def one_differs():
    """Of a value, and which of them is the newest."""
    code, (one,), _ = differences(STATE, STATE, STATE.replace(b"hello", b"hellO"))
    check((code, one["what"], one["missing"], one["different"], one["newest"]),
          (1, "attribute text", [], [2], 0), "differs")
    assert "id" not in one, one
    # Not who was given a copy last is the newest, but who used the session last.
    given = STATE.replace(b"hello", b"hellO").replace((1700000006000).to_bytes(8, "big"),
                                                      (1700009999000).to_bytes(8, "big"))
    code, (one,), _ = differences(STATE, given)
    check((code, one["newest"], one["newestTime"]), (1, 0, 1700000003000), "newest")
    # Another class is another value: one byte of the serialVersionUID's class name.
    code, (one,), _ = differences(STATE, STATE.replace(b"labvectors.Item", b"labvectors.Itex"))
    check((code, one["what"], one["different"]), (1, "attribute item", [1]), "class")


def one_context():
    """Of a file, too, only what was asked for is compared."""
    code, seen, _ = differences(STATE, session_message(vector("state-empty"), 12),
                                options=["--context", "localhost#/other"])
    check((code, seen), (0, []), "another context")


def some_lack_it():
    code, seen, _ = differences(STATE, session_message(vector("state-empty"), 12))
    check((code, len(seen)), (1, 3), "sessions")
    for one in seen:
        check((one["what"], one["missing"], one["newest"]), ("session", [1], 0), "missing")
    code, seen, _ = differences(STATE, STATE.replace(b"\0\4flag", b"\0\4flaG"))
    check([(one["what"], one["missing"]) for one in seen],
          [("attribute flaG", [0]), ("attribute flag", [1])], "attributes")


def not_asked():
    """Somebody who cannot be asked is no difference."""
    code, seen, err = differences(STATE, STATE[:-1])
    check((code, seen), (2, []), "broken")
    assert err.startswith("tribes diff: ") and "expected" in err, err
    for arguments in ([], ["-"], ["--settle=-1", "a:1", "b:1"], ["--watch=nan", "a:1", "b:1"]):
        code, out, err = tribes("diff", *arguments)
        check((code, out, err.count("\n")), (2, "", 1), arguments)


CASES = [lines, values, sizes, nothing, broken, mutants, exactly, unwritable, usage, nobody_there,
         same, one_differs, one_context, some_lack_it, not_asked]

print(f"TAP version 13\n1..{len(CASES)}")
for index, case in enumerate(CASES, 1):
    try:
        case()
        print(f"ok {index} - {case.__name__}", flush=True)
    except (AssertionError, KeyError, ValueError, IndexError) as error:
        print("\n".join(f"# {line}" for line in str(error).splitlines()[:20]))
        print(f"not ok {index} - {case.__name__}", flush=True)
