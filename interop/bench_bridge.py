#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tomcat 9 and 10 with BackupManager and our peer between them: what one is asked at once after the
other has answered.

  bench_bridge.py [--sessions N] [--options 6,8] [--browsers B] [--peers P] [--race]

For each of N sessions (400) a browser makes it at one Tomcat and reads it at the other, changes it at
the first and reads it at the other, changes its id, reads it by the new and by the old one, and ends
it; every other session the other way around. Counted is what the second Tomcat did not know yet, and
how long the first one's answers took. Options are the map's (mapSendOptions).

With --race both Tomcats are asked to change the same session at the same moment, B sessions at a time;
counted is who answers for it when all is quiet again, and what does not fit together.
"""
import argparse
import concurrent.futures
import http.client
import json
import random
import re
import time
from collections import Counter

from lab import maps
from lab.backups import OURS, Row
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.processes import stop_everything
from lab.serverxml import BACKUP_MANAGER
from lab.waiting import until

NOTHING = object()


class Line:
    """A connection to one Tomcat that stays open, as a load balancer's does."""

    def __init__(self, tomcat):
        self.connection = http.client.HTTPConnection("127.0.0.1", tomcat.http_port, timeout=30)

    def steps(self, session, *steps):
        """The session's id and the last result; NOTHING where there is no such session."""
        headers = {"Cookie": f"JSESSIONID={session}"} if session else {}
        self.connection.request("POST", "/shop/steps", "\n".join(" ".join(step) for step in steps), headers)
        response = self.connection.getresponse()
        body = json.loads(response.read())
        if response.status != 200:
            return None, NOTHING
        return body["session"], body["results"][-1]


class Browser:
    def __init__(self, tomcats, found):
        self.lines = [Line(tomcat) for tomcat in tomcats]
        self.found = found
        self.times = []

    def write(self, line, session, *steps):
        begun = time.monotonic()
        answer = line.steps(session, *steps)
        self.times.append(time.monotonic() - begun)
        return answer[0]

    def look(self, what, line, session, expected):
        found = line.steps(session, ("get", "n"))[1]
        wrong = "no session" if found is NOTHING else "a session" if expected is NOTHING else "an old value"
        self.found[what, "as it should be" if found == expected else wrong] += 1

    def run(self, number):
        first, second = self.lines if number % 2 else self.lines[::-1]
        session = self.write(first, None, ("create",), ("set", "n", "int:1"))
        self.look("made", second, session, 1)
        self.write(first, session, ("set", "n", "int:2"))
        self.look("changed", second, session, 2)
        new = self.write(first, session, ("change-id",))
        self.look("new id", second, new, 2)
        self.look("old id", second, session, NOTHING)
        self.write(first, new, ("invalidate",))
        self.look("ended", second, new, NOTHING)


def measure(options, arguments):
    layout = Layout(2 + arguments.peers, ids=True, manager_class=BACKUP_MANAGER, jvm_route="",
                    manager={"mapSendOptions": options})
    tomcats = layout.tomcat(0, 9), layout.tomcat(1, 10)
    peers = [Peer(f"peer{number}", layout.settings(2 + number),
                  options=["--context", Row((OURS,)).context]) for number in range(arguments.peers)]
    nodes = (*tomcats, *peers)
    for node in nodes:
        node.start()
    wait_for_members(*nodes)
    context = Row((OURS,)).context
    until(lambda: [maps.view_of(node, context) for node in nodes],
          lambda views: all(view and len(view.members) >= arguments.peers for view in views), "the maps")
    (race if arguments.race else one_after_the_other)(options, arguments, nodes, context)
    stop_everything()


def one_after_the_other(options, arguments, nodes, context):
    tomcats = nodes[:2]
    found = Counter()
    browsers = [Browser(tomcats, found) for _ in range(arguments.browsers)]

    def browse(at):
        for number in range(at, arguments.sessions, arguments.browsers):
            browsers[at].run(number)
    browse_all(browse, arguments.browsers)
    times = sorted(taken for browser in browsers for taken in browser.times)
    print(f"mapSendOptions {options}, {arguments.peers} peers, {arguments.sessions} sessions, "
          f"{arguments.browsers} browsers: a write took {times[len(times) // 2] * 1000:.1f} ms (median), "
          f"{times[len(times) * 99 // 100] * 1000:.1f} (99 %), {times[-1] * 1000:.1f} (longest)")
    for (what, how), count in sorted(found.items()):
        print(f"  {what}: {count} {how}")


def race(options, arguments, nodes, context):
    sessions = []

    def both(at):
        lines = [Line(tomcat) for tomcat in nodes[:2]]
        dice = random.Random(at)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for number in range(at, arguments.sessions, arguments.browsers):
                session = lines[number // arguments.browsers % 2].steps(None, ("create",), ("set", "n", "int:1"))[0]
                sessions.append(session)
                time.sleep(dice.choice((0, 0.002)))
                for job in [pool.submit(lambda line=line, name=name: (time.sleep(dice.random() * 0.004),
                                                                     line.steps(session, ("set", name, "int:2"))))
                            for line, name in zip(lines, "ab")]:
                    job.result()
    browse_all(both, arguments.browsers)
    for seconds in (1, 5, 15):
        time.sleep(seconds)
        views = {node.name: maps.view_of(node, context) for node in nodes}
        faults = maps.faults(views, lambda name, other: {name, other} == {nodes[0].name, nodes[1].name})
        kinds = Counter(re.sub(r"[:{].*", "", fault.text.replace("\n", " ")) for fault in faults)
        print(f"mapSendOptions {options}, {len(sessions)} sessions changed by both, {seconds} s later: "
              f"{dict(kinds)}")


def browse_all(browse, browsers):
    with concurrent.futures.ThreadPoolExecutor(browsers) as pool:
        for job in [pool.submit(browse, at) for at in range(browsers)]:
            job.result()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=400)
    parser.add_argument("--options", default="6,8")
    parser.add_argument("--browsers", type=int, default=2)
    parser.add_argument("--peers", type=int, default=1)
    parser.add_argument("--race", action="store_true")
    arguments = parser.parse_args()
    for options in arguments.options.split(","):
        measure(options, arguments)


if __name__ == "__main__":
    main()
