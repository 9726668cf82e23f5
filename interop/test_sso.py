#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Logins and attributes of contexts that all have: two Tomcats of one version, and our peer.

Whoever has logged in with one is known to the others; when both Tomcats are killed and come back, he
still is, and so are the attributes. Our peer logs him out, and sets and removes attributes.

  test_sso.py
"""
from lab.cluster import Layout, wait_for_members
from lab.installed import installation
from lab.peer import Peer
from lab.serverxml import HA
from lab.tap import Tap, equal, true
from lab.waiting import until

SINGLE_SIGN_ON = f'<Valve className="{HA}.authenticator.ClusterSingleSignOn"/>'
REPLICATED_CONTEXT = f"{HA}.context.ReplicatedContext"
PASSWORD = "engine"
ROLES = ("author", "reader")
ADA = [{"name": "ada", "roles": list(ROLES)}]
NOBODY = [{"name": None, "roles": []}]
# A map that is started is heard of by what it says, or else by its next ping.
FOUND = 20


class Sso:
    def __init__(self, tomcat, configured):
        layout = Layout(3, ids=True, heartbeat=500)
        shared = {"valves": (SINGLE_SIGN_ON,), "context_class": REPLICATED_CONTEXT}
        self.tomcats = [layout.tomcat(index, tomcat, **shared) for index in range(2)]
        # What it is not told of it finds.
        self.peer = Peer("peer", layout.settings(2, **(shared if configured else {})))
        self.browser = None
        # The principal of a 7.0 cannot be sent: to others the entry is there, and names nobody.
        self.names_user = installation(tomcat).numbers >= (8,)

    def start(self):
        self.peer.start()
        for tomcat in self.tomcats:
            tomcat.start()
        wait_for_members(self.peer, *self.tomcats)
        until(self.peer.context_attributes, lambda found: found is not None, "the context", FOUND)
        until(self.login_members, lambda n: n == 2, "both Tomcats' logins", FOUND)

    def login_members(self):
        lines = self.peer.metrics().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("tribes_login_members "))

    def login(self):
        self.browser = self.tomcats[0].browser()
        equal(self.browser.steps(("login", "ada", PASSWORD)), ["ada"])
        true(self.browser.sign_on, "no cookie")
        login = until(self.peer.logins, lambda found: self.browser.sign_on in found
                      and found[self.browser.sign_on]["sessions"], "the login")[self.browser.sign_on]
        equal((login["name"], login["username"], login["authType"], tuple(login["roles"])),
              ("ada", "ada", "BASIC", ROLES) if self.names_user else (None, "ada", "BASIC", ()))
        equal(login["sessions"],
              [{"host": "localhost", "context": "/shop", "id": self.browser.session}])
        true(PASSWORD not in str(login), "the password is shown")
        self.is_known()

    def is_known(self):
        for tomcat in self.tomcats:
            if self.names_user:
                equal(self.browser.elsewhere(tomcat).steps(("user", *ROLES)), ADA)
            true(self.browser.sign_on in self.entries(tomcat), f"an entry in {tomcat.name}")

    @staticmethod
    def entries(tomcat):
        return next(seen["entries"] for name, seen in tomcat.maps().items() if name.endswith("-SSO-cache"))

    def attribute(self, name):
        return [tomcat.browser().steps(("application-get", name))[0] for tomcat in self.tomcats]

    def attributes(self):
        self.tomcats[0].browser().steps(("application-set", "offer", "string:pears"))
        until(self.peer.context_attributes, lambda found: found.get("offer") == "pears", "pears")
        self.peer.set_context_attribute("offer", "plums")
        until(lambda: self.attribute("offer"), lambda found: found == ["plums"] * 2, "plums")
        self.tomcats[1].browser().steps(("application-set", "stock", "int:7"))
        until(self.peer.context_attributes, lambda found: found.get("stock") == 7, "the stock")

    def all_restart(self):
        for tomcat in self.tomcats:
            tomcat.kill()
        until(self.peer.members, lambda members: not members, "nobody is there", FOUND)
        true(self.browser.sign_on in self.peer.logins(), "the login is gone")
        for tomcat in self.tomcats:
            tomcat.start()
        wait_for_members(self.peer, *self.tomcats)
        self.is_known()
        equal(self.attribute("offer") + self.attribute("stock"), ["plums"] * 2 + [7] * 2)

    def remove(self):
        self.peer.remove_context_attribute("offer")
        until(lambda: self.attribute("offer"), lambda found: found == [None] * 2, "no offer")
        self.peer.log_out(self.browser.sign_on)
        for tomcat in self.tomcats:
            equal(self.browser.elsewhere(tomcat).steps(("user", *ROLES)), NOBODY)
            true(self.browser.sign_on not in self.entries(tomcat), f"an entry in {tomcat.name}")
            until(tomcat.sessions, lambda sessions: self.browser.session not in sessions,
                  "his session has ended")
        equal(self.peer.logins(), {})
        with open(self.peer.log_path, encoding="utf-8") as log:
            true(PASSWORD not in log.read(), "the password is in the log")

    def run(self, tap):
        version = self.tomcats[0].tomcat
        tap.watch(self.peer, *self.tomcats)
        try:
            for what, case in (("start", self.start), ("login", self.login),
                               ("attributes of contexts", self.attributes),
                               ("all Tomcats killed and back", self.all_restart),
                               ("logout and removal by the peer", self.remove)):
                if not tap.case(f"{what} with Tomcats {version}", case):
                    return
        finally:
            for node in (self.peer, *self.tomcats):
                node.kill()


def main():
    tap = Tap()
    for version, configured in ((9, False), (10, True)):
        Sso(version, configured).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
