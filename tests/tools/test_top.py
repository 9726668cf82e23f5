#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command `tribes top`: its tables, and its screen in a terminal of tmux; TAP."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from capture import Capture

VECTORS = Path(__file__).parent.parent / "vectors"
PROGRAM = os.path.abspath(sys.argv[1])
SESSION = b"0123456789ABCDEF0123456789ABCDEF.node1"
PATIENCE = 60


def vector(name):
    return (VECTORS / f"{name}.bin").read_bytes()


def delta(number):
    frame = bytearray(vector("frame-session-delta"))
    frame[14] = 6
    return bytes(frame).replace(SESSION, b"%032X.node1" % number)


def sample(capture=None, seconds=2, port=5000):
    """Ten messages a second, over two connections; one of ten fails."""
    capture = capture or Capture()
    first = capture.connect(port, 4000)
    second = capture.connect(port + 1, 4001)
    start = capture.now
    for number in range(10 * seconds):
        capture.now = start + number * 100000
        connection = second if number % 10 == 7 else first
        connection.say(delta(number % 3))
        connection.say(vector("fail-ack" if number % 10 == 7 else "ack"), side=1)
    return capture


def top(*arguments, data=b"", **options):
    done = subprocess.run([PROGRAM, "top", *map(str, arguments)], input=data, capture_output=True,
                          check=False, timeout=PATIENCE, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def objects(*arguments, data):
    code, out, err = top("--batch", "--json", *arguments, "-", data=data)
    assert code == 0 and not err, (code, err)
    return [json.loads(line) for line in out.splitlines()]


def as_file(data):
    """Standard input that has an end, unlike a pipe."""
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(0)
    return file


def whole():
    """A file is summed up, as `tribes report` does it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.pcapng"
        file.write_bytes(sample().pcapng())
        code, out, _ = top("--batch", "--json", "--by=pair", file)
        found = json.loads(out)
        report = json.loads(subprocess.run([PROGRAM, "report", "--json", file], check=True,
                                           capture_output=True).stdout)
        text = top("--batch", file)[1]
        sessions = top("--batch", "--by=session", file)[1]
        shown = top("--batch", "--by=session", "--show-ids", file)[1]
    assert code == 0 and found["v"] == 1 and found["by"] == "pair" and found["sort"] == "rate"
    assert len(found["rows"]) == len(report["pairs"]) == 2 and found["moreRows"] == 0
    for row, pair in zip(found["rows"], report["pairs"]):
        for name in ("from", "to", "messages", "bytes", "missing", "failed"):
            assert row[name] == pair[name], (name, row, pair)
        for name in ("count", "p50", "p99"):
            assert row["latency"][name] == pair["latency"][name], (name, row, pair)
    assert found["messages"] == report["messages"] == 20 and found["failed"] == 2
    assert abs(found["messagesPerSecond"] - 20 / found["seconds"]) < 1e-9
    lines = text.splitlines()
    assert lines[0].startswith("2023-11-14T22:13:21.9") and "20 messages, " in lines[0], lines[0]
    assert lines[1].split() == ["MSG/S", "B/S", "MSGS", "BYTES", "P50", "P95", "P99", "MISS", "FAIL",
                                "FROM", ">", "TO"]
    assert re.match(r" 9\.\d\d  \d{4}    18 12\d\d\d  1.00  1.00  1.00    0    0 127.0.0.1:4000 > "
                    r"127.0.0.1:4000$", lines[2]), lines[2]
    assert SESSION.decode()[:20] not in sessions and f"{1:032X}.node1" not in sessions
    assert f"{1:032X}.node1" in shown


def intervals():
    """Each is of its own time, whatever packets come when."""
    data = sample(seconds=4).pcap()
    found = objects("--delay=1", data=data)
    assert [each["messages"] for each in found] == [10, 20, 30, 40], found
    assert all(each["seconds"] == 1 and each["messagesPerSecond"] == 10 for each in found[:3]), found
    assert [each["latency"]["count"] for each in found[:3]] == [10, 10, 10], found
    times = [each["time"] for each in found[:3]]
    assert len({each[20:] for each in times}) == 1 and times[0] < times[1] < times[2], times
    # Standard input that is a pipe comes as it happens.
    assert [each["messages"] for each in objects(data=data)] == [20, 40]
    assert [each["messages"] for each in objects("--count=1", data=data)] == [20]
    assert [each["messages"] for each in objects("--delay=0", data=data)] == [40]
    with as_file(data) as file:
        done = subprocess.run([PROGRAM, "top", "-b", "-"], stdin=file, capture_output=True, check=True)
    assert done.stdout.decode().count("FROM") == 1


def gaps():
    """Hours without a packet are no empty tables."""
    capture = sample(seconds=1)
    capture.now += 3600_000000
    found = objects("--delay=1", "--by=context", data=sample(capture, 1, 6000).pcap())
    assert found[0]["messages"] == 10 and found[-1]["messages"] == 20 and len(found) <= 3, found
    assert found[0]["rows"][0]["context"] == "localhost#/shop"


def sorted_rows():
    data = sample().pcap()
    for column, number in (("failed", "failed"), ("bytes", "bytes"), ("messages", "messages")):
        rows = objects("--delay=0", f"--sort={column}", data=data)[0]["rows"]
        assert [row[number] for row in rows] == sorted((row[number] for row in rows), reverse=True)
    rows = objects("--delay=0", "--sort=name", "--by=attribute", "--top=1", data=data)[0]
    assert len(rows["rows"]) == 1 and rows["moreRows"] >= 0 and rows["rows"][0]["name"] == "text"


def filtered():
    """One language for all: what it takes, and where a mistake is."""
    data = sample().pcap()
    found = objects("--delay=0", "--filter=ack = failed and context = /shop", data=data)[0]
    assert found["messages"] == found["failed"] == 2 and found["filteredMessages"] == 18, found
    assert [row["to"] for row in found["rows"]] == ["127.0.0.1:4001"], found
    assert "filteredMessages" not in objects("--delay=0", data=data)[0]
    code, out, err = top("-b", "-F", "latency > soon", "-", data=data)
    assert code == 2 and not out and "--filter" in err and "column 11" in err, err


def truncated():
    """What comes before the end is counted."""
    code, out, err = top("-b", "-d", "0", "-", data=sample().pcap()[:-7])
    assert code == 1 and "20 messages" in out and "behind packet " in err, (code, out, err)


def usage():
    wrong = ((), ("a", "b"), ("--by=member", "-"), ("--sort=size", "-"), ("-i", "lo", "-"),
             ("-b", "--format=xml", "-"), ("-b", "-d", "soon", "-"), ("-d", "0", "-"), ("-j", "-"),
             ("-b", "-n", "-1", "-"), ("-b", "-d", "nan", "-"))
    for arguments in wrong:
        code, out, err = top(*arguments)
        assert code == 2 and not out and err.count("\n") == 1, (arguments, code, out, err)
    code, out, err = top("-", data=sample().pcap())
    assert code == 1 and not out and "no terminal" in err and "--batch" in err, (code, err)
    with open("/dev/full", "wb") as sink:
        assert subprocess.run([PROGRAM, "top", "-b", "-"], input=sample().pcap(), stdout=sink,
                              stderr=subprocess.DEVNULL, check=False).returncode == 1


CLUSTER = """<Server><Service name="Catalina"><Engine name="Catalina" defaultHost="localhost">
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster">
<Channel className="org.apache.catalina.tribes.group.GroupChannel">
<Receiver className="org.apache.catalina.tribes.transport.nio.NioReceiver" address="127.0.0.1"
  port="PORT" autoBind="0"/>
<Interceptor className="org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor"/>
</Channel></Cluster></Engine></Service></Server>
"""


def joined():
    """As a member: what others send, until somebody stops it."""
    with socket.socket() as taken, tempfile.TemporaryDirectory() as folder:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        file = Path(folder) / "server.xml"
        file.write_text(CLUSTER.replace("PORT", str(port)), encoding="utf-8")
        command = [PROGRAM, "top", "--batch", "--json", "--delay=0.2", "--by=attribute", "--join", file]
        refused = subprocess.run(command, capture_output=True, text=True, check=False,
                                 timeout=PATIENCE)
        assert refused.returncode == 1 and str(port) in refused.stderr, refused
        taken.close()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            sent = 0
            found = json.loads(process.stdout.readline())
            while found["messages"] < 3:
                with socket.create_connection(("127.0.0.1", port), PATIENCE) as member:
                    member.sendall(delta(sent))
                    # It is acknowledged.
                    assert member.recv(100) == vector("ack")
                sent += 1
                found = json.loads(process.stdout.readline())
            process.terminate()
            last = json.loads(process.stdout.read().splitlines()[-1])
        assert process.returncode == 0 and last["messages"] == sent, (sent, last)
    assert last["droppedMessages"] == 0 and last["rows"][0]["name"] == "text", last


class Terminal:
    """A shell of 80 columns and 24 lines that runs one command and says what became of it."""

    def __init__(self, command, term="tmux-256color"):
        self.folder = tempfile.TemporaryDirectory(prefix="tribes-top-")
        self.path = Path(self.folder.name)
        self.socket = self.path / "tmux"
        script = self.path / "run"
        script.write_text(f"cd '{self.path}'\nexport TERM={term}\nulimit -c 0\nstty -g >before\n{command}\n"
                          "echo $? >code\nstty -g >after\necho It is over.\nexec sleep 1000\n",
                          encoding="utf-8")
        self.tmux("-f/dev/null", "new-session", "-d", "-x80", "-y24", f"exec bash '{script}'")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")
        self.folder.cleanup()

    def tmux(self, *arguments):
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TRIBES": PROGRAM}
        environment.pop("TMUX", None)
        return subprocess.run(["tmux", f"-S{self.socket}", *arguments], check=True, env=environment,
                              capture_output=True, text=True, timeout=PATIENCE).stdout

    def screen(self):
        return self.tmux("capture-pane", "-p").rstrip("\n")

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def wait(self, condition):
        """For what stands on the screen; returns that."""
        end = time.monotonic() + PATIENCE
        while True:
            shown = self.screen()
            if condition(shown):
                return shown
            assert time.monotonic() < end, shown
            time.sleep(0.05)

    def over(self):
        """The exit code; the terminal is what it was."""
        self.wait(lambda shown: "It is over." in shown)
        state = self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").split()
        assert state == ["0", "1"], state
        assert (self.path / "before").read_text() == (self.path / "after").read_text()
        return int((self.path / "code").read_text())


AT_80 = """\
tribes top  a.pcap  2023-11-14 22:13:21 UTC, 1.9 s                        ended
10.5 messages/s, 7491 bytes/s; all: 20 messages, 14240 bytes
acks: p50 1.00 ms, p95 1.00, p99 1.00; 0 missing, 2 failed
 1 Pairs  2 Contexts  3 Sessions  4 Attributes  5 Classes           all the time
MSG/S   B/S  MSGS   P50   P95   P99 MISS FAIL FROM > TO
 9.47  6742    18  1.00  1.00  1.00    0    0 127.0.0.1:4000 > 127.0.0.1:4000
 1.05   749     2  1.00  1.00  1.00    0    2 127.0.0.1:4000 > 127.0.0.1:4001
"""
KEYS = "q Quit  h Help  Tab View  < > Sort  r Reverse  t Totals  p Pause  / Filter"
AT_100 = """\
MSG/S   B/S  MSGS BYTES   P50   P95   P99 MISS FAIL CONTEXT
 10.5  7491    20 14240  1.00  1.00  1.00    0    2 localhost#/shop
"""


def drawn():
    """At 80 columns, after keys and in another size."""
    with Terminal('while [ ! -s a.pcap ]; do sleep 0.05; done; "$TRIBES" top a.pcap') as terminal:
        file = terminal.path / "b.pcap"
        file.write_bytes(sample().pcap())
        file.rename(terminal.path / "a.pcap")
        shown = terminal.wait(lambda shown: "ended" in shown and "Quit" in shown)
        assert shown.splitlines() == AT_80.splitlines() + [""] * 16 + [KEYS], shown
        terminal.press("2")
        terminal.wait(lambda shown: "CONTEXT" in shown)
        terminal.tmux("resize-window", "-x100", "-y10")
        shown = terminal.wait(lambda shown: "BYTES" in shown and "Quit" in shown)
        lines = shown.splitlines()
        assert lines[4:] == AT_100.splitlines() + [""] * 3 + [KEYS], shown
        terminal.press("h")
        terminal.wait(lambda shown: "sort by the column beside" in shown)
        terminal.press("x", "Right", "r", "3", "End")
        terminal.wait(lambda shown: "CONTEXT SESSION" in shown)
        # A file is read again.
        terminal.press("/", *"ack = faild", "Enter")
        terminal.wait(lambda shown: "column 7" in shown)
        terminal.press("BSpace", *"ed", "Enter")
        terminal.wait(lambda shown: "all: 2 messages" in shown and "Filter: ack = failed" in shown)
        terminal.press("/", "C-u", "x", "Escape")
        terminal.wait(lambda shown: "Filter: ack = failed" in shown)
        terminal.press("/", "C-u", "Enter")
        terminal.wait(lambda shown: "all: 20 messages" in shown)
        terminal.press("q")
        assert terminal.over() == 0
        assert "messages" not in terminal.screen()


def feed(terminal, data=None):
    """What the command reads from a pipe."""
    with open(terminal.path / "pipe", "wb") as pipe:
        pipe.write(data or sample().pcap())
        pipe.flush()
        yield
    yield


PIPED = 'mkfifo pipe; touch ready; "$TRIBES" top -d 0.2 - <pipe'


def piped():
    """Keys come from the terminal when the capture does from standard input; it ends, and goes on to
    be shown."""
    with Terminal(PIPED) as terminal:
        terminal.wait(lambda _: (terminal.path / "ready").exists())
        feeding = feed(terminal)
        next(feeding)
        terminal.wait(lambda shown: "20 messages" in shown)
        terminal.press("Tab")
        shown = terminal.wait(lambda shown: "CONTEXT" in shown)
        assert "last 0.2 s" in shown and "ended" not in shown, shown
        # Time goes on, and nothing comes.
        terminal.wait(lambda shown: "\n0 messages/s" in shown)
        next(feeding)
        shown = terminal.wait(lambda shown: "ended" in shown)
        assert "all the time" in shown, shown
        terminal.press("/", *"event = delta", "Enter")
        shown = terminal.wait(lambda shown: "cannot be read again" in shown)
        assert "20 messages" in shown and "Filter: " not in shown, shown
        terminal.press("q")
        assert terminal.over() == 0


def broken():
    """A source that breaks is no reason to take what was seen away, and none to call it success."""
    with Terminal(PIPED) as terminal:
        terminal.wait(lambda _: (terminal.path / "ready").exists())
        feeding = feed(terminal, sample().pcap()[:-7])
        next(feeding)
        next(feeding)
        shown = terminal.wait(lambda shown: "ended" in shown)
        assert "20 messages" in shown and "\nbehind packet " in shown, shown
        terminal.press("q")
        assert terminal.over() == 1
        assert "tribes top: behind packet " in terminal.screen(), terminal.screen()


def process_of(terminal):
    found = subprocess.run(["pgrep", "-f", f"^{PROGRAM} top"], capture_output=True, text=True,
                           check=False).stdout.split()
    found = [pid for pid in found
             if os.path.realpath(f"/proc/{pid}/cwd") == os.path.realpath(terminal.path)]
    assert len(found) == 1, found
    return int(found[0])


def signals():
    """However it ends, the terminal is what it was."""
    for number, code in ((signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGSEGV, 139),
                         (signal.SIGABRT, 134), (None, 0)):
        with Terminal(PIPED) as terminal:
            terminal.wait(lambda _: (terminal.path / "ready").exists())
            feeding = feed(terminal)
            next(feeding)
            terminal.wait(lambda shown: "20 messages" in shown)
            if number is None:
                terminal.press("C-c")
            else:
                os.kill(process_of(terminal), number)
            assert terminal.over() == code, number
            del feeding


def strange():
    """A terminal that nobody knows, and one that only prints."""
    for term in ("no-such-terminal", "dumb"):
        with Terminal(PIPED, term=term) as terminal:
            terminal.wait(lambda _: (terminal.path / "ready").exists())
            feeding = feed(terminal)
            next(feeding)
            assert terminal.over() == 1
            shown = terminal.screen()
            assert f'TERM is "{term}"' in shown, shown
            del feeding


CASES = [whole, intervals, gaps, sorted_rows, filtered, truncated, joined, usage]
DRAWN = [drawn, piped, broken, signals, strange]


def main():
    failed = False
    print(f"TAP version 13\n1..{len(CASES) + len(DRAWN)}")
    for number, case in enumerate(CASES + DRAWN, 1):
        if case in DRAWN and not shutil.which("tmux"):
            print(f"ok {number} - {case.__name__} # SKIP tmux is not installed")
            continue
        try:
            case()
            print(f"ok {number} - {case.__name__}", flush=True)
        except (AssertionError, subprocess.SubprocessError) as error:
            failed = True
            print("\n".join(f"# {line}" for line in f"{type(error).__name__}: {error}".splitlines()))
            print(f"not ok {number} - {case.__name__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
