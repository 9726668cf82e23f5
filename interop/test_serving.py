#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Tomcat that cannot read all that is served to it: it starts with all that it can read.

  test_serving.py [--figures]     also what Tomcats do for one another, to compare
"""
import re
import sys

from lab.cluster import Layout, wait_for_members
from lab.installed import installation
from lab.peer import Peer
from lab.tap import Tap, equal, true
from lab.waiting import NOTICE, until

# The web application of who starts lacks the class of one value of ten, and refuses one of a
# hundred of another class.
PLAIN, FRAGILE = 10_000, 2_000
ITEM = "item:cup/3/4.50/2024-02-29/gift"
READABLE = PLAIN - PLAIN // 10 + FRAGILE - FRAGILE // 100
RECEIVED = re.compile(r"session state sent at .* received in \[?([0-9,]+)\]? ms")
ONE_BY_ONE = {"sendAllSessions": "false", "sendAllSessionsSize": 1, "sendAllSessionsWaitTime": 0}


def received_ms(tomcat):
    found = RECEIVED.search(tomcat.log())
    return int(found.group(1).replace(",", "")) if found else None


class Unreadable:
    """A Tomcat that has all sessions, then one that starts; between them, perhaps, our peer."""

    def __init__(self, version=10, with_peer=True, **manager):
        layout = Layout(3, ids=True, background_delay=-1)
        self.donor = layout.tomcat(0, version, manager=manager)
        self.starts = layout.tomcat(1, version)
        for tomcat in (self.donor, self.starts):
            tomcat.jvm_options += ("-Xmx500m",)
        self.starts.remove_class("shop/LineItem")
        self.peer = Peer("peer", layout.settings(2), options=["--context", self.donor.context])
        self.with_peer = with_peer

    def transfer(self):
        """How many sessions the Tomcat that starts gets, and in how many milliseconds."""
        self.donor.start()
        self.donor.fill(PLAIN, 10, ITEM)
        total = self.donor.fill(FRAGILE, 1, "fragile:%d")
        if self.with_peer:
            self.peer.start()
            until(self.peer.count, lambda seen: seen == total, "all sessions in the peer", 60)
            self.donor.kill()
            wait_for_members(self.peer, count=0)
        self.starts.start()
        count, took = self.starts.count(), received_ms(self.starts)
        self.starts.kill()
        self.donor.kill()
        if self.with_peer:
            self.peer.kill()
        return count, took

    def served(self):
        count, took = self.transfer()
        print(f"# {count} of {PLAIN + FRAGILE} sessions from the peer in {took} ms", flush=True)
        equal(count, READABLE, "sessions that could be read")


# A page that only who has logged in may see, and the form in front of it.
PROTECTED = """  <security-constraint>
    <web-resource-collection>
      <web-resource-name>secret</web-resource-name>
      <url-pattern>/secret</url-pattern>
    </web-resource-collection>
    <auth-constraint>
      <role-name>*</role-name>
    </auth-constraint>
  </security-constraint>
  <login-config>
    <auth-method>FORM</auth-method>
    <form-login-config>
      <form-login-page>/steps</form-login-page>
      <form-error-page>/steps</form-error-page>
    </form-login-config>
  </login-config>
  <security-role>
    <role-name>*</role-name>
  </security-role>
"""
REQUEST_NOTE = "org.apache.catalina.authenticator.REQUEST"
OTHERS, LOGGING_IN = 50, 5


def with_form(text):
    return re.sub(r"  <login-config>.*</login-config>\n", lambda _: PROTECTED, text, flags=re.S)


class LogIn:
    """A Tomcat 10 with users who have logged in and users who are about to; what the node hands on."""

    def __init__(self):
        layout = Layout(4, ids=True)
        self.donor = layout.tomcat(0, 10)
        self.starts = {version: layout.tomcat(1 + index, version)
                       for index, version in enumerate((9, 10))}
        self.peer = Peer("peer", layout.settings(3), options=["--context", self.donor.context])
        self.forms, self.user, self.auth_type = [], None, None

    def ask_for_secret(self):
        """The first half of a FORM login: its session keeps the request, with its cookies."""
        connection = self.donor.place.http(self.donor.http_port, NOTICE)
        try:
            connection.request("GET", "/shop/secret", headers={"Cookie": "taste=sweet"})
            response = connection.getresponse()
            response.read()
            return re.search("JSESSIONID=([^;]+)", response.getheader("Set-Cookie")).group(1)
        finally:
            connection.close()

    def prepare(self):
        self.donor.rewrite_web_xml(with_form)
        self.donor.start()
        self.peer.start()
        wait_for_members(self.donor, self.peer)
        browsers = [self.donor.browser() for _ in range(OTHERS)]
        for browser in browsers:
            browser.steps("create")
        self.user = browsers[0]
        self.user.steps(("login", "ada", "engine"))
        self.forms = [self.ask_for_secret() for _ in range(LOGGING_IN)]
        until(self.peer.session_ids, lambda seen: seen == self.donor.session_ids(),
              "all sessions in the peer")
        for session in self.forms:
            true(REQUEST_NOTE in self.donor.session(session)["notes"], "a saved request")
        self.auth_type = self.donor.session(self.user.session)["authType"]
        true(self.auth_type, "a type of authentication in the Tomcat that has it first")
        self.donor.kill()
        wait_for_members(self.peer, count=0)

    def hand_on(self, version):
        tomcat = self.starts[version]
        tomcat.start()
        equal(tomcat.count(), OTHERS + LOGGING_IN, "sessions")
        session = tomcat.session(self.user.session)
        equal(session["principal"], "ada", "principal")
        equal(session["authType"], self.auth_type, "type of authentication")
        # Its id ends in another node's name from now on.
        self.user = self.user.on(tomcat)
        equal(self.user.steps("auth-type"), [self.auth_type],
              "type of authentication for a request")
        donor, reader = installation(10), installation(version)
        # Earlier ones tell it only where the Manager says so. The class of its cookies is javax or jakarta.
        is_read = donor.numbers >= (10, 1) and reader.is_javax == donor.is_javax
        for session in self.forms:
            equal(REQUEST_NOTE in tomcat.session(session)["notes"], is_read, "the saved request")
        tomcat.kill()
        wait_for_members(self.peer, count=0)

    def run(self, tap):
        tap.watch(self.donor, self.peer, *self.starts.values())
        if tap.case("log-ins of a Tomcat 10", self.prepare):
            for version in self.starts:
                tap.case(f"log-ins handed on to a Tomcat {version}", self.hand_on, version)
        self.peer.kill()


def figures():
    """What Tomcats do for one another, to compare."""
    for name, manager in (("at once", {}), ("one by one", ONE_BY_ONE)):
        count, took = Unreadable(with_peer=False, **manager).transfer()
        print(f"# {count} of {PLAIN + FRAGILE} sessions from a Tomcat, {name}, in {took} ms",
              flush=True)


def main():
    tap = Tap()
    if "--figures" in sys.argv:
        figures()
    for version in (9, 10):
        unreadable = Unreadable(version)
        tap.watch(unreadable.starts, unreadable.peer)
        tap.case(f"values that a Tomcat {version} cannot read", unreadable.served)
    LogIn().run(tap)
    tap.done()


if __name__ == "__main__":
    main()
