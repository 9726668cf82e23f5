#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Requests of an application of ours beside a Tomcat 9 and a Tomcat 10: what they change comes in one
message, users are known everywhere, and sessions whose Tomcat is gone move to it. Beside two of the
same version it takes over what it only knows of.

  test_requests.py delta|backup|proxies
"""
import sys

from lab.cluster import Layout, wait_for_members
from lab.serverxml import BACKUP_MANAGER, DELTA_MANAGER
from lab.tap import Tap, equal, true
from lab.waiting import until, until_equal

try:
    from lab.gobject import ROLES, USER, Application, drop, log_in, put
except ImportError:
    print("1..0 # SKIP python3-gi is not installed")
    sys.exit(0)

MANAGERS = {"delta": DELTA_MANAGER, "backup": BACKUP_MANAGER}
RECEIVED = "CounterReceive_EVT_"
PICTURE = "/shop/logo.gif"


class Requests:
    def __init__(self, kind, versions=(9, 10)):
        self.is_delta = kind == "delta"
        layout = Layout(3, ids=True, manager_class=MANAGERS[kind])
        self.tomcats = [layout.tomcat(index, version) for index, version in enumerate(versions)]
        self.ours = Application(layout.settings(2))

    def start(self):
        self.ours.start()
        for tomcat in self.tomcats:
            tomcat.start()
        wait_for_members(self.ours, *self.tomcats)

    def create(self, **attributes):
        """A session of ours, once the Tomcats have it."""
        _, session_id, _ = self.ours.request(None, lambda request: request.create_session(),
                                             *(put(*one) for one in attributes.items()))
        true(session_id.endswith(".node3"), session_id)
        self.until_everywhere(session_id, attributes)
        return session_id

    def seen(self, session_id, tomcats=None):
        """What each Tomcat says of a session. Of BackupManagers one says something: the backup."""
        found = [tomcat.session(session_id) for tomcat in tomcats or self.tomcats]
        return found if self.is_delta else [one for one in found if one and one["isValid"]] or [None]

    def until_everywhere(self, session_id, attributes, tomcats=None):
        until(lambda: self.seen(session_id, tomcats),
              lambda seen: all(one and one["attributes"] == attributes for one in seen),
              f"{session_id} has {attributes}")

    def until_gone(self, session_id):
        """Nor does a BackupManager know of any that another has."""
        def knowing():
            return [tomcat.name for tomcat in self.tomcats if session_id in tomcat.session_ids()
                    or any(session_id in one["entries"] for one in tomcat.maps().values())]
        until_equal(knowing, [], f"who knows {session_id}")

    def received(self):
        """How many deltas, and how many messages of other kinds, each Tomcat has received."""
        counted = [tomcat.counters()[tomcat.context] for tomcat in self.tomcats]
        return [(counters[RECEIVED + "SESSION_DELTA"],
                 sum(number for name, number in counters.items() if name.startswith(RECEIVED)))
                for counters in counted]

    def expect_received(self, before, deltas, messages):
        equal(self.received(), [(delta + deltas, all_of + messages) for delta, all_of in before],
              "deltas, and messages of all kinds")

    def one_message(self):
        session_id = self.create(old="value")
        before = self.is_delta and self.received()
        self.ours.request(session_id, put("text", "one"), put("count", 7), put("text", "two"),
                          drop("old"), put("passing", 1), drop("passing"))
        self.until_everywhere(session_id, {"text": "two", "count": 7})
        if self.is_delta:
            self.expect_received(before, 1, 1)

    def users(self):
        session_id = self.create(cart="pears")
        before = self.is_delta and self.received()
        _, new_id, original = self.ours.request(session_id, log_in)
        true(new_id != session_id and new_id.endswith(".node3") and not original, new_id)
        until(lambda: self.seen(new_id), lambda seen: all(
            one and (one["principal"], sorted(one["roles"]), one["authType"]) == (USER, ROLES, "FORM")
            for one in seen), "the user")
        self.until_everywhere(new_id, {"cart": "pears"})
        self.until_gone(session_id)
        if self.is_delta:
            self.expect_received(before, 1, 2)
        equal([one["isNew"] for one in self.seen(new_id)], [False] * len(self.seen(new_id)), "new")
        self.ours.request(new_id, lambda request: request.logout())
        until(lambda: self.seen(new_id), lambda seen: all(
            one and (one["principal"], one["roles"], one["authType"]) == (None, [], None)
            for one in seen), "no user")

    def taken_over(self, gone, left):
        """The browser of a Tomcat that is killed goes on here, and then at the other Tomcat."""
        browser = gone.browser()
        browser.steps("create", ("set", "made", "string:there"), ("set", "number", "int:1"))
        old_id = browser.session
        until_equal(lambda: self.ours.attributes(old_id) is not None, True, "the session here")
        gone.kill()
        wait_for_members(self.ours, left)
        _, new_id, original = self.ours.request(old_id, put("used", "here"), put("number", 2))
        equal((new_id, original), (old_id.partition(".")[0] + ".node3", old_id), "ids")
        expected = {"made": "there", "used": "here", "number": 2}
        self.until_everywhere(new_id, expected, [left])
        equal(left.session(old_id), None, "the old id in the Tomcat")
        equal(self.ours.attributes(old_id), None, "the old id here")
        _, id_with_user, _ = self.ours.request(new_id, log_in)
        self.goes_on(left, id_with_user, expected)
        gone.start()
        wait_for_members(self.ours, *self.tomcats)

    def goes_on(self, tomcat, session_id, attributes):
        """A request of a Tomcat, which finds all, and whose session it is from then on."""
        browser = tomcat.browser(session=session_id)
        equal(browser.steps(*(("get", name) for name in attributes), ("user", *ROLES)),
              [*attributes.values(), {"name": USER, "roles": ROLES}], f"what {tomcat.name} finds")
        equal(browser.session,
              f"{session_id.partition('.')[0]}.{tomcat.settings.jvm_route}", "its id")
        until_equal(lambda: self.ours.attributes(session_id), None, "the id it had")
        return browser.session

    def afterwards(self):
        """The browser goes from here to each Tomcat in turn, and back."""
        attributes = {"cart": "pears", "number": 5}
        session_id = self.create(**attributes)
        _, session_id, _ = self.ours.request(session_id, log_in)
        # What one of two BackupManagers of different versions has the other is not told.
        for tomcat in self.tomcats if self.is_delta else self.tomcats[:1]:
            session_id = self.goes_on(tomcat, session_id, attributes)
        _, new_id, original = self.ours.request(session_id, put("number", 6))
        equal((new_id, original), (session_id.partition(".")[0] + ".node3", session_id), "ids")
        self.until_everywhere(new_id, {**attributes, "number": 6})
        self.until_gone(session_id)

    def used(self):
        """Whose it is is told once; nothing more where nothing changes."""
        browser = self.tomcats[1].browser()
        browser.steps("create", ("set", "number", "int:1"))
        self.until_everywhere(browser.session, {"number": 1})
        _, session_id, _ = self.ours.request(browser.session)
        self.until_everywhere(session_id, {"number": 1})
        if self.is_delta:
            until(lambda: self.seen(session_id), lambda seen: not any(one["primary"] for one in seen),
                  "it is ours")
        told = self.is_delta and self.received()
        self.ours.request(session_id)
        self.ours.request(session_id)
        if self.is_delta:
            equal(self.received(), told, "messages")

    def filtered_and_used_elsewhere(self):
        """What a Tomcat changes meanwhile, and an id of its own, take nothing away."""
        session_id = self.create(number=1)
        self.ours.request(session_id, put("kept", "back"), uri=PICTURE)
        browser = self.tomcats[1].browser(session=session_id)
        browser.steps(("set", "number", "int:2"))
        until_equal(lambda: self.ours.attributes(browser.session), {"kept": "back", "number": 2},
                    "attributes here")
        _, new_id, _ = self.ours.request(browser.session)
        self.until_everywhere(new_id, {"kept": "back", "number": 2})

    def filtered(self):
        session_id = self.create(number=1)
        before = self.is_delta and self.received()
        self.ours.request(session_id, put("number", 2), put("kept", "back"), uri=PICTURE)
        equal([one["attributes"] for one in self.seen(session_id) if one][0], {"number": 1},
              "attributes after a filtered request")
        self.ours.request(session_id, put("number", 3))
        self.until_everywhere(session_id, {"number": 3, "kept": "back"})
        if self.is_delta:
            self.expect_received(before, 1, 1)

    def ends(self):
        session_id = self.create(number=1)
        results, now, _ = self.ours.request(session_id, put("number", 2),
                                            lambda request: request.invalidate_session())
        equal((results[-1], now), (True, None), "after the end")
        self.until_gone(session_id)

    def cases(self, tap):
        nine, ten = self.tomcats
        tap.case("several changes in one message", self.one_message)
        tap.case("a user logs in and out", self.users)
        tap.case("a filtered request keeps what it changed", self.filtered)
        if self.is_delta:
            tap.case("a filtered request, and then one of a Tomcat", self.filtered_and_used_elsewhere)
        tap.case("requests that change nothing", self.used)
        tap.case("an end", self.ends)
        tap.case("requests of the Tomcats afterwards", self.afterwards)
        tap.case("a session of a killed Tomcat 9", self.taken_over, nine, ten)
        tap.case("a session of a killed Tomcat 10", self.taken_over, ten, nine)

    def run(self, tap):
        tap.watch(*self.tomcats)
        try:
            if tap.case("start", self.start):
                self.cases(tap)
        finally:
            for tomcat in self.tomcats:
                tomcat.kill()
            self.ours.stop()


class Proxies(Requests):
    """Two Tomcats that read each other, so that one may have the copy of what the other has."""

    def __init__(self):
        super().__init__("backup", (10, 10))

    def make_elsewhere(self):
        """The id of a session of the first Tomcat of which the second has the copy, once we know."""
        browsers = [self.tomcats[0].browser() for _ in range(4)]
        for number, browser in enumerate(browsers):
            browser.steps("create", ("set", "number", f"int:{number}"), ("set", "made", "string:there"))
        return until(lambda: [browser.session for browser in browsers
                              if self.ours.has_to_fetch(browser.session)],
                     lambda found: len(found) == 2, "two of four sessions are elsewhere")[0]

    def fetched(self):
        session_id = self.make_elsewhere()
        equal(self.ours.attributes(session_id), None, "what is here")
        _, new_id, original = self.ours.request(session_id, put("used", "here"))
        equal((new_id, original), (session_id.partition(".")[0] + ".node3", session_id), "ids")
        equal(self.ours.attributes(new_id)["used"], "here", "the attribute here")
        copy = self.seen(new_id)[0]["attributes"]
        equal((copy["made"], copy["used"]), ("there", "here"), "the copy")
        self.until_gone(session_id)

    def both_killed(self):
        """With both that have it nothing is left, and that is no error."""
        session_id = self.make_elsewhere()
        for tomcat in self.tomcats:
            tomcat.kill()
        wait_for_members(self.ours)
        until_equal(lambda: self.ours.has_to_fetch(session_id), False, "the session is elsewhere")
        _, new_id, _ = self.ours.request(session_id)
        equal(new_id, None, "the session")

    def cases(self, tap):
        tap.case("a session that is at both Tomcats", self.fetched)
        tap.case("a session of two that are killed", self.both_killed)


def main():
    tap = Tap()
    (Proxies() if sys.argv[1] == "proxies" else Requests(sys.argv[1])).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
