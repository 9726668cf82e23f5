#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes restore` and `tribes diff --repair` with members that are nodes of our own, each alone in its
cluster, and with one in front of which somebody stands who refuses, or uses a session at a bad
moment; TAP. Real Tomcats are written to in interop/test_visit.py."""
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from packets import frame, says, session_message, vector

PROGRAM = sys.argv[1]
CONTEXT = "localhost#/shop"
TRIBES = "org.apache.catalina.tribes."
XML = f"""<Server><Service><Engine name="C" defaultHost="localhost">
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelStartOptions="3">
<Channel className="{TRIBES}group.GroupChannel">
<Receiver className="{TRIBES}transport.nio.NioReceiver" address="127.0.0.1" port="0"/>
<Interceptor className="{TRIBES}group.interceptors.StaticMembershipInterceptor"/>
</Channel></Cluster><Host name="localhost"/></Engine></Service></Server>"""
STATE = vector("state-several@10.1.60")
IDS = ["0" * 31 + f"{n}.node1" for n in (2, 3, 4)]
GET_ALL, ALL_DATA, DELTA, COMPLETE = 4, 12, 13, 14
FAIL_ACK = bytes([11, 0, 5])
SECONDS = 60


class Node:
    """A member, looked at through its HTTP interface."""

    def __init__(self, context=CONTEXT):
        self.process = subprocess.Popen(
            [PROGRAM, "node", "--config", CONFIG, "--json", "--http", "127.0.0.1:0", "--context",
             context], stdout=subprocess.PIPE, text=True)

    def ready(self):
        started = json.loads(self.process.stdout.readline())
        self.port = started["port"]
        self.name = f"127.0.0.1:{self.port}"
        self.http = started["http"].split("//")[-1].strip("/")
        # Until it knows that there is nobody from whom it could have sessions, it gives none.
        while "state-transfer-ended" not in (line := self.process.stdout.readline()):
            assert line, "it ended"
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        return self

    def ask(self, method, *parts, body=None):
        connection = http.client.HTTPConnection(self.http, timeout=SECONDS)
        path = "/".join(["", "contexts", urllib.parse.quote(CONTEXT, safe=""), "sessions", *parts])
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read().decode()
        connection.close()
        assert answer.status < 300 or (method, answer.status) == ("GET", 404), (path, data)
        return json.loads(data) if answer.status == 200 else None

    def session(self, session):
        return self.ask("GET", session)

    def attributes(self, session):
        found = self.session(session)
        return found and found["attributes"]

    def set(self, session, name, value):
        self.ask("PUT", session, "attributes", name, body=value)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Gate:
    """Somebody in front of a member. What hook(event, frame) returns is answered instead of it."""

    def __init__(self, node, hook):
        self.node, self.hook = node, hook
        self.server = socket.create_server(("127.0.0.1", 0))
        self.name = "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.server.accept()
            behind = socket.create_connection(("127.0.0.1", self.node.port))
            threading.Thread(target=self.pass_back, args=(behind, client), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(client, behind), daemon=True).start()

    @staticmethod
    def pass_back(behind, client):
        try:
            while data := behind.recv(65536):
                client.sendall(data)
        except OSError:
            pass

    def pass_on(self, client, behind):
        data = b""
        try:
            while more := client.recv(65536):
                data += more
                while len(data) >= 11 and len(data) >= (size := 18 + int.from_bytes(data[7:11])):
                    whole, data = data[:size], data[size:]
                    answer = self.hook(event_of(whole), whole)
                    if answer:
                        client.sendall(frame(answer))
                    else:
                        behind.sendall(whole)
            behind.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def event_of(whole):
    """The number of a session message's event, or None."""
    for event, word in ((GET_ALL, b"GET-ALL"), (ALL_DATA, b"SESSION-STATE"), (DELTA, b".node1-")):
        if b"SessionMessageImpl" in whole and word in whole:
            return event
    return None


def tribes(*arguments, data=b""):
    done = subprocess.run([PROGRAM, *map(str, arguments)], input=data, capture_output=True,
                          timeout=SECONDS, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check(found, expected, what):
    assert found == expected, f"{what}: expected {expected!r}, found {found!r}"


def used_before(seconds, state=STATE):
    """@state, as if it had been used so long ago, and made ten seconds before that."""
    end = 1700000010000
    moved = round((time.time() - seconds) * 1000) - end
    for old in sorted({int(value) for key, value in says("state-several@10.1.60").items()
                       if key.endswith("-time")}):
        state = state.replace(old.to_bytes(8, "big"), (old + moved).to_bytes(8, "big"))
    return state


def file_of(state, name="taken", end=True):
    """A snapshot of this, taken now."""
    whole = session_message(state, ALL_DATA) + (session_message(b"", COMPLETE) if end else b"")
    stamp = int(says("session-delta")["timestamp"]).to_bytes(8, "big")
    assert stamp in whole
    path = os.path.join(FOLDER, name)
    Path(path).write_bytes(whole.replace(stamp, round(time.time() * 1000).to_bytes(8, "big")))
    return path


def restore(*arguments, code=0):
    """What it says of each session, by id, and of all."""
    done, out, err = tribes("restore", "--json", "--show-ids", *arguments)
    check(done, code, f"end of {arguments}: {out}{err}")
    *seen, counts = [json.loads(line) for line in out.splitlines()]
    return {one["id"]: one for one in seen}, counts


def nodes(count, **keywords):
    RUNNING.extend(Node(**keywords) for _ in range(count))
    return [node.ready() for node in RUNNING]


def empty_ones():
    """Nothing is written before it is told to; then all have all, and it is done."""
    a, b = nodes(2)
    path = file_of(used_before(20))
    seen, counts = restore(path, a.name, b.name, code=1)
    check({one["verdict"] for one in seen.values()}, {"create"}, "verdicts")
    check((counts["sessions"], counts["create"]), (3, 3), "counts")
    check(a.attributes(IDS[1]), None, "written in a dry run")
    text = tribes("restore", path, a.name, b.name)[1]
    assert text.endswith("3 sessions: 3 create, 3 to be written (--apply)\n"), text
    assert f" create at {a.name}, {b.name}\n" in text and IDS[0] not in text, text
    seen, counts = restore("--apply", path, a.name, b.name)
    check((counts["written"], {one["outcome"] for one in seen.values()}), (3, {"written"}), "end")
    for node in a, b:
        check(node.attributes(IDS[1]), {"text": "hello"}, node.name)
        check(node.attributes(IDS[0])["item"]["article"], "cup", node.name)
        check(node.session(IDS[1])["principal"], "ada", node.name)
    check(restore("--apply", path, a.name, b.name)[1]["same"], 3, "again")
    code, out, err = tribes("diff", "--settle=0", path, a.name, b.name)
    check((code, out, err), (0, "", ""), "differences")


def newer_ones():
    """What was used later stays, unless it is told otherwise; what is older is replaced."""
    a, b = nodes(2)
    old, new = file_of(used_before(40), "old"), file_of(used_before(20), "new")
    restore("--apply", old, a.name, b.name)
    a.set(IDS[1], "text", "changed")
    a.set(IDS[1], "more", 1)
    seen, counts = restore("--apply", new, a.name, b.name)
    check((seen[IDS[1]]["verdict"], seen[IDS[1]]["at"]), ("newer", [a.name]), "kept")
    check((counts["same"], counts["newer"]), (2, 1), "counts")
    check((a.attributes(IDS[1])["text"], b.attributes(IDS[1])["text"]), ("changed", "hello"), "kept")
    seen, _ = restore("--apply", "--overwrite", new, a.name, b.name)
    check((seen[IDS[1]]["verdict"], seen[IDS[1]]["outcome"]), ("replace", "written"), "overwritten")
    check(a.attributes(IDS[1]), {"text": "hello"}, "what was more is taken away")
    # An older one, with another value.
    state = used_before(0, STATE.replace(b"hello", b"hellO"))
    seen, _ = restore("--apply", file_of(state, "newest"), b.name)
    check((seen[IDS[1]]["verdict"], seen[IDS[1]]["at"]), ("replace", [b.name]), "older")
    check(b.attributes(IDS[1]), {"text": "hellO"}, "older")


def ended_ones():
    """Who lives on has lost nothing: what it lacks may have ended."""
    a, = nodes(1)
    path = file_of(used_before(20))
    restore("--apply", path, a.name)
    a.ask("DELETE", IDS[1])
    seen, counts = restore("--apply", path, a.name)
    check((seen[IDS[1]]["verdict"], counts["ended"]), ("ended", 1), "verdict")
    check(a.attributes(IDS[1]), None, "came back")
    # This one remembers what ended, and says by what it has that it does not take it.
    seen, _ = restore("--apply", "--ended", path, a.name, code=1)
    check((seen[IDS[1]]["outcome"], seen[IDS[1]]["wrong"]), ("other", [a.name]), "outcome")


def expired_ones():
    """90 seconds is the first one's time."""
    a, = nodes(1)
    seen, counts = restore("--apply", file_of(used_before(100)), a.name)
    check((seen[IDS[0]]["verdict"], counts["expired"], counts["written"]), ("expired", 1, 2), "seen")
    check(a.attributes(IDS[0]), None, "came back")


def filters():
    a, = nodes(1)
    path = file_of(used_before(20))
    code, out, _ = tribes("restore", "--json", path, a.name)
    hash_of = json.loads(out.splitlines()[2])["hash"]
    seen, _ = restore("--apply", "--session", hash_of, "--session", IDS[0], path, a.name)
    check(set(seen), {IDS[0], IDS[2]}, "sessions")
    check((a.attributes(IDS[1]), a.attributes(IDS[2])), (None, {}), "written")
    _, counts = restore("--context", CONTEXT, "--ended", path, a.name, code=1)
    check((counts["same"], counts["create"]), (2, 1), "of this context")
    code, out, _ = tribes("restore", "--quiet", "--ended", path, a.name)
    check((code, out.count("\n")), (1, 1), "quiet")


def no_context():
    other, = nodes(1, context="localhost#/other")
    code, out, err = tribes("restore", "--apply", file_of(used_before(20)), other.name)
    check(code, 1, "end")
    assert f"{other.name} does not have {CONTEXT}" in err and "3 no-context" in out, (out, err)


def broken():
    """Nothing is written of a file that breaks or was cut off, wherever."""
    a, = nodes(1)
    path = file_of(used_before(20))
    whole = Path(path).read_bytes()
    for at, reason in ((len(whole) - 3, "frame: expected"), (20, "offset 0: frame: expected"),
                       (len(session_message(STATE, ALL_DATA)), "end of the file")):
        Path(path).write_bytes(whole[:at])
        code, out, err = tribes("restore", "--apply", path, a.name)
        check((code, out), (2, ""), at)
        assert reason in err and path in err, err
    code, out, err = tribes("restore", "--apply", file_of(STATE[:1500]), a.name)
    check((code, out), (2, ""), "half a state")
    assert "offset" in err and CONTEXT in err, err
    check(a.attributes(IDS[0]), None, "written")


def refused():
    """The first who refuses ends it; it goes on where it was."""
    a, b = nodes(2)
    seen = []

    def refuse_second(event, _):
        seen.append(event)
        return FAIL_ACK if seen.count(ALL_DATA) == 2 and event == ALL_DATA else None

    gate = Gate(b, refuse_second)
    path = file_of(used_before(20))
    code, out, err = tribes("restore", "--apply", path, a.name, gate.name)
    check(code, 2, "end")
    assert f"{gate.name}: " in err and "stopped, 2 of 3" in err, err
    assert out.count(": written\n") == 1 and out.count(": pending\n") == 2, out
    check([b.attributes(one) is not None for one in IDS].count(True), 1, "written")
    seen, counts = restore("--apply", "--ended", path, a.name, gate.name)
    check((counts["same"], counts["written"]), (1, 2), "gone on")
    check([b.attributes(one) is not None for one in IDS], [True] * 3, "written")


def nobody_there():
    code, out, err = tribes("restore", "--apply", file_of(used_before(20)), "127.0.0.1:1")
    check((code, out), (2, ""), "end")
    assert "127.0.0.1:1: connect: Connection refused" in err, err


def repair(*arguments, code):
    done, out, err = tribes("diff", "--json", "--show-ids", "--settle=0", "--repair=newest",
                            *arguments)
    check(done, code, f"end of {arguments}: {out}{err}")
    seen = [json.loads(line) for line in out.splitlines()]
    return {one["id"]: one for one in seen if "repair" in one}, [one for one in seen if "what" in one]


def repairs():
    """As the newest is: what it has not is taken away, and what one lacks is made."""
    a, b, c = nodes(3)
    restore("--apply", file_of(used_before(20)), a.name, b.name)
    b.set(IDS[0], "text", "newer")
    b.ask("DELETE", IDS[0], "attributes", "big")
    names = [a.name, b.name, c.name]
    planned, left = repair(*names, code=1)
    check((planned[IDS[0]]["repair"], planned[IDS[0]]["newest"], planned[IDS[0]]["to"]),
          ("planned", b.name, [a.name, c.name]), "planned")
    check(len([one for one in left if one["what"] == "session"]), 3, "differences")
    check((a.attributes(IDS[0])["text"] == "newer", c.attributes(IDS[0])), (False, None), "dry run")
    done, left = repair("--apply", *names, code=0)
    check(({one["repair"] for one in done.values()}, left), ({"written"}, []), "done")
    for node in a, c:
        check(node.attributes(IDS[0]), b.attributes(IDS[0]), f"attributes of {node.name}")
        check(node.session(IDS[1])["principal"], "ada", f"principal of {node.name}")
    check(repair("--apply", *names, code=0), ({}, []), "again")


def doubts():
    """Nobody can tell which of two is the newer one that were used at the same time."""
    a, b = nodes(2)
    restore("--apply", file_of(used_before(20)), a.name, b.name)
    for node in a, b:
        node.set(IDS[1], "text", node.name)
    done, left = repair("--apply", a.name, b.name, code=1)
    check((done[IDS[1]]["repair"], len(left)), ("doubt", 1), "doubt")
    check((a.attributes(IDS[1])["text"], b.attributes(IDS[1])["text"]), (a.name, b.name), "left")
    text = tribes("diff", "--settle=0", "--repair=newest", "--apply", a.name, b.name)[1]
    assert "not repaired: " in text and " ms only" in text, text


def used_meanwhile():
    """Who uses a session while it is to be repaired is not disturbed, and the others are repaired."""
    a, b = nodes(2)
    restore("--apply", file_of(used_before(20)), a.name, b.name)
    for session in IDS[1:]:
        a.set(session, "text", "newer")
    asked = []

    def use(event, _):
        asked.append(event)
        if asked.count(GET_ALL) == 2 and event == GET_ALL:
            b.set(IDS[1], "text", "just now")

    gate = Gate(b, use)
    done, left = repair("--apply", a.name, gate.name, code=1)
    check((done[IDS[1]]["repair"], done[IDS[2]]["repair"]), ("changed", "written"), "outcomes")
    check(b.attributes(IDS[1])["text"], "just now", "what was changed")
    check([one["id"] for one in left], [IDS[1]], "left")


def configured():
    """All members of a server.xml: those in its list, and whose it is."""
    a, b = nodes(2)
    path = file_of(used_before(20))
    listing = os.path.join(FOLDER, "listing.xml")
    member = f'<Member className="{TRIBES}membership.StaticMember" host="127.0.0.1" port="{a.port}"/>'
    text = XML.replace('port="0"', f'port="{b.port}"').replace(
        'StaticMembershipInterceptor"/>', f'StaticMembershipInterceptor">{member}</Interceptor>')
    Path(listing).write_text(text, encoding="ascii")
    seen, counts = restore("--apply", "--config", listing, path)
    check((seen[IDS[0]]["at"], counts["written"]), ([a.name, b.name], 3), "written")
    check(tribes("diff", "--settle=0", "--config", listing, path), (0, "", ""), "differences")
    for wrong, reason in ((text.replace("127.0.0.1", "auto", 1), "known to its Tomcat only"),
                          (text.replace(member, "").replace("StaticMembershipInterceptor",
                                                            "TcpFailureDetector"), "are found")):
        Path(listing).write_text(wrong, encoding="ascii")
        code, out, err = tribes("restore", "--config", listing, path)
        check((code, out, err.count("\n")), (2, "", 1), reason)
        assert f"{listing}:" in err and reason in err, err


def mistakes():
    path = file_of(used_before(20))
    for arguments in (["restore"], ["restore", path], ["restore", "/no/such", "a:1"],
                      ["restore", "-t", "0", path, "a:1"],
                      ["diff", "--repair=oldest", "a:1", "b:1"], ["diff", "--apply", "a:1", "b:1"],
                      ["diff", "--repair=newest", "--watch=1", "a:1", "b:1"],
                      ["diff", "--repair=newest", path, path]):
        code, out, err = tribes(*arguments)
        check((code, out, err.count("\n")), (2, "", 1), arguments)


CASES = [empty_ones, newer_ones, ended_ones, expired_ones, filters, no_context, broken, refused,
         nobody_there, repairs, doubts, used_meanwhile, configured, mistakes]
RUNNING = []

print(f"TAP version 13\n1..{len(CASES)}")
with tempfile.TemporaryDirectory() as FOLDER:
    CONFIG = os.path.join(FOLDER, "server.xml")
    Path(CONFIG).write_text(XML, encoding="ascii")
    for index, case in enumerate(CASES, 1):
        try:
            case()
            print(f"ok {index} - {case.__name__}", flush=True)
        except (AssertionError, KeyError, ValueError, IndexError, TypeError, OSError) as error:
            print("\n".join(f"# {line}" for line in repr(error).splitlines()[:20]))
            print(f"not ok {index} - {case.__name__}", flush=True)
        while RUNNING:
            RUNNING.pop().stop()
