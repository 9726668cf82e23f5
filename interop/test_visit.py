#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who asks a running Tomcat without being a member, `tribes probe`, `snapshot` and `diff`, and who writes
into one, `tribes restore` and `diff --repair`. The Tomcats say what is true; and they are not to notice.

  test_visit.py
"""
import json
import os
import subprocess

from lab.cluster import Layout, start_all, wait_for_members
from lab.peer import program
from lab.processes import temporary_folder
from lab.serverxml import StaticMember, server_xml, unique_id
from lab.tap import Tap, equal, true
from lab.tomcat import Tomcat
from lab.waiting import until, until_equal

SESSIONS = 25
# Of a user who is logged in, values that a copy of their text would not be.
VALUES = {"item": "item:cup/3/4.50/2024-02-29/gift", "list": "list:int:1|string:two", "bytes": "bytes:fn+A",
          "when": "date:2024-02-29T12:30:00.250Z"}


def tribes(*arguments, code=0):
    done = subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)
    true(done.returncode == code,
         f"{arguments} ended with {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    return done


def address(tomcat):
    return f"{tomcat.settings.address}:{tomcat.settings.receiver_port}"


class Visit:
    """Two Tomcats, of both versions; one of them is looked at, stopped, and gone."""

    def __init__(self):
        # The third has a place in their lists, and the fourth has none.
        self.layout = Layout(4, ids=True)
        everyone = [self.layout.settings(index) for index in range(4)]
        for settings in everyone[:2]:
            settings.members.pop()
        self.everyone = everyone
        self.tomcats = [Tomcat("tomcat1", everyone[0], 10), Tomcat("tomcat2", everyone[1], 9)]
        self.folder = temporary_folder("tribes-lab-visit-")
        self.frames = os.path.join(self.folder, "taken")
        self.all_frames = os.path.join(self.folder, "all")
        self.user = self.broken = self.values = None

    def starts(self):
        start_all(*self.tomcats)
        wait_for_members(*self.tomcats)
        for number in range(SESSIONS):
            self.tomcats[number % 2].browser().steps("create", ("set", "cart", "string:" + "x" * number))
        for tomcat in self.tomcats:
            until_equal(tomcat.count, SESSIONS, f"sessions of {tomcat.name}")

    def probed(self):
        for line in tribes("probe", "-f", "json", "--contexts",
                           *map(address, self.tomcats)).stdout.splitlines():
            seen = json.loads(line)
            equal(seen["verdict"], "ok", "verdict")
            true(all(seen["milliseconds"].values()), f"not all was measured: {seen}")
            equal([(one["name"], one["sessions"]) for one in seen["contexts"]],
                  [(self.tomcats[0].context, SESSIONS)], "contexts")
        text = tribes("probe", address(self.tomcats[0])).stdout
        true(" ok: reach " in text and "\n  is 127.0.0.1:" in text, text)

    def formats(self):
        gone = "127.0.0.1:1"
        nagios = tribes("probe", "-f", "nagios", "-w", "5000", "-c", "6000",
                        address(self.tomcats[0])).stdout
        true(nagios.startswith("TRIBES OK - ") and "ack'=" in nagios and ";5000;6000;0" in nagios
             and nagios.count("\n") == 1, nagios)
        prometheus = tribes("probe", "-f", "prometheus", address(self.tomcats[0]), gone,
                            code=2).stdout
        true(prometheus.count("tribes_probe_success{") == 2
             and prometheus.count("tribes_probe_duration_seconds{") == 4, prometheus)
        slow = tribes("probe", "-w", "0.001", address(self.tomcats[0]), code=1).stdout
        true("more than 0.001 ms" in slow, slow)

    def takes_plain(self):
        """An answer to who does not encrypt is what whoever configured encryption wants to know."""
        text = tribes("probe", "--encrypted", address(self.tomcats[0]), code=2).stdout
        true("not encrypted" in text, text)

    def snapshot(self):
        for tomcat in self.tomcats:
            lines = [json.loads(line) for line in tribes(
                "snapshot", "--show-ids", "--show-values", address(tomcat)).stdout.splitlines()]
            held = tomcat.sessions()
            equal({line["id"] for line in lines}, set(held), "ids")
            for line in lines:
                equal({name: value["value"] for name, value in line["attributes"].items()},
                      tomcat.attributes(line["id"]), f"attributes of {line['id']}")

    def says_little(self):
        """Neither ids nor values, unless they are asked for."""
        text = tribes("snapshot", address(self.tomcats[0])).stdout
        true(not any(session in text for session in self.tomcats[0].session_ids()), "an id is shown")
        true("xxxxx" not in text and '"class":"java.lang.String"' in text, text[:500])

    def exactly(self):
        """What is taken in frames says the same later, and is nobody else's to read."""
        tribes("snapshot", "-f", "frames", "-o", self.frames, address(self.tomcats[0]))
        equal(oct(os.stat(self.frames).st_mode & 0o777), "0o600", "mode")
        equal(sorted(tribes("snapshot", "--show-ids", self.frames).stdout.splitlines()),
              sorted(tribes("snapshot", "--show-ids", address(self.tomcats[0])).stdout.splitlines()),
              "sessions")
        true("all-data" in tribes("decode", self.frames).stdout, "frames")
        equal(os.listdir(self.folder), ["taken"], "files")

    def sizes(self):
        seen = json.loads(tribes("snapshot", "--sizes", "-f", "json", "-n", 3,
                                 self.frames).stdout)
        equal(seen["sessions"], SESSIONS, "sessions")
        equal(len(seen["largestSessions"]), 3, "largest sessions")
        cart, = [one for one in seen["attributes"] if one["name"] == "cart"]
        equal((cart["count"], cart["largest"]), (SESSIONS, SESSIONS - 1 + 3), "cart")
        text = tribes("snapshot", "--sizes", self.frames).stdout
        true("largest sessions" in text and "java.lang.String" in text, text)

    def differs(self):
        """What one has that the other was not told of, and nothing else."""
        names = [address(tomcat) for tomcat in self.tomcats]
        equal(tribes("diff", "--settle", "0.1", *names, self.frames).stdout, "", "differences")
        self.tomcats[0].fill(3)
        seen = [json.loads(line) for line in
                tribes("diff", "--json", "--settle", "0.1", *names, code=1).stdout.splitlines()]
        equal([(one["what"], one["missing"], one["newest"]) for one in seen],
              [("session", [names[1]], names[0])] * 3, "differences")
        text = tribes("diff", "--settle", "0.1", *names, code=1).stdout
        true(text.count(f" session: missing at {names[1]}; newest at {names[0]}, 20") == 3, text)

    def repaired(self):
        """And then they are the same, and it said so before."""
        names = [address(tomcat) for tomcat in self.tomcats]
        command = ["diff", "--settle", "0.1", "--repair=newest"]
        text = tribes(*command, *names, code=1).stdout
        equal(text.count(f" session at {names[1]}\n"), 3, "planned")
        equal(self.tomcats[1].count(), SESSIONS, "sessions after a dry run")
        text = tribes(*command, "--apply", *names).stdout
        equal((text.count(": written\n"), text.count("\n")), (3, 3), "written")
        equal(self.tomcats[1].session_ids(), self.tomcats[0].session_ids(), "sessions")

    def heard(self, index, code=0, options=(), members=None):
        """What is told of the two Tomcats to the node with these settings."""
        settings = self.everyone[index]
        settings.members = members or [member for member in settings.members
                                       if f"{member.host}:{member.port}" in map(address, self.tomcats)]
        config = os.path.join(self.folder, f"server{index}.xml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(server_xml(settings))
        out = tribes("probe", "--config", config, "-f", "json", *options, code=code).stdout
        seen = {line["target"]: line for line in map(json.loads, out.splitlines())}
        os.remove(config)
        return [seen[address(tomcat)] for tomcat in self.tomcats]

    def listed(self):
        """Both send to whom they list, as soon as it is there; and it leaves nothing behind."""
        for seen in self.heard(2):
            equal((seen["verdict"], seen["knowsUs"], seen["isHeard"]), ("ok", True, None), str(seen))
            true(all(seen["milliseconds"].values()), f"not all was measured: {seen}")
        until_equal(lambda: [len(tomcat.members()) for tomcat in self.tomcats], [1, 1], "members")

    def not_listed(self):
        for seen in self.heard(3, code=2, options=("--wait", 6)):
            equal((seen["verdict"], seen["knowsUs"]), ("critical", False), str(seen))
            true("does not list 127.0.0.1:" in seen["reason"], str(seen))

    def wrong_id(self):
        """One that the file knows by another id."""
        members = [StaticMember(member.host, member.port, unique_id(77 + number))
                   for number, member in enumerate(self.everyone[2].members)]
        for seen in self.heard(2, code=2, members=members):
            true("its unique id is another than the file says" in seen["reason"], str(seen))

    def in_use(self):
        """Beside the Tomcat whose file it is nobody can tell who lists that."""
        out = [json.loads(line) for line in tribes(
            "probe", "--config", self.tomcats[0].server_xml_path, "-f", "json", "--wait", 1,
            code=2).stdout.splitlines()]
        equal({line["target"]: (line["verdict"], line["knowsUs"]) for line in out},
              {address(self.tomcats[0]): ("ok", None), address(self.tomcats[1]): ("ok", None),
               f"127.0.0.1:{self.layout.ports[2]}": ("critical", None)}, "verdicts")

    def unnoticed(self):
        """They list nobody new, and complain of nothing."""
        for tomcat in self.tomcats:
            equal(len(tomcat.members()), 1, f"members of {tomcat.name}")
            wrong = [line for line in tomcat.log().splitlines() if " SEVERE " in line]
            equal(wrong, [], f"complaints of {tomcat.name}")

    def stopped(self):
        """A Tomcat that hangs accepts, and does nothing."""
        self.tomcats[1].pause()
        try:
            text = tribes("probe", "-t", 1, address(self.tomcats[1]), code=2).stdout
            true("critical" in text and "nothing came back within 1 s" in text, text)
            error = tribes("snapshot", "-t", 1, address(self.tomcats[1]), code=1).stderr
            true("nothing came back" in error, error)
        finally:
            self.tomcats[1].resume()

    def gone(self):
        self.tomcats[1].kill()
        text = tribes("probe", address(self.tomcats[1]), code=2).stdout
        true("not reached: connect: Connection refused" in text, text)
        text = tribes("probe", "-f", "nagios", *map(address, self.tomcats), code=2).stdout
        true(text.startswith("TRIBES CRITICAL - " + address(self.tomcats[1])), text)

    def filled(self):
        """Somebody logs in, and all is taken; on each Tomcat a session that is to be of use later."""
        self.user = self.tomcats[0].browser()
        self.user.steps("create")
        self.user.steps(("login", "ada", "engine"))
        self.user.steps(*(("set", name, typed) for name, typed in VALUES.items()))
        self.broken = self.tomcats[0].browser()
        self.broken.steps("create", ("set", "fragile", "fragile:1"))
        self.values = self.tomcats[0].typed_attributes(self.user.session)
        for session in self.user.session, self.broken.session:
            until_equal(lambda session=session: self.tomcats[1].typed_attributes(session),
                        self.tomcats[0].typed_attributes(session), "attributes")
        until(lambda: self.tomcats[1].session(self.user.session)["principal"], bool, "a principal")
        tribes("snapshot", "-f", "frames", "-o", self.all_frames, address(self.tomcats[0]))

    def restored(self):
        """All have stopped, and one comes back without a class: that costs one session there."""
        for tomcat in self.tomcats:
            tomcat.kill()
        self.tomcats[1].remove_class("shop/Fragile")
        start_all(*self.tomcats)
        wait_for_members(*self.tomcats)
        equal([tomcat.count() for tomcat in self.tomcats], [0, 0], "sessions after a start")
        names = [address(tomcat) for tomcat in self.tomcats]
        tribes("restore", self.all_frames, *names, code=1)
        equal([tomcat.count() for tomcat in self.tomcats], [0, 0], "sessions after a dry run")
        *seen, sums = [json.loads(line) for line in tribes(
            "restore", "--apply", "--json", "--show-ids", self.all_frames, *names,
            code=1).stdout.splitlines()]
        equal([(one["id"], one["wrong"]) for one in seen if one["outcome"] != "written"],
              [(self.broken.session, names[1:])], "what is not there")
        equal((sums["create"], sums["written"]), (SESSIONS + 5, SESSIONS + 4), "sums")
        equal(self.tomcats[0].session_ids() - self.tomcats[1].session_ids(), {self.broken.session},
              "sessions")
        for tomcat in self.tomcats:
            equal(tomcat.typed_attributes(self.user.session), self.values, tomcat.name)
        self.logged_in(self.user, [1, "two"])

    @staticmethod
    def logged_in(browser, value):
        equal(browser.steps(("user", "author", "boss"), ("get", "list")),
              [{"name": "ada", "roles": ["author"]}, value], f"what {browser.tomcat.name} says")

    def left_alone(self):
        """What is used later than the file is stays as it is; what has another id now is not made
        again."""
        def again():
            return tribes("restore", "--apply", "--session", self.user.session, self.all_frames,
                          *map(address, self.tomcats)).stdout
        self.user.steps(("set", "list", "int:7"))
        until_equal(lambda: self.tomcats[1].attributes(self.user.session)["list"], 7, "value")
        text = again()
        true(f" kept: newer at {', '.join(map(address, self.tomcats))}, used 20" in text, text)
        equal([tomcat.attributes(self.user.session)["list"] for tomcat in self.tomcats], [7, 7], "value")
        # The other Tomcat puts its own route into the id.
        moved = self.user.on(self.tomcats[1])
        self.logged_in(moved, 7)
        true(moved.session != self.user.session, "the same id at the other Tomcat")
        until_equal(lambda: self.tomcats[0].session(self.user.session), None, "session by its old id")
        text = again()
        true(" left out: it may have ended" in text, text)
        equal([tomcat.session(self.user.session) for tomcat in self.tomcats], [None, None], "session")

    def run(self, tap):
        if not tap.case("two Tomcats with sessions", self.starts):
            return
        for case in (self.probed, self.formats, self.takes_plain, self.snapshot, self.says_little,
                     self.exactly, self.sizes, self.differs, self.repaired, self.listed, self.not_listed,
                     self.wrong_id, self.in_use, self.filled, self.unnoticed, self.stopped, self.gone,
                     self.restored, self.left_alone):
            tap.case(case.__name__.replace("_", " "), case)


def main():
    visit = Visit()
    tap = Tap(visit.tomcats)
    visit.run(tap)
    tap.done()


if __name__ == "__main__":
    main()
