#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command `tribes decode`: formats, exit codes, and what is said about a broken stream; TAP."""
import base64
import gzip
import json
import random
import re
import struct
import subprocess
import sys
from pathlib import Path

CORPUS = sorted(Path(sys.argv[2]).iterdir())
STREAM = b"\xac\xed\0\5t\0\3one" + b"t\0\3two"


def decode(*arguments, data=b""):
    done = subprocess.run([sys.argv[1], "decode", *map(str, arguments)], input=data,
                          capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def raw():
    return all(decode("--format=raw", file) == (0, file.read_bytes(), "") for file in CORPUS)


def parses():
    """JSON that others can read, and the text says the same."""
    for file in CORPUS:
        value = json.loads(decode("--format=json", file)[1])
        if json.loads(decode(file)[1]) != value:
            return False
    return True


def broken():
    code, out, err = decode("-f", "json", "-", data=STREAM[:-1])
    return (code == 1 and out == b'["one"]\n' and "offset 13: string: expected 3 bytes" in err
            and decode("-", data=random.Random(5).randbytes(500))[0] == 1)


def summary():
    code, out, _ = decode("--summary", "-", data=STREAM)
    return code == 0 and out.decode().split()[-4:] == ["2", "12", "-", "java.lang.String"]


def usage():
    return decode()[0] == decode("--format=xml", "-")[0] == decode("--no-such")[0] == 2


def missing():
    code, _, err = decode("no-such-file")
    return code == 1 and "no-such-file" in err


VECTORS = Path(__file__).parent.parent / "vectors"


def names(nodes):
    return [node["name"] for node in nodes]


def frame():
    """Recognised, as a tree down to the value; the same where it is said what it is."""
    file = VECTORS / "frame-session-delta.bin"
    code, out, _ = decode("--json", file)
    (top,) = json.loads(out)
    message = top["nodes"][2]["nodes"][-1]
    delta = message["nodes"][-1]
    return (code == 0 and names(top["nodes"]) == ["begin", "length", "message", "end"]
            and message["name"] == "session message" and delta["name"] == "delta"
            and delta["nodes"][-1]["nodes"][-1]["value"] == "hello"
            and decode("--json", "--as", "frame", file)[1] == out
            and b"set attribute text" in decode(file)[1])


def others():
    """A heartbeat, a session message, a delta and a state."""
    def begins(name, first):
        line = decode(VECTORS / f"{name}.bin")[1].decode().splitlines()[0]
        return line.split()[2:2 + len(first)] == first

    return all(begins(name, first)
               for name, first in (("heartbeat", ["member:"]), ("delta-several", ["delta:", "12"]),
                                   ("session-expired", ["session", "message:", "expired"]),
                                   ("state-empty", ["state:", "0"])))


def framed(payload):
    """A payload in a frame as it goes over a connection."""
    head = (VECTORS / "frame-session-delta.bin").read_bytes()
    sender = head.index(b"TRIBES-B")
    body = head[11:head.index(b"TRIBES-E") + 10] + struct.pack("!i", len(payload)) + payload
    assert struct.unpack("!i", head[sender - 4:sender]) == (len(body) - len(payload) - 4 - sender + 11,)
    return b"FLT2002" + struct.pack("!i", len(body)) + body + b"TLF2003"


def payload_of(payload, *arguments):
    """The nodes of a payload in a frame, which are those that it has alone."""
    code, out, err = decode("--json", *arguments, "-", data=framed(payload))
    assert code == 0, err
    return json.loads(out)[0]["nodes"][2]["nodes"][4:]


def values(nodes):
    """By their names; what has an empty one is not there."""
    return {node["name"]: node.get("value", node.get("bytes")) for node in nodes}


def same_member(node, package):
    """Whether it is the tree that a heartbeat with the package has, where the package is."""
    (alone,) = json.loads(decode("--json", "--as", "heartbeat", "-", data=package)[1])

    def shape(tree, base):
        return (tree["offset"] - base, tree["size"], tree.get("value"), tree.get("bytes"),
                tree.get("meaning"), [shape(inner, base) for inner in tree.get("nodes", [])])
    return shape(node, node["offset"]) == shape(alone, 0)


def rpc():
    """Questions and answers, in a frame, alone and where it is said what it is: who, for whom, what."""
    cases = {"rpc-question": ("question", False), "rpc-reply": ("reply", True),
             "rpc-no-channel": ("nobody", True)}
    for name, (meaning, is_reply) in cases.items():
        data = (VECTORS / f"{name}.bin").read_bytes()
        (node,) = payload_of(data)
        (alone,) = json.loads(decode("--json", "-", data=data)[1])
        (said,) = json.loads(decode("--json", "--as", "rpc", "-", data=data)[1])
        for found in node, alone, said:
            got = values(found["nodes"])
            assert found["meaning"] == meaning and got["reply"] is is_reply, found
            assert got["uuid"] == "404142434445464748494a4b4c4d4e4f", found
            assert got["channel"] == "localhost#/shop-map", found
        assert payload_of(data, "--as", "frame") == [node]
    return True


def members():
    """A member in a message is the tree that its package has, of whichever class, where it is."""
    for name in ("rpc-question-member@9.0.70", "rpc-reply-member@10.1.60", "static-stop@9.0.70",
                 "static-stop@10.1.60"):
        data = (VECTORS / f"{name}.bin").read_bytes()
        package = data[data.index(b"TRIBES-B"):data.index(b"TRIBES-E") + 10]
        (node,) = payload_of(data)
        while node["name"] != "member message":
            node = node["nodes"][-1]
        said = values(node["nodes"])
        assert said["membership"] == "Catalina-Channel-StaticMembership", said
        assert said["type"] == {"question": 1, "reply": 3}.get(name[4:].split("-")[0], 2), said
        (found,) = (inner for inner in node["nodes"] if inner["name"] == "member")
        assert same_member(found, package), found
        assert base64.b64encode(package)[:40] not in decode("-", data=framed(data))[1]
    broken_one = data.replace(b"TRIBES-B", b"TRIBES-X")
    code, out, err = decode("-", data=framed(broken_one))
    return code == 1 and b"rest" in out and "begin: expected 5452494245532d42" in err


def interceptors():
    """What coordinators and two phases say to each other, with another interceptor's number behind."""
    package = (VECTORS / "heartbeat.bin").read_bytes()
    sized = struct.pack("!i", len(package)) + package
    token = (bytes.fromhex("aa26dee39e5a413faf86fa9263ca0d3f") + 2 * sized + struct.pack("!i", 2)
             + 2 * sized + bytes(range(16)) + bytes.fromhex("43586baa45174cbaa5e9a9e783564b14"))
    alive = bytes.fromhex("4f87e7f1c505405eb37189a83472c8d2ee660a2281f74773ba489b5848847f6f"
                          "4a4c8c326f674103b333dd00777509e67732b5979a244f25bcac850fea936ac9")
    commit = (bytes.fromhex("7101c602dec44bb29bf420e3206fd804") + bytes(range(16))
              + bytes.fromhex("36f35a6e2fe14be8afe32434c64d9238"))
    for behind, expected in (b"", None), (struct.pack("!i", 7), 7):
        (found,) = payload_of(token + behind)
        assert [node["name"] for node in found["nodes"]][:6] == [
            "leader", "source", "members", "member", "member", "view"], found
        assert all(same_member(found["nodes"][at], package) for at in (0, 1, 3, 4)), found
        assert found["meaning"] == "this is the view", found
        assert values(found["nodes"]).get("order number") == expected, found
        for payload, name, size in (alive, "coordination", 64), (commit, "commit of message", 16):
            nodes = payload_of(payload + behind)
            assert (nodes[0]["name"], nodes[0]["size"]) == (name, size), nodes
            assert values(nodes).get("order number") == expected, nodes
            (nodes, rest) = payload_of(payload + b"??")
            assert (rest["name"], rest["size"]) == ("data", 2), rest
    return True


def broken_frame():
    data = (VECTORS / "frame-session-delta.bin").read_bytes()[:300]
    code, out, err = decode("-", data=data)
    return code == 1 and b"session message" in out and "offset 300" in err


def no_such_layer():
    code, _, err = decode("--as", "letter", "-")
    return code == 2 and "frame" in err and "java" in err


def unpacks():
    """Base64, hex and gzip are unpacked, and it is said that they are."""
    expected = decode("-", data=STREAM)[1]
    packed = {"base64": base64.encodebytes(STREAM + b"t\0\1a"), "hex": STREAM.hex().encode() + b"\n",
              "gzip": gzip.compress(STREAM)}
    results = {name: decode("-", data=data) for name, data in packed.items()}
    for name, result in results.items():
        print(f"# {name}: {result}")
    return (all(code == 0 and name in err for name, (code, _, err) in results.items())
            and results["hex"][1] == results["gzip"][1] == expected
            and decode("-", data=packed["gzip"][:-9])[0] == 1)


def unpacks_again():
    """What was packed twice, and base64 as it stands in URLs, where nothing fills it up."""
    expected = decode("-", data=STREAM)[1]
    text = STREAM + b"w\11" + b"\xfb\xff\xbe" * 3
    url = base64.urlsafe_b64encode(text).rstrip(b"=")
    return (decode("-", data=base64.b64encode(gzip.compress(STREAM)))[:2] == (0, expected)
            and decode("-", data=gzip.compress(STREAM.hex().encode()))[:2] == (0, expected)
            and {*b"-_"} <= {*url} and decode("-", data=url)[1] == decode("-", data=text)[1] != b"")


def steering():
    """What is in a stream or a file's name does not tell a terminal what to do, nor end a line."""
    name = "\x1b[2J\nx: \x9b\u2028\u202e"
    utf = name.encode()
    thing = b"sr" + len(utf).to_bytes(2, "big") + utf + bytes(8) + b"\2\0\0xp"
    text = b"t" + len(utf).to_bytes(2, "big") + utf
    for options in ([], ["--json"], ["--summary"], ["--as", "java"], ["--as", "java", "--json"],
                    ["--as", "delta"]):
        for data in STREAM[:4] + thing + text, STREAM[:4] + thing + text + b"sr", thing, text:
            _, out, err = decode(*options, "-", data=data)
            shown = out.decode() + err
            if re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", shown) \
                    or any(line.startswith("x: ") for line in shown.split("\n")):
                print(f"# {options}: {shown!r}")
                return False
    return "\\u001b" in decode("no\x1bfile")[2]


def appended():
    code, out, _ = decode("-f", "json", "-", data=STREAM + STREAM)
    return code == 0 and out == b'["one","two"]\n["one","two"]\n'


def enums():
    """A constant of an enum is told from a string."""
    column = b"~r\0\7Gen$Col" + bytes(8) + b"\x12\0\0xr\0\x0ejava.lang.Enum" + bytes(8) \
        + b"\x12\0\0xpt\0\5GREEN"
    code, out, _ = decode("-f", "json", "-", data=STREAM[:4] + column + b"t\0\5GREEN")
    green = {"@class": "Gen$Col", "@enum": "GREEN"}
    return (code == 0 and json.loads(out) == [green, "GREEN"]
            and json.loads(decode("-", data=STREAM[:4] + column)[1]) == [green])


def quotes():
    """Whatever a class is called, it is JSON."""
    data = b"sr\0\1A" + bytes(8) + b"\2\0\0xr\0\2B\"" + bytes(8) + b"\3\0\0xpw\1ax"
    code, out, _ = decode("-f", "json", "-", data=STREAM[:4] + data)
    return code == 0 and json.loads(out) == [{"@class": "A", '@data:B"': [{"@bytes": "YQ=="}]}]


def endless():
    """Input without an end is refused, not read for ever."""
    code, out, err = decode("/dev/zero")
    return code == 1 and out == b"" and "at most" in err


def unwritable():
    """Output that cannot be written is a failure, for each format."""
    command = [sys.argv[1], "decode"]
    with open("/dev/full", "wb") as full:
        codes = [subprocess.run([*command, *options, str(VECTORS / "frame-bytes.bin")], stdout=full,
                                stderr=subprocess.DEVNULL, check=False).returncode
                 for options in ([], ["--json"])]
        codes.append(subprocess.run([*command, "-"], input=STREAM, stdout=full,
                                    stderr=subprocess.DEVNULL, check=False).returncode)
    closed = subprocess.run(["sh", "-c", '"$0" decode "$1" >&-', sys.argv[1],
                             str(VECTORS / "frame-bytes.bin")], stderr=subprocess.DEVNULL,
                            check=False).returncode
    return codes == [1, 1, 1] and closed == 1


CASES = [raw, parses, broken, summary, usage, missing, frame, others, rpc, members, interceptors, broken_frame, no_such_layer,
         unpacks, unpacks_again, steering, appended, enums, quotes, endless, unwritable]

print(f"TAP version 13\n1..{len(CASES)}")
for number, case in enumerate(CASES, 1):
    print(f"{'ok' if case() else 'not ok'} {number} - {case.__name__}", flush=True)
