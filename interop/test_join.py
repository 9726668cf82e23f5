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
from lab.tap import Tap, equal, true
from lab.together import Together, carried
from lab.variants import VARIANTS
from lab.waiting import until, until_equal

# What a Tomcat logs of a member that is gone, and its last command (BABY-ALEX) when it said so.
GONE, GOODBYE = "Received member disappeared", "command={66 65 66 89 45 "


class Join(Together):
    """The cluster, and the cases that use it one after the other."""

    def __init__(self, variant, stand_in):
        self.variant = variant
        layout = variant.layout(3)
        first, second = (layout.tomcat(index, version)
                         for index, version in enumerate(variant.tomcats))
        if stand_in:
            # With the first one's route, as serving a session elsewhere would change its id.
            peer = StandIn(layout.tomcat(2, variant.tomcats[1], jvm_route="node1"))
        else:
            # People's files still name a listener that Tomcat has not had since 8.5.
            peer = Peer("peer", layout.settings(2, session_id_listener=not variant.multicast),
                        options=["--context", variant.context])
        super().__init__(first, second, peer, asynchronous=variant.multicast)
        # What the first Tomcat held when it was killed.
        self.legacy = {}

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
        self.until_gone(old)

    def max_inactive(self):
        # Longer than all cases take together: it is compared at the end.
        browser = self.session_with(("max-inactive", 5400))
        self.until_all(browser.session, lambda session: session["maxInactiveInterval"] == 5400,
                       "max inactive interval of 5400 s")

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
        session = self.log_in(self.session_with())
        equal(session["principal"], "ada", "principal")
        equal(sorted(session["roles"]), ["author", "reader"], "roles")
        equal(session["authType"], "BASIC", "type of authentication")

    def created_and_filled_in_one_request(self):
        """The creation and the first delta race with asynchronous sending; we lose neither."""
        browsers = [self.first.browser() for _ in range(40)]
        for number, browser in enumerate(browsers):
            browser.steps("create", ("set", "number", f"int:{number}"))
        for number, browser in enumerate(browsers):
            self.until_attributes(browser.session, {"number": number}, [self.peer])
        # The second Tomcat may have lost some numbers; these sessions are not the same everywhere.
        ids = {browser.session for browser in browsers}
        until(lambda: ids - self.second.session_ids(), lambda missing: not missing,
              "the sessions in the second Tomcat, all but")
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
        self.until_typed_attributes(browser.session, expected)
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
        self.until_typed_attributes(browser.session, expected)

    def peer_creates_and_deletes(self):
        session_id = self.peer.create()
        self.until_attributes(session_id, {})
        self.peer.set(session_id, "made", "by the peer")
        self.until_attributes(session_id, {"made": "by the peer"})
        browser = self.first.browser(session=session_id)
        equal(browser.steps(("get", "made"), ("set", "answer", "int:1")),
              ["by the peer", None], "steps in the peer's session")
        self.until_attributes(browser.session, {"made": "by the peer", "answer": 1})
        self.peer.delete(browser.session)
        self.until_gone(browser.session)

    def fetches_state(self):
        """Our peer starts anew and has every session as the Tomcats have it."""
        browser = self.session_with(*values.set_all(), ("max-inactive", 600))
        self.until_attributes(browser.session, values.as_json())
        self.log_in(browser)
        self.peer.kill()
        # Under the same port it would be taken for the one that is missed.
        wait_for_members(self.first, self.second, count=1)
        self.peer.start()
        wait_for_members(*self.everyone)
        expected = carried(self.first)
        until_equal(self.peer.session_ids, set(expected), "session ids in the peer")
        until_equal(lambda: carried(self.peer), expected, "sessions in the peer")

    def leaves_in_order(self):
        """A shutdown is told, so nobody has to find out by a failure."""
        logged = {tomcat: len(tomcat.log()) for tomcat in (self.first, self.second)}
        code = self.peer.terminate()
        gone = time.monotonic()
        wait_for_members(self.first, self.second, count=1)
        took = time.monotonic() - gone
        for tomcat, before in logged.items():
            said = until(lambda tomcat=tomcat, before=before: next(
                (line for line in tomcat.log()[before:].splitlines() if GONE in line), None),
                         bool, f"{tomcat.name} logs that the peer is gone")
            true(GOODBYE in said or took < 2 or not self.tells_shutdown(),
                 f"{tomcat.name} was not told, it found out after {took:.1f} s: {said}")
        if isinstance(self.peer, Peer):
            equal(code, 0, "exit code")
        self.peer.start()
        wait_for_members(*self.everyone)
        until_equal(self.peer.session_ids, self.first.session_ids(), "session ids in the peer")

    def tells_shutdown(self):
        """Without unique ids a Tomcat does not recognise who says goodbye."""
        return self.variant.multicast or self.variant.ids

    def survives_kill(self):
        browser = self.session_with(("set", "kept", "string:yes"))
        self.until_attributes(browser.session, {"kept": "yes"})
        self.legacy = carried(self.first)
        self.first.kill()
        wait_for_members(self.second, self.peer, count=1)
        self.until_attributes(browser.session, {"kept": "yes"}, [self.second, self.peer])
        moved = browser.on(self.second)
        equal(moved.steps(("get", "kept")), ["yes"], "through the second Tomcat")
        # Its id may end in the second Tomcat's name from now on.
        self.legacy[moved.session] = self.legacy.pop(browser.session)
        self.until_attributes(moved.session, {"kept": "yes"}, [self.second, self.peer])

    def hands_state_over(self):
        """Both Tomcats die; what a fresh one then holds came from our peer alone."""
        until_equal(lambda: carried(self.peer), self.legacy, "sessions in the peer")
        self.second.kill()
        wait_for_members(self.peer, count=0)
        self.first.start()
        wait_for_members(self.first, self.peer)
        equal(carried(self.first), self.legacy, "sessions in the fresh Tomcat")

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


def main():
    tap = Tap()
    Join(VARIANTS[sys.argv[1]], "--stand-in" in sys.argv).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
