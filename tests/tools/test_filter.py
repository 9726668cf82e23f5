#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `tribes monitor --filter` shows of a capture, what it costs to be wrong; TAP.

Usage: test_filter.py TRIBES
"""
import json
import os
import pty
import subprocess
import sys

from packets import Capture, Connection, message, session_message, vector

SESSION = "0123456789ABCDEF0123456789ABCDEF.node1"
HASH = "8774387702"


def sample():
    """Eight events: heartbeat, created, delta, all-data, expired (failed), unknown, delta (missing),
    member-leaves."""
    capture = Capture()
    connection = Connection(capture, 6000, 4000)

    def say(frame, answer="ack"):
        # That is to be acknowledged, and after the application has seen it.
        frame = bytearray(frame)
        frame[14] = 6
        connection.send(0, bytes(frame))
        if answer:
            connection.send(1, vector(answer))

    capture.udp(45564, vector("heartbeat"))
    say(message(vector("session-created")))
    say(session_message(vector("delta-set-item"), 13))
    say(session_message(vector("state-several@10.1.60"), 12))
    say(message(vector("session-expired")), "fail-ack")
    say(message(bytes(100000)))
    say(session_message(vector("delta-remove"), 13), None)
    capture.now += 10
    capture.udp(45564, vector("heartbeat-shutdown"))
    connection.close()
    return capture.bytes()


SAMPLE = sample()


def monitor(*arguments):
    done = subprocess.run([sys.argv[1], "monitor", *arguments, "-"], input=SAMPLE,
                          capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def shown(expression, *arguments):
    """Names of the events; what the last object says of the rest is true."""
    code, out, err = monitor("--json", "--filter", expression, *arguments)
    assert code == 0 and err == "", err
    *found, end = map(json.loads, out.splitlines())
    assert end["event"] == "capture-ended" and len(found) + end["filteredEvents"] == 8, out
    return [event["event"] for event in found]


def everything():
    assert shown("size > 0") == ["heartbeat", "created", "delta", "all-data", "expired", "unknown",
                                 "delta", "member-leaves"]


def fields():
    assert shown("event = delta, created") == ["created", "delta", "delta"]
    assert shown("event != delta and event !~ *e*, *l-*") == ["unknown"]
    assert shown("context = /shop and not event = delta") == ["created", "all-data", "expired"]
    assert shown("has context") == shown("context = localhost#/shop")
    assert shown("size > 64K") == ["unknown"] == shown("bytes >= 100000")
    assert shown("from = 127.0.0.1 and size < 1K") == shown("member = 127.0.0.1 && size < 1K")
    assert shown("from = 10.0.0.7") == []
    assert len(shown("to = 127.0.0.1:45564")) == 2


def sessions():
    """By the id and by its hash, whether ids are shown or not."""
    expected = ["created", "delta", "expired", "delta"]
    for arguments in ((), ("--show-ids",)):
        assert shown(f"session = {SESSION}", *arguments) == expected
        assert shown(f"session = {HASH}", *arguments) == expected
    assert shown("session ~ 0123*") == expected
    assert shown("session = 00000000000000000000000000000003.node1") == ["all-data"]


def inside():
    """What a delta and the sessions of a state transfer bring."""
    assert shown("attribute = item") == ["delta", "all-data"]
    assert shown("class = labvectors.Item") == ["delta", "all-data"]
    assert shown("class ~ labvectors.* and event = delta") == ["delta"]
    assert shown("has attribute") == ["delta", "all-data", "delta"]
    assert shown("attribute = big") == ["all-data"]


def acknowledgements():
    assert shown("ack = failed") == ["expired"]
    assert shown("ack = missing") == ["delta"]
    assert shown("ack = ok and event != unknown") == ["created", "delta", "all-data"]
    assert shown("has latency") == ["created", "delta", "all-data", "expired", "unknown"]
    assert shown("latency > 1s") == []
    assert shown("latency < 1s or event = heartbeat")[0] == "heartbeat"
    # Nothing is true of what is not there.
    assert shown("latency <= 1s or latency > 1s") == shown("has latency")
    assert shown("not has ack") == ["heartbeat", "member-leaves"]


def text():
    """Heartbeats come where they are asked for; the rest is counted."""
    code, out, err = monitor("--filter=event = heartbeat")
    assert code == 0 and [line.split()[1] for line in out.splitlines()] == ["heartbeat"]
    assert "capture-ended filteredEvents=7 " in err, err
    code, out, err = monitor("--filter=size > 0")
    assert "heartbeat " not in out and "filteredEvents=0" in err, out
    assert "filteredEvents" not in monitor()[2]


def counts():
    code, out, _ = monitor("-F", "event = delta", "--count=1")
    assert code == 0 and [line.split()[1] for line in out.splitlines()] == ["delta"]


def mistakes():
    code, out, err = monitor("--filter", "event = detla")
    assert code == 2 and out == "" and err.count("\n") == 1, err
    assert err.startswith("tribes monitor: --filter: column 9: expected an event (created, expired,")
    assert err.endswith(', found "detla"\n')
    code, _, err = monitor("--filter", "foo = 1")
    assert code == 2 and "(event, context, session, from, to, member, attribute, class, ack, size, " \
                         'latency), found "foo"' in err, err
    assert monitor("--filter", "")[0] == 2


def pointed():
    """On a terminal the place is shown."""
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.argv[1], "monitor", "--filter", "size > much", "-"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=theirs, check=False)
    os.close(theirs)
    said = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(ours)
    lines = said.decode().splitlines()
    assert done.returncode == 2 and lines[1:] == ["size > much", "       ^"], lines


CASES = [everything, fields, sessions, inside, acknowledgements, text, counts, mistakes, pointed]

print(f"TAP version 13\n1..{len(CASES)}")
for number, case in enumerate(CASES, 1):
    try:
        case()
        print(f"ok {number} - {case.__name__}", flush=True)
    except AssertionError as error:
        print("\n".join(f"# {line}" for line in str(error).splitlines()[:20]))
        print(f"not ok {number} - {case.__name__} (line {error.__traceback__.tb_next.tb_lineno})", flush=True)
