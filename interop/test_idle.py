#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A cluster in which nobody does anything: what our peer gets by asking alone."""
from lab import places
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.tap import Tap, equal, true
from lab.waiting import until_equal

SHOP, FORUM = "localhost#/shop", "localhost#/forum"
NOWHERE = "localhost#/nowhere"


class Idle:
    """Two Tomcats with two web applications, and a peer whose file names neither."""

    def __init__(self):
        self.machines = places.network(3)
        self.layout = Layout(3, ids=True, places=self.machines)
        applications = ("/shop", "/forum")
        self.first = self.layout.tomcat(0, 10, contexts=applications)
        self.second = self.layout.tomcat(1, 9, contexts=applications)
        self.peer = self.new_peer("peer")
        self.expected = {SHOP: {}, FORUM: {}}

    def new_peer(self, name, *options):
        return Peer(name, self.layout.settings(2, contexts=()), options=options,
                    place=self.machines[2])

    def add(self, tomcat, context, number):
        browser = tomcat.browser(context.split("#")[1])
        browser.steps("create", ("set", "number", f"int:{number}"))
        self.expected[context][browser.session] = {"number": number}
        return browser

    def set(self, browser, context, number):
        browser.steps(("set", "number", f"int:{number}"))
        self.expected[context][browser.session] = {"number": number}

    def has_all(self, node, contexts=(SHOP, FORUM)):
        for context in contexts:
            at = node.at(context)
            until_equal(lambda at=at: {session_id: at.attributes(session_id)
                                       for session_id in at.session_ids()},
                        self.expected[context], f"sessions of {context} in {node.name}")

    def end_of(self, peer, context):
        return peer.wait_for_event(
            lambda event: event.get("event") == "state-transfer-ended"
            and event.get("context") == context, f"end of the transfer of {context}")

    def start(self):
        self.first.start()
        self.second.start()
        wait_for_members(self.first, self.second)
        for number in range(5):
            for context in (SHOP, FORUM):
                self.add((self.first, self.second)[number % 2], context, number)

    def finds(self):
        """Both contexts, and each Tomcat has given each of them once."""
        self.peer.start()
        self.has_all(self.peer)
        for context in (SHOP, FORUM):
            true(self.end_of(self.peer, context)["received"], f"{context} is received")
        for tomcat, place in ((self.first, 0), (self.second, 1)):
            started = [event["context"] for event in self.peer.events
                       if event.get("event") == "state-transfer-started"
                       and event["host"] == self.machines[place].address]
            equal(sorted(started), [FORUM, SHOP], f"what {tomcat.name} is asked for")
        metrics = self.peer.metrics()
        for context in (SHOP, FORUM):
            line = next(line for line in metrics.splitlines() if context in line
                        and line.startswith("tribes_session_messages_received_total")
                        and 'event="all-data"' in line)
            equal(line.split()[-1], "2", f"what has come for {context}")

    def peer_cut_off(self):
        """What happened meanwhile is there when it is back, without a word about it."""
        browser = self.add(self.first, SHOP, 10)
        self.has_all(self.peer)
        self.machines[2].cut()
        wait_for_members(self.peer, count=0)
        wait_for_members(self.first, self.second, count=1)
        self.set(browser, SHOP, 11)
        self.add(self.second, FORUM, 12)
        self.machines[2].mend()
        wait_for_members(self.first, self.second, self.peer)
        self.has_all(self.peer)

    def stale_donor(self):
        """The Tomcat that is asked first was cut off, and has old copies."""
        browser = self.add(self.second, SHOP, 20)
        self.has_all(self.peer)
        until_equal(lambda: self.first.attributes(browser.session), {"number": 20},
                    f"attributes in {self.first.name}")
        self.peer.terminate()
        self.machines[0].cut()
        wait_for_members(self.second, count=0)
        self.set(browser, SHOP, 21)
        self.machines[0].mend()
        wait_for_members(self.first, self.second)
        equal(self.first.attributes(browser.session), {"number": 20}, "the old copy")
        self.peer = self.new_peer("second peer", "--context", NOWHERE)
        self.peer.start()
        self.has_all(self.peer)

    def has_nobody(self):
        """The context on the command line, which no Tomcat has, does not keep the peer waiting."""
        true(not self.end_of(self.peer, NOWHERE)["received"], "nobody has that context")

    def hung_donor(self):
        """The Tomcat that is asked first is stopped: the other's sessions are there at once."""
        self.peer.terminate()
        self.first.pause()
        try:
            self.peer = self.new_peer("third peer")
            self.peer.start()
            self.has_all(self.peer)
            for context in (SHOP, FORUM):
                end = self.end_of(self.peer, context)
                true(end["received"], f"{context} is received")
                true(end["milliseconds"] < 10_000, f"{context} took {end['milliseconds']} ms")
        finally:
            self.first.resume()
        self.has_all(self.peer)

    def run(self, tap):
        tap.watch(self.first, self.second, self.peer)
        if tap.case("start", self.start):
            tap.case("contexts that nobody names are found", self.finds)
            tap.case("peer cut off and back", self.peer_cut_off)
            if tap.case("a donor with old copies", self.stale_donor):
                tap.case("a context that nobody has", self.has_nobody)
            tap.case("a donor that is stopped", self.hung_donor)


def main():
    tap = Tap()
    if not places.may_make_networks():
        tap.skip("idle", "no right to make network namespaces")
        tap.done()
    places.enter()
    Idle().run(tap)
    tap.done()


if __name__ == "__main__":
    main()
