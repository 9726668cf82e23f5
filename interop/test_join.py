#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our peer in a cluster of two real Tomcats: everything that can happen to a session.

  test_join.py VARIANT              see lab/variants.py
  test_join.py VARIANT --stand-in   a third Tomcat in the peer's place
"""
import sys
import time

from lab import values
from lab.cluster import wait_for_members
from lab.peer import Peer, StandIn
from lab.processes import wait_until
from lab.tap import Tap, equal, true
from lab.variants import VARIANTS

# A message takes milliseconds; this is for a machine that is busy.
SOON = 10
# Two intervals of TcpFailureDetector's heartbeat, which is 5 s.
FAILURE = 15
# What a state transfer carries. Access times are the receiver's own business.
CARRIED = ("creationTime", "maxInactiveInterval", "isValid", "principal", "roles", "attributes")


class Join:
    """The cluster, and the cases that use it one after the other."""

    def __init__(self, variant, stand_in):
        self.variant = variant
        layout = variant.layout(3)
        self.first, self.second = (layout.tomcat(index, version)
                                   for index, version in enumerate(variant.tomcats))
        if stand_in:
            # With the first one's route, as serving a session elsewhere would change its id.
            self.peer = StandIn(layout.tomcat(2, variant.tomcats[1], jvm_route="node1"))
        else:
            # People's files still name a listener that Tomcat has not had since 8.5.
            self.peer = Peer("peer", layout.settings(2, session_id_listener=not variant.multicast),
                             options=["--context", variant.context])
        self.everyone = (self.first, self.second, self.peer)

    # Helpers

    def until_peer(self, session_id, matches, what):
        """Waits until the peer's session satisfies the condition, and returns it."""
        def seen():
            session = self.peer.session(session_id)
            return session if session and matches(session) else None
        try:
            return wait_until(seen, SOON, what)
        except Exception:
            print(f"# the peer has {self.peer.session(session_id)}")
            raise

    def until_attributes(self, session_id, expected):
        return self.until_peer(session_id, lambda session: session["attributes"] == expected,
                               f"attributes {expected}")

    def until_tomcat(self, tomcat, session_id, matches, what):
        def seen():
            session = tomcat.sessions().get(session_id)
            return session if session and matches(session) else None
        return wait_until(seen, SOON, f"{tomcat.name}: {what}")

    def until_gone(self, session_id):
        for node in self.everyone:
            wait_until(lambda node=node: session_id not in node_ids(node), SOON,
                       f"{node.name} has forgotten the session")

    def session_with(self, *steps):
        """A browser of the first Tomcat whose new session everybody has."""
        browser = self.first.browser()
        browser.steps("create")
        self.until_peer(browser.session, lambda _: True, "the new session")
        self.until_tomcat(self.second, browser.session, lambda _: True, "the new session")
        if steps:
            browser.steps(*steps)
        return browser

    # Cases, in this order

    def start(self):
        for node in self.everyone:
            node.start()

    def members(self):
        wait_for_members(*self.everyone)

    def create(self):
        browser = self.session_with()
        session = self.peer.session(browser.session)
        own = self.first.sessions()[browser.session]
        equal(session["creationTime"], own["creationTime"], "creation time")
        equal(session["maxInactiveInterval"], 1800, "max inactive interval")
        equal(session["attributes"], {}, "attributes")
        true(self.variant.context in self.peer.context_names(), "context is listed")

    def value(self, name):
        value = values.VALUES[name]
        browser = self.session_with(("set", name, value.typed))
        self.until_attributes(browser.session, {name: value.json})

    def replace(self):
        browser = self.session_with(("set", "name", "string:one"))
        self.until_attributes(browser.session, {"name": "one"})
        browser.steps(("set", "name", "int:2"))
        self.until_attributes(browser.session, {"name": 2})

    def remove(self):
        browser = self.session_with(("set", "a", "int:1"), ("set", "b", "int:2"))
        self.until_attributes(browser.session, {"a": 1, "b": 2})
        browser.steps(("remove", "a"))
        self.until_attributes(browser.session, {"b": 2})

    def several(self):
        browser = self.session_with(*values.set_all())
        self.until_attributes(browser.session, values.as_json())
        browser.steps(("set", "text", "string:other"), ("remove", "count"),
                      ("set", "count", "int:8"), ("remove", "item"))
        expected = {**values.as_json(), "text": "other", "count": 8}
        del expected["item"]
        self.until_attributes(browser.session, expected)

    def change_id(self):
        browser = self.session_with(("set", "kept", "boolean:true"))
        self.until_attributes(browser.session, {"kept": True})
        old = browser.session
        browser.steps("change-id")
        true(browser.session != old, "a new id")
        self.until_attributes(browser.session, {"kept": True})
        wait_until(lambda: self.peer.session(old) is None, SOON, "the old id is gone")

    def max_inactive(self):
        browser = self.session_with(("max-inactive", 90))
        self.until_peer(browser.session, lambda session: session["maxInactiveInterval"] == 90,
                        "max inactive interval of 90 s")

    def invalidate(self):
        browser = self.session_with(("set", "a", "int:1"))
        session_id = browser.session
        self.until_attributes(session_id, {"a": 1})
        browser.steps("invalidate")
        self.until_gone(session_id)

    def expire(self):
        browser = self.session_with(("max-inactive", 1))
        self.until_gone(browser.session)

    def login(self):
        browser = self.session_with()
        browser.steps(("login", "ada", "engine"))
        session = self.until_peer(browser.session, lambda session: session["principal"],
                                  "the principal")
        equal(session["principal"], "ada", "principal")
        equal(sorted(session["roles"]), ["author", "reader"], "roles")
        equal(session["authType"], "BASIC", "type of authentication")

    def created_and_filled_in_one_request(self):
        """The creation and the first delta race with asynchronous sending; we lose neither."""
        browsers = [self.first.browser() for _ in range(40)]
        for number, browser in enumerate(browsers):
            browser.steps("create", ("set", "number", f"int:{number}"))
        for number, browser in enumerate(browsers):
            self.until_attributes(browser.session, {"number": number})
        # The second Tomcat may have lost some; they would not be the same everywhere.
        for browser in browsers:
            session_id = browser.session
            browser.steps("invalidate")
            self.until_gone(session_id)

    def peer_sets(self):
        browser = self.session_with()
        written = {"text": "from \u00e9 peer", "count": 42, "big": 2**40, "ratio": 2.5,
                   "flag": False}
        kinds = {"text": "java.lang.String", "count": "java.lang.Integer",
                 "big": "java.lang.Long", "ratio": "java.lang.Double",
                 "flag": "java.lang.Boolean"}
        for name, value in written.items():
            self.peer.set(browser.session, name, value)
        expected = {name: {"class": kinds[name], "value": value}
                    for name, value in written.items()}
        for tomcat in (self.first, self.second):
            session = self.until_tomcat(tomcat, browser.session,
                                        lambda session: len(session["attributes"]) == 5,
                                        "five attributes")
            equal(session["attributes"], expected, f"attributes in {tomcat.name}")
        through_http = browser.on(self.second).steps(*(("get", name) for name in written))
        equal(through_http, list(written.values()), "values read through the second Tomcat")

    def peer_replaces_and_removes(self):
        browser = self.session_with(*values.set_all())
        self.until_attributes(browser.session, values.as_json())
        self.peer.set(browser.session, "item", "replaced")
        self.peer.remove(browser.session, "list")
        expected = values.as_seen_inside()
        expected["item"] = {"class": "java.lang.String", "value": "replaced"}
        del expected["list"]
        for tomcat in (self.first, self.second):
            self.until_tomcat(tomcat, browser.session,
                              lambda session: session["attributes"] == expected,
                              f"attributes {expected}")

    def peer_creates_and_deletes(self):
        session_id = self.peer.create()
        self.peer.set(session_id, "made", "by the peer")
        for tomcat in (self.first, self.second):
            self.until_tomcat(tomcat, session_id, lambda session: session["attributes"],
                              "the peer's session")
        browser = self.first.browser(session=session_id)
        equal(browser.steps(("get", "made"), ("set", "answer", "int:1")),
              ["by the peer", None], "steps in the peer's session")
        self.until_peer(browser.session, lambda session: session["attributes"].get("answer") == 1,
                        "the answer")
        self.peer.delete(browser.session)
        self.until_gone(browser.session)

    def fetches_state(self):
        """Our peer starts anew and has every session as the Tomcats have it."""
        browser = self.session_with(*values.set_all(), ("max-inactive", 600))
        browser.steps(("login", "ada", "engine"))
        self.peer.kill()
        # Under the same port it would be taken for the one that is missed.
        wait_for_members(self.first, self.second, count=1, timeout=FAILURE)
        self.peer.start()
        wait_for_members(*self.everyone)
        expected = self.first.sessions()
        wait_until(lambda: node_ids(self.peer) == set(expected), SOON, "the same session ids")
        for session_id, session in expected.items():
            found = self.peer.session(session_id)
            for key in CARRIED:
                if key != "attributes":
                    equal(found[key], session[key], f"{key} of {session_id}")
            equal(found["attributes"],
                  {name: typed["value"] for name, typed in session["attributes"].items()},
                  f"attributes of {session_id}")

    def leaves_in_order(self):
        """A shutdown is told, so nobody has to find out by a failure."""
        code = self.peer.terminate()
        gone = time.monotonic()
        wait_for_members(self.first, self.second, count=1, timeout=FAILURE)
        took = time.monotonic() - gone
        true(took < 2 or not self.tells_shutdown(), f"members noticed after {took:.1f} s")
        if isinstance(self.peer, Peer):
            equal(code, 0, "exit code")
        self.peer.start()
        wait_for_members(*self.everyone)

    def tells_shutdown(self):
        """Without unique ids a Tomcat does not recognise who says goodbye."""
        return self.variant.multicast or self.variant.ids

    def survives_kill(self):
        browser = self.session_with(("set", "kept", "string:yes"))
        self.until_attributes(browser.session, {"kept": "yes"})
        self.first.kill()
        wait_for_members(self.second, self.peer, count=1, timeout=FAILURE)
        self.until_attributes(browser.session, {"kept": "yes"})
        equal(browser.on(self.second).steps(("get", "kept")), ["yes"], "through the second Tomcat")

    def hands_state_over(self):
        """Both Tomcats die; what a fresh one then holds came from our peer alone."""
        expected = self.second.sessions()
        for session_id, session in expected.items():
            self.until_attributes(session_id, {name: typed["value"] for name, typed
                                               in session["attributes"].items()})
        self.second.kill()
        wait_for_members(self.peer, count=0, timeout=FAILURE)
        self.first.start()
        wait_for_members(self.first, self.peer)
        found = self.first.sessions()
        equal(sorted(found), sorted(expected), "session ids")
        for session_id, session in expected.items():
            for key in CARRIED:
                equal(found[session_id][key], session[key], f"{key} of {session_id}")

    def reports_metrics(self):
        true("tribes_" in self.peer.metrics(), "metrics name the program")

    def run(self, tap):
        tap.watch(*self.everyone)
        if not tap.case("start", self.start) or not tap.case("members", self.members):
            return
        tap.case("create", self.create)
        for name in values.VALUES:
            tap.case(f"value {name}", self.value, name)
        for case in (self.replace, self.remove, self.several, self.change_id, self.max_inactive,
                     self.invalidate, self.expire, self.login,
                     self.created_and_filled_in_one_request, self.peer_sets,
                     self.peer_replaces_and_removes, self.peer_creates_and_deletes,
                     self.fetches_state, self.leaves_in_order, self.survives_kill,
                     self.hands_state_over):
            tap.case(case.__name__.replace("_", " "), case)
        if isinstance(self.peer, Peer):
            tap.case("metrics", self.reports_metrics)


def node_ids(node):
    """The ids of the sessions any kind of node holds."""
    return node.session_ids() if hasattr(node, "session_ids") else set(node.sessions())


def main():
    tap = Tap()
    Join(VARIANTS[sys.argv[1]], "--stand-in" in sys.argv).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
