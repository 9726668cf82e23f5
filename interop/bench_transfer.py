#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""State transfers of many sessions between a real Tomcat and our peer, in both directions.

  bench_transfer.py [SESSIONS]    default 100,000

While a transfer runs, somebody else sends our peer small messages that ask for a synchronous
acknowledgement, and measures how long each one takes. The aim: 20 ms at most.
"""
import multiprocessing
import os
import socket
import statistics
import sys
import time

from lab import java
from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.processes import stop_everything
from lab.waiting import until

ACK_SIZE = 21
PAUSE = 0.001
LONG = 120


def probe(port, frame, stop, times):
    """Sends and times messages until it is told to stop; in a process of its own, because threads
    of this one would wait for each other."""
    measured = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not stop.is_set():
            start = time.perf_counter()
            connection.sendall(frame)
            received = 0
            while received < ACK_SIZE:
                part = connection.recv(ACK_SIZE - received)
                if not part:
                    raise SystemExit("the peer closed the connection")
                received += len(part)
            measured.append(time.perf_counter() - start)
            time.sleep(PAUSE)
    times.put(measured)


class Prober:
    """Measures acknowledgements from its start to its end."""

    def __init__(self, port):
        path = os.path.join(os.path.dirname(java.HERE), "tests/vectors/frame-synchronous.bin")
        with open(path, "rb") as file:
            frame = file.read()
        self._stop = multiprocessing.Event()
        self._times = multiprocessing.Queue()
        self._process = multiprocessing.Process(
            target=probe, args=(port, frame, self._stop, self._times), daemon=True)
        self.times = []

    def __enter__(self):
        self._process.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self.times = self._times.get(timeout=LONG)
        self._process.join()

    def summary(self):
        ordered = sorted(self.times)
        late = sum(seconds > 0.02 for seconds in ordered)
        return (f"{len(ordered)} acknowledgements, median "
                f"{statistics.median(ordered) * 1e3:.2f} ms, 99 % within "
                f"{ordered[int(len(ordered) * 0.99)] * 1e3:.2f} ms, longest "
                f"{ordered[-1] * 1e3:.2f} ms, {late} over 20 ms")


def resident(pid):
    """MiB."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    layout = Layout(2, ids=True, background_delay=-1)
    tomcat = layout.tomcat(0)
    tomcat.jvm_options += ("-Xmx1500m",)
    peer = Peer("peer", layout.settings(1), options=["--context", tomcat.context])
    tomcat.start()
    print(f"{tomcat.fill(count)} sessions in a Tomcat")

    peer.start()
    with Prober(peer.settings.receiver_port) as prober:
        start = time.monotonic()
        until(peer.count, lambda seen: seen >= count, "all sessions in the peer", LONG, every=0.05)
        took = time.monotonic() - start
    print(f"to the peer: {took:.1f} s; {prober.summary()}; "
          f"peer {resident(peer.pid):.0f} MiB, Tomcat {resident(tomcat.pid):.0f} MiB resident")

    tomcat.kill()
    wait_for_members(peer, count=0)
    with Prober(peer.settings.receiver_port) as prober:
        time.sleep(1)
    print(f"peer at rest: {prober.summary()}")

    with Prober(peer.settings.receiver_port) as prober:
        start = time.monotonic()
        tomcat.start()
        took = time.monotonic() - start
    held = tomcat.count()
    print(f"from the peer: Tomcat started in {took:.1f} s with {held} sessions; "
          f"{prober.summary()}")
    stop_everything()
    return 0 if held >= count else 1


if __name__ == "__main__":
    sys.exit(main())
