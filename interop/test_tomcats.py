#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two Tomcats by themselves: shows that the laboratory measures what it should.

Takes the name of a variant (see lab/variants.py).
"""
import sys

from lab import values
from lab.cluster import start_all, wait_for_members
from lab.processes import wait_until
from lab.tap import Tap, equal
from lab.variants import VARIANTS


def replicates(first, second):
    browser = first.browser()
    browser.steps("create")
    wait_until(lambda: browser.session in second.sessions(), 5, "the session on the other node")
    browser.steps(*values.set_all())
    expected = values.as_seen_inside()
    wait_until(lambda: second.sessions()[browser.session]["attributes"], 5, "the attributes")
    equal(second.sessions()[browser.session]["attributes"], expected, "attributes")
    equal(first.sessions()[browser.session]["attributes"], expected, "own attributes")


def looking_leaves_no_trace(first, second):
    before = first.contexts(), second.contexts()
    for _ in range(5):
        equal((first.contexts(), second.contexts()), before, "contexts")


def login_replicates(first, second):
    browser = first.browser()
    browser.steps("create")
    browser.steps(("login", "ada", "engine"))

    def known():
        session = second.sessions().get(browser.session)
        return session and session["principal"] and session
    session = wait_until(known, 5, "the principal on the other node")
    equal(session["principal"], "ada", "principal")
    equal(sorted(session["roles"]), ["author", "reader"], "roles")


def restart_fetches_state(first, second):
    expected = {key: value["attributes"] for key, value in first.sessions().items()}
    second.kill()
    # A member that comes back under the same port before it was missed stays in the list of a
    # multicast Tomcat as a second, dead one.
    wait_for_members(first, count=0)
    second.start()
    wait_for_members(first, second)
    equal({key: value["attributes"] for key, value in second.sessions().items()}, expected,
          "sessions after the restart")


def leaves_in_order(first, second):
    second.terminate()
    wait_for_members(first, count=0, timeout=10)


def main():
    variant = VARIANTS[sys.argv[1]]
    layout = variant.layout(2)
    first, second = (layout.tomcat(index, version)
                     for index, version in enumerate(variant.tomcats))
    tap = Tap([first, second])
    pair = (first, second)
    if tap.case("start", start_all, *pair) and tap.case("members", wait_for_members, *pair):
        tap.case("values of every type", replicates, *pair)
        tap.case("looking leaves no trace", looking_leaves_no_trace, *pair)
        tap.case("login", login_replicates, *pair)
        tap.case("restart", restart_fetches_state, *pair)
        tap.case("orderly stop", leaves_in_order, *pair)
    tap.done()


if __name__ == "__main__":
    main()
