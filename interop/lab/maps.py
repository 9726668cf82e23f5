# SPDX-License-Identifier: Apache-2.0
"""What every node holds of one replicated map, and whether that fits together.

A session of a BackupManager has one primary, which writes, and one backup; the other members hold a
proxy, which only knows where these are. None of it is asked of the map itself: that would take over.
"""
from dataclasses import dataclass, replace

from .peer import Peer, StandIn
from .waiting import NOTICE, differences, until

# Who writes, who keeps a copy, who knows where these are; of a ReplicatedMap everybody keeps a copy.
PRIMARY, BACKUP, PROXY, COPY = "primary", "backup", "proxy", "copy"
# What must be the same in a session's primary and in its backup. Access times are each one's own.
CARRIED = ("creationTime", "maxInactiveInterval", "isValid", "principal", "roles", "attributes")


@dataclass(frozen=True)
class Entry:
    """One key, as one member holds it; members are "PORT/UNIQUE-ID"."""
    role: str
    primary: str
    backups: frozenset
    # What it holds of the value, None without a copy.
    value: object


@dataclass(frozen=True)
class View:
    """One member's map."""
    own: str
    members: frozenset
    entries: dict

    def with_role(self, *roles):
        """Key -> entry, of those with such a role."""
        return {key: entry for key, entry in self.entries.items() if entry.role in roles}


def _plain(session):
    """What of a session is compared, with plain values."""
    if session is None:
        return None
    carried = {key: session[key] for key in CARRIED if key in session}
    carried["roles"] = sorted(carried.get("roles") or ())
    carried["attributes"] = {
        name: value["value"] if isinstance(value, dict) and set(value) == {"class", "value"}
        else value for name, value in session["attributes"].items()}
    return carried


def of_tomcat(tomcat, context):
    """What a Tomcat's JVM holds; None without such a map."""
    seen = tomcat.maps().get(context + "-map")
    if seen is None or seen["state"] != "INITIALIZED":
        return None
    entries = {key: Entry(entry["role"], entry["primary"], frozenset(entry["backups"]),
                          _plain(entry["value"])) for key, entry in seen["entries"].items()}
    return View(seen["self"], frozenset(seen["members"]), entries)


def _member(member):
    return f'{member["port"]}/{member["uniqueId"]}' if member else None


def of_peer(peer, context):
    """What our peer says that it holds; None without such a map."""
    peer = peer.at(context)
    seen = peer.map()
    if seen is None or seen["state"] != "initialized":
        return None
    entries = {}
    for entry in seen["entries"]:
        held = _plain(peer.session(entry["id"])) if entry["held"] else None
        entries[entry["id"]] = Entry(entry["role"], _member(entry.get("primary")),
                                     frozenset(map(_member, entry["backups"])), held)
    return View(_member(peer.local_member()), frozenset(map(_member, seen["members"])), entries)


def view_of(node, context):
    """What a Tomcat, a stand-in or a peer holds; None without such a map."""
    if isinstance(node, Peer):
        return of_peer(node, context)
    return of_tomcat(node.tomcat if isinstance(node, StandIn) else node, context)


def _holders(views, key, *roles):
    return {view.own for view in views.values()
            if key in view.entries and view.entries[key].role in roles}


def _faults_of_key(views, key, names, apart):
    """What does not fit together about one key: whom it is about, and a line."""
    primaries = _holders(views, key, PRIMARY)
    if len(primaries) != 1:
        said = {name: (view.entries[key].role, names.get(view.entries[key].primary))
                for name, view in views.items() if key in view.entries}
        yield (frozenset(names[own] for own in primaries) if primaries else
               frozenset(name for _, name in said.values() if name),
               f"{len(primaries)} primaries: {said}")
        return
    own = primaries.pop()
    primary = next(view for view in views.values() if view.own == own).entries[key]
    backups = _holders(views, key, BACKUP)
    holders = {names[one] for one in backups if one in names}
    others = [name for name, view in views.items() if view.own != own and not apart(name, names[own])]
    if backups != primary.backups or bool(others) != bool(backups):
        wrong = {names[own], *(names.get(one) for one in backups ^ primary.backups)}
        yield wrong, (f"{sorted(names.get(one, one) for one in backups)} are backups, primary "
                      f"{names[own]} says {sorted(names.get(one, one) for one in primary.backups)}")
    for name, view in views.items():
        # Whoever is apart from the primary, or from who has the copy, is told something else.
        if any(apart(name, other) for other in (names[own], *holders)):
            continue
        for line in _faults_of_entry(view.entries.get(key), primary, own, names):
            yield {name, names[own]}, f"{name} {line}"


def _faults_of_entry(entry, primary, own, names):
    if entry is None:
        yield "does not know it"
        return
    if entry.primary != own:
        yield (f"({entry.role}) takes {names.get(entry.primary, entry.primary)} for the primary, "
               f"which is {names[own]}")
    if entry.backups != primary.backups:
        yield (f"({entry.role}) takes {sorted(names.get(one, one) for one in entry.backups)} "
               "for the backups")
    if entry.value is not None and entry.value != primary.value:
        yield (f"({entry.role}) differs from the primary, {names[own]}:\n"
               + differences(entry.value, primary.value))
    if entry.value is None and entry.role != PROXY:
        yield f"({entry.role}) holds nothing"


@dataclass(frozen=True)
class Fault:
    """Something that does not fit together, of one key or of the members (None)."""
    key: str
    # Names of the nodes it is about.
    about: frozenset
    text: str

    def __str__(self):
        return f"{self.key}: {self.text}" if self.key else self.text


def faults(views, apart=lambda name, other: False):
    """What in the views of all living members (name -> view) does not fit together. Two may be
    apart: Tomcats that cannot read each other's members."""
    found = [Fault(None, frozenset({name}), f"{name} has no such map")
             for name, view in views.items() if view is None]
    views = {name: view for name, view in views.items() if view is not None}
    names = {view.own: name for name, view in views.items()}
    for name, view in views.items():
        others = frozenset(own for own, other in names.items()
                           if own != view.own and not apart(name, other))
        if view.members != others:
            said = sorted(names.get(one, one) for one in view.members)
            found.append(Fault(None, frozenset({name}), f"{name} has members {said}"))
    for key in sorted(set().union(*(view.entries for view in views.values()))):
        found += [Fault(key, frozenset(about) - {None}, text)
                  for about, text in _faults_of_key(views, key, names, apart)]
    return found


def without_vaults(views, vaults):
    """The views as if peers that keep everything were none of the backups, where there is another
    one: its primary tells them what changes, and the backup need not know."""
    own = frozenset(view.own for name, view in views.items() if view and name in vaults)
    beside = {key for view in views.values() if view
              for key, entry in view.with_role(PRIMARY).items() if entry.backups - own}

    def changed(name, key, entry):
        if key not in beside:
            return entry
        role = PROXY if name in vaults and entry.role == BACKUP else entry.role
        return replace(entry, role=role, backups=entry.backups - own)
    return {name: view and replace(view, entries={key: changed(name, key, entry)
                                                  for key, entry in view.entries.items()})
            for name, view in views.items()}


def leftovers(views):
    """Keys of which there are proxies only."""
    entries = [(key, entry.role) for view in views.values() if view
               for key, entry in view.entries.items()]
    return {key for key, _ in entries} - {key for key, role in entries if role != PROXY}


def held(views):
    """Key -> the attributes that its primary holds."""
    return {key: entry.value and entry.value["attributes"]
            for view in views.values() if view for key, entry in view.with_role(PRIMARY).items()}


def until_settled(look, expected=None, timeout=NOTICE, what="the maps agree", apart=None):
    """Waits until what is looked at (name -> view) fits together, and the primaries hold what is
    expected (session id -> attributes); returns the views."""
    def seen():
        views = look()
        lines = [str(fault) for fault in (faults(views, apart) if apart else faults(views))]
        if not lines and expected is not None:
            lines = differences(held(views), expected).splitlines()
        return views, lines
    return until(seen, lambda both: not both[1], what, timeout,
                 explain=lambda both: "\n".join(f"  {line}" for line in both[1][:12]))[0]
