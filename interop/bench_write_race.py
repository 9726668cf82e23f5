#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Changes of the peer's against requests that are still running in a Tomcat.

  bench_write_race.py [--sessions N] [--options 6,8] [--requests R] [--behind MS] [--silent]

For each of N sessions (2000) a browser sends a request that makes it, sets an attribute, takes up to
20 ms and sets another; the peer sets one of its own as soon as it hears of the session, and with
--requests R further ones each time it hears of a change in one of R-1 further requests, MS later.
Counted is what a node lacks in the end: it was lost because the peer wrote.
"""
import argparse
import concurrent.futures
import random
import threading
import time

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.processes import LabError, stop_everything

BROWSERS = 4


class Writer(threading.Thread):
    """Answers each event of a session with a change of it."""

    def __init__(self, peer, behind, silent):
        super().__init__(daemon=True)
        self.silent = silent
        self.peer = peer
        self.behind = behind
        self.written = {}
        self.times = []
        self.stop = False
        self.pool = concurrent.futures.ThreadPoolExecutor(BROWSERS * 2)

    def write(self, session, name):
        if not name.endswith("0"):
            time.sleep(self.behind)
        begun = time.monotonic()
        status, answer = self.peer.request(
            "PUT", self.peer._path(session, "attributes", name), 1)
        if not 200 <= status < 300:
            raise LabError(f"{status} {answer}")
        self.times.append(time.monotonic() - begun)

    def run(self):
        jobs = []
        while not self.stop:
            for event in self.peer.child.lines_so_far():
                session = event.get("session")
                kind = event["event"]
                if self.silent:
                    continue
                first = kind == "session-created"
                if not first and (kind != "session-changed" or not event.get("from")
                                  or "last" not in str(event.get("set"))):
                    continue
                names = self.written.setdefault(session, [])
                name = f"ours{len(names)}"
                names.append(name)
                jobs.append(self.pool.submit(self.write, session, name))
            time.sleep(0.0005)
        for job in jobs:
            job.result()


def browse(tomcat, seed, sessions, requests):
    """What each session should have."""
    dice = random.Random(seed)
    expected = {}
    for _ in range(sessions):
        browser = tomcat.browser()
        names = expected_names = []
        for number in range(requests):
            first, last = f"first{number}", f"last{number}"
            browser.steps(*(["create"] if number == 0 else []), ("set", first, "int:1"),
                          ("sleep", dice.randint(0, 20)), ("set", last, "int:2"))
            expected_names += [first, last]
            if requests > 1:
                time.sleep(dice.randint(0, 50) / 1000)
        expected[browser.session] = names
    return expected


def measure(options, arguments):
    layout = Layout(3, ids=True, send_options=options)
    tomcats = layout.tomcat(0), layout.tomcat(1, 9)
    peer = Peer("peer", layout.settings(2))
    nodes = (*tomcats, peer)
    for node in nodes:
        node.start()
    wait_for_members(*nodes)
    writer = Writer(peer, arguments.behind / 1000, arguments.silent)
    writer.start()
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(BROWSERS) as pool:
        jobs = [pool.submit(browse, tomcats[number % 2], number, arguments.sessions // BROWSERS,
                            arguments.requests) for number in range(BROWSERS)]
        expected = {session: names for job in jobs for session, names in job.result().items()}
    took = time.monotonic() - begun
    time.sleep(4)
    writer.stop = True
    writer.join()
    held = [line for line in peer.metrics().splitlines() if line.startswith("tribes_writes_held")]
    lines, hurt = lacking(nodes, expected, writer.written)
    writes = sum(len(names) for names in writer.written.values())
    times = sorted(writer.times) or [0]
    print(f"options {options}: {len(expected)} sessions, {arguments.requests} requests each, "
          f"{writes} writes in {took:.1f} s: {hurt} sessions lack something\n"
          f"  {'; '.join(lines)}\n"
          f"  a write took {times[len(times) // 2] * 1000:.0f} ms (median), "
          f"{times[len(times) * 99 // 100] * 1000:.0f} (99 %), {times[-1] * 1000:.0f} (longest); "
          f"{' '.join(held)}", flush=True)
    stop_everything()


def lacking(nodes, expected, written):
    """What each node lacks, a line each, and how many sessions lack something anywhere."""
    lines, hurt = [], set()
    for node in nodes:
        if isinstance(node, Peer):
            found = {session: node.attributes(session) or {} for session in expected}
        else:
            sessions = node.sessions()
            found = {session: sessions.get(session, {}).get("attributes", {})
                     for session in expected}
        theirs = {session: [name for name in names if name not in found[session]]
                  for session, names in expected.items()}
        ours = {session: [name for name in written.get(session, []) if name not in found[session]]
                for session in expected}
        lines.append(f"{node.name} lacks {sum(map(len, theirs.values()))} of the applications', "
                     f"{sum(map(len, ours.values()))} of the peer's")
        hurt |= {session for session in expected if theirs[session] or ours[session]}
    return lines, len(hurt)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--options", default="6,8")
    parser.add_argument("--requests", type=int, default=1)
    parser.add_argument("--behind", type=int, default=0)
    parser.add_argument("--silent", action="store_true")
    arguments = parser.parse_args()
    for options in arguments.options.split(","):
        measure(options, arguments)


if __name__ == "__main__":
    main()
