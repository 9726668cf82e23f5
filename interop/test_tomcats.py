#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two Tomcats by themselves: shows that the laboratory measures what it should.

Takes the name of a variant (see lab/variants.py).
"""
import sys

from lab import values
from lab.cluster import start_all, wait_for_members
from lab.tap import Tap, equal
from lab.variants import VARIANTS
from lab.waiting import differences, until, until_equal


def replicates(first, second):
    browser = first.browser()
    browser.steps("create")
    until_equal(lambda: second.attributes(browser.session), {}, "the session on the other node")
    browser.steps(*values.set_all())
    expected = values.as_seen_inside()
    until_equal(lambda: second.typed_attributes(browser.session), expected, "attributes")
    equal(first.typed_attributes(browser.session), expected, "own attributes")


def looking_leaves_no_trace(first, second):
    """Each look shows the same; not at once, as a request ends only after it has been answered."""
    def looks():
        return [{node.name: node.contexts() for node in (first, second)} for _ in range(5)]
    until(looks, lambda seen: all(one == seen[0] for one in seen), "five equal looks",
          explain=lambda seen: differences(seen[-1], seen[0]))


def login_replicates(first, second):
    """Sent asynchronously, the principal may overtake the session's new id, and is then lost: up to
    a third of them were. So users log in until one has come through."""
    def known():
        browser = first.browser()
        browser.steps("create")
        until_equal(lambda: second.attributes(browser.session), {}, "the session on the other node")
        browser.steps(("login", "ada", "engine"))
        return next((session for session in second.sessions().values() if session["principal"]),
                    None)
    session = until(known, bool, "a principal on the other node")
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
    wait_for_members(first, count=0)


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
