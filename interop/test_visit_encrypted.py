#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who asks Tomcats with an EncryptInterceptor without being a member, and looks on as one: `tribes
probe`, `snapshot`, `diff`, `restore` and `monitor --join` with their server.xml. Without it nothing
must look as if there were no sessions.
"""
import json
import os

from lab.channels import KEY, interceptor
from lab.cluster import Layout, start_all, wait_for_members
from lab.observer import Observer
from lab.processes import temporary_folder
from lab.serverxml import server_xml
from lab.tap import Tap, equal, true
from lab.tomcat import Tomcat
from lab.waiting import until_equal
from test_visit import address, tribes

SESSIONS = 4


class EncryptedVisit:
    """Two Tomcats; a third place is in their lists."""

    def __init__(self):
        layout = Layout(3, ids=True,
                        interceptors=(interceptor("EncryptInterceptor", encryptionKey=KEY),))
        self.tomcats = [Tomcat(f"tomcat{index}", layout.settings(index), 10) for index in range(2)]
        self.names = [address(tomcat) for tomcat in self.tomcats]
        self.folder = temporary_folder("tribes-lab-visit-")
        self.third = layout.settings(2)
        self.frames = os.path.join(self.folder, "taken")
        self.config = self.tomcats[0].server_xml_path
        self.channel = ("--channel", self.config)

    def starts(self):
        start_all(*self.tomcats)
        wait_for_members(*self.tomcats)
        for number in range(SESSIONS):
            self.tomcats[number % 2].browser().steps("create", ("set", "text", "string:here"))
        until_equal(self.tomcats[1].count, SESSIONS, "sessions")

    def without_the_key(self):
        for command in (("snapshot", self.names[0]), ("diff", *self.names),
                        ("probe", "--contexts", self.names[0])):
            code = {"snapshot": 1, "diff": 2, "probe": 2}[command[0]]
            done = tribes(*command, "-t", 1, code=code)
            true("takes no message that is not encrypted" in done.stdout + done.stderr,
                 f"{command} says {done.stdout}{done.stderr}")

    def probed(self):
        for options in self.channel, ("--config", self._third()):
            named = self.names if options is self.channel else ()
            for line in tribes("probe", "-f", "json", "--contexts", *options,
                               *named).stdout.splitlines():
                seen = json.loads(line)
                equal((seen["verdict"], [one["sessions"] for one in seen["contexts"]]),
                      ("ok", [SESSIONS]), f"what {options} says")

    def _third(self):
        """The file of the third place, where only the Tomcats are listed."""
        path = os.path.join(self.folder, "server.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(server_xml(self.third))
        return path

    def snapshot(self):
        lines = [json.loads(line) for line in tribes(
            "snapshot", "--show-ids", *self.channel, self.names[0]).stdout.splitlines()]
        equal({line["id"] for line in lines}, self.tomcats[0].session_ids(), "ids")
        tribes("snapshot", "-f", "frames", "-o", self.frames, *self.channel, self.names[0])

    def repaired(self):
        command = ("diff", "--settle", "0.1", *self.channel, *self.names)
        equal(tribes(*command).stdout, "", "differences")
        # Which the other is not told of.
        self.tomcats[0].fill(2)
        tribes(*command, code=1)
        tribes(*command, "--repair=newest", "--apply")
        equal(tribes(*command).stdout, "", "differences after the repair")

    def looks_on(self):
        """As a member that was in their lists."""
        observer = Observer(self.third)
        observer.start()
        wait_for_members(*self.tomcats, count=2)
        self.tomcats[1].browser().steps("create", ("set", "text", "string:seen"))
        observer.until(lambda events: "seen" in json.dumps(events), "an event with the value")
        observer.end()

    def restored(self):
        """All is there, as it finds when it asks."""
        sums = json.loads(tribes("restore", "--apply", "--json", *self.channel, self.frames,
                                 *self.names).stdout.splitlines()[-1])
        equal((sums["create"], sums["written"]), (0, 0), "sums")

    def run(self, tap):
        tap.watch(*self.tomcats)
        if not tap.case("two Tomcats with sessions", self.starts):
            return
        for case in (self.without_the_key, self.probed, self.snapshot, self.repaired, self.looks_on,
                     self.restored):
            tap.case(case.__name__.replace("_", " "), case)


def main():
    tap = Tap()
    EncryptedVisit().run(tap)
    tap.done()


if __name__ == "__main__":
    main()
