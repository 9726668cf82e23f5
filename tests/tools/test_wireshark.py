#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The dissector for Wireshark, in tshark: what Tomcat's own bytes say, connections as captures have
them, and broken input; TAP."""
import gzip
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from packets import (VECTORS, Capture, Connection, frame, message, says, session_message, vector)

SCRIPT = sys.argv[1]
SEPARATOR = "\x1f"


def tshark(capture, *arguments):
    """Its lines; the Lua errors of the dissector are a failure of the test."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(capture if isinstance(capture, bytes) else capture.bytes())
        file.flush()
        done = subprocess.run(["tshark", "-X", f"lua_script:{SCRIPT}", "-r", file.name, *arguments],
                              capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    wrong = [line for line in (done.stdout + done.stderr).splitlines()
             if "Lua Error" in line or ".lua:" in line]
    assert not wrong, wrong[:3]
    return done.stdout.splitlines()


def fields(capture, *names, only="tribes", passes=()):
    """For each packet that @only chooses, name -> all its values."""
    options = [item for name in names for item in ("-e", name)]
    lines = tshark(capture, *passes, "-Y", only, "-T", "fields", *options, "-E", "separator=/t", "-E",
                   f"aggregator={SEPARATOR}")
    return [{name: value.split(SEPARATOR) if value else []
             for name, value in zip(names, line.split("\t"))} for line in lines]


def connections(pieces, size=1400, port=4000):
    """A capture with a connection for each."""
    capture = Capture()
    for number, piece in enumerate(pieces):
        connection = Connection(capture, 40000 + number, port)
        connection.send(0, piece, size)
        connection.close()
    return capture


def named(*prefixes):
    return [file.stem for file in sorted(VECTORS.glob("*.bin")) if file.name.startswith(prefixes)]


def check(found, expected, what):
    assert found == expected, f"{what}: expected {expected!r}, found {found!r}"


def frames():
    """Every frame and every message, from the first byte to the last."""
    names = [name for name in named("frame-", "message-") if "timestamp" in says(name)]
    pieces = [vector(name) if name.startswith("frame-") else frame(vector(name)) for name in names]
    found = fields(connections(pieces), "tribes.options", "tribes.id", "tribes.member.host",
                   "tribes.member.port", "tribes.member.id", "tribes.problem", "tribes.timestamp")
    check(len(found), len(names), "frames")
    for name, one in zip(names, found):
        said = says(name)
        check([int(text, 16) for text in one["tribes.options"]], [int(said["options"])], name)
        check(one["tribes.id"], [said["unique-id"]], name)
        check(one["tribes.member.host"], [said["member-host"]], name)
        check(one["tribes.member.port"], [said["member-port"]], name)
        check(one["tribes.member.id"], [said["member-unique-id"]], name)
        check(one["tribes.problem"], [], name)
        assert "Nov 14, 2023 22:13:20.123" in one["tribes.timestamp"][0], one


def heartbeats():
    """Datagrams, at the usual port and at another."""
    capture = Capture()
    names = named("heartbeat", "member-")
    for name in names:
        capture.udp(45564, vector(name))
        capture.udp(7777, vector(name))
    found = fields(capture, "tribes.member.port", "tribes.member.host", "tribes.member.leaves",
                   "tribes.problem")
    check(len(found), 2 * len(names), "heartbeats")
    for number, one in enumerate(found):
        said = says(names[number // 2])
        leaves = said.get("command") == "424142592d414c4558"
        check(one["tribes.member.port"], [said["port"]], said)
        check(one["tribes.member.host"], [said["host"]], said)
        check(len(one["tribes.member.leaves"]), int(leaves), said)
        check(one["tribes.problem"], [], said)


def session_messages():
    names = named("session-")
    # These carry bytes that only look like data.
    found = fields(connections([message(vector(name)) for name in names]), "catalina.session.event",
                   "catalina.session.context", "catalina.session.id", "catalina.session.unique_id",
                   "catalina.session.timestamp")
    check(len(found), len(names), "session messages")
    for name, one in zip(names, found):
        said = says(name)
        check(one["catalina.session.event"], [said["event"]], name)
        for field, key in (("context", "context"), ("id", "session-id"), ("unique_id", "unique-id")):
            assert not said.get(key) or said[key] in one[f"catalina.session.{field}"], (name, one)
        moment = datetime.fromtimestamp(int(said["timestamp"]) / 1000, timezone.utc)
        assert moment.strftime("%H:%M:%S") in one["catalina.session.timestamp"][0], (name, one)


def deltas():
    """What requests changed: names, kinds and classes."""
    names = named("delta-")
    found = fields(connections([session_message(vector(name), 13) for name in names]),
                   "catalina.attribute.name", "catalina.delta.type", "catalina.delta.change",
                   "tribes.problem")
    check(len(found), len(names), "deltas")
    for name, one in zip(names, found):
        said = says(name)
        actions = range(int(said["actions"]))
        for field, key in (("catalina.attribute.name", "name"), ("catalina.delta.type", "type"),
                           ("catalina.delta.change", "action")):
            check(one[field], [said[f"action.{i}.{key}"] for i in actions], f"{name} {key}")
        check(one["tribes.problem"], [], name)


def states():
    """Sessions of a state transfer, with and without notes, of every version there is."""
    captured = Path(__file__).parent.parent / "captured"
    files = sorted(VECTORS.glob("state-*.bin")) + sorted(captured.glob("state-*.bin"))
    pieces = [session_message(file.read_bytes(), 12) for file in files]
    found = fields(connections(pieces), "catalina.state.sessions", "catalina.session.id",
                   "catalina.attribute.name", "tribes.problem")
    check(len(found), len(files), "states")
    for file, one in zip(files, found):
        check(one["tribes.problem"], [], file.name)
        sessions = int(one["catalina.state.sessions"][0])
        # The message's own is first.
        check(len(one["catalina.session.id"]) - 1, sessions, file.name)
    several = found[[file.name for file in files].index("state-several@10.1.60.bin")]
    check(several["catalina.attribute.name"][:3], ["big", "item", "flag"], "attributes")


def calls():
    """Remote calls: question, answer, and nobody's."""
    names = named("rpc-")
    found = fields(connections([message(vector(name)) for name in names]), "tribes.rpc.reply",
                   "tribes.rpc.channel", "tribes.rpc.id", "tribes.problem")
    check(len(found), len(names), "calls")
    for name, one in zip(names, found):
        check(len(one["tribes.rpc.channel"]), 1, name)
        check(one["tribes.rpc.id"], [says(name)["uuid"]], name)
        check(one["tribes.rpc.reply"][0] in ("True", "1"), "question" not in name, name)
        check(one["tribes.problem"], [], name)


def maps():
    """What replicated maps say: which entry, and who has it."""
    names = named("map-")
    found = fields(connections([message(vector(name)) for name in names]), "tribes.map.type",
                   "tribes.map.name", "tribes.map.key", "tribes.map.primary", "tribes.map.node",
                   "catalina.session.id", "catalina.attribute.name", "tribes.map.state",
                   "tribes.problem")
    check(len(found), len(names), "maps")
    for name, one in zip(names, found):
        said = says(name)
        check(one["tribes.map.type"][0], said["type"], name)
        check(one["tribes.map.name"][0], said["map"], name)
        check(one["tribes.problem"], [], name)
        entries = int(said.get("entries", 0))
        check(one["tribes.map.key"], [f"key{i}" for i in range(entries)] if "entries" in said else
              [] if said["key"] == "null" else ["0123456789ABCDEF0123456789ABCDEF.node1"], name)
        primary = [] if said["primary"] == "null" else [said["primary"].replace(" ", ":")]
        check(one["tribes.map.primary"], primary or ["127.0.0.1:4000"] * entries, name)
        nodes = 0 if said["nodes"] == "null" else int(said["nodes"])
        check(len(one["tribes.map.node"]), nodes or entries, name)
    shown = dict(zip(names, found))
    check(shown["map-backup@10.1.60"]["catalina.session.id"],
          ["00000000000000000000000000000001.node1"], "session")
    check(shown["map-diff@9.0.70"]["catalina.attribute.name"], ["count", "gone"], "diff")
    check(shown["map-ping-initialized@9.0.70"]["tribes.map.state"], ["INITIALIZED"], "state")
    secret = "\n".join(tshark(connections([message(vector("map-sign-on@10.1.60"))]), "-V"))
    assert "alice" in secret and "geheim" not in secret, secret


def in_pieces():
    """However a connection was cut into packets."""
    whole = [vector("frame-session-delta") + vector("frame-long") + vector("frame-markers")] * 3
    names = ("tribes.id", "catalina.session.id", "tribes.payload", "tribes.skipped")

    def flat(capture):
        packets = fields(capture, *names)
        return {name: [value for one in packets for value in one[name]] for name in names}

    expected = flat(connections(whole[:1]))
    assert len(expected["tribes.id"]) == 3 and not expected["tribes.skipped"], expected
    for size in (1, 7, 11, 100):
        check(flat(connections(whole[:1], size)), expected, f"pieces of {size}")


def acknowledged():
    """Pairs in the order of a connection, with the time between."""
    capture = Capture()
    connection = Connection(capture, 40000, 9999)
    for _ in range(2):
        connection.send(0, vector("frame-synchronous"))
    capture.now += 0.25
    connection.send(1, vector("ack"))
    connection.send(1, vector("fail-ack"))
    found = fields(capture, "frame.number", "tribes.ack", "tribes.ack.of", "tribes.ack.time",
                   "tribes.failed")
    check([one["tribes.ack"] for one in found], [[], [], ["1"], ["2"]], "acknowledgements")
    check([one["tribes.ack.of"] for one in found[2:]], [one["frame.number"] for one in found[:2]],
          "messages")
    for one in found[2:]:
        assert 0.25 <= float(one["tribes.ack.time"][0]) < 0.26, one
    check(len(found[3]["tribes.failed"]), 1, "failed")


def joined_in_the_middle():
    """The next frame is found, and what was before it is shown as bytes."""
    half = vector("frame-bytes")[60:]
    capture = Capture()
    Connection(capture, 40000, 4001, begins=False).send(0, half + vector("frame-session-delta"))
    later = Connection(capture, 40001, 4001, begins=False)
    later.send(0, half)
    later.send(0, vector("frame-session-delta") + vector("ack"))
    found = fields(capture, "tribes.skipped", "catalina.session.event", "tribes.ack")
    check(found, [{"tribes.skipped": [half.hex()], "catalina.session.event": ["13"], "tribes.ack": []},
                  {"tribes.skipped": [], "catalina.session.event": ["13"], "tribes.ack": ["1"]}],
          "joined")


def others():
    """Somebody else at a usual port is left alone."""
    capture = Capture()
    connection = Connection(capture, 40000, 4001)
    connection.send(0, b"GET / HTTP/1.1\r\n\r\n")
    check(fields(capture, "tribes.skipped"), [], "not ours")


def cut_off():
    """A capture with short packets."""
    capture = Capture(snap_length=300)
    Connection(capture, 40000, 4001).send(0, vector("frame-session-delta"))
    (one,) = fields(capture, "tribes.problem", "tribes.member.port")
    assert one["tribes.member.port"] == ["4000"] and one["tribes.problem"], one


def recorded(name, *names):
    """Of a recording of Tomcats, with one pass and with two; @names as fields has them."""
    data = gzip.decompress((VECTORS.parent / "recordings" / f"{name}.pcap.gz").read_bytes())
    return fields(data, *names), fields(data, *names, passes=("-2",))


def wrapped():
    """What interceptors compressed is expanded, and pieces are joined, also by who looks twice."""
    for name, field in (("gzip", "tribes.compressed"), ("fragments", "tribes.pieces")):
        once, twice = recorded(name, field, "catalina.session.event", "tribes.problem")
        check(once, twice, name)
        check([one for one in once if one["tribes.problem"]], [], name)
        events = [event for one in once for event in one["catalina.session.event"]]
        assert {"1", "13", "12", "14"} <= set(events), (name, events)
        inside = [one for one in once if one[field] and one["catalina.session.event"]]
        assert len(inside) > 5, (name, once)
    # Nothing of a piece is taken for the whole.
    plain = [one for one in once if one["tribes.pieces"] and not one["catalina.session.event"]]
    assert len(plain) > 5, once


def piece(data, number, count):
    return data + struct.pack("!IIB", number, count, 1)


def odd_pieces():
    """Twice the same, in any order, with an order's number, one lost, compressed inside."""
    whole = gzip.compress(vector("session-delta"))
    cuts = [whole[:100], whole[100:200], whole[200:]]
    named_pieces = [piece(cuts[number], number, 3) for number in (2, 0, 0, 1)]
    capture = connections([b"".join(message(one) for one in named_pieces)])
    (one,) = fields(capture, "catalina.session.event", "tribes.piece", "tribes.problem")
    check(one, {"catalina.session.event": ["13"], "tribes.piece": ["2", "0", "0", "1"],
                "tribes.problem": []}, "any order")
    numbered = [piece(cuts[number], number, 3) + struct.pack("!I", 7) for number in range(3)]
    (one,) = fields(connections([b"".join(map(message, numbered))]), "catalina.session.event")
    check(one["catalina.session.event"], ["13"], "numbered")
    (one,) = fields(connections([b"".join(map(message, named_pieces[:2]))]), "catalina.session.event",
                    "tribes.payload")
    check((one["catalina.session.event"], len(one["tribes.payload"])), ([], 2), "lost")
    # Not gzip after all; and what would fill the memory is not tried.
    for data in (b"\x1f\x8b\x08" + bytes(40), gzip.compress(random.Random(3).randbytes(300000))):
        (one,) = fields(connections([message(data)]), "tribes.compressed", "tribes.payload")
        check((one["tribes.compressed"], len(one["tribes.payload"])), ([], 1), "not expanded")


def carried():
    """Messages of maps in remote calls."""
    once, _ = recorded("backup", "tribes.rpc.reply", "tribes.map.type", "tribes.map.name",
                       "tribes.map.primary")
    calls_of_maps = [one for one in once if one["tribes.rpc.reply"]]
    assert {kind for one in calls_of_maps for kind in one["tribes.map.type"]} == {"5", "6", "8"}
    assert all(one["tribes.map.name"] == ["localhost#/shop-map"] for one in calls_of_maps)
    assert any(one["tribes.map.primary"] for one in calls_of_maps), calls_of_maps


def installed():
    """As Wireshark loads them by itself: each file of a folder."""
    with tempfile.TemporaryDirectory() as folder:
        plugins = Path(folder) / "wireshark" / "plugins"
        plugins.mkdir(parents=True)
        for file in Path(SCRIPT).parent.glob("*.lua"):
            shutil.copy(file, plugins)
        capture = Path(folder) / "a.pcap"
        capture.write_bytes(connections([vector("frame-session-delta")]).bytes())
        done = subprocess.run(["tshark", "-r", capture, "-Y", "catalina.session.event == 13"],
                              capture_output=True, text=True, check=False,
                              env={**os.environ, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder,
                                   "HOME": folder, "WIRESHARK_PLUGIN_DIR": str(plugins)})
    assert done.returncode == 0 and "lua" not in done.stderr.lower(), done.stderr
    assert len(done.stdout.splitlines()) == 1, done.stdout


def broken():
    """Anything may be in a packet; nothing of it is an error of the dissector."""
    chance = random.Random(7)
    pieces = []
    for name in named("frame-", "delta-", "state-", "rpc-", "session-", "map-"):
        data = vector(name)
        whole = data if name.startswith("frame-") else \
            session_message(data, 12 if name.startswith("state") else 13) \
            if name.startswith(("delta", "state")) else message(data)
        for _ in range(4):
            bad = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                bad[chance.randrange(len(bad))] = chance.randrange(256)
            pieces.append(bytes(bad[:chance.choice((len(bad), chance.randrange(len(bad))))]))
    capture = connections(pieces)
    for number, piece in enumerate(pieces):
        capture.udp(45564 if number % 2 else 7000, piece[7:] if number % 3 else piece)
    assert tshark(capture, "-V")


CASES = [frames, heartbeats, session_messages, deltas, states, calls, maps, in_pieces, acknowledged,
         joined_in_the_middle, others, cut_off, wrapped, odd_pieces, carried, installed, broken]

if not shutil.which("tshark"):
    print("TAP version 13\n1..0 # SKIP tshark is not installed")
    sys.exit(0)
print(f"TAP version 13\n1..{len(CASES)}")
for index, case in enumerate(CASES, 1):
    try:
        case()
        print(f"ok {index} - {case.__name__}", flush=True)
    except (AssertionError, KeyError, ValueError, IndexError) as error:
        print("\n".join(f"# {line}" for line in str(error).splitlines()[:20]))
        print(f"not ok {index} - {case.__name__}", flush=True)
