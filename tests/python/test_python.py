#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The libraries from Python. Arguments: the GIR files.

The overrides make values behave as values; the GIR says of every pointer how long it is, and names
only what the libraries export.
"""
import ctypes
import json
import sys
import xml.etree.ElementTree as ElementTree

try:
    import gi
except ImportError:
    print("1..0 # SKIP python3-gi is not installed")
    sys.exit(0)

gi.require_version("CatalinaHa", "1")
gi.require_version("Tribes", "1")
gi.require_version("Xmlconf", "1")
from gi.repository import CatalinaHa, GLib, Tribes, Xmlconf  # noqa: E402

CORE = "{http://www.gtk.org/introspection/core/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"
CALLABLES = {CORE + kind for kind in ("method", "function", "constructor")}
UNIQUE_ID = "00112233445566778899aabbccddeeff"
CONTEXT = "localhost#/shop"


def equal(seen, expected):
    if seen != expected:
        raise AssertionError(f"{seen!r}, not {expected!r}")


def raises(kind, function, *arguments):
    try:
        seen = function(*arguments)
    except kind:
        return
    raise AssertionError(f"{seen!r}, not {kind.__name__}")


def members():
    member = Tribes.Member.new("127.0.0.1", 4000, UNIQUE_ID)
    same = Tribes.Member.new("127.0.0.1", 4000, UNIQUE_ID)
    other = Tribes.Member.new("127.0.0.1", 4001, None)
    equal(member, same)
    equal(member != same, False)
    equal(member == other, False)
    equal(member == "127.0.0.1", False)
    equal(len({member, same, other}), 2)
    equal(bytes(member.get_unique_id()), bytes.fromhex(UNIQUE_ID))
    equal(Tribes.Member.decode(member.encode().get_data()), member)
    equal("127.0.0.1:4000" in repr(member), True)


def values():
    one = Tribes.JavaValue.new_int(1)
    values_list = Tribes.JavaValue.new_array_list([one, Tribes.JavaValue.new_string("x")])
    equal(one, Tribes.JavaValue.new_int(1))
    equal(one == Tribes.JavaValue.new_long(1), False)
    equal(len({one, Tribes.JavaValue.new_int(1), values_list}), 2)
    equal(len(values_list), 2)
    equal([value.to_json() for value in values_list], ["1", '"x"'])
    equal(values_list[-1], Tribes.JavaValue.new_string("x"))
    equal(repr(values_list), '<Tribes.JavaValue java.util.ArrayList [1,"x"]>')
    equal(bool(Tribes.JavaValue.new_array_list([])), True)
    raises(TypeError, len, one)
    raises(IndexError, lambda: values_list[2])
    equal(Tribes.JavaValue.deserialize(one.serialize().get_data()), one)


def streams():
    text = Tribes.JavaValue.new_string("green")
    stream = Tribes.JavaStream.decode(text.serialize().get_data())
    equal(len(stream), 1)
    equal(list(stream), [text])
    equal(stream[0], text)
    equal(stream.encode().get_data(), text.serialize().get_data())
    equal(list(Tribes.JavaStream.decode(bytearray(text.serialize().get_data()), None)), [text])
    equal(list(Tribes.JavaStream.decode(text.serialize())), [text])
    writer = Tribes.JavaWriter.new()
    writer.int(7)
    writer.flush()
    equal(list(Tribes.JavaStream.decode(writer.finish())), [bytes((0, 0, 0, 7))])
    raises(GLib.Error, Tribes.JavaStream.decode, b"no stream")
    raises(TypeError, Tribes.JavaStream.decode, "no bytes")
    raises(TypeError, Tribes.JavaStream.decode, 5)


def create_session(manager):
    loop, ids = GLib.MainLoop(), []

    def created(_manager, result):
        ids.append(manager.create_session_finish(result))
        loop.quit()
    delta = CatalinaHa.Delta.new()
    delta.set_attribute("count", Tribes.JavaValue.new_int(3))
    manager.create_session_async(delta, None, created)
    loop.run()
    return ids[0]


def sessions():
    cluster = CatalinaHa.Cluster.new(Tribes.Channel.new())
    manager = cluster.add_context(CONTEXT)
    cluster.start()
    equal((len(manager), bool(manager), list(manager)), (0, True, []))
    session_id = create_session(manager)
    session = manager[session_id]
    equal([one.get_id() for one in manager], [session_id])
    equal((session_id in manager, "none" in manager), (True, False))
    equal(session, manager.lookup(session_id))
    equal(hash(session), hash(manager.lookup(session_id)))
    equal(session == manager[create_session(manager)], False)
    equal(dict(session), {"count": Tribes.JavaValue.new_int(3)})
    equal(("count" in session, "none" in session, len(session)), (True, False, 1))
    shown = json.loads(session.to_json())
    equal((shown["id"], shown["attributes"]), (session_id, {"count": 3}))
    equal(shown["creationTime"], session.get_creation_time())
    raises(KeyError, lambda: session["none"])
    raises(KeyError, lambda: manager["none"])
    equal(session_id in repr(session), True)
    cluster.stop()


def mock():
    """Three channels without a network: they find each other, talk, and lose one of them."""
    cluster = Tribes.MockCluster.new(3, 42)
    seen, results, lines = [], [], []
    equal(cluster.start(), True)
    for number in range(3):
        cluster.get_channel(number).connect(
            "message-received",
            lambda channel, message, number: seen.append((number, message.dup_payload().get_data())),
            number)
    cluster.run(1000)
    channel = cluster.get_channel(0)
    equal(sorted(member.dup_host() for member in channel.list_members()),
          [cluster.dup_address(1), cluster.dup_address(2)])
    cluster.set_trace(None, lines.append)
    channel.send_async(channel.list_members(), GLib.Bytes.new(b"hello"),
                       Tribes.SendOptions.USE_ACK, None,
                       lambda channel, result: results.append(channel.send_finish(result)))
    cluster.run(10)
    equal(results, [True])
    equal(sorted(seen), [(1, b"hello"), (2, b"hello")])
    equal(any("0 -> 1" in line for line in lines), True)
    cluster.kill(2)
    cluster.run(5000)
    equal(len(channel.list_members()), 1)


def limits():
    """Whoever changes limits changes his own, and what he sets them for obeys them."""
    for kind, field in ((CatalinaHa.Limits, "contexts"), (Tribes.Limits, "connections"),
                        (Tribes.JavaLimits, "depth")):
        default = getattr(kind, "get_default", None) or kind.init
        usual = getattr(default(), field)
        changed = default()
        setattr(changed, field, 1)
        equal((getattr(changed, field), getattr(default(), field)), (1, usual))
    few = CatalinaHa.Limits.get_default()
    few.contexts = 1
    channel = Tribes.Channel.new()
    cluster = CatalinaHa.Cluster.new(channel)
    cluster.set_limits(few)
    few.contexts = 5
    cluster.add_context("a")
    raises(GLib.Error, cluster.add_context, "b")
    channel.get_receiver().set_limits(Tribes.Limits.get_default())
    shallow = Tribes.JavaLimits.init()
    shallow.depth = 1
    nested = Tribes.JavaValue.new_array_list([Tribes.JavaValue.new_array_list([])])
    raises(GLib.Error, Tribes.JavaStream.decode, nested.serialize(), shallow)


def versions():
    for namespace in (Tribes, CatalinaHa, Xmlconf):
        equal((namespace.get_major_version(), namespace.get_minor_version(),
               namespace.get_micro_version()),
              (namespace.MAJOR_VERSION, namespace.MINOR_VERSION, namespace.MICRO_VERSION))


def callables():
    """Each callable of the GIR, with the library that has to export it."""
    for path in sys.argv[1:]:
        namespace = ElementTree.parse(path).getroot().find(CORE + "namespace")
        library = ctypes.CDLL(namespace.get("shared-library"))
        for element in namespace.iter():
            if element.tag in CALLABLES and element.get("introspectable") != "0":
                yield library, element


def exported():
    missing = [element.get(C + "identifier") for library, element in callables()
               if not hasattr(library, element.get(C + "identifier"))]
    equal(missing, [])


def arrays():
    """What an array holds is freed by it: told otherwise, a binding frees it a second time."""
    wrong = []
    for _, element in callables():
        returned = element.find(CORE + "return-value")
        array = returned.find(CORE + "array") if returned is not None else None
        if (array is not None and array.get("name") == "GLib.PtrArray"
                and returned.get("transfer-ownership") == "full"):
            wrong.append(element.get(C + "identifier"))
    equal(wrong, [])


def lengths():
    """A pointer to numbers without a length is one that a language cannot read."""
    wrong = []
    for _, element in callables():
        parameters = element.findall(f"{CORE}parameters/{CORE}parameter")
        for place in [element.find(CORE + "return-value"), *parameters]:
            array = place.find(CORE + "array")
            kind = place.find(CORE + "type")
            if array is not None and array.get("name") is None and array.get("length") is None \
                    and array.get("fixed-size") is None and array.get("zero-terminated") == "0":
                wrong.append(element.get(C + "identifier"))
            elif kind is not None and place.tag.endswith("value") \
                    and kind.get("name") in ("guint8", "gpointer") \
                    and "*" in (kind.get(C + "type") or ""):
                wrong.append(element.get(C + "identifier"))
    equal(wrong, [])


def main():
    cases = [members, values, streams, sessions, mock, limits, versions, exported, lengths, arrays]
    print(f"TAP version 13\n1..{len(cases)}")
    failed = False
    for number, case in enumerate(cases, 1):
        try:
            case()
            print(f"ok {number} - {case.__name__}", flush=True)
        except Exception as error:
            failed = True
            print(f"not ok {number} - {case.__name__}\n# {error!r}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
