# SPDX-License-Identifier: Apache-2.0
"""Whether `tribes monitor` and `tribes report` see in a capture what Tomcats say happened."""
import json
import re
import subprocess
from collections import Counter
from datetime import datetime

from .peer import program

# What a manager calls it -> what the monitor does.
EVENTS = {
    "ALL_SESSION_DATA": "all-data", "ALL_SESSION_NOCONTEXTMANAGER": "no-context-manager",
    "ALL_SESSION_TRANSFERCOMPLETE": "transfer-complete", "CHANGE_SESSION_ID": "change-id",
    "GET_ALL_SESSIONS": "get-all", "SESSION_ACCESSED": "accessed", "SESSION_CREATED": "created",
    "SESSION_DELTA": "delta", "SESSION_EXPIRED": "expired",
}
ADDED = re.compile(r"member added:\[.*?tcp://\{?([0-9., ]+?)\}?:(\d+)")
FAILED_ACK = re.compile(r"Received a failed ack", re.IGNORECASE)


def read(path, *options):
    done = subprocess.run([program(), "monitor", "--json", "--show-ids", "--show-values", *options,
                           path], capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        if "time" in event:
            event["seconds"] = datetime.strptime(event["time"][:-1] + "+0000",
                                                 "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    return events


def summed_up(path):
    done = subprocess.run([program(), "report", "--json", path], capture_output=True, text=True,
                          check=True)
    return json.loads(done.stdout)


def within(events, life):
    return [event for event in events if "seconds" in event
            and life["start"] <= event["seconds"] <= life["end"]]


def _once(events):
    """A sender that finds its connection dead sends a message again; one to several is one."""
    return list({event["id"]: event for event in events}.values())


def counted(events, key, address, context):
    """Counter name without its begin -> number, of one manager."""
    mine = [event for event in events if event.get(key) == address
            and event.get("context") == context]
    kinds = Counter(event["event"] for event in _once(mine))
    return {name: kinds[kind] for name, kind in EVENTS.items()}


def said(counters, way):
    begin = f"Counter{way}_EVT_"
    return {name: counters[begin + name] for name in EVENTS if begin + name in counters}


def replay(events, context):
    """Session id -> attributes, as created, changed, renamed and expired."""
    held = {}
    for event in _once(event for event in events if event.get("context") == context):
        key = event.get("session")
        if event["event"] == "created":
            held.setdefault(key, {})
        elif event["event"] == "expired":
            held.pop(key, None)
        elif event["event"] == "change-id" and key in held:
            held[event["newSession"]] = held.pop(key)
        elif event["event"] == "delta" and key in held:
            for action in event["actions"]:
                if action["type"] != "attribute":
                    continue
                if action["change"] == "set":
                    held[key][action["name"]] = action.get("value")
                else:
                    held[key].pop(action["name"], None)
    return held


def added(life):
    """Addresses of the members that its log says have come."""
    found = set()
    for line in life["log"]:
        match = ADDED.search(line)
        if match:
            found.add(".".join(part.strip() for part in re.split("[.,]", match.group(1)))
                      + ":" + match.group(2))
    return found


def _compare(what, found, expected, out):
    if found != expected:
        out.append(f"{what}: seen {found}, said {expected}")


def _compare_life(life, account, events, out):
    address = account["tomcats"][life["tomcat"]]["receiver"]
    mine = within(events, life)
    for context, counters in life["counters"].items():
        for way, key in (("Send", "from"), ("Receive", "to")):
            expected = said(counters, way)
            seen = counted(mine, key, address, context)
            _compare(f"{life['tomcat']} {context} {way}", {name: seen[name] for name in expected},
                     expected, out)


def _compare_members(account, summary, out):
    timeline = Counter((event["member"], event["what"]) for event in summary["timeline"])
    known = {tomcat["receiver"] for tomcat in account["tomcats"].values()}
    added_by_log = set().union(*(added(life) for life in account["lives"]))
    appeared = {member for member, what in timeline if what == "appeared"}
    _compare("members that appeared", appeared & known, added_by_log, out)
    for name, tomcat in account["tomcats"].items():
        stopped = sum(life["how"] == "stopped" for life in account["lives"]
                      if life["tomcat"] == name)
        _compare(f"{name} left", timeline[tomcat["receiver"], "left"], stopped, out)


def _compare_sessions(account, events, out):
    last = account["lives"][-1]
    for context, sessions in last["sessions"].items():
        _compare(f"sessions of {context}", replay(events, context), sessions, out)


def _compare_transfers(account, summary, out):
    """Each manager that asked was answered, with as many sessions as the donor held. Of those of
    replicated maps managers count nothing."""
    asked = sum(counters.get("CounterSend_EVT_GET_ALL_SESSIONS", 0)
                for life in account["lives"] for counters in life["counters"].values())
    transfers = [transfer for transfer in summary["transfers"] if not transfer.get("map")]
    _compare("transfers", len(transfers), asked, out)
    _compare("complete transfers", sum(transfer["state"] == "complete" for transfer in transfers),
             asked, out)
    if "transferred" in account:
        _compare("transferred sessions", max(transfer["sessions"] for transfer in transfers),
                 account["transferred"], out)


def differences(account, path):
    """What differs, a line each."""
    events, summary, out = read(path), summed_up(path), []
    end = events.pop()
    lost = {name: end[name] for name in ("brokenPackets", "missingBytes", "skippedBytes",
                                         "brokenMessages", "forgottenConnections")}
    _compare("losses", lost, dict.fromkeys(lost, 0), out)
    opaque = set(account.get("opaque", ()))
    kinds = {event["event"] for event in events}
    _compare("kinds that cannot be read", kinds & {"fragment", "compressed", "encrypted-or-unknown", "unknown",
                                                   "broken", "cut"}, opaque, out)
    for kind in account.get("kinds", ()):
        _compare(f"{kind} is there", kind in kinds, True, out)
    _compare_members(account, summary, out)
    _compare("failed acknowledgements",
             sum(event.get("ack") == "failed" for event in events),
             sum(bool(FAILED_ACK.search(line)) for life in account["lives"] for line in life["log"]),
             out)
    if "encrypted-or-unknown" in opaque:
        return out
    for life in account["lives"]:
        _compare_life(life, account, events, out)
    _compare_transfers(account, summary, out)
    if account.get("all_seen"):
        _compare_sessions(account, events, out)
    return out
