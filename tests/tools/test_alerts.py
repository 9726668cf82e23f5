#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes monitor --alerts`: what raises an alert and what does not, what is held back, learned and
kept; TAP."""
import json
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from capture import ACK_FRAME as ACK, START, Capture, frame, member, vector

RANDOM = random.Random(34486)
OUTSIDE = "10.9.9.9"
MEMBERS = "--members=127.0.0.1:4000,127.0.0.1:4001"
GADGET = "org.apache.commons.collections.functors.InvokerTransformer"


def run(capture, *arguments, options=("--json",)):
    """Exit code, alerts, and what it said at the end."""
    done = subprocess.run([sys.argv[1], "monitor", "--alerts", *options, *arguments, "-"],
                          input=capture.pcap(), capture_output=True, check=False)
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    end = lines.pop() if lines else {"error": done.stderr.decode()}
    if not (lines or end.get("event") == "capture-ended"):
        raise AssertionError(end)
    if done.returncode != (1 if lines else 0):
        raise AssertionError(f"exit code {done.returncode}: {done.stderr.decode()}")
    return lines, end


def kinds(capture, *arguments):
    return [(alert["severity"], alert["kind"]) for alert in run(capture, *arguments)[0]]


def ciphertext(blocks=8):
    return RANDOM.randbytes(16 * blocks)


def descriptor(name):
    """A class as a stream describes it, without fields."""
    return b"\x72" + struct.pack("!H", len(name)) + name.encode() + bytes(8) + b"\2\0\0\x78\x70"


def java(*names):
    return b"\xac\xed\0\5\x73" + b"".join(map(descriptor, names))


def talk(*messages, source=6001, sender=4000, **more):
    capture = Capture(START)
    connection = capture.connect(source, 4001, **more)
    for message in messages:
        connection.say(frame(message, sender))
        connection.say(ACK, side=1)
    return capture


def quiet():
    """What members say when all is well, encrypted or not; their markers are never encrypted."""
    plain = talk(*(vector(f"session-{name}") for name in
                   ("get-all", "all-data", "transfer-complete", "created", "delta", "expired")),
                 vector("rpc-question"), vector("rpc-no-channel"))
    secret = talk(*(ciphertext(2 + n) for n in range(60)), b"Local StaticMember Notification Data")
    secret.connect(6002, 4000).say(frame(ciphertext(), 4001))
    return run(plain, MEMBERS)[0] == [] == run(secret, MEMBERS)[0]


def outsiders():
    """By the address, whatever they say; by what they say; and whom members write to."""
    capture = talk(vector("session-delta"))
    capture.connect(6002, 4001, host=OUTSIDE).say(frame(vector("session-get-all")))
    capture.connect(6003, 4001).say(frame(vector("session-get-all"), sender=4009))
    capture.connect(6004, 4009).say(frame(vector("session-all-data")))
    capture.datagram(member(4009))
    found, _ = run(capture, MEMBERS)
    return ([(alert["kind"], alert["from"], alert["sender"], alert["to"]) for alert in found]
            == [("outsider", f"{OUTSIDE}:6002", "127.0.0.1:4000", "127.0.0.1:4001"),
                ("outsider", "127.0.0.1:6003", "127.0.0.1:4009", "127.0.0.1:4001"),
                ("outsider", "127.0.0.1:6004", "127.0.0.1:4000", "127.0.0.1:4009"),
                ("outsider", "127.0.0.1:45564", "127.0.0.1:4009", "127.0.0.1:45564")]
            and run(capture, MEMBERS + f",{OUTSIDE},127.0.0.1:4009")[0] == [])


def learned_members():
    """From heartbeats, when they have been heard for as long as one that is there is heard of."""
    capture = Capture(START)
    capture.connect(6001, 4001).say(frame(vector("session-delta"), sender=4009))
    capture.datagram(member(4000))
    capture.connect(6004, 4000).say(frame(vector("session-delta"), sender=4001))
    for _ in range(8):
        capture.datagram(member(4000))
        capture.datagram(member(4001))
        capture.now += 500_000
    capture.connect(6002, 4001).say(frame(vector("session-delta")))
    capture.connect(6003, 4001).say(frame(vector("session-delta"), sender=4009))
    found, _ = run(capture)
    silent = talk(vector("session-delta"), sender=4009)
    return ([(alert["kind"], alert["sender"]) for alert in found]
            == [("outsider", "127.0.0.1:4009")] and run(silent)[0] == [])


def configured():
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "server.xml"
        config.write_text("""<Server><Service name="Catalina"><Engine name="Catalina" defaultHost="h">
          <Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster">
            <Channel className="org.apache.catalina.tribes.group.GroupChannel">
              <Receiver className="org.apache.catalina.tribes.transport.nio.NioReceiver"
                        address="127.0.0.1" port="4001"/>
              <Interceptor className=
                  "org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor">
                <Member className="org.apache.catalina.tribes.membership.StaticMember"
                        host="127.0.0.1" port="4000"/>
              </Interceptor>
            </Channel>
          </Cluster><Host name="h"/></Engine></Service></Server>""", encoding="utf-8")
        inside = run(talk(vector("session-delta")), f"--config={config}")[0]
        outside = kinds(talk(vector("session-delta"), sender=4009), f"--config={config}")
        config.write_text("<Server><Service name='S'><Engine name='E'><Cluster className="
                          "'org.apache.catalina.ha.tcp.SimpleTcpCluster'/></Engine></Service></Server>",
                          encoding="utf-8")
        done = subprocess.run([sys.argv[1], "monitor", "-a", f"--config={config}", "-"],
                              input=talk().pcap(), capture_output=True, check=False)
    return (inside == [] and outside == [("high", "outsider")] and done.returncode == 2
            and b"no static members" in done.stderr)


def plaintext():
    """Where others encrypt: what comes first is told when the second shows it."""
    after = talk(ciphertext(), vector("session-delta"), vector("rpc-question"), b"no ciphertext")
    before = talk(vector("session-delta"), vector("session-delta"), ciphertext(), ciphertext())
    first, _ = run(before)
    # One that encrypts itself expects it of others.
    back = talk(ciphertext())
    back.connect(6002, 4000).say(frame(vector("session-delta"), 4001))
    return (kinds(after) == [("high", "plaintext")] * 3
            and [(alert["kind"], alert["count"]) for alert in first] == [("plaintext", 2)]
            and kinds(back) == [("high", "plaintext")])


def not_plaintext():
    """Compressed ones and pieces look random, and so may bytes of an application."""
    pieces = [RANDOM.randbytes(1000) + struct.pack("!iib", n, 3, 1) for n in range(3)]
    capture = talk(b"\x1f\x8b\x08" + RANDOM.randbytes(200), *pieces, vector("session-delta"))
    connection = capture.connect(6002, 4001)
    connection.say(frame(RANDOM.randbytes(64), options=7))
    connection.say(frame(vector("session-delta")))
    return kinds(capture) == []


def answered():
    """Plain text to one that encrypts is answered to who does not belong to it."""
    capture = talk(ciphertext())
    capture.connect(6002, 4001).say(frame(vector("session-get-all"), sender=4009))
    capture.connect(6003, 4009).say(frame(ciphertext(), sender=4001))
    late = talk(ciphertext())
    late.connect(6002, 4001).say(frame(vector("session-get-all"), sender=4009))
    late.now += 6_000000
    late.connect(6003, 4009).say(frame(ciphertext(), sender=4001))
    busy = Capture(START)
    connection = busy.connect(6003, 4009)
    connection.say(frame(ciphertext(), sender=4001))
    busy.connect(6002, 4001).say(frame(vector("session-get-all"), sender=4009))
    connection.say(frame(ciphertext(), sender=4001))
    return (kinds(capture) == [("high", "plaintext"), ("critical", "answered")]
            and kinds(late) == kinds(busy) == [("high", "plaintext")])


def objects():
    """Objects that are no message, and those that nobody sends with good intentions."""
    found, _ = run(talk(java("com.example.Order"), java("java.util.PriorityQueue", GADGET)))
    whole = frame(java("java.util.PriorityQueue", GADGET))
    return ([(alert["kind"], alert["detail"]) for alert in found]
            == [("foreign-object", "an object of the class com.example.Order"),
                ("foreign-object", "an object of the class java.util.PriorityQueue"),
                ("gadget", GADGET)]
            and whole[found[2]["offset"]:][3:].startswith(GADGET.encode()))


def hidden_gadget():
    """In the attribute of a session, and in what breaks off."""
    attribute = vector("session-delta").replace(b"java.lang.Boolean", b"org.python.core.A")
    return (kinds(talk(attribute)) == [("critical", "gadget")]
            and kinds(talk(java("a.B", GADGET)[:-9])) == [("medium", "foreign-object"),
                                                         ("critical", "gadget")])


def baseline():
    """Classes of one capture are those of the cluster; another one in a second is told once."""
    usual = vector("session-delta").replace(b"java.lang.Boolean", b"java.util.HashSet")
    other = vector("session-delta").replace(b"java.lang.Boolean", b"java.util.TooLong")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "classes"
        found, end = run(talk(usual, vector("session-delta")), f"--learn={file}")
        text = file.read_text(encoding="utf-8")
        again, _ = run(talk(usual), f"--baseline={file}")
        new, end_of_new = run(talk(usual, other, other, other), f"--baseline={file}")
        run(talk(other), f"--learn={file}")
        both = file.read_text(encoding="utf-8")
        file.write_text("java.lang.Integer\nnot a class\n", encoding="utf-8")
        wrong = subprocess.run([sys.argv[1], "monitor", "-a", f"--baseline={file}", "-"],
                               input=talk().pcap(), capture_output=True, check=False)
    classes = text.splitlines()[1:]
    return (found == again == [] and classes == sorted(classes) and len(classes) == end["classes"]
            and [(alert["kind"], alert["detail"], alert["count"]) for alert in new]
            == [("unknown-class", "java.util.TooLong", 1),
                ("unknown-class", "more like these, the last: java.util.TooLong", 2)]
            and end_of_new["alerts"] == 3 and end_of_new["heldBackAlerts"] == 2
            and set(both.splitlines()) == set(text.splitlines()) | {"java.util.TooLong"}
            and wrong.returncode == 2 and b"line 2" in wrong.stderr)


def probes():
    capture = talk(vector("session-delta"))
    for number, data in enumerate((b"GET / HTTP/1.1\r\n\r\n", b"\xac\xed\0\5\x73",
                                   b"FLT2002\x7f\xff\xff\xff", b"FLT2002\0\0\0\5wrongTLF2003",
                                   b"FLT2002\0\0\0\1aTLF2004")):
        capture.connect(6010 + number, 4001, host=f"10.9.9.{number}").say(data)
    # Nobody knows a receiver there.
    capture.connect(6020, 8080).say(b"GET / HTTP/1.1\r\n\r\n")
    details = [alert["detail"] for alert in run(capture)[0] if alert["kind"] == "probe"]
    return details == ["HTTP where a frame was expected",
                       "a Java stream without a frame where a frame was expected",
                       "a frame of 2147483647 bytes, more than any receiver takes",
                       "a frame that holds no message", "a frame of 1 bytes without an end"]


def flood():
    """Of one kind and source some are told, then how many more there were; others are heard."""
    capture = talk(ciphertext())
    connection = capture.connect(6002, 4001)
    for _ in range(1000):
        connection.say(frame(vector("session-delta")))
    capture.connect(6003, 4001, host=OUTSIDE).say(frame(vector("session-delta")))
    found, end = run(capture)
    told = [alert["count"] for alert in found if alert["from"].startswith("127.")]
    capture.now += 11_000000
    connection.say(frame(vector("session-delta")))
    later = [alert["count"] for alert in run(capture)[0] if alert["from"].startswith("127.")]
    return (told == [1] * 5 + [995] and sum(later) == 1001 and max(later) >= 995 and [alert["from"] for alert in found].count(f"{OUTSIDE}:6003") == 1
            and end["alerts"] == 1001 and end["heldBackAlerts"] == 995)


def text():
    capture = talk(java("com.example.Order"))
    done = subprocess.run([sys.argv[1], "monitor", "-a", "-"], input=capture.pcap(),
                          capture_output=True, text=False, check=False)
    line, = done.stdout.decode().splitlines()
    return (done.returncode == 1 and b"alerts=1" in done.stderr
            and line.split(" ", 1)[1] == "medium foreign-object from=127.0.0.1:6001 "
            "sender=127.0.0.1:4000 to=127.0.0.1:4001 packet=4 offset="
            f"{frame(java('com.example.Order')).index(bytes.fromhex('aced0005'))} "
            'detail="an object of the class com.example.Order"')


def keeps():
    """The connection, before and behind; nobody else's packets; with the reason at the packet."""
    capture = talk(vector("session-delta"))
    bad = capture.connect(6002, 4001)
    bad.say(frame(vector("session-delta")))
    capture.connect(6003, 4001).say(frame(vector("session-delta")))
    bad.say(frame(java("com.example.Order")))
    bad.say(ACK, side=1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kept.pcapng"
        _, end = run(capture, f"--keep={file}")
        mode = stat.S_IMODE(os.stat(file).st_mode)
        again = subprocess.run([sys.argv[1], "monitor", "-a", f"--keep={file}", "-"],
                               input=capture.pcap(), capture_output=True, check=False)
        events = subprocess.run([sys.argv[1], "monitor", "-j", str(file)], capture_output=True,
                                check=False).stdout.decode().splitlines()
        comments = None
        if shutil.which("tshark"):
            comments = subprocess.run(["tshark", "-r", str(file), "-T", "fields", "-e", "tcp.srcport",
                                       "-e", "tcp.dstport", "-e", "frame.comment"],
                                      capture_output=True, check=False).stdout.decode().splitlines()
    expected = ["6002\t4001\t", "4001\t6002\t", *["6002\t4001\t"] * 2,
                "6002\t4001\tmedium foreign-object: an object of the class com.example.Order",
                "4001\t6002\t"]
    return (mode == 0o600 and end["keptPackets"] == 6 and end["refusedPackets"] == 0
            and [json.loads(line)["event"] for line in events] == ["delta", "java", "capture-ended"]
            and again.returncode == 2 and b"not overwritten" in again.stderr
            and comments in (None, expected))


def keeps_little():
    """No more than it may; and no file where there is nothing to keep."""
    capture = talk(*[java("com.example.Order") + bytes(1000)] * 100)
    with tempfile.TemporaryDirectory() as folder:
        file, none = Path(folder) / "kept.pcapng", Path(folder) / "none.pcapng"
        _, end = run(capture, f"--keep={file}", "--keep-size=0.01")
        size = file.stat().st_size
        run(talk(vector("session-delta")), f"--keep={none}")
        there = none.exists()
    return 9000 < size <= 10485 and end["refusedPackets"] > 150 and not there


def usage():
    codes = [subprocess.run([sys.argv[1], "monitor", *arguments], input=talk().pcap(),
                            capture_output=True, check=False).returncode
             for arguments in (("--members=a:1", "-"), ("-a", "--members=127.0.0.1:70000", "-"),
                               ("-a", "--baseline=/no/such", "-"), ("-a", "--keep=/no/such/file", "-"),
                               ("-a", "--learn=x", "--baseline=x", "-"), ("-a", "--keep-size=0", "-"),
                               ("-a", "no-such-file"), ("-a", "-n", "1", "-"), ("-a", "--filter=bytes > 1", "-"), ("-a", "--config=/no/such", "-"))]
    broken = subprocess.run([sys.argv[1], "monitor", "-a", "-"], input=talk().pcap()[:-5],
                            capture_output=True, check=False)
    return codes == [2] * len(codes) and broken.returncode == 2


CASES = [quiet, outsiders, learned_members, configured, plaintext, not_plaintext, answered, objects,
         hidden_gadget, baseline, probes, flood, text, keeps, keeps_little, usage]


def main():
    failed = False
    print(f"TAP version 13\n1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        try:
            ok = case()
        except AssertionError as error:
            print(f"# {error}")
            ok = False
        failed |= not ok
        print(f"{'ok' if ok else 'not ok'} {number} - {case.__name__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
