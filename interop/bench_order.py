#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sessions made in parallel in a Tomcat that sends asynchronously: what comes in another order.

  bench_order.py [--sessions N]

For each of N sessions (2000) three requests, one after the other, set an attribute to 1, 2 and 3, and
each sets one of its own. Counted is in how many sessions the peer, and a second Tomcat, have another
value than the first, and in how many one of the own ones is missing.
"""
import argparse
import concurrent.futures
import time

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.processes import stop_everything
from lab.waiting import until

BROWSERS = 8
EXPECTED = {"last": 3, "own1": 1, "own2": 2, "own3": 3}


def browse(tomcat, sessions):
    made = []
    for _ in range(sessions):
        browser = tomcat.browser()
        for number in (1, 2, 3):
            browser.steps(*(["create"] if number == 1 else []), ("set", "last", f"int:{number}"),
                          ("set", f"own{number}", f"int:{number}"))
        made.append(browser.session)
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=2000)
    arguments = parser.parse_args()
    layout = Layout(3, ids=True, send_options="8")
    first, second = layout.tomcat(0), layout.tomcat(1, 9)
    peer = Peer("peer", layout.settings(2))
    for node in (first, second, peer):
        node.start()
    wait_for_members(first, second, peer)
    # The peer fetches what there is of a context when it first hears of it.
    first.browser().steps("create")
    until(peer.session_ids, bool, "the first session")
    time.sleep(2)
    with concurrent.futures.ThreadPoolExecutor(BROWSERS) as pool:
        jobs = [pool.submit(browse, first, arguments.sessions // BROWSERS)
                for _ in range(BROWSERS)]
        made = [session for job in jobs for session in job.result()]
    time.sleep(4)
    there = second.sessions()
    for name, found in (
            ("peer", {session: peer.attributes(session) or {} for session in made}),
            ("second Tomcat", {session: {attribute: typed["value"] for attribute, typed in
                                         there.get(session, {}).get("attributes", {}).items()}
                               for session in made})):
        old = [session for session in made if found[session].get("last") != 3]
        lacking = [session for session in made if not EXPECTED.keys() <= found[session].keys()]
        print(f"{len(made)} sessions: {name} has an older value in {len(old)} and lacks one in "
              f"{len(lacking)}", flush=True)
    print(*[line for line in peer.metrics().splitlines() if line.startswith("tribes_overtaken")])
    stop_everything()


if __name__ == "__main__":
    main()
