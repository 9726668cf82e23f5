#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the codec with Java itself; TAP.

Java writes random streams and describes them, check-streams decodes, encodes and describes them
too; build-streams writes values that Java reads and writes again. Without a JDK all is skipped.

TRIBES_JAVA_SEEDS="3 4 5" tries other seeds than the usual two.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STREAMS = 5000
OPENED = ["--add-opens", "java.base/java.lang=ALL-UNNAMED",
          "--add-opens", "java.base/java.lang.invoke=ALL-UNNAMED"]
SOURCES = Path(__file__).parent / "generator"


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def java(classes, *arguments):
    return run("java", "-Xshare:auto", *OPENED, "-cp", classes, *arguments)


def cases(check, build, folder):
    """Names, outcomes and outputs."""
    classes = folder / "classes"
    done, text = run("javac", "-d", classes, *sorted(SOURCES.glob("*.java")))
    if not done:
        yield "the generator compiles", done, text
        return
    seeds = [int(seed) for seed in os.environ.get("TRIBES_JAVA_SEEDS", "1 2").split()]
    for seed in seeds:
        streams = folder / f"streams-{seed}"
        done, text = java(classes, "Generator", seed, STREAMS, streams)
        if done:
            done, text = run(check, streams)
        yield f"random streams of seed {seed}", done, text
    done, text = run(check, "prefixes", folder / f"streams-{seeds[0]}")
    yield "every prefix", done, text
    built = folder / "built"
    done, text = run(build, built)
    if done:
        done, text = java(classes, "Built", built)
    yield "values built here are Java's", done, text


def main():
    print("TAP version 13")
    if not shutil.which("javac") or not shutil.which("java"):
        print("1..0 # SKIP needs a JDK")
        return 0
    number = 0
    failed = False
    with tempfile.TemporaryDirectory(prefix="tribes-java-") as folder:
        for number, (name, done, text) in enumerate(cases(*sys.argv[1:3], Path(folder)), 1):
            for line in text.splitlines():
                print(f"# {line}")
            print(f"{'ok' if done else 'not ok'} {number} - {name}", flush=True)
            failed = failed or not done
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
