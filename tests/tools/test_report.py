#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command `tribes report`: what it counts, what it finds wrong, formats and exit codes; TAP."""
import gzip
import json
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

from capture import ACK_FRAME as ACK, FAIL_ACK_FRAME as FAIL_ACK, START, Capture, frame, member, vector

SESSION = "0123456789ABCDEF0123456789ABCDEF.node1"
HASH = "8774387702"
CONTEXT = "localhost#/shop"
RECORDINGS = Path(__file__).parent.parent / "recordings"
# What a failure detector says.
MARKER = ("4fa77348798243c99f6f8980a15b07147dd9525bebf1439ab77ebe8f81671eb6"
          "3715be87457e4ca8bf0a4d135338153255f694b73afa407891047dd77284c0d5")


def say(connection, name, sender=4000, answer=ACK, **more):
    connection.say(frame(vector(name), sender, **more))
    if answer:
        connection.say(answer, side=1)


def run(capture, *arguments):
    done = subprocess.run([sys.argv[1], "report", *arguments, "-"], input=capture.pcap(),
                          capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def report(capture, *arguments):
    code, out, err = run(capture, "--json", *arguments)
    if code != 0:
        raise AssertionError(err)
    return json.loads(out)


def anomalies(capture):
    return {found["what"]: found["count"] for found in report(capture)["anomalies"]}


def life():
    """A member that starts, a session's life."""
    capture = Capture(START)
    starter = capture.connect(6000, 4000)
    donor = capture.connect(6001, 4001)
    say(starter, "session-get-all", sender=4001, answer=None, options=8)
    say(donor, "session-all-data")
    say(donor, "session-transfer-complete")
    say(donor, "session-created")
    for _ in range(3):
        say(donor, "session-delta")
    say(donor, "session-expired")
    starter.close()
    donor.close()
    return capture


def counts():
    found = report(life())
    events = {event["event"]: event["messages"] for event in found["events"]}
    (attribute,) = found["attributes"]
    (session,) = found["sessions"]
    return (events == {"get-all": 1, "all-data": 1, "transfer-complete": 1, "created": 1,
                       "delta": 3, "expired": 1}
            and found["messages"] == 8 and found["anomalies"] == []
            and attribute["name"] == "text" and attribute["context"] == CONTEXT
            and (attribute["sets"], attribute["bytes"]) == (3, 24)
            and (attribute["unchanged"], attribute["unchangedBytes"]) == (2, 16)
            and (found["unchangedValues"], found["unchangedValueBytes"]) == (2, 16)
            and session["session"] == HASH and session["messages"] == 5
            and {entry["class"]: entry["values"] for entry in found["classes"]}
            == {"java.lang.Boolean": 3, "java.lang.String": 3})


def pairs():
    found = report(life())
    busy, asker = found["pairs"]
    return ((busy["from"], busy["to"], busy["messages"], busy["ok"])
            == ("127.0.0.1:4000", "127.0.0.1:4001", 7, 7)
            and (asker["from"], asker["ok"]) == ("127.0.0.1:4001", 0)
            and busy["latency"]["p50"] == 1 and found["latency"]["count"] == 7)


def transfer():
    (found,) = report(life())["transfers"]
    return ((found["state"], found["context"], found["from"], found["to"], found["parts"])
            == ("complete", CONTEXT, "127.0.0.1:4000", "127.0.0.1:4001", 1)
            and found["asked"] < found["firstData"] < found["end"])


def sent_again():
    """On a dead connection first: counted once."""
    capture = Capture(START)
    dead = capture.connect(6001, 4001)
    say(dead, "session-all-data", answer=None)
    dead.close()
    donor = capture.connect(6002, 4001)
    say(donor, "session-all-data")
    say(donor, "session-transfer-complete")
    (found,) = report(capture)["transfers"]
    return ((found["parts"], found["repeats"], found["state"]) == (1, 1, "complete")
            and anomalies(capture) == {"missing-ack": 1})


def failures():
    capture = Capture(START)
    connection = capture.connect(6001, 4001)
    say(connection, "session-delta", answer=FAIL_ACK)
    say(connection, "session-delta", answer=None)
    connection.close()
    slow = capture.connect(6002, 4001)
    slow.say(frame(vector("session-accessed")))
    capture.now += 2_000000
    slow.say(ACK, side=1)
    slow.say(b"FLT2002\0\0\0\5wrongTLF2003")
    found = anomalies(capture)
    return found == {"failed-message": 1, "missing-ack": 1, "blocked-sender": 1,
                     "broken-message": 1}


def order():
    """A delta that overtook its session, and one that came too late."""
    capture = Capture(START)
    connection = capture.connect(6001, 4001)
    for name in ("session-delta", "session-created", "session-expired", "session-delta"):
        say(connection, name)
    return anomalies(capture) == {"delta-before-session": 1, "message-after-session": 1}


def transfers():
    capture = Capture(START)
    starter = capture.connect(6000, 4000)
    donor = capture.connect(6001, 4001)
    say(starter, "session-get-all", sender=4001)
    say(donor, "session-no-context-manager")
    say(starter, "session-get-all", sender=4001)
    found = report(capture)
    return ([entry["state"] for entry in found["transfers"]] == ["refused", "unanswered"]
            and anomalies(capture) == {"repeated-transfer": 1, "refused-transfer": 1,
                                       "unfinished-transfer": 1})


def membership():
    capture = Capture(START)
    for silence in (500, 500, 8000, 500):
        capture.datagram(member(4000))
        capture.now += silence * 1000
    capture.datagram(member(4000, bytes(16)))
    capture.datagram(vector("heartbeat-shutdown"))
    found = report(capture)
    one = found["members"][0]
    return ([entry["what"] for entry in found["timeline"]]
            == ["appeared", "came back", "restarted", "restarted", "left"]
            and 7900 < found["timeline"][1]["silent"] < 8100
            and (one["member"], one["heartbeats"], one["flaps"], one["restarts"])
            == ("127.0.0.1:4000", 6, 1, 2)
            and anomalies(capture) == {"member-flap": 1})


def clocks():
    capture = Capture(START)
    connection = capture.connect(6001, 4001)
    say(connection, "session-delta", time_ms=START // 1000 + 60000)
    say(connection, "session-delta", sender=4002)
    found = report(capture)
    ahead = {entry["member"]: entry["clockAhead"] for entry in found["members"]}
    return (59000 < ahead["127.0.0.1:4000"] <= 60000 and abs(ahead["127.0.0.1:4002"]) < 100
            and anomalies(capture) == {"clock-skew": 1})


def mixed():
    """One member encrypts, another does not."""
    capture = Capture(START)
    connection = capture.connect(6001, 4001)
    say(connection, "session-delta")
    connection.say(frame(bytes(range(64)), sender=4002))
    connection.say(ACK, side=1)
    return anomalies(capture) == {"mixed-encryption": 1}


def outsiders():
    """Somebody without heartbeats among those who send some, and what he sends; and one who asks an
    encrypting member in plain text, and is answered."""
    capture = Capture(START)
    for _ in range(8):
        for port in (4000, 4001):
            capture.datagram(member(port))
        capture.now += 500_000
    for port in (4000, 4009):
        say(capture.connect(2000 + port, 4001), "session-delta", sender=port,
            time_ms=capture.now // 1000)
    secret = Capture(START)
    secret.connect(6001, 4001).say(frame(bytes(range(64)), options=8))
    secret.connect(6002, 4001).say(frame(vector("session-get-all"), sender=4009, options=8))
    secret.connect(6003, 4009).say(frame(bytes(range(64)), sender=4001, options=8))
    secret.connect(6004, 4001).say(b"GET / HTTP/1.1\r\n\r\n")
    stream = b"\xac\xed\0\5\x73\x72\0\x11com.example.Order" + bytes(8) + b"\2\0\0\x78\x70"
    order = Capture(START)
    order.connect(6001, 4001).say(frame(stream, options=8))
    return (anomalies(capture) == {"unknown-sender": 1}
            and anomalies(secret) == {"mixed-encryption": 1, "answered-plaintext": 1,
                                      "unfinished-transfer": 1, "broken-message": 1}
            and anomalies(order) == {"foreign-object": 1})


def wrapped():
    """One member numbers what it says, marks it or compresses all of it, and another does not."""
    def both(one, other, options=6):
        capture = Capture(START)
        for port, payload in ((4001, one), (4002, other)):
            connection = capture.connect(2000 + port, 9000 - port)
            connection.say(frame(payload, sender=port, options=options))
            connection.say(ACK, side=1)
        return anomalies(capture)

    delta, number = vector("session-delta"), struct.pack("!i", 3)
    return (both(delta, delta) == both(delta + number, delta + number)
            == both(delta + b"\0", delta + b"\0") == {}
            and both(delta + number, delta) == both(delta, delta + b"\0")
            == both(gzip.compress(delta), delta) == {"mixed-interceptors": 1}
            # From 9.0 on small messages stay as they are.
            and both(gzip.compress(delta), delta, options=0x106) == {}
            # A detector may stand below.
            and both(delta + number, bytes.fromhex(MARKER)) == {})


def text():
    code, out, err = run(life())
    return (code == 0 and err == "" and all(len(line) <= 80 for line in out.splitlines())
            and f"{HASH} {CONTEXT}" in out and SESSION not in out
            and "16 of 24 bytes of values (66.7 %) were sent again unchanged, 2 times" in out
            and SESSION in run(life(), "--show-ids")[1])


def maps():
    """Who has entries of a BackupManager's map, and what became of them."""
    data = gzip.decompress((RECORDINGS / "backup.pcap.gz").read_bytes())

    def run_on(*arguments):
        return subprocess.run([sys.argv[1], "report", *arguments, "-"], input=data, capture_output=True,
                              check=True).stdout.decode()

    found = json.loads(run_on("--json"))
    (one,), ((moved, _), _) = found["maps"], (found["mapEntries"], None)
    members = {member["member"]: member for member in one["members"]}
    first, second = "127.0.0.1:55471", "127.0.0.1:49219"
    (state,) = found["transfers"]
    text = run_on()
    return ((one["map"], one["entries"], one["removed"], one["lastBackupWent"])
            == ("localhost#/shop-map", 2, 0, 0)
            and {name: (each["primary"], each["backup"], each["proxy"]) for name, each in members.items()}
            == {first: (1, 1, 0), second: (1, 1, 0)}
            and one["types"]["backup"] == 5
            and moved["history"][0]["primary"] == moved["primary"]
            and len(moved["backups"]) == 1 and len(moved["session"]) == 10
            and (state["context"], state["state"], state["from"], state["to"])
            == ("localhost#/shop", "complete", first, second)
            and all(len(line) <= 80 for line in text.split("STATE TRANSFERS")[1].splitlines())
            and f"{moved['session']} localhost#/shop-map" in text and f", backup {first}" in text
            and Page(run_on("--format=html")).ok)


class Page(HTMLParser):
    """What is open must be closed, and nothing may run or be fetched."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ok, self.words = [], True, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.ok &= tag not in ("script", "link", "img", "iframe") \
            and not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.ok &= tag == "rect"

    def handle_endtag(self, tag):
        self.ok &= bool(self.open) and self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def html():
    """A page whatever names there are."""
    capture = life()
    connection = capture.connect(6009, 4009)
    name = "<b>&\"'"
    payload = vector("session-created").replace(CONTEXT.encode(), f"{name:15}".encode())
    connection.say(frame(payload))
    code, out, _ = run(capture, "--format=html")
    page = Page(out)
    return (code == 0 and page.ok and page.open == [] and out.startswith("<!DOCTYPE html>")
            and any(name in words for words in page.words) and HASH in out and SESSION not in out
            and out.count("<rect") >= 2)


def lists():
    few = report(life(), "--top=1")
    return len(few["classes"]) == 1 and "1 more" in run(life(), "--top=1")[1]


def ends():
    """What was read before it broke is reported."""
    data = life().pcap()[:-5]
    done = subprocess.run([sys.argv[1], "report", "-j", "-"], input=data, capture_output=True,
                          check=False)
    return (done.returncode == 1 and json.loads(done.stdout)["messages"] == 8
            and b"behind packet" in done.stderr)


def usage():
    codes = [subprocess.run([sys.argv[1], "report", *arguments], capture_output=True,
                            stdin=subprocess.DEVNULL, check=False).returncode
             for arguments in ((), ("a", "b"), ("-f", "xml", "-"), ("--top=0", "-"))]
    return codes == [2, 2, 2, 2]


CASES = [counts, pairs, transfer, sent_again, failures, order, transfers, membership, clocks,
         mixed, outsiders, wrapped, text, lists, maps, html, ends, usage]


def main():
    failed = False
    print(f"TAP version 13\n1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        ok = case()
        failed |= not ok
        print(f"{'ok' if ok else 'not ok'} {number} - {case.__name__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
