#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a received and applied delta costs: our peer beside a real Tomcat, with the same bytes.

Three members that know nothing of each other: a Tomcat, a C program that listens to nothing, and
`tribes node --json` with /dev/null as its standard output. All are warmed up, then each takes the
same frames over one connection in every round; of the rounds the best one and the median are
printed, so that what else the machine does decides nothing. CPU is the process's own, from /proc.

All of them have a DeltaManager or, with --backup, a BackupManager, and so a copy of each session.

With --instructions ours run under callgrind, with some deltas and with more of them: the difference
is what a delta costs, whatever the machine does. The profiles stay in the current folder.
"""
import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../interop"))

from lab.cluster import Layout                                  # noqa: E402
from lab.peer import program                                    # noqa: E402
from lab.processes import stop_everything, temporary_folder     # noqa: E402
from lab.serverxml import BACKUP_MANAGER, DELTA_MANAGER, server_xml  # noqa: E402

ACK_SIZE = 21
SETTLES_WITHIN = 10
SESSIONS = 1000
CONTEXT = "localhost#/shop"
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def connect(port, patience=60):
    end = time.monotonic() + patience
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def send(port, frames):
    """Sends everything and waits for the acknowledgement behind the last frame."""
    with connect(port) as connection:
        connection.settimeout(240)
        connection.sendall(frames)
        received = 0
        while received < ACK_SIZE:
            part = connection.recv(ACK_SIZE - received)
            if not part:
                raise SystemExit("the connection was closed")
            received += len(part)


class Kind:
    """Which manager the members have, and so what is sent to them."""

    def __init__(self, write, name):
        self.name = name
        self._write = write
        self._manager = BACKUP_MANAGER if name == "backup" else DELTA_MANAGER

    def layout(self):
        return Layout(1, ids=True, manager_class=self._manager)

    def frames(self, count):
        return subprocess.run([self._write, self.name, CONTEXT, str(SESSIONS), str(count)],
                              check=True, stdout=subprocess.PIPE).stdout


class Ours:
    """One of our programs, alone in its cluster."""

    def __init__(self, kind, name, command, prefix=()):
        self.name = name
        settings = kind.layout().settings(0)
        self.port = settings.receiver_port
        path = os.path.join(temporary_folder("tribes-bench-"), "server.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(server_xml(settings))
        self._process = subprocess.Popen([*prefix, *command, path], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL)
        self.pid = self._process.pid

    def stop(self):
        self._process.terminate()
        self._process.wait()


def our_commands(bench_peer):
    return (("C, listens to nothing", [bench_peer]),
            ("tribes node --json", [program(), "node", "--json", "--config"]))


class Row:
    """The rounds of one member."""

    def __init__(self, name, port, pid):
        self.name, self.port, self.pid = name, port, pid
        self.rates, self.costs = [], []

    def measure(self, frames, count):
        cpu, start = cpu_seconds(self.pid), time.monotonic()
        send(self.port, frames)
        self.rates.append(count / (time.monotonic() - start))
        self.costs.append((cpu_seconds(self.pid) - cpu) / count)

    def report(self, reference):
        rate, cost = max(self.rates), min(self.costs)
        print(f"{self.name:22} {rate:8.0f} deltas/s (median {statistics.median(self.rates):8.0f}) "
              f"{cost * 1e6:6.2f} us CPU each (median {statistics.median(self.costs) * 1e6:6.2f})"
              f"   {rate / max(reference.rates):4.1f} x the deltas/s,"
              f" {min(reference.costs) / cost:4.1f} x the deltas per CPU second", flush=True)


def bench(kind, bench_peer, count, rounds):
    frames, first = kind.frames(count), kind.frames(count // 4)
    print(f"{count} deltas of {len(frames) // (count + SESSIONS)} bytes over {SESSIONS} sessions, "
          f"{rounds} rounds", flush=True)
    tomcat = kind.layout().tomcat(0)
    tomcat.jvm_options += ("-Xmx1000m",)
    tomcat.start()
    ours = [Ours(kind, name, command) for name, command in our_commands(bench_peer)]
    rows = [Row("Tomcat", tomcat.settings.receiver_port, tomcat.pid),
            *(Row(one.name, one.port, one.pid) for one in ours)]
    for row in rows:
        # A JVM wants more of it.
        for _ in range(4 if row is rows[0] else 1):
            send(row.port, first)
    for _ in range(rounds):
        for row in rows:
            row.measure(frames, count)
    for row in rows:
        row.report(rows[0])
    for one in ours:
        one.stop()
    stop_everything()


def instructions(kind, name, command, frames, path):
    prefix = ("valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={path}")
    ours = Ours(kind, name, command, prefix)
    connect(ours.port).close()
    # A map is there when its member has looked for others; what comes before is nobody's.
    time.sleep(SETTLES_WITHIN)
    send(ours.port, frames)
    ours.stop()
    with open(path, encoding="utf-8", errors="replace") as file:
        return int(re.search(r"^(?:summary|totals): (\d+)", file.read(), re.M).group(1))


def count_instructions(kind, bench_peer, count):
    few, many = kind.frames(count // 10), kind.frames(count)
    for number, (name, command) in enumerate(our_commands(bench_peer)):
        base = instructions(kind, name, command, few, f"callgrind.few.{number}")
        all_of_them = instructions(kind, name, command, many, f"callgrind.many.{number}")
        print(f"{name:22} {(all_of_them - base) / (count - count // 10):8.0f} instructions a delta",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backup", dest="kind", action="store_const", const="backup",
                        default="delta", help="the members have a BackupManager")
    parser.add_argument("--instructions", action="store_true", help="count them with callgrind")
    parser.add_argument("write_deltas", metavar="WRITE-DELTAS")
    parser.add_argument("bench_peer", metavar="BENCH-PEER")
    parser.add_argument("deltas", metavar="DELTAS", type=int, nargs="?")
    parser.add_argument("rounds", metavar="ROUNDS", type=int, nargs="?", default=5)
    arguments = parser.parse_args()
    kind = Kind(arguments.write_deltas, arguments.kind)
    if arguments.instructions:
        count_instructions(kind, arguments.bench_peer, arguments.deltas or 10_000)
    else:
        bench(kind, arguments.bench_peer, arguments.deltas or 200_000, arguments.rounds)


if __name__ == "__main__":
    main()
