#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `tribes monitor` and `tribes report` see of real Tomcats is what those say happened: their
managers' counters, the sessions in them, their logs. Then the demo, watched while it runs.

More scenarios are recorded by `record`.
"""
import os

from lab import agreement
from lab.processes import temporary_folder
from lab.scenarios import Run
from lab.sniffer import may_sniff
from lab.tap import Tap, equal, true
from lab.variants import VARIANTS
from story import Story
from test_monitor import Monitor


def recorded(tap, name):
    path = os.path.join(temporary_folder("tribes-lab-records-"), f"{name}.pcap")
    run = Run(name, path)
    tap.watch(*run.tomcats)
    equal(agreement.differences(run.run(), path), [], "differences")
    for tomcat in run.tomcats:
        tomcat.kill()


class Watched:
    """The demo, and a monitor on the loopback interface."""

    def __init__(self):
        self.story = Story(VARIANTS["static-10"], 10)
        nodes = self.story.first, self.story.second, self.story.peer
        self.first, self.second, self.peer = (f"127.0.0.1:{node.settings.receiver_port}"
                                              for node in nodes)
        self.monitor = Monitor([node.settings.receiver_port for node in nodes])

    def tell(self, text):
        print(f"# {text}", flush=True)

    def happens(self):
        self.monitor.start()
        self.story.tell = self.tell
        true(self.story.run(), "all steps of the demo")

    def _sets(self, sender, name):
        """To whom a member sent a value of the attribute, and which."""
        return {(event["to"], action.get("value")) for event in self.monitor.events()
                if event["event"] == "delta" and event["from"] == sender
                for action in event["actions"] if action["name"] == name}

    def made_through_the_first(self):
        """"a session made through Tomcat 1 is in the peer, readable" """
        created = {event["to"] for event in self.monitor.events()
                   if event["event"] == "created" and event["from"] == self.first}
        equal(created, {self.second, self.peer}, "who is told of the session")
        for name, value in (("customer", "Ada"), ("items", 3)):
            equal(self._sets(self.first, name), {(self.second, value), (self.peer, value)}, name)

    def changed_by_the_peer(self):
        """"the peer set the attribute voucher" """
        equal(self._sets(self.peer, "voucher"),
              {(self.first, "made in C"), (self.second, "made in C")}, "voucher")

    def handed_over(self):
        """"handed over by our peer alone" """
        asked = [event for event in self.monitor.events() if event["event"] == "get-all"
                 and event["from"] == self.first][-1]
        answers = [(event["event"], event["from"], event.get("sessions"))
                   for event in self.monitor.events() if event["time"] > asked["time"]
                   and event["to"] == self.first and event.get("context") == asked["context"]
                   and event["event"] in ("all-data", "transfer-complete")]
        equal(asked["to"], self.peer, "who is asked")
        equal(answers, [("all-data", self.peer, 1), ("transfer-complete", self.peer, None)], "answers")

    def went(self):
        """"Tomcat 1 was killed", "Tomcat 2 was killed too": nothing of them is seen meanwhile."""
        of_first = [event["time"] for event in self.monitor.events() if event["from"] == self.first]
        others = [event["time"] for event in self.monitor.events() if event["from"] == self.second]
        back = next(event["time"] for event in self.monitor.events()
                    if event["event"] == "member-start" and event["from"] == self.first
                    and event["time"] > others[-1])
        gap = [time for time in of_first if others[-1] < time < back]
        true(len(gap) <= 1, f"the first one said something while it was dead: {gap}")
        self.monitor.end()


def main():
    tap = Tap()
    if not may_sniff():
        tap.skip("records", "needs dumpcap and CAP_NET_RAW")
        tap.done()
    for name in ("static-8", "restarts-multicast"):
        tap.case(name, recorded, tap, name)
    watched = Watched()
    if tap.case("the demo", watched.happens):
        for case in (watched.made_through_the_first, watched.changed_by_the_peer,
                     watched.handed_over, watched.went):
            tap.case(f"the demo: {case.__name__.replace('_', ' ')}", case)
    tap.done()


if __name__ == "__main__":
    main()
