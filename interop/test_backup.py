#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our peers and real Tomcats with BackupManager: who holds what of a session at every step.

  test_backup.py NAME [CASE...]    see lab/backups.py; --list prints all names
  test_backup.py NAME --stand-in   further Tomcats in our peers' places

After each step every node's own map, in the JVM and in ours, is held against all others: one
primary, its backup, and proxies that know both; and what the primary holds against what was written.
"""
import sys
import threading
import time
from dataclasses import replace

from lab import backups, maps, values
from lab.cluster import wait_for_members
from lab.tap import Tap, equal, true
from lab.waiting import NOTICE, SOON, until

# Seconds, less than anybody waits before he gives a member up.
HANG = 1.5


class Backups:
    """The cluster, and the cases that use it one after the other."""

    def __init__(self, row, stand_in):
        self.row = row
        self.nodes = row.make_nodes(stand_in)
        self.tomcats = [node for node in self.nodes if node.is_tomcat]
        self.peers = [node for node in self.nodes if not node.is_tomcat]
        # Session id -> the attributes that its primary must hold.
        self.expected = {}
        self.number = 0

    @property
    def living(self):
        return [node for node in self.nodes if node.up]

    # What everybody does

    def agree(self, what="the maps agree"):
        """All maps fit together and hold what was written; returns name -> view."""
        return maps.until_settled(self.look, self.expected, what=what, apart=self.apart)

    def apart(self, name, other):
        """Whether two nodes are Tomcats of different versions."""
        versions = {node.node.tomcat for node in self.tomcats if node.name in (name, other)}
        return len(versions) > 1

    def known(self, name, view, views):
        """A view without what a node cannot know: who has a session that is apart from it, and nobody
        is there who would tell."""
        others = {other.own for one, other in views.items() if other and self.apart(name, one)}
        return replace(view, entries={key: entry for key, entry in view.entries.items()
                                      if entry.role != maps.PROXY or entry.primary not in others})

    def look(self):
        views = {node.name: node.view(self.row.context) for node in self.living}
        if not any(peer.up for peer in self.peers):
            views = {name: view and self.known(name, view, views) for name, view in views.items()}
        vaults = {peer.name for peer in self.peers} if "--vault" in self.row.options else ()
        return maps.without_vaults(views, vaults)

    def node_of(self, member):
        return next(node for node in self.nodes if node.own == member)

    def roles(self, session_id):
        """The nodes that are a session's primary, its backup (or None), and proxies."""
        views = self.agree()
        for node in self.living:
            node.own = views[node.name].own
        entries = {node: views[node.name].entries[session_id] for node in self.living}
        primary, = (node for node, entry in entries.items() if entry.role == maps.PRIMARY)
        backup = next((node for node, entry in entries.items() if entry.role == maps.BACKUP), None)
        return primary, backup, [node for node in self.living if node not in (primary, backup)]

    def create(self, node, *sets):
        """A session that a node makes, and is the primary of."""
        self.number += 1
        attributes = {"number": self.number, **dict(sets)}
        session_id = node.create(attributes)
        self.expected[session_id] = attributes
        return session_id

    def set(self, node, session_id, name, value):
        session_id = self.moved(session_id, node.set(session_id, name, value))
        self.expected[session_id][name] = value
        return session_id

    def moved(self, session_id, new):
        """A session has its id, or another one from now on."""
        self.expected[new] = self.expected.pop(session_id)
        return new

    def load(self):
        """Sessions of every node, with every other one as the backup."""
        others = len(self.living) - 1
        for node in self.living:
            for _ in range(max(others, 1)):
                self.create(node)
        self.agree()

    # Cases

    def start(self):
        for node in self.nodes:
            node.start()
        wait_for_members(*self.nodes)
        self.agree()

    def every_kind_of_value(self):
        """Of each node; a Tomcat's JVMs see the Java classes, too."""
        for node in self.nodes:
            session_id = self.create(node)
            self.expected[session_id].update(node.set_all_kinds(session_id))
            self.agree(f"every kind, of {node.name}")
            session_id = self.set(node, session_id, "text", "other")
            node.remove(session_id, "count")
            del self.expected[session_id]["count"]
            self.agree(f"changes, of {node.name}")
            if node.is_tomcat:
                self.same_classes(session_id)

    def same_classes(self, session_id):
        """As Java sees them, in all that hold the session."""
        seen = {tomcat.name: tomcat.node.typed_attributes(session_id) for tomcat in self.tomcats
                if tomcat.node.sessions().get(session_id)}
        true(seen, "some JVM holds it")
        for typed in seen.values():
            equal({name: value["class"] for name, value in typed.items() if name != "number"},
                  {name: value.java_class for name, value in values.VALUES.items()
                   if name != "count"}, "Java classes")

    def used_through_every_node(self):
        """The first use through a proxy or a backup makes it the primary; all others follow."""
        for creator in self.nodes:
            session_id = self.create(creator)
            for node in self.nodes[::-1] + self.nodes:
                self.agree()
                equal(node.get(session_id, "number"), self.expected[session_id]["number"],
                      f"number through {node.name}")
                session_id = self.set(node, session_id, "through", node.name)
                primary, _, _ = self.roles(session_id)
                equal(primary.name, node.name, "the primary is who was used")

    def id_changes(self):
        """Through the primary, the backup and a proxy."""
        for creator in self.nodes:
            for tomcat in self.tomcats:
                session_id = self.create(creator)
                self.agree()
                new = tomcat.change_id(session_id)
                true(new != session_id, "a new id")
                self.moved(session_id, new)
                self.agree(f"a new id, {creator.name}'s session through {tomcat.name}")

    def logins(self):
        """A login is in the backup, and in whoever takes over."""
        for tomcat in self.tomcats:
            session_id = self.create(tomcat)
            self.agree()
            session_id = self.moved(session_id, tomcat.log_in(session_id))
            views = self.agree()
            for node in self.living:
                entry = views[node.name].entries[session_id]
                if entry.role in (maps.PRIMARY, maps.BACKUP):
                    equal((entry.value["principal"], entry.value["roles"]),
                          ("ada", ["author", "reader"]), f"login in {node.name}")
            other = self.tomcats[self.tomcats.index(tomcat) - 1]
            session_id = self.set(other, session_id, "taken", "over")
            session = other.node.session(session_id)
            equal(session["principal"], "ada", f"user in {other.name}")
            self.agree()

    def ends(self):
        """Invalidated through each node: nobody knows it any more."""
        for creator in self.nodes:
            for node in self.nodes:
                session_id = self.create(creator)
                self.agree()
                node.delete(session_id)
                del self.expected[session_id]
                self.agree(f"the end of {creator.name}'s session through {node.name}")

    def expires(self):
        for tomcat in self.tomcats:
            session_id = self.create(tomcat)
            self.agree()
            tomcat.max_inactive(session_id, 1)
            del self.expected[session_id]
        self.agree("all have expired")

    def each_one_killed(self):
        """As primary of some sessions, backup of others, and proxy of the rest; and back again."""
        self.load()
        for node in self.nodes:
            self.gone(node, node.kill)
            self.back(node)

    def each_one_stopped(self):
        """In order: everybody is told."""
        self.load()
        for node in self.nodes:
            self.gone(node, node.terminate)
            self.back(node)

    def gone(self, node, how):
        how()
        wait_for_members(*self.living, count=len(self.living) - 1)
        self.agree(f"without {node.name}")
        self.used()
        if not any(peer.up for peer in self.peers):
            self.changed(node.name)

    def changed(self, by):
        """Each session where it is: who is away will find it so."""
        views = self.agree()
        for node in self.living:
            for session_id in views[node.name].with_role(maps.PRIMARY):
                self.set(node, session_id, "changed", by)
        self.agree(f"changed without {by}")

    def back(self, node):
        node.start()
        wait_for_members(*self.living, count=len(self.living) - 1)
        self.agree(f"with {node.name} again")
        self.used()

    def used(self):
        """Everything goes on: a session of each node, and a change."""
        for node in self.living:
            self.create(node)
        self.agree()

    def primary_and_backup_in_turn(self):
        """The backup takes over, publishes a new one, and dies: nothing is lost."""
        session_id = self.create(self.nodes[0], ("kept", "yes"))
        killed = []
        while len(self.living) > 1:
            primary, _, _ = self.roles(session_id)
            primary.kill()
            killed.append(primary)
            wait_for_members(*self.living, count=len(self.living) - 1)
            self.agree(f"without {[node.name for node in killed]}")
        last, = self.living
        equal(last.get(session_id, "kept"), "yes", f"through the last, {last.name}")
        for node in killed:
            self.back(node)

    def each_one_hangs(self):
        """Not for long enough to be given up: whoever writes waits, and nothing is lost."""
        self.load()
        for hanging in self.nodes:
            others = [node for node in self.living if node is not hanging]
            sessions = [(node, self.create(node)) for node in others for _ in others]
            self.agree()
            hanging.pause()
            writes = [threading.Thread(target=self.set, args=(*one, "waited", hanging.name))
                      for one in sessions]
            for write in writes:
                write.start()
            time.sleep(HANG)
            hanging.resume()
            for write in writes:
                write.join()
            self.agree(f"{hanging.name} goes on")

    def each_one_hangs_for_long(self):
        """The others go on without it, and nothing is lost. A Tomcat that comes back still takes
        itself for the primary of what it had; a peer finds out, also that others ended one."""
        self.load()
        for hanging in self.nodes:
            hanging.pause()
            hanging.up = False
            views = self.agree(f"without {hanging.name}")
            if not hanging.is_tomcat:
                self.end_one(views)
            self.used()
            hanging.resume()
            if hanging.is_tomcat:
                self.others_have_all(hanging)
                hanging.kill()
                wait_for_members(*self.living, count=len(self.living) - 1)
                hanging.start()
            hanging.up = True
            self.agree(f"{hanging.name} is back")

    def end_one(self, views):
        """Of a living Tomcat's own."""
        tomcat = next(node for node in self.living if node.is_tomcat)
        session_id = next(iter(views[tomcat.name].with_role(maps.PRIMARY)))
        tomcat.delete(session_id)
        del self.expected[session_id]

    def others_have_all(self, hanging):
        """Once they know again that it is there; a peer has a copy of what it gives back."""
        def seen():
            views = self.look()
            own = hanging.view(self.row.context).own
            copies = {key: entry.value["attributes"] for view in views.values()
                      for key, entry in view.with_role(maps.BACKUP).items()
                      if entry.value and entry.primary == own}
            return all(own in view.members for view in views.values()), {**copies, **maps.held(views)}
        until(seen, lambda both: both == (True, self.expected), f"others without {hanging.name}",
              NOTICE)

    def one_after_the_other(self):
        """All Tomcats are restarted, each after the others have taken over."""
        self.load()
        before = dict(self.expected)
        for tomcat in self.tomcats:
            tomcat.terminate()
            wait_for_members(*self.living, count=len(self.living) - 1)
            self.agree(f"without {tomcat.name}")
            tomcat.start()
            wait_for_members(*self.living, count=len(self.living) - 1)
            self.agree(f"with {tomcat.name} again")
        equal(self.expected, before, "sessions")

    def at_once(self):
        """All Tomcats die at the same moment, and come back: the peer had everything."""
        self.load()
        self.until_vault_has_all()
        for tomcat in self.tomcats:
            tomcat.kill()
        wait_for_members(*self.living, count=len(self.living) - 1)
        self.agree("the peer alone")
        for tomcat in self.tomcats:
            tomcat.start()
        wait_for_members(*self.living, count=len(self.living) - 1)
        self.agree("all are back")
        for session_id in list(self.expected):
            tomcat = self.tomcats[self.number % len(self.tomcats)]
            equal(tomcat.get(session_id, "number"), self.expected[session_id]["number"],
                  f"number through {tomcat.name}")
            self.number += 1
        self.agree("all have been used")

    def until_vault_has_all(self):
        """The peer has a copy of what it is not told of, too."""
        for peer in self.peers:
            until(lambda peer=peer: {key for key, entry in
                                     peer.view(self.row.context).entries.items()
                                     if entry.value is None},
                  lambda lacking: not lacking, f"{peer.name} has all", SOON)

    def run(self, tap, cases):
        tap.watch(*(node.node for node in self.nodes))
        if not tap.case("start", self.start):
            return
        for name in cases or self.row.cases:
            tap.case(name.replace("_", " "), getattr(self, name))


def main():
    if "--list" in sys.argv:
        print("\n".join(backups.ROWS))
        return
    tap = Tap()
    name, *cases = [word for word in sys.argv[1:] if word != "--stand-in"]
    Backups(backups.ROWS[name], "--stand-in" in sys.argv).run(tap, cases)
    tap.done()


if __name__ == "__main__":
    main()
