#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our channel, as GObject introspection offers it, and Tomcat's own, without web applications: what
Tomcat's tests of its channels demand of two of them is demanded of one of each.

  test_group_channel.py 10|9
"""
import os
import random
import re
import struct
import sys
import time

try:
    import gi
except ImportError:
    print("1..0 # SKIP python3-gi is not installed")
    sys.exit(0)

gi.require_version("Tribes", "1")
from gi.repository import GLib, Tribes  # noqa: E402

from lab import java, ports  # noqa: E402
from lab.places import LOCAL  # noqa: E402
from lab.processes import Child, LabError, temporary_folder  # noqa: E402
from lab.tap import Tap, equal, true  # noqa: E402
from lab.waiting import SOON, differences  # noqa: E402

GROUP = "228.0.0.4"
HEAD = struct.Struct(">IBB")
SND_RX, SND_TX, MBR_RX, MBR_TX, DEFAULT = (Tribes.Services.SND_RX, Tribes.Services.SND_TX,
                                           Tribes.Services.MBR_RX, Tribes.Services.MBR_TX,
                                           Tribes.Services.DEFAULT)
ACK, SYNCHRONIZED = 2, 6
MESSAGES, LARGEST = 400, 65_535


def until_equal(look, expected, what, timeout=SOON):
    """As lab.waiting's, while our channels go on."""
    context, deadline = GLib.MainContext.default(), time.monotonic() + timeout
    wake = GLib.timeout_add(20, lambda: True)
    try:
        while (seen := look()) != expected:
            if time.monotonic() > deadline:
                raise LabError(f"not seen within {timeout} s: {what}\n{differences(seen, expected)}")
            context.iteration(True)
    finally:
        GLib.source_remove(wake)


def pause(milliseconds):
    """Lets so much time go by where it is the time that matters."""
    over = []
    GLib.timeout_add(milliseconds, lambda: over.append(True))
    while not over:
        GLib.MainContext.default().iteration(True)


class Demanding(Tribes.Interceptor):
    """Counts what is received, and fails where a message demands it."""
    __gtype_name__ = "Demanding"

    def __init__(self):
        super().__init__()
        self.counts = {"whole": 0, "torn": 0, "failed": 0}

    def do_message_received(self, message):
        data = message.dup_payload().get_data()
        number, demand, key = HEAD.unpack_from(data)
        if data[HEAD.size:].strip(bytes([key])):
            self.counts["torn"] += 1
        elif demand:
            self.counts["failed"] += 1
            raise GLib.Error(f"message {number} demands it", "tribes-error-quark", 0)
        else:
            self.counts["whole"] += 1
        return True


class Ours:
    """One of our channels."""

    def __init__(self, port, group_port, payload, interceptors=()):
        self.port = port
        self.present = []
        self.channel = Tribes.Channel.new()
        self.top = Demanding()
        self.channel.add_interceptor(self.top)
        for name in interceptors:
            self.channel.add_interceptor(Tribes.Interceptor.new_for_class(
                "org.apache.catalina.tribes.group.interceptors." + name))
        receiver = self.channel.get_receiver()
        receiver.props.address, receiver.props.port, receiver.props.auto_bind = "127.0.0.1", port, 0
        service = Tribes.McastService.new()
        for name, value in (("address", GROUP), ("port", group_port), ("bind", "127.0.0.1"),
                            ("frequency", 100), ("drop_time", 1000)):
            setattr(service.props, name, value)
        self.channel.set_membership(service)
        self.channel.set_payload(GLib.Bytes.new(payload.encode()))
        self.channel.connect("member-added",
                             lambda _, member: self.present.append(self.describe(member)))
        self.channel.connect("member-disappeared",
                             lambda _, member: self.present.remove(self.describe(member)))

    @staticmethod
    def describe(member):
        payload = member.dup_payload()
        return f"{member.get_port()} {payload.get_data().decode() if payload else ''}"

    def start(self, services):
        try:
            return self.channel.start(services)
        except GLib.Error:
            return False

    def stop(self, services):
        """Whoever stops to look is not told who is gone; here as in Tomcat."""
        self.channel.stop(services)
        if services & MBR_RX:
            self.present.clear()
        return True

    def keep_alive(self, count, time_ms):
        sender = self.channel.get_sender()
        sender.props.keep_alive_count, sender.props.keep_alive_time = count, time_ms
        return True

    def members(self):
        return [member.get_port() for member in self.channel.list_members()]

    def told(self):
        return list(self.present)

    def received(self):
        return dict(self.top.counts)

    def send(self, count, options, size, every):
        """Messages one after the other; the numbers of those that failed."""
        chance, failed = random.Random(count), []
        for number in range(count):
            key = chance.randrange(256)
            payload = (HEAD.pack(number, every > 0 and number % every == 0, key)
                       + bytes([key]) * chance.randrange(size))
            if not self._send_one(payload, options):
                failed.append(number)
        return failed

    def _send_one(self, payload, options):
        ended = []
        self.channel.send_async(self.channel.list_members(), GLib.Bytes.new(payload),
                                Tribes.SendOptions(options | 1), None,
                                lambda channel, result: ended.append(result))
        while not ended:
            GLib.MainContext.default().iteration(True)
        try:
            return self.channel.send_finish(ended[0])
        except GLib.Error:
            return False


class Flagged(Tribes.Interceptor):
    """Does nothing, and has an option flag."""
    __gtype_name__ = "Flagged"


def conflicts_of(flags):
    """The pairs of flags for which our channel refuses to start, in the order of its report."""
    channel = Tribes.Channel.new()
    channel.props.option_check = True
    for flag in flags:
        interceptor = Flagged()
        interceptor.props.option_flag = flag
        channel.add_interceptor(interceptor)
    try:
        channel.start(Tribes.Services(0))
    except GLib.Error as error:
        pairs = re.findall(r"optionFlag (\d+) of \w+ conflicts with (\d+) of \w+", error.message)
        true(pairs, f"refused for its flags: {error.message}")
        return [[int(flag) for flag in pair] for pair in pairs]
    channel.stop(DEFAULT)
    return []


class Java:
    """A process of Tomcat's channels; a question is answered while ours go on."""

    def __init__(self, tomcat):
        node = java.node_classes(tomcat)
        classes = java.compile_sources("group/**/*.java", tomcat, (node,))
        folder = temporary_folder("tribes-lab-group-")
        self.child = Child(["java", *java.JVM_OPTIONS, "-Djava.net.preferIPv4Stack=true", "-cp",
                            f"{classes}:{node}:{java.class_path(tomcat)}", "labgroup.Channels"],
                           os.path.join(folder, "java.log"), "java")

    def ask(self, *words):
        answers = []
        self.child.send_line(" ".join(str(word) for word in words))

        def look():
            answers.extend(self.child.lines_so_far())
            return len(answers)

        until_equal(look, 1, f"Java answers {words[0]}")
        if isinstance(answers[0], dict) and "error" in answers[0]:
            raise LabError(answers[0]["error"])
        return answers[0]


class Theirs:
    """One of Tomcat's channels, asked as ours is."""

    def __init__(self, process, port, group_port, payload, interceptors=()):
        self.port = port
        self.process = process
        self.index = process.ask("new", port, GROUP, group_port, payload, *interceptors)

    def start(self, services):
        return self.process.ask("start", self.index, int(services))

    def stop(self, services):
        return self.process.ask("stop", self.index, int(services))

    def keep_alive(self, count, time_ms):
        return self.process.ask("keep-alive", self.index, count, time_ms)

    def members(self):
        return self.process.ask("members", self.index)

    def told(self):
        return self.process.ask("told", self.index)

    def received(self):
        return self.process.ask("received", self.index)

    def send(self, count, options, size, every):
        return self.process.ask("send", self.index, count, options, size, every)


class Cases:
    """What is demanded of a pair, either of which may be ours."""

    def __init__(self, tomcat):
        self.process = Java(tomcat)
        self.made = []

    def channel(self, ours, group_port, payload, interceptors=()):
        port = ports.receiver_port(LOCAL)
        made = (Ours(port, group_port, payload, interceptors) if ours
                else Theirs(self.process, port, group_port, payload, interceptors))
        self.made.append(made)
        return made

    def pair(self, ours_first, *interceptors, services=DEFAULT):
        """Two channels that are members of each other."""
        group_port = ports.group_port(LOCAL, GROUP)
        pair = [self.channel(ours, group_port, payload, interceptors)
                for ours, payload in ((ours_first, "one"), (not ours_first, "two"))]
        for channel in pair:
            true(channel.start(services), "starts")
        self.see_each_other(*pair)
        return pair

    @staticmethod
    def see_each_other(one, two):
        until_equal(lambda: (one.told(), two.told()), ([f"{two.port} two"], [f"{one.port} one"]),
                    "both see each other")

    def end(self):
        for channel in self.made:
            channel.stop(DEFAULT)
        self.made.clear()

    # TestGroupChannelMemberArrival

    def arrival(self):
        group_port = ports.group_port(LOCAL, GROUP)
        channels = [self.channel(number % 2, group_port, f"Channel-{number}")
                    for number in range(10)]
        for channel in channels:
            true(channel.start(DEFAULT), "starts")
        names = {f"{channel.port} Channel-{number}" for number, channel in enumerate(channels)}
        for number, channel in enumerate(channels):
            until_equal(lambda channel=channel: sorted(channel.told()),
                        sorted(names - {f"{channel.port} Channel-{number}"}),
                        f"members that {number} was told of")

    # TestDataIntegrity

    def integrity(self, ours_first, options):
        one, two = self.pair(ours_first, "MessageDispatchInterceptor")
        equal(one.send(MESSAGES, options, LARGEST, 0), [], "messages that failed")
        until_equal(two.received, {"whole": MESSAGES, "torn": 0, "failed": 0}, "messages received")

    # TestRemoteProcessException

    def remote_exception(self, ours_first):
        """Who waits for the end hears of each failure, and of nothing else."""
        one, two = self.pair(ours_first)
        equal(one.send(60, SYNCHRONIZED, LARGEST, 3), list(range(0, 60, 3)), "failures")
        received = two.received()
        equal((received["whole"], received["torn"]), (40, 0), "messages received")
        # Tomcat sends a message again that it heard of as failed, ours does not.
        true(received["failed"] >= 20, f"{received['failed']} failures")

    # TestGroupChannelSenderConnections

    def connections(self, ours_first, count, time_ms):
        one, two = self.pair(ours_first)
        one.keep_alive(count, time_ms)
        for so_far in (1, 2, 3):
            equal(one.send(1, ACK, 1000, 0), [], "messages that failed")
            until_equal(two.received, {"whole": so_far, "torn": 0, "failed": 0}, "received")
            pause(60)

    # TestGroupChannelStartStop

    def start_and_stop(self):
        """Services in any order, also those that are started: Tomcat refuses some of the latter, here
        they stay as they are. A whole start works behind any of it."""
        orders = [(("start", DEFAULT), ("start", DEFAULT)),
                  (("start", SND_RX), ("start", SND_RX)), (("start", SND_TX), ("start", SND_TX)),
                  (("start", SND_RX), ("start", MBR_RX), ("start", MBR_RX)),
                  (("start", SND_RX), ("start", MBR_TX), ("start", MBR_TX)),
                  (("start", SND_RX), ("start", SND_TX), ("start", MBR_RX), ("start", MBR_TX),
                   ("stop", MBR_TX), ("stop", MBR_RX), ("stop", SND_TX), ("stop", SND_RX)),
                  (("stop", DEFAULT), ("start", DEFAULT), ("stop", SND_RX))]
        group_port = ports.group_port(LOCAL, GROUP)
        ours = self.channel(True, group_port, "one")
        theirs = self.channel(False, group_port, "two")
        theirs.start(DEFAULT)
        for sequence in orders:
            for what, services in sequence:
                true(getattr(ours, what)(services), f"{what} {services} of {sequence}")
            ours.stop(DEFAULT)
            until_equal(theirs.told, [], "nobody is there")
            true(ours.start(DEFAULT), f"starts behind {sequence}")
            self.see_each_other(ours, theirs)
            ours.stop(DEFAULT)

    # TestTcpFailureDetector

    def send_failure_drops(self, ours_first):
        """Who does not receive any more is no member of whoever sends to it, and stays one's own."""
        one, two = self.pair(ours_first, "TcpFailureDetector")
        two.stop(SND_RX)
        until_equal(lambda: bool(one.send(1, 0, 1024, 0)) or not one.told(), True, "a send fails")
        until_equal(one.told, [], "members of the one that sends")
        equal(two.told(), [f"{one.port} one"], "members of the other")

    def never_added(self, ours_first):
        """Who announces itself and does not receive is none, with a failure detector."""
        group_port = ports.group_port(LOCAL, GROUP)
        one, two = (self.channel(ours, group_port, payload, ("TcpFailureDetector",))
                    for ours, payload in ((ours_first, "one"), (not ours_first, "two")))
        one.start(DEFAULT)
        for services in (SND_RX, SND_TX, MBR_RX):
            two.start(services)
        two.stop(SND_RX)
        two.start(MBR_TX)
        until_equal(two.told, [f"{one.port} one"], "members of the one that does not receive")
        pause(1000)
        equal(one.told(), [], "members of the other")

    def silent_but_there(self, ours_first):
        """Who is not heard of any more, but receives, stays a member."""
        one, two = self.pair(ours_first, "TcpFailureDetector")
        two.stop(MBR_TX)
        pause(2500)
        self.see_each_other(one, two)
        equal(one.send(1, SYNCHRONIZED, 1024, 0), [], "messages that failed")

    # TestGroupChannelOptionFlag

    def option_flags(self):
        """Which flags are a conflict, and that all of them are reported at once."""
        chance = random.Random(11)
        sets = [(128, 128), (128, 64, 256), (8, 24, 16, 8), (0, 0), (3, 6)]
        sets += [[chance.choice((0, chance.getrandbits(4), 1 << chance.randrange(31)))
                  for _ in range(chance.randrange(2, 8))] for _ in range(24)]
        theirs = [self.process.ask("option-flags", *flags) for flags in sets]
        equal((theirs[0], theirs[1]), ([[128, 128]], []), "what Tomcat's own test demands")
        for flags, expected in zip(sets, theirs):
            equal(conflicts_of(flags), expected, f"conflicts of {flags}")

    def run(self, tap):
        def case(name, function, *arguments):
            def run():
                try:
                    function(*arguments)
                finally:
                    self.end()
            tap.case(name, run)

        case("ten members arrive", self.arrival)
        case("started and stopped", self.start_and_stop)
        case("option flags", self.option_flags)
        for ours_first, who in ((True, "ours to Tomcat's"), (False, "Tomcat's to ours")):
            for options in (0, 8, ACK, SYNCHRONIZED):
                case(f"{who}: integrity, options {options}", self.integrity, ours_first, options)
            case(f"{who}: remote exception", self.remote_exception, ours_first)
            case(f"{who}: a connection each", self.connections, ours_first, 0, -1)
            case(f"{who}: connections for a moment", self.connections, ours_first, -1, 50)
            case(f"{who}: a failed send drops", self.send_failure_drops, ours_first)
            case(f"{who}: never added", self.never_added, ours_first)
            case(f"{who}: silent but there", self.silent_but_there, ours_first)


def main():
    tap = Tap()
    Cases(int(sys.argv[1])).run(tap)
    tap.done()


if __name__ == "__main__":
    main()
