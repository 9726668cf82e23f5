#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command `tribes monitor`: events, formats, exit codes, and what it hides; TAP."""
import gzip
import json
import random
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from capture import Capture
from test_reassembly import in_pieces
from test_report import frame

VECTORS = Path(__file__).parent.parent / "vectors"
SESSION = "0123456789ABCDEF0123456789ABCDEF.node1"
HASH = "8774387702"
VALUE = "hello"


def vector(name):
    return (VECTORS / f"{name}.bin").read_bytes()


def monitor(*arguments, data=b""):
    done = subprocess.run([sys.argv[1], "monitor", *map(str, arguments)], input=data,
                          capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def sample():
    capture = Capture()
    connection = capture.connect(5000, 4000)
    frame = bytearray(vector("frame-session-delta"))
    frame[14] = 6
    connection.say(bytes(frame), segment=100)
    connection.say(vector("ack"), side=1)
    capture.datagram(vector("heartbeat"))
    capture.datagram(vector("heartbeat-shutdown"))
    connection.say(vector("frame-static-stop"))
    connection.close()
    return capture


def events(text):
    return [line.split()[1] for line in text.splitlines() if not line.startswith(" ")]


def text():
    code, out, err = monitor("-", data=sample().pcap())
    first = out.splitlines()[0]
    return (code == 0 and events(out) == ["delta", "member-leaves", "member-stop"]
            and first.startswith("2023-11-14T22:13:20.010000Z delta from=127.0.0.1:4000 "
                                 "to=127.0.0.1:4000 context=localhost#/shop session=")
            and first.endswith(" set=text bytes=712 ack=ok latency=1")
            and "capture-ended" in err and "messages=2" in err and "missing" not in err)


def formats():
    """pcap and pcapng, by name and on standard input."""
    expected = monitor("-", data=sample().pcap())[1]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.pcapng"
        file.write_bytes(sample().pcapng())
        return monitor(file)[1] == monitor("-", data=sample().pcapng())[1] == expected


def read_json():
    code, out, err = monitor("--json", "-", data=sample().pcap())
    objects = [json.loads(line) for line in out.splitlines()]
    delta = objects[0]
    return (code == 0 and err == "" and all(found["v"] == 1 for found in objects)
            and [found["event"] for found in objects]
            == ["delta", "heartbeat", "member-leaves", "member-stop", "capture-ended"]
            and [(action["name"], action["class"], action["bytes"])
                 for action in delta["actions"] if action["type"] == "attribute"]
            == [("text", "java.lang.String", 8)]
            and delta["options"] == 6 and delta["ack"] == "ok" and delta["latency"] == 1
            and objects[-1]["messages"] == 2 and objects[-1]["missingBytes"] == 0
            and objects[-1]["packets"] == len(sample().packets))


def verbose():
    _, out, _ = monitor("-v", "-", data=sample().pcap())
    _, tree, _ = monitor("-vv", "-", data=sample().pcap())
    return ("    set    attribute text java.lang.String, 8 bytes\n" in out
            and events(out) == ["delta", "heartbeat", "member-leaves", "member-stop"]
            and re.search(r"^ +465 +144 .*delta", tree, re.MULTILINE) is not None)


def hides():
    """Ids and values are shown only to those who ask."""
    data = sample().pcap()
    for arguments in ((), ("-v",), ("-vv",), ("--json",), ("-j", "-vv")):
        out = monitor(*arguments, "-", data=data)[1]
        if SESSION[:32] in out or VALUE in out or HASH not in out:
            return False
        shown = monitor(*arguments, "--show-ids", "-", data=data)[1]
        if SESSION not in shown or VALUE in shown:
            return False
    values = [monitor(*arguments, "--show-values", "-", data=data)[1]
              for arguments in (("-v",), ("-vv",), ("--json",))]
    return all(VALUE in out and SESSION[:32] not in out for out in values)


def ends():
    data = sample().pcap()
    few = monitor("--count=1", "-", data=data)
    soon = monitor("--duration=0.0105", "-", data=data)
    return (few[0] == soon[0] == 0 and events(few[1]) == ["delta"]
            and events(soon[1])[:1] == ["delta"])


def truncated():
    """What comes before the end is shown."""
    data = sample().pcap()
    code, out, err = monitor("-", data=data[:-7])
    whole = monitor("-", data=data)[1]
    return (code == 1 and out == whole and f"behind packet {len(sample().packets) - 1}" in err)


def holes():
    capture = sample()
    del capture.packets[5]
    code, out, err = monitor("-", data=capture.pcap())
    return (code == 0 and "captured=200" in out and "ack=" in out and "gaps=1" in err
            and "missingBytes=100" in err)


def chosen():
    data = sample().pcap()
    udp = monitor("--packets=udp port 45564", "--json", "-", data=data)
    wrong = monitor("--packets=no such thing", "-", data=data)
    return (udp[0] == 0 and '"heartbeat"' in udp[1] and '"delta"' not in udp[1]
            and wrong[0] == 1 and "filter" in wrong[2])


def full():
    """Output that cannot be written is a failure."""
    with open("/dev/full", "wb") as sink:
        return subprocess.run([sys.argv[1], "monitor", "-"], input=sample().pcap(), stdout=sink,
                              stderr=subprocess.DEVNULL, check=False).returncode == 1


def interrupted():
    """What waits for its reader when a signal comes is not lost."""
    capture = sample()
    connection = capture.connect(5001, 4000)
    for _ in range(2000):
        connection.say(vector("frame-session-delta"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.pcap"
        file.write_bytes(capture.pcap())
        with subprocess.Popen([sys.argv[1], "monitor", "--json", str(file)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            # Two thousand lines do not fit into a pipe.
            first = process.stdout.readline()
            process.terminate()
            rest = process.stdout.read()
    lines = (first + rest).decode().splitlines()
    return (process.returncode == 0 and all(json.loads(line) for line in lines)
            and json.loads(lines[-1])["event"] == "capture-ended")


def live():
    """On an interface: what comes before the signal is read, and a silent one does not hold us up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        command = [sys.argv[1], "monitor", "--interface=lo", "--json",
                   f"--packets=udp port {sink.getsockname()[1]}"]
        silent = subprocess.run([*command, "--duration=0.2"], capture_output=True, text=True,
                                check=False)
        if "CAP_NET_RAW" in silent.stderr:
            print("# nobody may capture here")
            return True
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            sent = 0
            while not select.select([process.stdout], [], [], 0.05)[0]:
                sink.sendto(vector("heartbeat"), sink.getsockname())
            while sent < 100:
                sent += sink.sendto(vector("heartbeat"), sink.getsockname()) > 0
            process.terminate()
            lines = process.stdout.read().decode().splitlines()
    end = json.loads(lines[-1])
    return (silent.returncode == process.returncode == 0 and end["heartbeats"] > sent
            and len(lines) == end["heartbeats"] + 1 and end["droppedPackets"] == 0)


CLUSTER = """<Server><Service><Engine name="C" defaultHost="localhost">
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelStartOptions="3" channelSendOptions="6">
<Channel className="org.apache.catalina.tribes.group.GroupChannel">
<Receiver className="org.apache.catalina.tribes.transport.nio.NioReceiver" address="127.0.0.1" port="{0}"
 autoBind="0"/>
<Interceptor className="org.apache.catalina.tribes.group.interceptors.TcpFailureDetector"/>
<Interceptor className="org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor">
<Member className="org.apache.catalina.tribes.membership.StaticMember" host="127.0.0.1" port="{1}"/>
</Interceptor></Channel></Cluster><Host name="localhost"/></Engine></Service></Server>"""


def request(url, method="GET", body=None):
    asked = urllib.request.Request(url, body and json.dumps(body).encode(), method=method,
                                   headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read() or "null")


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start(folder, command, own, other, *arguments):
    """One of two members, and its first line."""
    config = Path(folder) / f"{command}.xml"
    config.write_text(CLUSTER.format(own, other), encoding="utf-8")
    process = subprocess.Popen([sys.argv[1], command, *arguments, str(config), "--json", "--show-ids"],
                               stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


def joined():
    """Between two members; the other is a node, and does not get into the way of its leaving."""
    ports = free_ports(2)
    with tempfile.TemporaryDirectory() as folder:
        node, event = start(folder, "node", *ports, "--context=/shop", "--http=127.0.0.1:0", "--config")
        http = event["http"].rstrip("/")
        observer, began = start(folder, "monitor", *reversed(ports), "--show-values", "--join")
        with node, observer:
            try:
                while not request(http + "/members")["members"]:
                    time.sleep(0.05)
                made = request(http + "/contexts/%2Fshop/sessions", "POST", {"attributes": {"a": "b"}})["id"]
                lines = []
                while not lines or (lines[-1]["event"], lines[-1].get("session")) != ("delta", made):
                    lines.append(json.loads(observer.stdout.readline()))
                observer.terminate()
                lines += [json.loads(line) for line in observer.stdout]
                while request(http + "/members")["members"]:
                    time.sleep(0.05)
                sessions = request(http + "/contexts/%2Fshop/sessions")["total"]
            finally:
                node.terminate()
                observer.terminate()
    names = [line["event"] for line in lines]
    delta = lines[names.index("delta")]
    return (began["event"] == "observation-started" and began["port"] == ports[1]
            and "created" in names and names[-1] == "observation-ended" and sessions == 1
            and [(action["name"], action.get("value")) for action in delta["actions"]
                 if action["type"] == "attribute"] == [("a", "b")]
            and lines[-1]["messages"] >= 2 and lines[-1]["dropped"] == lines[-1]["lostEvents"] == 0
            and node.returncode == observer.returncode == 0)


def asked():
    """Over HTTP, events that come are those of a filter; at the end of a capture there are none to come."""
    def events(**query):
        asked_for = urllib.parse.urlencode({"after": 0, **query})
        try:
            with urllib.request.urlopen(f"{http}/events?{asked_for}", timeout=60) as answer:
                lines = answer.read().decode().splitlines()
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            # The end came first.
            return None
        return [json.loads(line[6:])["event"] for line in lines if line.startswith("data: ")]

    def until(look):
        while not look():
            time.sleep(0.05)

    capture = Capture()
    connection = capture.connect(5000, 4000)
    connection.say(frame(vector("session-created"), options=8))
    begin = capture.pcap()
    connection.say(frame(vector("session-delta"), options=8))
    connection.say(frame(vector("session-expired"), options=8))
    with subprocess.Popen([sys.argv[1], "monitor", "--json", "--http", "127.0.0.1:0", "-"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(begin)
        process.stdin.flush()
        http = json.loads(process.stdout.readline())["http"].rstrip("/")
        until(lambda: "created" in events())
        filters = ["event = delta", "context = /shop and event = expired", "event = heartbeat", "size > 1M"]
        # Nothing has come since, which is said only after a while: nobody waits for it here.
        for one in filters:
            threading.Thread(target=events, kwargs={"filter": one}, daemon=True).start()
            time.sleep(0.1)
            request(f"{http}/health")
        refused = events(filter="event = nonsense"), events(filter="size >"), events(filter="latency > 5ms")
        process.stdin.write(capture.pcap()[len(begin):])
        process.stdin.close()
        until(lambda: "expired" in events())
        found = [events(filter=one) for one in filters[:2]]
        until(lambda: request(f"{http}/source")["isOver"])
        late = events(filter="event = created")
        process.terminate()
    return (found, refused, late, process.returncode) == ([["delta"], ["expired"]], (400, 400, 503), 409, 0)


def usage():
    return all(monitor(*arguments)[0] == 2 for arguments in
               ((), ("a", "b"), ("--format=xml", "-"), ("--no-such", "-"), ("-i", "lo", "-"),
                ("--count=-1", "-"), ("--join=a.xml", "-"), ("--join=no-such.xml",),
                ("--join=a.xml", "--packets=udp"), ("--quiet", "-"), ("--http=0", "--alerts", "-"),
                ("--http=0.0.0.0:0", "-"), ("--http=x", "-"), ("--http-token-file=x", "-")))


def unreadable():
    missing = monitor("no-such-file")
    wrong = monitor("-", data=b"not a capture at all, whatever it is")
    link = monitor("-", data=Capture().pcap(link_type=127))
    ppp = monitor("-", data=Capture().pcap(link_type=9))
    interface = monitor("--interface=no-such-interface")
    return (missing[0] == wrong[0] == link[0] == interface[0] == 1
            and "no-such-file" in missing[2] and "link type 127" in link[2]
            and ppp[0] == 1 and "(PPP)" in ppp[2]
            and "no-such-interface" in interface[2])


def seen(*payloads, options=8):
    """Events of messages with these payloads."""
    capture = Capture()
    connection = capture.connect(5000, 4000)
    for payload in payloads:
        connection.say(frame(payload, options=options))
    code, out, err = monitor("--json", "-", data=capture.pcap())
    if code != 0:
        raise AssertionError(err)
    return [json.loads(line) for line in out.splitlines()][:-1]


def described(*payloads):
    return [tuple(event.get(name) for name in ("event", "order", "fragment"))
            for event in seen(*payloads)]


def layers():
    """What interceptors put around is named; what can be read within is."""
    delta, number, chance = vector("session-delta"), struct.pack("!i", 7), random.Random(3)
    fifth = -(-len(delta) // 5)
    pieces = [delta[at:at + fifth] + struct.pack("!ii?", at // fifth, 5, True)
              for at in range(0, len(delta), fifth)]
    start = b"Local StaticMember Notification Data"
    cases = [(delta, "delta", None, None), (delta + number, "delta", 7, None),
             (delta + b"\0", "delta", None, "whole"), (delta + number + b"\0", "delta", 7, "whole"),
             (delta + b"??", "delta", None, None), (start, "member-start", None, None),
             (start + number, "member-start", 7, None), (start + b"??", "unknown", None, None),
             (vector("rpc-question"), "rpc", None, None),
             (vector("rpc-question") + number, "rpc", 7, None),
             (vector("rpc-no-channel"), "rpc", None, None),
             (gzip.compress(delta), "delta", None, None),
             (gzip.compress(delta + number), "delta", 7, None),
             (gzip.compress(delta) + number, "delta", 7, None),
             (gzip.compress(gzip.compress(delta)) + b"\0", "delta", None, "whole"),
             (gzip.compress(delta)[:-1], "compressed", None, None),
             (chance.randbytes(64), "encrypted-or-unknown", None, None),
             (chance.randbytes(5000), "encrypted-or-unknown", None, None),
             (b"a text of some application's own", "unknown", None, None), (b"", "unknown", None, None),
             (bytes([0xaa, 0x26, 0xde, 0xe3, 0x9e, 0x5a, 0x41, 0x3f, 0xaf, 0x86, 0xfa, 0x92, 0x63,
                     0xca, 0x0d, 0x3f]) + bytes(90), "coordination", None, None)]
    # With the last one that is missing, whichever that is, they are what they were before.
    cases += [(piece, "fragment", None, f"{at}/5") for at, piece in enumerate(pieces[:4], 1)]
    cases += [(pieces[4], "delta", None, "5/5")]
    cases += [(gzip.compress(piece + number), "fragment", 7, f"{at}/5")
              for at, piece in enumerate(pieces, 1) if at != 2]
    cases += [(gzip.compress(pieces[1]), "delta", None, "2/5")]
    cases += [(pieces[0] + number, "fragment", 7, "1/5"), (pieces[3] + number, "fragment", 7, "4/5")]
    found = described(*(case[0] for case in cases))
    return found == [case[1:] for case in cases]


def pieces():
    """A message in a datagram that is larger than the network's packets; one piece of another is
    lost."""
    capture = Capture()
    payload = vector("session-delta") + bytes(9000)
    capture.datagram(frame(payload, options=32))
    capture.datagram(frame(payload, options=32))
    capture.packets = in_pieces(capture, random.Random(1))[:-1]
    code, out, err = monitor("-", data=capture.pcap())
    return (code == 0 and events(out) == ["delta"] and "transport=udp" in out
            and "joinedFragments=1 incompleteFragments=1" in err)


def objects():
    """Of questions and answers what they carry, of the others what they are for."""
    question, answer, nobody = seen(vector("rpc-question"), vector("rpc-reply"),
                                    vector("rpc-no-channel"))
    start, pong, stop = seen(vector("rpc-question-member@9.0.70"),
                              vector("rpc-reply-member@10.1.60"), vector("static-stop@9.0.70"))
    assert [one["type"] for one in (start, pong, stop)] == ["start", "ping", "stop"], (start, pong)
    assert {one["of"] for one in (start, pong, stop)} == {"10.1.2.3:4000{10111213}"}, start
    assert {one["membership"] for one in (start, pong, stop)} == {start["channel"]}, start
    assert question["channel"] == nobody["channel"] == "localhost#/shop-map", question
    return (question["reply"] is False and answer["reply"] is True
            and question["carries"] == answer["carries"] == "java.lang.String"
            and (nobody["reply"], nobody["carries"]) == (True, "nobody"))


def maps():
    """Of replicated maps which entry, who has it, and what is in it: never a password."""
    whole, diff, proxy, state, alive, login = (
        vector(f"map-{name}@10.1.60") for name in ("backup", "diff", "proxy", "state-proxies",
                                                  "ping-initialized", "sign-on"))
    backup, changed, told, entries, ping, entry = seen(whole, diff, proxy, state, alive, login)
    for one in (backup, changed, told):
        assert (one["context"], one["map"]) == ("localhost#/shop", "localhost#/shop-map"), one
        assert (one["primary"], one["nodes"]) == ("127.0.0.1:4000", ["[2001:db8::7]:4001"]), one
        assert len(one["session"]) == 10, one
    assert (backup["type"], backup["object"].rsplit(".")[-1]) == ("backup", "DeltaSession"), backup
    assert [(one["change"], one["name"]) for one in changed["actions"]] == [
        ("set", "count"), ("remove", "gone")], changed
    assert (told["type"], entries["entries"], ping["state"]) == ("proxy", 3, "initialized")
    (numbered,) = seen(proxy + struct.pack("!i", 7))
    assert (numbered["order"], numbered["primary"]) == (7, "127.0.0.1:4000"), numbered
    assert len(entry["key"]) == 10 and entry["object"].endswith("SingleSignOnEntry"), entry
    capture = Capture()
    capture.connect(5000, 4000).say(frame(login))
    data = capture.pcap()
    for options in ([], ["-vv", "--show-values", "--show-ids"], ["--format=json", "--show-values"]):
        code, out, _ = monitor(*options, "-", data=data)
        assert code == 0 and "geheim" not in out and "Z2VoZWl" not in out, out
    _, out, _ = monitor("-vv", "-", data=data)
    return "0123456789ABCDEF" not in out


CASES = [text, formats, read_json, verbose, hides, ends, truncated, holes, chosen, full, interrupted, live,
         layers, pieces, objects, maps, joined, asked, usage, unreadable]


def main():
    failed = False
    print(f"TAP version 13\n1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        ok = case()
        failed |= not ok
        print(f"{'ok' if ok else 'not ok'} {number} - {case.__name__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
