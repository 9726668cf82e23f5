#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logs of Tomcats beside captures, for `tribes monitor` and `tribes report`: merged, followed,
summed up; TAP."""
import datetime
import json
import select
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from capture import Capture, vector


def monitor(*arguments, data=b""):
    done = subprocess.run([sys.argv[1], "monitor", *arguments], input=data, capture_output=True,
                          check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def stamp(time_us):
    return datetime.datetime.fromtimestamp(time_us / 1e6, datetime.timezone.utc).strftime(
        "%d-%b-%Y %H:%M:%S.") + f"{time_us // 1000 % 1000:03}"


LOGGER = "org.apache.catalina.ha.session.DeltaManager"


def entry(time_us, text, level="SEVERE"):
    return f"{stamp(time_us)} {level} [exec-1] {LOGGER}.requestCompleted {text}\n"


def logged():
    """Entries of two logs are merged with the packets; each behind those of its millisecond."""
    capture = Capture()
    start = capture.now
    capture.now += 500
    for _ in range(4):
        capture.datagram(vector("heartbeat"))
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "one.log", Path(folder) / "other.log"
        one.write_text(entry(start - 61_000000, "long ago") + entry(start, "a")
                       + "\tjava.io.NotSerializableException: a.Cart\n\t\tat a.B.c(B.java:1)\n"
                       + entry(start + 2000, "c") + entry(start + 2000, "not", level="INFO")
                       + entry(start + 1000, "d, out of order")
                       + entry(start + 80_000000, "much later"), encoding="utf-8")
        other.write_text(entry(start - 5000, "first") + entry(start + 1000, "b")
                         + entry(start + 900000, "last", level="WARNING").rstrip(), encoding="utf-8")
        code, out, _ = monitor("--json", f"--log={one}", f"--log={other}", "--log-zone=UTC", "-",
                               data=capture.pcap())
        shown = monitor(f"--log={one}", "--log-zone=UTC", "--filter=class ~ *Serializable*", "-",
                        data=capture.pcap())[1]
        foreign = Path(folder) / "foreign"
        foreign.write_text("nothing of a log\n", encoding="utf-8")
        complaint = monitor(f"--log={foreign}", "-", data=capture.pcap())
        wrong = [monitor(*arguments, "-", data=capture.pcap())[0] for arguments in
                 (("--log=/no/such",), (f"--log={one}", "--log-zone=Mars/City"))]
    events = [json.loads(line) for line in out.splitlines()]
    seen = [event.get("message", event["event"]) for event in events]
    first = next(event for event in events if event.get("message") == "a")
    return (code == 0 and seen == ["first", "heartbeat", "a", "heartbeat", "b", "heartbeat", "c",
                                   "d, out of order", "heartbeat", "last", "capture-ended"]
            and (first["exception"], first["reason"], first["stack"], first["line"], first["level"])
            == ("java.io.NotSerializableException", "a.Cart", ["at a.B.c(B.java:1)"], 2, "SEVERE")
            and (events[-1]["logged"], events[-1]["loggedOutside"]) == (6, 2)
            and f"log level=SEVERE class={LOGGER} message=a exception=" in shown
            and shown.count("\n") == 2 and "    at a.B.c(B.java:1)" in shown
            and complaint[0] == 0 and "foreign" in complaint[2] and wrong == [1, 1])


def until(lines, last):
    """Messages up to that one."""
    for line in lines:
        event = json.loads(line)
        yield event.get("message")
        if event.get("message") == last:
            return


def followed():
    """Beside an interface from the end on, over a rotation and an emptying."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "catalina.out"
        log.write_text(entry(0, "old"), encoding="utf-8")
        command = [sys.argv[1], "monitor", "--interface=lo", "--json", "--packets=udp port 9",
                   f"--log={log}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            for number in range(1000):
                if select.select([process.stdout, process.stderr], [], [], 0.02)[0]:
                    break
                with log.open("a", encoding="utf-8") as out:
                    out.write(entry(1000 * number, "new"))
            if process.poll() is not None:
                print("# nobody may capture here")
                return b"CAP_NET_RAW" in process.stderr.read()
            log.rename(Path(folder) / "catalina.out.1")
            log.write_text(entry(5000, "rotated"), encoding="utf-8")
            found = list(until(process.stdout, "rotated"))
            log.write_text(entry(1, "e"), encoding="utf-8")
            found += until(process.stdout, "e")
            process.terminate()
            process.stdout.read()
    return (process.returncode == 0 and set(found[:-2]) == {"new"}
            and found[-2:] == ["rotated", "e"])


def served():
    """Entries stand among the events of the page, as in the lines."""
    capture = Capture()
    start = capture.now
    for _ in range(3):
        capture.datagram(vector("heartbeat-shutdown"))
    with tempfile.TemporaryDirectory() as folder:
        log, file = Path(folder) / "one.log", Path(folder) / "a.pcap"
        log.write_text(entry(start + 1000, "there"), encoding="utf-8")
        file.write_bytes(capture.pcap())
        process = subprocess.Popen([sys.argv[1], "monitor", "--json", "--http=127.0.0.1:0", f"--log={log}",
                                    "--log-zone=UTC", str(file)], stdout=subprocess.PIPE, text=True)
        try:
            address = json.loads(process.stdout.readline())["http"]
            lines = [json.loads(process.stdout.readline()) for _ in range(5)]
            shown = []
            while len(shown) < 4:
                with urllib.request.urlopen(f"{address}events?after=0", timeout=60) as answer:
                    shown = [json.loads(line[6:]) for line in answer.read().decode().splitlines()
                             if line.startswith("data: ")]
        finally:
            process.terminate()
            process.communicate()
    names = [event["event"] for event in lines]
    return (names == ["member-leaves", "member-leaves", "log", "member-leaves", "capture-ended"]
            and lines[-1]["logged"] == 1 and [event["event"] for event in shown] == names[:-1]
            and shown[2]["message"] == "there")


def reported():
    """Once for each exception, with how often."""
    capture = Capture()
    start = capture.now
    capture.datagram(vector("heartbeat"))
    text = "\tjava.io.NotSerializableException: a.Cart\n"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "catalina.out"
        log.write_text(entry(start + 3000, "session 1") + text + entry(start + 1000, "<b>")
                       + entry(start + 4000, "session 2") + text, encoding="utf-8")
        outputs = [subprocess.run([sys.argv[1], "report", f"--format={name}", f"--log={log}",
                                   "--log-zone=UTC", "-"], input=capture.pcap(), capture_output=True,
                                  check=True).stdout.decode() for name in ("json", "text", "html")]
    found = [(each["message"], each.get("exception"), each["count"], each["level"], each["class"])
             for each in json.loads(outputs[0])["log"]]
    return (found == [("<b>", None, 1, "SEVERE", LOGGER),
                      ("session 1", "java.io.NotSerializableException: a.Cart", 2, "SEVERE", LOGGER)]
            and "java.io.NotSerializableException: a.Cart" in outputs[1]
            and "&lt;b&gt;" in outputs[2] and "<b>" not in outputs[2].split("What Tomcats logged")[1])


CASES = [logged, followed, served, reported]


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
