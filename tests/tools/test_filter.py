#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `tribes monitor` shows with --filter and --template, what it says of mistakes; TAP.

Usage: test_filter.py TRIBES
"""
import gzip
import json
import os
import pty
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from packets import Capture, Connection, message, session_message, vector

SESSION = "0123456789ABCDEF0123456789ABCDEF.node1"
HASH = "8774387702"
RECORDINGS = Path(__file__).parent.parent / "recordings"


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


def maps():
    """Messages of replicated maps, alone and in questions and answers; which entry, who has it."""
    data = gzip.decompress((RECORDINGS / "backup.pcap.gz").read_bytes())

    def found(expression):
        done = subprocess.run([sys.argv[1], "monitor", "--json", "--filter", expression, "-"], input=data,
                              capture_output=True, check=True)
        return [(event.get("type"), event["event"], event["from"][-5:])
                for event in map(json.loads, done.stdout.splitlines()[:-1])]

    one, other = ("55471", "49219")
    assert found("type = state, start and context = /shop") == [
        ("state", "rpc", other), ("state", "rpc", one), ("start", "rpc", other), ("start", "rpc", one)]
    assert found(f"primary ~ *:{other} and type ~ b*") == [("backup", "map", other)] * 2
    assert found(f"node ~ *:{other}") == [("backup", "map", one)] * 3
    (whole,) = found("session = 674aebef69 and class ~ *DeltaSession")
    assert whole == ("backup", "map", one)
    assert found("attribute = name") == [("backup", "map", one)]


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
                         'latency, type, primary, node), found "foo"' in err, err
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


def template():
    """Members of an event where the directives are, in order, and nothing beside them."""
    code, out, err = monitor("-f", "%e %c %s %a %r %C %b %k %O %{sessions} 100%%\\n", "--filter",
                             "has context")
    assert code == 0 and out.splitlines() == [
        f"created localhost#/shop {HASH} - - - 546 ok 6 - 100%",
        f"delta localhost#/shop {HASH} item - labvectors.Item 1113 ok 6 - 100%",
        "all-data localhost#/shop - - - - 2320 ok 6 3 100%",
        f"expired localhost#/shop {HASH} - - - 544 failed 6 - 100%",
        f"delta localhost#/shop {HASH} - count - 635 missing 6 - 100%"], out
    assert "capture-ended" in err
    first = monitor("--template=%t|%T|%{time}|%f|%o|%p|%l|%d", "--count=1")[1]
    assert first == ("2023-11-14T22:13:20.004000Z|1700000000.004000|2023-11-14T22:13:20.004000Z|"
                     "127.0.0.1:4000|127.0.0.1:4000|5|1|-"), first


def template_ends():
    """No line feed that is not asked for, zero bytes, heartbeats only where they are wanted."""
    assert monitor("-f", "%e\\0", "--filter", "event = created, expired")[1] == "created\0expired\0"
    assert monitor("-f", "%e%{event}\\t\\\\", "--count=1")[1] == "createdcreated\t\\"
    assert monitor("-f", "%e\\n")[1].splitlines().count("heartbeat") == 0
    assert monitor("-f", "%e\\n", "-v")[1].splitlines()[0] == "heartbeat"
    assert monitor("-f", "%e\\n", "-vv")[1].count("\n") == 8


def template_hides():
    asked = ("-f", "%s %v\\n", "--filter", "event = delta and attribute = item")
    assert monitor(*asked)[1] == f"{HASH} -\n"
    assert monitor(*asked, "--show-ids")[1] == f"{SESSION} -\n"
    shown_value = monitor(*asked, "--show-values")[1]
    assert shown_value.startswith(HASH + ' {"@class":"labvectors.Item",'), shown_value


def template_escapes():
    """What others sent steers no terminal and forges no line."""
    capture = Capture()
    connection = Connection(capture, 6000, 4000)
    delta = vector("delta-set-text")
    assert delta.count(b"\0\4text") == 1
    connection.send(0, session_message(delta.replace(b"\0\4text", b"\0\4\x1b[\nx"), 13))
    done = subprocess.run([sys.argv[1], "monitor", "-f", "%a\\n", "-"], input=capture.bytes(),
                          capture_output=True, check=False)
    assert done.stdout == b'"\\u001b[\\nx"\n', done.stdout


def template_members():
    """Each member of an object is a directive."""
    objects = map(json.loads, monitor("--json")[1].splitlines()[:-1])
    names = {name for event in objects for name in event} - {"v", "actions"}
    assert len(names) > 12
    for name in names:
        assert monitor("-f", f"%{{{name}}}", "--count=1")[0] == 0, name


def template_mistakes():
    for text, column, expected, found in (
            ("json", 1, "a text with directives such as %e", '"json"'), ("", 1, "a text", "the end"),
            ("é%q", 2, "a directive (%%, %t time, ", '"%q"'), ("%e %", 4, "a directive (", '"%"'),
            ("%e%{foo}", 3, "a directive (", '"%{foo}"'), ("%{}", 1, "a directive (", '"%{}"'),
            ("%{event", 8, "a } behind %{", "the end"), ("%e\\q", 3, "\\n, \\r, \\t, \\0 or \\\\", '"\\q"'),
            ("%e\\", 3, "\\n, ", '"\\"')):
        code, out, err = monitor("-f", text)
        assert code == 2 and not out, text
        assert err.startswith(f"tribes monitor: --template: column {column}: expected {expected}"), err
        assert err.endswith(f", found {found}\n"), err
    assert monitor("-f", "%e", "--json")[0] == 2


def page():
    """What a page is told passes the filter, and is an object whatever is written here."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(SAMPLE)
        file.flush()
        with subprocess.Popen([sys.argv[1], "monitor", "-f", "%e ", "--http=127.0.0.1:0", "--filter",
                               "event = delta", file.name], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            try:
                where = process.stderr.readline().split("http=")[1].strip()
                said, after = [], 0
                while len(said) < 2:
                    with urllib.request.urlopen(f"{where}events?after={after}", timeout=60) as answer:
                        lines = answer.read().decode().splitlines()
                    said += [line[len("data: "):] for line in lines if line.startswith("data: ")]
                    after = max([after, *(int(line[4:]) for line in lines if line.startswith("id: "))])
            finally:
                process.terminate()
                process.communicate()
    assert [json.loads(line)["event"] for line in said] == ["delta", "delta"], said


CASES = [everything, fields, sessions, inside, acknowledgements, text, maps, counts, mistakes, pointed,
         template, template_ends, template_hides, template_escapes, template_members, template_mistakes, page]

print(f"TAP version 13\n1..{len(CASES)}")
for number, case in enumerate(CASES, 1):
    try:
        case()
        print(f"ok {number} - {case.__name__}", flush=True)
    except AssertionError as error:
        print("\n".join(f"# {line}" for line in str(error).splitlines()[:20]))
        print(f"not ok {number} - {case.__name__} (line {error.__traceback__.tb_next.tb_lineno})", flush=True)
