#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a received and applied delta costs: our peer beside a real Tomcat, with the same bytes.

  bench_delta.py WRITE-DELTAS [DELTAS]

Both are warmed up with the same frames first. CPU is the process's own, from /proc.
"""
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../interop"))

from lab.cluster import Layout                      # noqa: E402
from lab.peer import Peer                           # noqa: E402
from lab.processes import stop_everything           # noqa: E402

ACK_SIZE = 21
SESSIONS = 1000
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def send(port, frames):
    """Sends everything and waits for the acknowledgement behind the last frame."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(120)
        connection.sendall(frames)
        received = 0
        while received < ACK_SIZE:
            part = connection.recv(ACK_SIZE - received)
            if not part:
                raise SystemExit("the connection was closed")
            received += len(part)


def measure(name, port, pid, frames, count):
    send(port, frames)
    cpu, start = cpu_seconds(pid), time.monotonic()
    send(port, frames)
    took, cpu = time.monotonic() - start, cpu_seconds(pid) - cpu
    print(f"{name:8} {count / took:9.0f} deltas/s {cpu / count * 1e6:7.2f} us CPU each", flush=True)
    return count / took, cpu / count


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    layout = Layout(2, ids=True)
    tomcat, peer = layout.tomcat(0), Peer("peer", layout.settings(1))
    tomcat.jvm_options += ("-Xmx1000m",)
    frames = subprocess.run([sys.argv[1], peer.context, str(SESSIONS), str(count)],
                            check=True, stdout=subprocess.PIPE).stdout
    print(f"{count} deltas of {len(frames) // (count + SESSIONS)} bytes over {SESSIONS} sessions")
    # One at a time: neither is to send the other anything while it is measured.
    tomcat.start()
    java = measure("Tomcat", tomcat.settings.receiver_port, tomcat.pid, frames, count)
    tomcat.kill()
    peer.start()
    ours = measure("peer", peer.settings.receiver_port, peer.pid, frames, count)
    print(f"the peer takes {ours[0] / java[0]:.1f} times as many a second for 1/"
          f"{java[1] / ours[1]:.1f} of the CPU")
    stop_everything()


if __name__ == "__main__":
    main()
