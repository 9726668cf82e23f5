# SPDX-License-Identifier: Apache-2.0
"""What chaos expects of a cluster with BackupManager: two members hold a session, the others know
where. A session is lost if it was acknowledged, and held by a member that lives, and is nowhere."""
import time

from . import maps
from .processes import LabError
from .waiting import until

CONTEXT = "localhost#/shop"
# How long after the last step the nodes may take to be of one mind.
AGREE = 30
# And Tomcats among themselves, who stay apart once they are.
TOMCATS_AGREE = 8
# How long one may be left alone with a session by those who do not know yet that a third is gone.
NEGLECT = 8
# And once what is wrong has been removed.
SOON_AGAIN = 3


class TwoHolders:
    """In front of Chaos: its nodes hold some sessions each, not all of them."""

    def __init__(self, options):
        # Node name -> its view when it was stopped, as nobody can look into it then.
        self.frozen = {}
        # Sessions that only those had who were ended; and of these, those that ours had alone for
        # longer than it takes to notice that another is gone.
        self.unprotected = 0
        self.unprotected_by_ours = 0
        # Node name -> when it was ended last.
        self.ended_at = {}
        # Session id -> names of those that held it when all was well.
        self.holders = {}
        self.disagreements = 0
        self.disagreements_of_tomcats = 0
        # Proxies of ended sessions, at each check.
        self.leftovers = 0
        self.anew = 0
        super().__init__(options)

    def views(self):
        views = {node.name: maps.view_of(node.node, CONTEXT) for node in self.of_state("up")}
        ours = {node.name for node in self.nodes if node.ours}
        return maps.without_vaults(views, ours if self.options.vault else ())

    # What happens to nodes

    def hold_up(self, node, what):
        self.frozen[node.name] = maps.view_of(node.node, CONTEXT)
        super().hold_up(node, what)

    def may_lose(self, node):
        """Whether somebody else is there; what only this one had is forgotten."""
        return any(other.up and other is not node for other in self.nodes)

    def writable(self):
        """Each has what it does not hold from others."""
        return self.of_state("up")

    def choices(self):
        """Nobody may be left alone but who has everything."""
        return [(what, node) for what, node in super().choices()
                if what != "leave alone" or (node.ours and self.options.vault)]

    def end(self, node, how):
        self.go_on(node)
        self.forget_only_copies(node)
        super().end(node, how)
        self.ended_at[node.name] = time.monotonic()

    def restart(self, nodes):
        for node in nodes:
            self.go_on(node)
        super().restart(nodes)

    def forget_only_copies(self, node):
        """The application cannot expect what nobody else has, in a state that was acknowledged."""
        views = {**{name: view for name, view in self.frozen.items()
                    if name in {other.name for other in self.of_state("paused", "cut")}},
                 **self.views()}
        others = [held_by(view) for name, view in views.items() if view and name != node.name]
        for session_id in self.record.ids():
            states = self.record.states(session_id)
            if not any(session_id in held and held[session_id] in states for held in others):
                self.unprotected += 1
                self.unprotected_by_ours += self.is_neglected(node, session_id, views)
                self.forget([session_id])

    def is_neglected(self, node, session_id, views):
        """Whether one of ours had a session alone although others were there all the time since all
        could know that it is alone; tells who had it."""
        view = views.get(node.name)
        entry = view and view.entries.get(session_id)
        now = time.monotonic()
        names = {other.own: name for name, other in views.items() if other}
        events = {other.name: now - max(self.ended_at.get(other.name, 0), other.started_at)
                  for other in self.nodes if other is not node}
        quiet = min(events.values())
        self.say(f"  only {node.name} has {session_id[:6]}: {entry.role if entry else 'nothing'}, "
                 f"backups {[names.get(one, one) for one in entry.backups] if entry else ''}, "
                 f"made in step {self.made_at.get(session_id)}, now {self.number}; "
                 f"since the others came or went: "
                 f"{', '.join(f'{name} {ago:.1f} s' for name, ago in events.items())}")
        return bool(node.ours and entry and entry.role != maps.PROXY and quiet > NEGLECT)

    def settle(self, node):
        """Waits until all that are up are of one mind."""
        start = time.monotonic()
        try:
            until(lambda: self.faults(self.views()), lambda faults: self.is_well(faults, start),
                  "the maps agree", AGREE, every=0.1)
            self.say("  the maps agree")
        except LabError as error:
            self.say(f"  {str(error).splitlines()[0]}")
        node.settled = True

    # Checks

    def faults(self, views):
        """What does not fit together, but for proxies of what nobody asks for any more."""
        leftovers = maps.leftovers(views) - set(self.record.ids())
        return [fault for fault in maps.faults(views) if fault.key not in leftovers]

    def is_ours(self, fault):
        """Whether one of ours has a part in it. Tomcats among themselves are never told what has
        become of what one of them had that hung; ours tells them."""
        return any(node.ours for node in self.nodes if node.name in fault.about)

    def is_well(self, disagreements, since):
        """Or what is wrong will not get better."""
        late = time.monotonic() - since > TOMCATS_AGREE
        return not disagreements or (late and not any(map(self.is_ours, disagreements)))

    def look(self):
        """Views, what does not fit together, and what is not as it was acknowledged."""
        views = self.views()
        there = {key for view in views.values() if view for key in view.entries}
        held = {**dict.fromkeys(there - maps.leftovers(views)), **maps.held(views)}
        return views, self.faults(views), self.record.faults(held)

    def check(self):
        self.all_up()
        start = time.monotonic()
        try:
            seen = until(self.look, lambda seen: self.is_well(seen[1], start) and not seen[2],
                         "all is well", AGREE, every=0.1)
        except LabError:
            seen = self.look()
        self.frozen.clear()
        views, disagreements, faults = seen
        print(f"step {self.number}: {len(self.record.sessions)} sessions "
              f"({time.monotonic() - start:.1f} s)", flush=True)
        self.leftovers += len(maps.leftovers(views) - set(self.record.ids()))
        for fault in disagreements:
            self.judge_fault(fault)
        for session_id, fault in faults.items():
            self.judge_session(session_id, fault, views)
        if disagreements or faults:
            self.mend({fault.key for fault in disagreements} | set(faults))
        self.take_over_states()
        for node in self.nodes:
            node.settled = True

    def take_over_states(self):
        """Doubts are over; and who has what is known."""
        views = self.views()
        held = maps.held(views)
        for session_id in self.record.ids():
            self.record.settle(session_id, held.get(session_id))
        self.holders = {key: {name for name, view in views.items()
                              if view.entries[key].role != maps.PROXY}
                        for key in self.record.ids()}

    def judge_fault(self, fault):
        mine = self.is_ours(fault)
        self.disagreements += mine
        self.disagreements_of_tomcats += not mine
        print(f"  {fault}{' OURS' if mine else ''}")

    def judge_session(self, session_id, fault, views):
        """Whether it is lost, and through whom. It is ours if one of ours had it."""
        ours = {node.name for node in self.nodes if node.ours}
        states = self.record.states(session_id) if session_id in self.record.sessions else ()
        somewhere = any(held_by(view).get(session_id) in states for view in views.values() if view)
        mine = bool(self.holders.get(session_id, set()) & ours or self.options.vault)
        lost = fault[0] != "revived" and not somewhere
        self.losses += lost and mine
        self.own_of_tomcats += lost and not mine
        print(f"  {session_id}: {fault}, was held by {sorted(self.holders.get(session_id, ()))}"
              f"{' LOSS' if lost and mine else ' elsewhere it is there' if somewhere else ''}")

    def mend(self, keys):
        """Goes on without what is wrong; if that does not do, without anything."""
        for key in keys - {None}:
            self.forget([key])
            for node in self.nodes:
                if not node.ours or self.options.stand_in:
                    self.writer.discard(node, key)
        try:
            until(lambda: self.faults(self.views()), lambda faults: not faults, "all is well",
                  SOON_AGAIN, every=0.1)
        except LabError:
            self.begin_anew()

    def begin_anew(self):
        """All nodes, without any session."""
        self.anew += 1
        for node in self.nodes:
            node.end("kill")
        for session_id in self.record.ids():
            self.record.forget(session_id)
        self.record.ended.clear()
        self.holders.clear()
        for node in self.nodes:
            self.start(node)
        self.wait_for_members()

    def harm(self):
        """What lasts at rest is as bad as a loss: the next failure makes one of it."""
        return self.losses + self.disagreements

    def summary(self):
        """More than the losses."""
        return (f"; {self.disagreements} disagreements of the "
                f"{'stand-ins' if self.options.stand_in else 'peers'}, "
                f"{self.disagreements_of_tomcats} of Tomcats; {self.leftovers} proxies left over; "
                f"{self.unprotected} sessions nobody else had, {self.unprotected_by_ours} of them "
                f"ours alone for long; begun anew {self.anew} times;")


def held_by(view):
    """Session id -> attributes, of those of which a node has a copy, whatever its role."""
    return {key: entry.value["attributes"] for key, entry in view.entries.items() if entry.value}
