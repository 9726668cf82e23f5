#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs to sum up a capture: `tribes report` beside tshark's statistics of the same file.

  bench_capture.py WRITE-CAPTURE TRIBES [MEGABYTES [ROUNDS]]

Of the rounds the best one is printed: megabytes a second of processor time, of which both use one
core, and the most memory that was resident.
"""
import os
import shutil
import subprocess
import sys
import tempfile

GOAL_MB_S = 300
GOAL_MB = 200


def measure(command):
    """Processor seconds and the largest resident set in bytes."""
    with open(os.devnull, "wb") as null:
        process = subprocess.Popen(command, stdout=null, stderr=null)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} ended with {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def best(command, rounds):
    runs = [measure(command) for _ in range(rounds)]
    return min(run[0] for run in runs), max(run[1] for run in runs)


def main(write_capture, tribes, megabytes=1000, rounds=3):
    with tempfile.TemporaryDirectory(prefix="tribes-bench-") as folder:
        file = os.path.join(folder, "capture.pcap")
        subprocess.run([write_capture, file, str(megabytes)], check=True)
        size = os.path.getsize(file) / 1e6
        commands = {"tribes report": [tribes, "report", file],
                    "tribes monitor": [tribes, "monitor", file]}
        if shutil.which("tshark"):
            commands["tshark -q -z io,stat"] = ["tshark", "-q", "-z", "io,stat,0", "-r", file]
            commands["tshark -q -z conv,tcp"] = ["tshark", "-q", "-z", "conv,tcp", "-r", file]
        for name, command in commands.items():
            seconds, resident = best(command, rounds if name == "tribes report" else 1)
            print(f"{name:24} {size / seconds:8.0f} MB/s {resident / 1e6:8.0f} MB resident",
                  flush=True)
            if name == "tribes report":
                met = size / seconds >= GOAL_MB_S and resident / 1e6 < GOAL_MB
                print(f"{'goal':24} {GOAL_MB_S:8} MB/s {GOAL_MB:8} MB: "
                      f"{'met' if met else 'missed'}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
