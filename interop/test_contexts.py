#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Contexts our peer was not told of: picked up when first heard of, their sessions fetched."""
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap, true
from lab.waiting import until_equal

SHOP, FORUM = "localhost#/shop", "localhost#/forum"


class Contexts:
    """A Tomcat with two web applications that hold sessions before the peer comes."""

    def __init__(self):
        self.layout = Layout(2, ids=True)
        self.tomcat = self.layout.tomcat(0, contexts=("/shop", "/forum"), cross_context=True)
        # The file of the peer names no context.
        self.peer = Peer("peer", self.layout.settings(1, contexts=()))
        self.browsers = {}

    def start(self):
        self.tomcat.start()
        for context, path in ((SHOP, "/shop"), (FORUM, "/forum")):
            self.browsers[context] = [self.tomcat.browser(path) for _ in range(3)]
            for number, browser in enumerate(self.browsers[context]):
                browser.steps("create", ("set", "number", f"int:{number}"))
        self.peer.start()
        wait_for_members(self.tomcat, self.peer)

    def has_all(self, context):
        peer = self.peer.at(context)
        expected = {browser.session: {"number": number}
                    for number, browser in enumerate(self.browsers[context])}
        until_equal(lambda: {session_id: peer.attributes(session_id)
                             for session_id in peer.session_ids()}, expected,
                    f"attributes of the sessions of {context}")

    def picks_up(self, context):
        """One request to one session, and the peer has all of them."""
        self.browsers[context][0].steps(("get", "number"))
        self.has_all(context)
        true(context in self.peer.context_names(), f"{context} is listed")

    def one_request_in_two(self):
        """Its sessions have one id, and a message each."""
        browser = self.tomcat.browser()
        browser.steps("create", ("set", "book", "int:1"), ("in", "/forum", "create"),
                      ("in", "/forum", "set", "post", "int:2"))
        for context, expected in ((SHOP, {"book": 1}), (FORUM, {"post": 2})):
            peer = self.peer.at(context)
            until_equal(lambda: peer.attributes(browser.session), expected,
                        f"the session in {context}")
            until_equal(lambda: self.tomcat.contexts()[context][browser.session] is not None, True,
                        f"the session of the Tomcat in {context}")
        ended = browser.session
        browser.steps(("in", "/forum", "invalidate"), "invalidate")
        for context in (SHOP, FORUM):
            until_equal(lambda: ended in self.peer.at(context).session_ids(), False,
                        f"the end of the session in {context}")

    def named_on_the_command_line(self, tap):
        self.peer.kill()
        wait_for_members(self.tomcat, count=0)
        self.peer = Peer("peer", self.layout.settings(1, contexts=()),
                         options=["--context", FORUM])
        tap.watch(self.peer)
        self.peer.start()
        self.has_all(FORUM)

    def run(self, tap):
        tap.watch(self.tomcat, self.peer)
        if tap.case("start", self.start):
            tap.case("first context heard of", self.picks_up, SHOP)
            tap.case("second context heard of", self.picks_up, FORUM)
            tap.case("one request in two contexts", self.one_request_in_two)
            tap.case("context named on the command line", self.named_on_the_command_line, tap)


def main():
    tap = Tap()
    Contexts().run(tap)
    tap.done()


if __name__ == "__main__":
    main()
