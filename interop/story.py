#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The story interop/demo tells: each line is something it has just observed."""
import signal
import sys
import time

from lab import java
from lab.cluster import wait_for_members
from lab.peer import Peer
from lab.processes import LabError
from lab.variants import VARIANTS
from lab.waiting import until_equal


class Story:
    """Two Tomcats, one peer, one session."""

    def __init__(self, variant, tomcat):
        layout = variant.layout(3)
        self.first, self.second = layout.tomcat(0, tomcat), layout.tomcat(1, tomcat)
        # The peer needs no file of its own: it borrows the first Tomcat's.
        self.peer = Peer("peer", layout.settings(2), self.first.server_xml_path)
        self.browser = None
        self.attributes = {}
        self._start = time.monotonic()
        self._steps = 0

    def tell(self, text):
        print(f"{time.monotonic() - self._start:5.1f} s  {text}", flush=True)

    def seen(self, text):
        self._steps += 1
        self.tell(text)

    def until_all_have(self, expected, *nodes):
        """Nothing orders what different nodes send: everybody waits for everybody to have it."""
        for node in nodes:
            until_equal(lambda node=node: node.attributes(self.browser.session), expected,
                        f"attributes in {node.name}")

    def find_each_other(self):
        self.first.start()
        self.second.start()
        self.tell(f"Tomcat 1 and Tomcat 2 ({java.version(self.first.tomcat)}) serve the shop at "
                  f"http://127.0.0.1:{self.first.http_port}/shop and :{self.second.http_port}")
        self.peer.start()
        wait_for_members(self.first, self.second, self.peer)
        self.seen("our peer sees 2 members, each Tomcat sees the other and the peer")

    def appear_in_peer(self):
        self.browser = self.first.browser()
        self.browser.steps("create")
        self.until_all_have({}, self.second, self.peer)
        self.browser.steps(("set", "customer", "string:Ada"), ("set", "items", "int:3"),
                           ("set", "order", "item:cup/3/4.50/2024-02-29/gift"))
        self.attributes = {"customer": "Ada", "items": 3, "order": {
            "@class": "shop.LineItem", "article": "cup", "quantity": 3, "price": 4.5,
            "ordered": "2024-02-29"}}
        self.until_all_have(self.attributes, self.second, self.peer)
        self.seen("a session made through Tomcat 1 is in the peer, readable: customer Ada, "
                  "items 3, order 3 x cup at 4.50 of 2024-02-29 (a class the peer does not have)")

    def change_from_peer(self):
        self.peer.set(self.browser.session, "voucher", "made in C")
        self.attributes["voucher"] = "made in C"
        self.until_all_have(self.attributes, self.first, self.second)
        # The cookie's id may end in another node's name from the second Tomcat on.
        self.browser = self.browser.on(self.second)
        result = self.browser.steps(("get", "voucher"))
        if result != ["made in C"]:
            raise LabError(f"Tomcat 2 answered {result}")
        self.until_all_have(self.attributes, self.first, self.second, self.peer)
        self.seen("the peer set the attribute voucher; Tomcat 2 answers with it: made in C")

    def outlive_one(self):
        self.first.kill()
        self.tell("Tomcat 1 was killed with SIGKILL")
        wait_for_members(self.second, self.peer, count=1)
        self.seen("the peer and Tomcat 2 have noticed that it is gone")
        if self.browser.on(self.second).steps(("get", "customer")) != ["Ada"]:
            raise LabError("Tomcat 2 has lost the session")
        self.seen("the session lives on: Tomcat 2 still knows customer Ada")

    def outlive_both(self):
        self.second.kill()
        wait_for_members(self.peer, count=0)
        self.seen("Tomcat 2 was killed too; the peer is alone")
        self.first.start()
        wait_for_members(self.first, self.peer)
        self.until_all_have(self.attributes, self.first)
        self.browser = self.browser.on(self.first)
        answer = self.browser.steps(("get", "customer"), ("get", "voucher"), ("get", "order"))
        if answer[:2] != ["Ada", "made in C"] or answer[2]["article"] != "cup":
            raise LabError(f"Tomcat 1 answered {answer}")
        self.seen("a fresh Tomcat 1 is up and the session is back, handed over by our peer "
                  "alone: customer Ada, voucher made in C, order of cups")

    def run(self):
        """Returns whether every step was seen."""
        for step in (self.find_each_other, self.appear_in_peer, self.change_from_peer,
                     self.outlive_one, self.outlive_both):
            try:
                step()
            except (LabError, OSError, KeyError) as error:
                self.tell(f"NOT SEEN ({step.__name__.replace('_', ' ')}): {error}")
                return False
        self.tell(f"all {self._steps} steps seen")
        return True

    def keep(self):
        """Leaves the cluster up until somebody stops this program."""
        self.second.start()
        print(f"""
Tomcat 1   http://127.0.0.1:{self.first.http_port}/shop/steps
Tomcat 2   http://127.0.0.1:{self.second.http_port}/shop/steps
Peer       http://127.0.0.1:{self.peer.http_port}/contexts
Session    {self.browser.session}

curl -b JSESSIONID={self.browser.session} --data-binary 'set colour string:green' \\
     http://127.0.0.1:{self.first.http_port}/shop/steps

Ctrl-C stops all of it.""", flush=True)
        signal.pause()


def main():
    membership, tomcat = sys.argv[1:3]
    story = Story(VARIANTS[f"{membership}-{tomcat}"], int(tomcat))
    passed = story.run()
    if passed and "--keep" in sys.argv:
        story.keep()
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
