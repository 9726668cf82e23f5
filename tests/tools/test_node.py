#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes node` from the outside: how it ends, what it refuses, and what its manual says.

Usage: test_node.py TRIBES MANUAL
"""
import fcntl
import http.client
import json
import os
import pty
import re
import resource
import selectors
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.request

PROGRAM, MANUAL = sys.argv[1:3]
TRIBES = "org.apache.catalina.tribes."
XML = f"""<Server><Service><Engine name="C" defaultHost="localhost">
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelStartOptions="3">
<Channel className="{TRIBES}group.GroupChannel">
<Receiver className="{TRIBES}transport.nio.NioReceiver" address="127.0.0.1" port="0"/>
<Interceptor className="{TRIBES}group.interceptors.StaticMembershipInterceptor"/>
</Channel></Cluster><Host name="localhost"/></Engine></Service></Server>"""
SECONDS = 60


def node(*arguments, environment=None, **keywords):
    return subprocess.Popen([PROGRAM, "node", "--config", CONFIG, *arguments], text=True,
                            stderr=subprocess.PIPE, env={**os.environ, **(environment or {})},
                            **keywords)


def expect(process, code):
    try:
        _, errors = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert process.returncode == code, (process.returncode, errors)
    return errors


def start(*arguments, **keywords):
    process = node("--json", *arguments, stdout=subprocess.PIPE, **keywords)
    event = json.loads(process.stdout.readline())
    assert event["event"] == "node-started", event
    process.http = event["http"]
    return process


def signals():
    """Whatever ends it, it says goodbye; what means nothing does not end it."""
    for ending in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
        # This program may have been started with nohup, too.
        process = start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGUSR2)
        process.send_signal(ending)
        output, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, (process.returncode, errors)
        assert json.loads(output.splitlines()[-1])["event"] == "node-stopped", output
    # With nohup the end of a terminal is none of its business.
    process = start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0 and "node-stopped" in output, output


def state_directory():
    """Killed and started again it is the same member; two at a time are not."""
    def started(folder):
        process = node("--json", "--state-directory", folder, stdout=subprocess.PIPE)
        return process, json.loads(process.stdout.readline())["uniqueId"]

    folder = os.path.join(FOLDER, "state")
    first, unique_id = started(folder)
    errors = expect(node("--state-directory", folder, stdout=subprocess.DEVNULL), 2)
    assert "--state-directory" in errors and "another process" in errors, errors
    first.kill()
    first.communicate()
    second, again = started(folder)
    assert again == unique_id, (again, unique_id)
    second.kill()
    second.communicate()
    with open(os.path.join(folder, "unique-id"), "w", encoding="ascii") as file:
        file.write("x" * 4096)
    errors = expect(node("--state-directory", folder, stdout=subprocess.DEVNULL), 2)
    assert "unique-id: expected 32 hex digits" in errors, errors


def gone_reader():
    """A reader that has seen enough ends it, and that is no failure."""
    process = start("--http", "127.0.0.1:0")
    process.stdout.close()
    process.send_signal(signal.SIGTERM)
    process.wait(SECONDS)
    assert process.returncode == 0, process.returncode
    reading, writing = os.pipe()
    os.close(reading)
    process = node(stdout=writing)
    os.close(writing)
    assert "standard output" not in expect(process, 0)


def full():
    """What cannot be printed is a failure."""
    with open("/dev/full", "w", encoding="ascii") as nowhere:
        assert "tribes node: standard output: " in expect(node(stdout=nowhere), 1)
        for arguments in (("--help",), ("--version",), ("node", "--help"), ("check", "--help"),
                          ("decode", "--help"), ("help", "check"), ("check", "--manual"),
                          ("check", "--format", "json", CONFIG)):
            process = subprocess.Popen([PROGRAM, *arguments], stdout=nowhere, text=True,
                                       stderr=subprocess.PIPE)
            assert "cannot write to standard output" in expect(process, 1), arguments
    # Closed, it must not become the first socket either.
    assert "standard output" in expect(node(preexec_fn=lambda: os.close(1)), 1)


def limits():
    """Names and values that are none are refused, the others obeyed."""
    for setting in "sessions", "session=1", "sessions=0", "sessions=many":
        errors = expect(node("--limit", setting, stdout=subprocess.DEVNULL), 2)
        assert errors.startswith("tribes node: --limit") and errors.count("\n") == 1, errors
    errors = expect(node("--limit", "contexts=1", "--context", "localhost#/a", "--context",
                         "localhost#/b", stdout=subprocess.DEVNULL), 2)
    assert "localhost#/b" in errors and "1" in errors, errors
    process = start("--limit", "sessions=1000", "--limit", "frame-bytes=1M")
    process.send_signal(signal.SIGTERM)
    expect(process, 0)


def catches(pid, number):
    """Whether a process that says nothing has come as far as that."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        caught = re.search(r"^SigCgt:\s*(\w+)", status.read(), re.M).group(1)
    return int(caught, 16) >> (number - 1) & 1


def events():
    """Some of the events, so many of them, or none."""
    process = node("--count", "1", stdout=subprocess.PIPE)
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0 and output.count("\n") == 1, (output, errors)
    assert " node-started host=127.0.0.1 " in output, output
    process = start("--events", "node-*", "--count", "2")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=SECONDS)
    assert json.loads(output)["event"] == "node-stopped", output
    process = start("--filter", "event ~ node-* and not has context", "--count", "2")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=SECONDS)
    assert json.loads(output)["event"] == "node-stopped", output
    errors = expect(node("--filter", "context = /shop and latency > 5", stdout=subprocess.DEVNULL), 2)
    assert "--filter: column 21: expected a field (event, context, session, from, member, attribute, " \
           'class, size, primary, node), found "latency"' in errors, errors
    process = node("--quiet", "--http", "127.0.0.1:0", stdout=subprocess.PIPE)
    while not catches(process.pid, signal.SIGTERM):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0 and not output and not errors, (output, errors)


def terminal():
    """A terminal gets lines of its width, with colours where they are wanted."""
    for environment, colour in ({"NO_COLOR": "1"}, False), ({"NO_COLOR": "", "TERM": "xterm"}, True):
        main, sub = pty.openpty()
        fcntl.ioctl(sub, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        process = node("--count", "1", stdout=sub, environment=environment)
        os.close(sub)
        process.communicate(timeout=SECONDS)
        text = os.read(main, 65536).decode()
        os.close(main)
        assert ("\033[" in text) == colour, text
        lines = re.sub(r"\033\[[0-9;]*m", "", text).split("\r\n")
        assert len(lines) > 2 and max(map(len, lines)) <= 60, lines
        assert re.match(r"\d\d:\d\d:\d\d\.\d{3} node-started ", lines[0]), lines
        assert lines[1].startswith(" " * 13) and lines[1][13] != " ", lines


def descriptor_limit(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(address, count):
    """Sockets that say nothing."""
    return [socket.create_connection(address, timeout=SECONDS) for _ in range(count)]


def begin_to_connect(address, count):
    """The same, where the queue may be full."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.setblocking(False)
        one.connect_ex(address)
    return sockets


def processor_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors():
    """A flood of sockets that say nothing locks nobody out, and is worth a few lines and no work."""
    limited, hard = 64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    process = node("--json", "--http", "127.0.0.1:0", stdout=subprocess.PIPE,
                   preexec_fn=descriptor_limit(limited, limited))
    started = json.loads(process.stdout.readline())
    receiver = (started["host"], started["port"])
    url = re.match(r"http://([^:]+):(\d+)/", started["http"])
    http = (url.group(1), int(url.group(2)))
    flood = connect(receiver, 4 * limited)
    with urllib.request.urlopen(started["http"] + "members", timeout=SECONDS) as answer:
        assert answer.status == 200, answer.status
    # The last ones that came are those that are left.
    flood[-1].settimeout(1)
    try:
        assert flood[-1].recv(1) != b"", "closed"
    except TimeoutError:
        pass
    flood += begin_to_connect(http, limited)
    before = processor_seconds(process)
    time.sleep(3)
    used = processor_seconds(process) - before
    assert used < 1, f"{used} of 3 s"
    for one in flood:
        one.close()
    with urllib.request.urlopen(started["http"] + "members", timeout=SECONDS) as answer:
        assert answer.status == 200, answer.status
    process.send_signal(signal.SIGTERM)
    errors = expect(process, 0)
    assert errors.count("\n") < 30, errors
    if hard != resource.RLIM_INFINITY and hard < 2048:
        return
    process = start(preexec_fn=descriptor_limit(limited, 2048))
    assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (2048, 2048)
    process.send_signal(signal.SIGTERM)
    expect(process, 0)


def answer(connection, **headers):
    """Status and members of GET /members."""
    try:
        connection.request("GET", "/members", headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(self.path)


def unix_socket():
    """Its own user's, without a port; what a killed node left is no obstacle, a living one is."""
    path = os.path.join(FOLDER, "http")
    for ending in signal.SIGKILL, signal.SIGTERM:
        process = start("--http", f"unix:{path}")
        assert os.stat(path).st_mode & 0o077 == 0, os.stat(path)
        assert answer(UnixConnection(path))[0] == 200
        errors = expect(node("--http", f"unix:{path}", stdout=subprocess.DEVNULL), 1)
        assert path in errors, errors
        assert answer(UnixConnection(path))[0] == 200
        process.send_signal(ending)
        process.communicate(timeout=SECONDS)
        assert os.path.exists(path) == (ending == signal.SIGKILL)
    # Any other file stays.
    errors = expect(node("--http", f"unix:{CONFIG}", stdout=subprocess.DEVNULL), 1)
    assert CONFIG in errors and os.path.getsize(CONFIG) > 0, errors


def port_of(process):
    return int(re.search(r":(\d+)/", process.http).group(1))


def https():
    """A certificate makes it HTTPS, and nothing else."""
    fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
    certificate, key = (os.path.join(fixtures, f"localhost.{kind}") for kind in ("pem", "key"))
    expect(node("--http", "127.0.0.1:0", "--http-certificate", certificate,
                stdout=subprocess.DEVNULL), 2)
    # The leak check does not survive the threads' data of the library that TLS is loaded from.
    options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0")))
    process = start("--http", "127.0.0.1:0", "--http-certificate", certificate, "--http-key", key,
                    environment={"ASAN_OPTIONS": options})
    assert process.http.startswith("https://"), process.http
    context = ssl.create_default_context(cafile=certificate)
    for _ in range(3):
        status, members = answer(http.client.HTTPSConnection(
            "localhost", port_of(process), timeout=SECONDS, context=context))
        assert status == 200 and json.loads(members)["members"] == [], (status, members)
    try:
        answer(http.client.HTTPConnection("127.0.0.1", port_of(process), timeout=SECONDS))
        raise AssertionError("an answer without TLS")
    except (http.client.HTTPException, OSError):
        pass
    process.send_signal(signal.SIGTERM)
    expect(process, 0)


def token():
    """Who does not have it does not keep out who has, and its file is nobody else's."""
    path = os.path.join(FOLDER, "token")
    with open(path, "w", encoding="ascii") as file:
        file.write("abcdefghijklmnop\n")
    os.chmod(path, 0o600)
    process = start("--http", "127.0.0.1:0", "--http-token-file", path)
    address = "127.0.0.1", port_of(process)
    began = time.monotonic()
    sockets = [socket.create_connection(address) for _ in range(100)]
    trickles = selectors.DefaultSelector()
    for trickle in sockets:
        trickle.send(b"G")
        trickles.register(trickle, selectors.EVENT_READ)
    for _ in range(5):
        status, _ = answer(http.client.HTTPConnection(*address, timeout=SECONDS),
                           Authorization="Bearer abcdefghijklmnop")
        assert status == 200, status
    # None of them gets more than ten seconds, however it spends them.
    while sockets:
        assert time.monotonic() - began < SECONDS
        ended = {key.fileobj for key, _ in trickles.select(0.5)}
        for trickle in sockets:
            try:
                if trickle in ended or trickle.send(b"x") == 0:
                    ended.add(trickle)
            except OSError:
                ended.add(trickle)
        for trickle in ended:
            trickles.unregister(trickle)
            sockets.remove(trickle)
            trickle.close()
    assert time.monotonic() - began > 9
    process.send_signal(signal.SIGTERM)
    assert "token" not in expect(process, 0)
    os.chmod(path, 0o644)
    process = start("--http", "127.0.0.1:0", "--http-token-file", path)
    process.send_signal(signal.SIGTERM)
    errors = expect(process, 0)
    assert "mode 0644" in errors and path in errors, errors


def interceptors():
    """What each interceptor of the file counts and has, by its class and its place from the top."""
    chain = "".join(f'<Interceptor className="{TRIBES}group.interceptors.{name}Interceptor"/>'
                    for name in ("Gzip", "Order", "Throughput", "StaticMembership"))
    path = os.path.join(FOLDER, "interceptors.xml")
    with open(path, "w", encoding="ascii") as file:
        file.write(re.sub("<Interceptor.*/>", chain, XML))
    process = start("--config", path, "--http", "127.0.0.1:0")
    with urllib.request.urlopen(process.http + "metrics", timeout=SECONDS) as found:
        text = found.read().decode()
    process.send_signal(signal.SIGTERM)
    expect(process, 0)
    samples = re.findall(r'^tribes_interceptor_(total|now)\{interceptor="(\w+)",position="(\d)",'
                         r'what="([a-z-]+)"\} (\d+)$', text, re.M)
    assert len(samples) == len(re.findall("^tribes_interceptor_", text, re.M)), text
    assert len({sample[:4] for sample in samples}) == len(samples), samples
    places = {(name, position) for _, name, position, _, _ in samples}
    assert {("GzipInterceptor", "1"), ("OrderInterceptor", "2"),
            ("ThroughputInterceptor", "3")} <= places, samples
    assert ("now", "OrderInterceptor", "2", "messages-waiting", "0") in samples, samples
    for what in "messages-sent", "messages-received", "bytes-sent", "bytes-received", "send-errors":
        assert any(sample[:4] == ("total", "ThroughputInterceptor", "3", what)
                   for sample in samples), (what, samples)
    # What can be set is a setting, not a figure.
    assert not {"interval", "max-queue", "option-flag"} & {sample[3] for sample in samples}, samples


def debug():
    """TRIBES_DEBUG has words of its own."""
    errors = expect(node(environment={"TRIBES_DEBUG": "wire,nonsense"}, stdout=subprocess.DEVNULL), 2)
    assert "nonsense" in errors and "membership" in errors, errors
    known = re.search("expected (.*), found", errors).group(1).split(", ")
    with open(MANUAL, encoding="utf-8") as file:
        page = file.read().split("TRIBES_DEBUG\n")[1].split(".SH")[0]
    missing = [word for word in known if not re.search(rf"^\.BR? {word}\b", page, re.M)]
    assert not missing, missing
    process = start(environment={"TRIBES_DEBUG": "wire, tools"})
    process.send_signal(signal.SIGTERM)
    expect(process, 0)


def manual():
    """Every option, every event and every limit stands in the manual, with its default."""
    text = subprocess.run([PROGRAM, "node", "--help"], check=True, capture_output=True,
                          text=True).stdout
    with open(MANUAL, encoding="utf-8") as file:
        page = file.read().replace("\\-", "-")
    for option in re.findall(r"^  (?:-\w, )?--([a-z-]+)", text, re.M):
        assert f"--{option}" in page, option
    errors = expect(node("--events", "nonsense", stdout=subprocess.DEVNULL), 2)
    for event in re.search("names of (.*), or", errors).group(1).split(", "):
        assert re.search(rf"^\.BR? .*\b{event}\b", page, re.M), event
    found = re.findall(r"^  ([a-z-]+) +(\S.*) \((\w+)\)$", text, re.M)
    assert len(found) >= 12, text
    for name, _, default in found:
        assert re.search(rf"\n\.B {name}\n[^\n]*\n*[^.]*\({default}\)", page), (name, default)


TESTS = (signals, state_directory, gone_reader, full, limits, events, terminal, descriptors, unix_socket, https, token,
         interceptors, debug, manual)

with tempfile.TemporaryDirectory() as FOLDER:
    CONFIG = os.path.join(FOLDER, "server.xml")
    with open(CONFIG, "w", encoding="ascii") as config:
        config.write(XML)
    print("TAP version 13", f"1..{len(TESTS)}", sep="\n")
    for number, test in enumerate(TESTS, 1):
        test()
        print(f"ok {number} - {test.__name__}", flush=True)
