#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes monitor` beside two real Tomcats: what it captures is what they were told to do.

Takes the name of a variant (see lab/variants.py).
"""
import os
import sys

from lab.cluster import start_all, wait_for_members
from lab.peer import program
from lab.processes import Child, LabError, temporary_folder
from lab.tap import Tap, equal, true
from lab.variants import VARIANTS
from lab.waiting import NOTICE, until

ABOUT_SESSIONS = {"created", "delta", "expired", "change-id", "accessed"}


class Monitor:
    """The program on the loopback interface, and its events that concern the ports of a cluster."""

    def __init__(self, ports):
        self.name = "monitor"
        self.log_path = os.path.join(temporary_folder("tribes-lab-monitor-"), "monitor.log")
        self._ports = {f"127.0.0.1:{port}" for port in ports}
        # What others do on this machine at the same time is not ours to keep up with.
        self._filter = " or ".join(["udp", *(f"tcp port {port}" for port in ports)])
        self._events = []
        self.child = None

    def start(self):
        self.child = Child([program(), "monitor", "--interface=lo", "--json", "--show-ids",
                            "--show-values", f"--packets={self._filter}"], self.log_path, self.name)

    def events(self):
        self._events += [line for line in self.child.lines_so_far() if line]
        # Others may be at work on this machine; a heartbeat goes to the group.
        return [event for event in self._events if event.get("from") in self._ports]

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
    layout = variant.layout(2)
    first, second = (layout.tomcat(index, version)
                     for index, version in enumerate(variant.tomcats))
    monitor = Monitor(layout.ports)
    tap = Tap([first, second, monitor])
    if not may_capture(monitor):
        tap.skip("monitor", "needs CAP_NET_RAW")
        tap.done()
    if tap.case("start", start_all, first, second) and tap.case("members", wait_for_members, first,
                                                                second):
        tap.case("both are known", known, monitor, first, second)
        tap.case("a session's life", life, monitor, first)
        tap.case("change of id", change_of_id, monitor, first)
        tap.case("acknowledgements", acknowledged, monitor)
        tap.case("state transfer", transfer, monitor, first, second)
        tap.case("account", account, monitor)
    tap.done()


if __name__ == "__main__":
    main()
