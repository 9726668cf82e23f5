#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page of `tribes node --http` and `tribes monitor --http` in a headless Chromium, and the events
that it shows; TAP.

Usage: test_page.py TRIBES [FOLDER-FOR-SCREENSHOTS]
"""
import contextlib
import gzip
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from browser import Browser, is_installed, until
from capture import Capture

PROGRAM = sys.argv[1]
PICTURES = sys.argv[2] if len(sys.argv) > 2 else None
DASHBOARD = Path(__file__).parents[2] / "catalina_ha/tools/grafana/tribes.json"
TRIBES = "org.apache.catalina.tribes."
CONTEXT = "localhost#/shop"
TOKEN = "a-token-of-sixteen-or-more"
XML = f"""<Server><Service><Engine name="C" defaultHost="localhost">
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelStartOptions="3">
<Channel className="{TRIBES}group.GroupChannel">
<Receiver className="{TRIBES}transport.nio.NioReceiver" address="127.0.0.1" port="0"/>
<Interceptor className="{TRIBES}group.interceptors.StaticMembershipInterceptor"/>
</Channel></Cluster><Host name="localhost"/></Engine></Service></Server>"""
SECONDS = 60
SESSIONS = f"/contexts/{urllib.parse.quote(CONTEXT, safe='')}/sessions"


class Node:
    """A node alone; what it is asked is asked with the token, if it has one."""

    def __init__(self, folder, token=None, port=0, xml=XML):
        config = os.path.join(folder, "server.xml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(xml)
        options = []
        if token:
            path = os.path.join(folder, "token")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
                file.write(token)
            options = ["--http-token-file", path]
        self.token = token
        self.process = subprocess.Popen(
            [PROGRAM, "node", "--json", "--config", config, "--context", CONTEXT, "--http",
             f"127.0.0.1:{port}", *options], stdout=subprocess.PIPE, text=True)
        self.address = json.loads(self.process.stdout.readline())["http"]
        # Nobody else reads them.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def ask(self, method, path, body=None, **headers):
        port = urllib.parse.urlsplit(self.address).port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        connection.request(method, path, body and json.dumps(body),
                           {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer, answer.read().decode()

    def create(self, **attributes):
        answer, text = self.ask("POST", SESSIONS, {"attributes": attributes})
        assert answer.status in (201, 202, 207), (answer.status, text)
        return json.loads(text)["id"]

    def events(self, after=None):
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        answer, text = self.ask("GET", "/events", **headers)
        assert answer.status == 200, text
        lines = text.splitlines()
        return (answer, [json.loads(line[6:]) for line in lines if line.startswith("data: ")],
                [line[4:] for line in lines if line.startswith("id: ")])

    def end(self):
        self.process.terminate()
        assert self.process.wait(SECONDS) == 0


def events(node):
    """Server-sent events, from where the client was."""
    answer, none, (last,) = node.events()
    assert answer.getheader("Content-Type") == "text/event-stream" and not none, none
    session = node.create(colour="green")
    _, seen, ids = node.events(last)
    assert seen[0]["event"] == "session-created" and session not in json.dumps(seen), seen
    # Where there is nothing it waits, and answers as soon as there is.
    waiting = []
    thread = threading.Thread(target=lambda: waiting.append(node.events(ids[-1])))
    thread.start()
    node.create(colour="red")
    thread.join(SECONDS)
    assert waiting and waiting[0][1][0]["event"] == "session-created", waiting
    # All that is kept, and how much is not; a number of another run is none.
    _, again, _ = node.events(0)
    assert again[:len(seen)] == seen, again
    answer, text = node.ask("GET", "/events", **{"Last-Event-ID": "x"})
    assert answer.status == 400 and "expected a number" in text, text


def policy(node):
    """The page brings all that it needs, and asks nobody else."""
    answer, text = node.ask("GET", "/", Accept="text/html")
    rules = answer.getheader("Content-Security-Policy")
    assert answer.status == 200 and "default-src 'none'" in rules and "unsafe" not in rules, rules
    assert "http" not in text.replace("http-token-file", "") and "<script src=" in text, text
    for path in "/page.js", "/page.css", "/icon.svg":
        answer, text = node.ask("GET", path)
        assert answer.status == 200 and text, path
    answer, text = node.ask("GET", "/")
    assert json.loads(text)["paths"]["/events"] == "GET", text
    assert node.ask("POST", "/page.js")[0].status == 404


SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[0-9.e+]+)')


def metrics(node):
    """What Prometheus reads: each family is told of once, before its samples; and promtool's word."""
    answer, text = node.ask("GET", "/metrics")
    assert answer.status == 200
    kinds, seen, last = {}, {}, None
    for line in text.splitlines():
        words = line.split(" ", 3)
        if words[:2] == ["#", "TYPE"]:
            assert words[2] not in kinds, line
            last, kinds[words[2]] = words[2], words[3]
        elif words[0] != "#":
            match = SAMPLE.fullmatch(line)
            assert match, line
            name = match.group(1)
            assert re.sub("_(bucket|sum|count)$", "", name) == last or name == last, line
            seen[name] = float(match.group(3))
    assert all(name.endswith("_total") == (kind == "counter") for name, kind in kinds.items()), kinds
    assert kinds["tribes_member_ack_seconds"] == "histogram", kinds
    assert seen["process_resident_memory_bytes"] > 1e6 and seen["process_open_fds"] > 3, seen
    assert abs(seen["process_start_time_seconds"] - time.time()) < 600, seen
    # What the dashboard asks for is there.
    known = set(kinds) | {"tribes_member_ack_seconds_bucket"}
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            asked = re.findall(r"\b(?:tribes|process)_[a-z_]+", target["expr"])
            assert asked and known.issuperset(asked), (panel["title"], asked)
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                              capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def shows(node, browser):
    """Sessions are found, looked at, and followed while they change."""
    session = node.create(cart=["cup", "pot"], user="<b>ada</b>")
    browser.open(node.address)
    until(lambda: browser.text("#state") == "live", "the page to be live")
    until(lambda: session in browser.text("#sessions"), "the session")
    assert CONTEXT in browser.text("#contexts") and "No other member" in browser.text("#members")
    browser.press("/")
    browser.press(session[:12])
    until(lambda: browser.run("return document.querySelectorAll('#sessions tbody tr').length") == 1,
          "one session to be found")
    browser.press("\ue00c")
    browser.press("j")
    until(lambda: '"cup"' in browser.text("#details"), "its attributes")
    # Text of others stays text.
    assert "<b>ada</b>" in browser.text("#details")
    node.ask("PUT", f"{SESSIONS}/{session}/attributes/colour", "blue")
    until(lambda: '"blue"' in browser.text("#details"), "the change")
    until(lambda: "session-changed" in browser.text("#events"), "the event")
    browser.press("e")
    browser.press("expired")
    until(lambda: "session-changed" not in browser.text("#events"), "other events to be left out")
    node.ask("DELETE", f"{SESSIONS}/{session}")
    until(lambda: "session-expired" in browser.text("#events"), "the end of the session")
    until(lambda: "not there any more" in browser.text("#details"), "the page to know")
    complaints = [line for line in browser.complaints() if "404" not in line]
    assert not complaints, complaints
    picture(browser, "page")


def picture(browser, name):
    if PICTURES:
        browser.screenshot(os.path.join(PICTURES, f"{name}.png"))


def locked(node, browser):
    """With a token the page asks for it, and shows nothing before."""
    session = node.create(user="ada")
    browser.open(node.address)
    # Those of the node before.
    browser.complaints()
    until(lambda: browser.text("#login"), "the page to ask for the token")
    picture(browser, "login")
    assert browser.text("#state") == "locked" and not browser.text("#main")
    browser.press("not-this-one-at-all\ue007")
    until(lambda: "another one" in browser.text("#login-error"), "the page to refuse a wrong one")
    browser.run("document.getElementById('token').value = ''")
    browser.press(TOKEN + "\ue007")
    until(lambda: session in browser.text("#sessions"), "the session")
    # The only complaints are of the requests that were refused.
    complaints = [line for line in browser.complaints() if "401" not in line]
    assert not complaints, complaints
    answer, _ = node.ask("GET", "/members", Authorization="Bearer wrong")
    assert answer.status == 401


HOSTILE = "<img src=x onerror=\"document.title='gone'\">"


def hostile(node, browser):
    """Names of others stay text, and long ones and many leave the page usable."""
    session = node.create(**{HOSTILE: "x" * 3000, "</td><script>alert(1)</script>": [HOSTILE] * 3})
    for _ in range(1200):
        node.create()
    browser.open(node.address)
    until(lambda: "the first 1000 of 1,2" in browser.text("#shown"), "a part of many sessions")
    assert browser.run("return document.querySelectorAll('#sessions tbody tr').length") == 200
    # It may be beyond those that are looked through.
    browser.run("choose(arguments[0])", session)
    until(lambda: HOSTILE in browser.text("#details"), "the names as they are")
    assert browser.run("return document.querySelectorAll('img, td script').length") == 0
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), "it is too wide"
    assert "gone" not in browser.run("return document.title"), "it was run"


MAPS = XML.replace("<Channel", '<Manager className="org.apache.catalina.ha.session.BackupManager"/><Channel', 1).replace(
    '<Host name="localhost"/>', '<Host name="localhost"><Context path="/wiki" distributable="true" '
    'className="org.apache.catalina.ha.context.ReplicatedContext"/></Host>')


def maps(folder, browser):
    """Who has a session of a BackupManager, and attributes that all members have, with whatever names."""
    node = Node(folder, xml=MAPS)
    try:
        until(lambda: "initialized" in node.ask("GET", "/contexts")[1], "the map to begin")
        session = node.create(cart="cup")
        browser.open(node.address)
        until(lambda: CONTEXT in browser.text("#contexts"), "the contexts")
        browser.run("chooseContext(arguments[0])", CONTEXT)
        until(lambda: "primary" in browser.text("#sessions tbody"), "the role")
        until(lambda: "Map initialized, no other member has it. Here: 1 primary, 0 backup, 0 proxy." in browser.text("#map"),
              "the map")
        assert "Backup" in browser.text("#contexts"), browser.text("#contexts")
        assert "Backups" in browser.text("#sessions thead") and not browser.text("#logins"), browser.text("#sessions")
        until(lambda: "session-alone" in browser.text("#events") or node.create(), "an event")
        browser.press("j")
        until(lambda: '"cup"' in browser.text("#details") and "primary" in browser.text("#details"), "the session")
        path = "/contexts/%23%2Fwiki/attributes/"
        assert node.ask("PUT", path + urllib.parse.quote(HOSTILE, safe=""), HOSTILE * 50)[0].status == 204
        until(lambda: "/wiki" in browser.text("#replicated"), "the context")
        browser.run("document.querySelector('#replicated tbody tr').click()")
        until(lambda: HOSTILE in browser.text("#attributes"), "its attributes")
        until(lambda: "context-attribute-set" in browser.text("#events"), "the event")
        assert browser.run("return document.querySelectorAll('img, td script').length") == 0
        picture(browser, "maps")
        for width in 1280, 420:
            browser.resize(width)
            assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), f"too wide for {width}"
        picture(browser, "maps-narrow")
        browser.resize(1280)
        node.ask("DELETE", f"{SESSIONS}/{session}")
        # A page that was there before may go on to ask a node that is gone.
        complaints = [line for line in browser.complaints() if line.startswith(node.address)]
        assert not complaints, complaints
    finally:
        node.end()


def reconnects(node, browser, folder):
    """A node that is started anew is found again, with its events."""
    port = urllib.parse.urlsplit(node.address).port
    node.end()
    until(lambda: browser.text("#state") == "no answer", "the page to notice")
    again = Node(folder, port=port)
    try:
        until(lambda: browser.text("#state") == "live", "the page to find it")
        # It asks for events again after a pause.
        until(lambda: again.create(colour="red") and "session-created" in browser.text("#events"), "an event")
    finally:
        again.end()


@contextlib.contextmanager
def watching(file):
    """The page of a capture."""
    process = subprocess.Popen([PROGRAM, "monitor", "--json", "--quiet", "--show-values", "--http", "0", file],
                               stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())["http"]
    finally:
        process.terminate()
        assert process.wait(SECONDS) == 0


def holders(folder, browser):
    """Sessions of a BackupManager, with who answers for each and who has a copy."""
    file = os.path.join(folder, "backup.pcap")
    recorded = Path(__file__).parent.parent / "recordings/backup.pcap.gz"
    with open(file, "wb") as out:
        out.write(gzip.decompress(recorded.read_bytes()))
    with watching(file) as address:
        browser.open(address)
        until(lambda: browser.text("#sessions").count("127.0.0.1:") == 4, "the holders")
        assert "Primary" in browser.text("#sessions thead"), browser.text("#sessions thead")
        browser.press("j")
        until(lambda: "backups" in browser.text("#details"), "the session")
        until(lambda: "isWhole" in browser.text("#details") and "true" in browser.text("#details"), "all of it")


def seen(folder, browser):
    """A capture, the same page: who said what, when and how often."""
    vectors = Path(__file__).parent.parent / "vectors"
    capture = Capture()
    connection = capture.connect(5000, 4000)
    frame = bytearray((vectors / "frame-session-delta.bin").read_bytes())
    frame[14] = 6
    connection.say(bytes(frame))
    connection.say((vectors / "ack.bin").read_bytes(), side=1)
    capture.datagram((vectors / "heartbeat.bin").read_bytes())
    file = os.path.join(folder, "<b>a.pcap")
    with open(file, "wb") as out:
        out.write(capture.pcap())
    with watching(file) as address:
        browser.open(address)
        until(lambda: browser.text("#state") == "ended", "the end of the capture")
        until(lambda: "<b>a.pcap" in browser.text("#local"), "the name of the file")
        until(lambda: "127.0.0.1:4000" in browser.text("#members")
              and "seen" in browser.text("#members"), "the member")
        until(lambda: CONTEXT in browser.text("#contexts"), "the context")
        until(lambda: "delta" in browser.text("#events"), "the event")
        browser.press("j")
        until(lambda: '"hello"' in browser.text("#details"), "the value")
        assert browser.text("#received-now") == "1", browser.text("#received-now")
        # Of sessions that nobody holds in a map there is no such column.
        assert "Primary" not in browser.text("#sessions thead"), browser.text("#sessions thead")
        # The page before went on to ask a node that is gone.
        complaints = [line for line in browser.complaints() if line.startswith(address)]
        assert not complaints, complaints
        picture(browser, "seen")


def report(number, name, run):
    try:
        run()
        print(f"ok {number} - {name}", flush=True)
    except AssertionError as error:
        print("\n".join(f"# {line}" for line in str(error).splitlines()[:20]))
        print(f"not ok {number} - {name}", flush=True)


def main():
    print("TAP version 13\n1..10")
    with tempfile.TemporaryDirectory() as folder:
        node = Node(folder)
        report(1, "events", lambda: events(node))
        report(2, "policy", lambda: policy(node))
        report(3, "metrics", lambda: metrics(node))
        if not is_installed():
            for number, name in enumerate(("shows", "hostile", "reconnects", "seen", "holders", "maps", "locked"), 4):
                print(f"ok {number} - {name} # SKIP no Chromium")
            node.end()
            return
        browser = Browser()
        try:
            report(4, "shows", lambda: shows(node, browser))
            report(5, "hostile", lambda: hostile(node, browser))
            report(6, "reconnects", lambda: reconnects(node, browser, folder))
            report(7, "seen", lambda: seen(folder, browser))
            report(8, "holders", lambda: holders(folder, browser))
            report(9, "maps", lambda: maps(folder, browser))
            node = Node(folder, TOKEN)
            report(10, "locked", lambda: locked(node, browser))
        finally:
            browser.close()
            node.end()


main()
