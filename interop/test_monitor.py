#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes monitor` beside two real Tomcats: what it captures is what they were told to do.

Takes the name of a variant (see lab/variants.py).
"""
import json
import os
import subprocess
import sys
import time
from dataclasses import replace

from lab.cluster import start_all, wait_for_members
from lab.installed import installation
from lab.observer import Observer
from lab.peer import program
from lab.processes import Child, LabError, temporary_folder
from lab.serverxml import server_xml
from lab.tap import Tap, equal, true
from lab.variants import VARIANTS
from lab.waiting import NOTICE, until

# For so many seconds a Tomcat waits for the sessions of a member that does not answer.
STATE_TIMEOUT = 60
ABOUT_SESSIONS = {"created", "delta", "expired", "change-id", "accessed"}


class Monitor:
    """The program on the loopback interface, and its events that concern the ports of a cluster."""

    def __init__(self, ports, logs=()):
        self.name = "monitor"
        self.log_path = os.path.join(temporary_folder("tribes-lab-monitor-"), "monitor.log")
        self._ports = {f"127.0.0.1:{port}" for port in ports}
        # What others do on this machine at the same time is not ours to keep up with.
        self._filter = " or ".join(["udp", *(f"tcp port {port}" for port in ports)])
        self._logs = [f"--log={path}" for path in logs]
        self._events = []
        self.child = None

    def start(self):
        self.child = Child([program(), "monitor", "--interface=lo", "--json", "--show-ids",
                            "--show-values", f"--packets={self._filter}", *self._logs], self.log_path, self.name)

    def events(self):
        self._events += [line for line in self.child.lines_so_far() if line]
        # Others may be at work on this machine; a heartbeat goes to the group.
        return [event for event in self._events if event.get("from") in self._ports]

    def logged(self, tomcat):
        """What it has logged about sessions."""
        self.events()
        return [event for event in self._events if event["event"] == "log"
                and event["level"] == "SEVERE" and event["file"] == tomcat.log_path
                and event["class"].startswith("org.apache.catalina.ha.session.")]

    def about(self, session):
        """(event, what was set or removed) of one session, in the order of the capture."""
        return [(event["event"], [(action["change"], action["name"], action.get("value"))
                                  for action in event.get("actions", ())
                                  if action["type"] == "attribute"])
                for event in self.events()
                if event["event"] in ABOUT_SESSIONS and event.get("session") == session]

    def until(self, matches, what):
        return until(self.events, matches, what, NOTICE)

    def end(self):
        """Its own account."""
        code = self.child.terminate()
        self.events()
        equal(code, 0, "exit code")
        return self._events[-1]


class Top:
    """`tribes top` beside it, which counts the same."""

    def __init__(self, ports):
        self.name = "top"
        self.log_path = os.path.join(temporary_folder("tribes-lab-top-"), "top.log")
        self._packets = " or ".join(f"tcp port {port}" for port in ports)
        self.child = None

    def start(self):
        self.child = Child([program(), "top", "--interface=lo", "--batch", "--json", "--show-ids",
                            "--by=session", "--delay=0", "--top=100000",
                            f"--packets={self._packets}"], self.log_path, self.name)

    def end(self):
        """The one table, of all."""
        equal(self.child.terminate(), 0, "exit code")
        return [line for line in self.child.lines_so_far() if line][-1]


def known(monitor, *tomcats):
    """Each is seen at its receiver's address."""
    wanted = {f"127.0.0.1:{tomcat.settings.receiver_port}" for tomcat in tomcats}
    monitor.until(lambda events: {event["from"] for event in events} >= wanted, "both members")


def life(monitor, first):
    """One session's, request by request, and nothing else about it."""
    browser = first.browser()
    browser.steps("create")
    monitor.until(lambda _: ("created", []) in monitor.about(browser.session), "the session")
    browser.steps(("set", "name", "string:one"), ("set", "count", "int:2"))
    browser.steps(("remove", "count"))
    session = browser.session
    browser.steps("invalidate")
    monitor.until(lambda _: ("expired", []) in monitor.about(session), "its end")
    changes = [change for event, change in monitor.about(session)
               if event == "delta" and change]
    equal(changes, [[("set", "name", "one"), ("set", "count", 2)], [("remove", "count", None)]],
          "changes")
    equal(sorted(event for event, _ in monitor.about(session) if event != "delta"),
          ["created", "expired"], "other events")


def change_of_id(monitor, first):
    browser = first.browser()
    browser.steps("create")
    before = browser.session
    browser.steps(("login", "ada", "engine"))
    true(before != browser.session, "the id has changed")
    monitor.until(lambda events: any(event["event"] == "change-id" and event["session"] == before
                                     and event["newSession"] == browser.session
                                     for event in events), "the change of id")


def acknowledged(monitor):
    """As the sender's options ask for it, and in time."""
    def asked(event):
        return event.get("options", 0) & 2

    events = monitor.until(lambda seen: any(event["event"] == "delta" for event in seen), "deltas")
    for event in events:
        equal("ack" in event, bool(asked(event)) and event.get("transport") != "udp",
              f"acknowledgement of {event}")
    equal({event["ack"] for event in events if "ack" in event} - {"ok"}, set(), "fates")


def transfer(monitor, first, second):
    """A member that starts is handed what the other one holds."""
    for _ in range(20):
        first.browser().steps("create")
    second.kill()
    wait_for_members(first, count=0)
    second.start()
    wait_for_members(first, second)
    held = len(first.sessions())
    asker, donor = (f"127.0.0.1:{node.settings.receiver_port}" for node in (second, first))

    def phases(events):
        return [event["event"] for event in events if event.get("context") == first.context
                and {event["from"], event["to"]} == {asker, donor}
                and event["event"] in ("get-all", "all-data", "transfer-complete")]

    events = monitor.until(lambda seen: phases(seen)[-3:]
                           == ["get-all", "all-data", "transfer-complete"], "the transfer")
    equal([event["sessions"] for event in events if event["event"] == "all-data"
           and event["context"] == first.context][-1], held, "sessions")


def looks_on(observer, first, second):
    """One more member, without any session of its own; what it is sent it tells."""
    observer.start()
    equal(observer.events()[0]["event"], "observation-started", "first event")
    wait_for_members(first, second, count=2)
    browser = first.browser()
    browser.steps("create", ("set", "name", "string:one"))
    session = browser.session
    browser.steps("invalidate")
    observer.until(lambda events: any(event["event"] == "expired" and event["session"] == session
                                      for event in events), "the session's end")
    changes = [[(action["name"], action["value"]) for action in event["actions"]
                if action["type"] == "attribute"]
               for event in observer.events()
               if event["event"] == "delta" and event["session"] == session]
    equal([change for change in changes if change], [[("name", "one")]], "changes")


def told_alike(monitor, observer, *tomcats):
    """Whatever was sent to it, as somebody between the members sees it."""
    members = {f"127.0.0.1:{tomcat.settings.receiver_port}" for tomcat in tomcats}

    def told(events):
        return sorted((event["time"][:16], event["event"], event["from"], event.get("session", ""),
                       event["bytes"], str(event.get("actions")))
                      for event in events if event["event"] in ABOUT_SESSIONS
                      and event["to"] == observer.address and event["from"] in members)

    until(lambda: (told(monitor.events()), told(observer.events())),
          lambda seen: seen[0] and seen[0] == seen[1], "events", NOTICE, explain=str)


def complaints(tomcat):
    return [line for line in tomcat.log().splitlines() if "SEVERE" in line]


def transfer_beside(observer, first, second):
    """Whoever knows nobody but the observer gets the sessions of another member from it, in no
    more time than from that itself. Where there is an order by age it is the last."""
    held = len(first.sessions())
    is_static = not first.settings.multicast
    before = {tomcat: len(complaints(tomcat)) for tomcat in (first, second)}
    second.kill()
    wait_for_members(first, count=1)
    if is_static:
        second.settings.members = [member for member in second.settings.members
                                   if observer.address == f"{member.host}:{member.port}"]
        second.rewrite_server_xml()
    began = time.monotonic()
    second.start()
    took = time.monotonic() - began
    equal(second.count(), held, "sessions")
    true(took < STATE_TIMEOUT, f"it started in {took:.1f} s")
    equal([event["event"] for event in observer.events()
           if event["event"] in ("get-all", "all-data", "transfer-complete")],
          ["get-all", "all-data", "transfer-complete"] if is_static else [], "transfers")
    for tomcat in (first, second):
        equal(complaints(tomcat)[before[tomcat]:], [], f"complaints of {tomcat.name}")


def stopped(observer, first):
    """A process that hangs costs what any member does that hangs, and nothing when it is back."""
    browser = first.browser()
    browser.steps("create")
    observer.child.pause()
    began = time.monotonic()
    browser.steps(("set", "name", "string:one"))
    took = time.monotonic() - began
    observer.child.resume()
    true(took < 30, f"a request took {took:.1f} s")
    print(f"# with a stopped observer a request took {took:.1f} s", flush=True)
    browser = first.browser()
    browser.steps("create")
    observer.until(lambda events: any(event["event"] == "created"
                                      and event["session"] == browser.session
                                      for event in events), "a session afterwards")
    wait_for_members(first, count=2)


def goodbye(observer, first):
    ended = observer.end()
    equal({name: ended[name] for name in ("event", "dropped", "lostEvents", "questionsRefused")},
          {"event": "observation-ended", "dropped": 0, "lostEvents": 0, "questionsRefused": 0},
          "its account")
    wait_for_members(first, count=1)

    def last():
        return [line for line in first.log().splitlines() if "Received member disappeared" in line][-1:]
    # It is gone before that is logged, and may have been missed before.
    until(last, lambda lines: lines and "command={66 65 66 89 45 " in lines[0], "a goodbye")


def log_as(tomcat, formatter):
    """Has it log as a Tomcat does, and not as the lab likes it."""
    path = os.path.join(tomcat.base, "conf", "logging.properties")
    with open(path, "w", encoding="utf-8") as file:
        file.write("handlers = java.util.logging.ConsoleHandler\n"
                   f"java.util.logging.ConsoleHandler.formatter = org.apache.juli.{formatter}\n")
    tomcat.jvm_options += (f"-Djava.util.logging.config.file={path}",)
    with open(tomcat.log_path, "a", encoding="utf-8"):
        pass


def unserializable(monitor, *tomcats):
    """What cannot be serialized never reaches the wire: the log says so, at its place among events."""
    for tomcat in tomcats:
        browser = tomcat.browser()
        browser.steps("create")
        browser.steps(("set", "inside", "list:plain:x"))
        monitor.until(lambda _, logs=tomcat: monitor.logged(logs), "what was logged")
        browser.steps(("set", "name", "string:after"))
        monitor.until(lambda _, session=browser.session: any(
            ("set", "name", "after") in changes for _, changes in monitor.about(session)), "a delta")
        found = monitor.logged(tomcat)[0]
        equal((found["exception"], found["reason"]),
              ("java.io.NotSerializableException", "java.lang.Object"), "exception")
        true(any("writeObject" in line for line in found["stack"]), "its stack")
        equal([changes for _, changes in monitor.about(browser.session)
               if any(name == "inside" for _, name, _ in changes)], [], "on the wire")
        # It would break a state transfer as well.
        browser.steps("invalidate")


def probed(settings, code):
    """What `tribes probe` tells of the members of the node with these settings."""
    folder = temporary_folder("tribes-lab-probe-")
    config = os.path.join(folder, "server.xml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(server_xml(settings))
    done = subprocess.run([program(), "probe", "--config", config, "--format=json", "--wait=4"],
                          capture_output=True, text=True, timeout=120, check=False)
    equal(done.returncode, code, f"exit code: {done.stdout}{done.stderr}")
    return {line["target"]: line for line in map(json.loads, done.stdout.splitlines())}


def heard(settings, *tomcats):
    """By multicast: who is heard, and whether it hears us; in another group nobody is."""
    seen = probed(settings, 0)
    equal({name: (line["isHeard"], line["knowsUs"]) for name, line in seen.items()},
          {f"127.0.0.1:{tomcat.settings.receiver_port}":
           # A 7.0 names whom it looks for as the sender of what it sends.
           (True, True if tomcat.numbers >= (8,) else None) for tomcat in tomcats}, "members")
    other = replace(settings, multicast_port=settings.multicast_port + 1)
    true(all("nobody was heard" in line["reason"] for line in probed(other, 2).values()), "another group")
    other = replace(settings, domain="another")
    true(all('its domain is "", that of this node "another"' in line["reason"]
             for line in probed(other, 1).values()), "another domain")


def counted_alike(monitor, top):
    """How much was said about each session."""
    counted = top.end()
    told = {}
    for event in monitor.events():
        if event["event"] in ABOUT_SESSIONS:
            told.setdefault(event["session"], []).append(event["bytes"])
    equal({row["session"]: (row["messages"], row["bytes"]) for row in counted["rows"]},
          {session: (len(sizes), sum(sizes)) for session, sizes in told.items()}, "sessions")
    equal({name: counted[name] for name in ("droppedPackets", "forgottenRows", "moreRows")},
          {"droppedPackets": 0, "forgottenRows": 0, "moreRows": 0}, "losses")


def account(monitor):
    """Nothing was lost, and nothing could not be read."""
    seen = monitor.end()
    equal(seen["event"], "capture-ended", "last event")
    equal({name: seen[name] for name in ("droppedPackets", "missingBytes", "brokenPackets",
                                         "forgottenConnections")},
          {"droppedPackets": 0, "missingBytes": 0, "brokenPackets": 0,
           "forgottenConnections": 0}, "losses")


def may_capture(monitor):
    monitor.start()
    try:
        monitor.child.next_line(1)
    except LabError:
        pass
    return monitor.child.alive


def main():
    variant = VARIANTS[sys.argv[1]]
    layout = variant.layout(3)
    # The first in the order of static members.
    layout.ports.sort()
    observer = Observer(layout.settings(0))
    first, second = (layout.tomcat(index + 1, version)
                     for index, version in enumerate(variant.tomcats))
    log_as(first, "OneLineFormatter")
    has_json = installation(second.tomcat).has_class("org.apache.juli.JsonFormatter")
    log_as(second, "JsonFormatter" if has_json else "OneLineFormatter")
    monitor = Monitor(layout.ports, [first.log_path, second.log_path])
    top = Top(layout.ports)
    tap = Tap([first, second, monitor, top, observer])
    if not may_capture(monitor):
        tap.skip("monitor", "needs CAP_NET_RAW")
        tap.done()
    top.start()
    if tap.case("start", start_all, first, second) and tap.case("members", wait_for_members, first,
                                                                second):
        tap.case("both are known", known, monitor, first, second)
        tap.case("a session's life", life, monitor, first)
        tap.case("change of id", change_of_id, monitor, first)
        tap.case("acknowledgements", acknowledged, monitor)
        tap.case("what is not sent", unserializable, monitor, first, second)
        tap.case("state transfer", transfer, monitor, first, second)
        tap.case("an observer", looks_on, observer, first, second)
        tap.case("tells what is captured", told_alike, monitor, observer, first, second)
        tap.case("state transfer beside an observer", transfer_beside, observer, first, second)
        tap.case("a stopped observer", stopped, observer, first)
        tap.case("goodbye of the observer", goodbye, observer, first)
        tap.case("top counts what is told", counted_alike, monitor, top)
        if variant.multicast:
            tap.case("who hears whom", heard, layout.settings(0), first, second)
        tap.case("account", account, monitor)
    tap.done()


if __name__ == "__main__":
    main()
