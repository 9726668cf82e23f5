#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Configures, builds and runs the tests stage by stage, and counts their cases.

Prints a line a stage, the log of what failed, and the counts alone on the last line.
"""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

MESON = "/usr/bin/meson"
LOG_LINES = 60
# Time limits are against hangs: a test may take several times as long on a busy machine.
PATIENCE = ("--timeout-multiplier", "5")
# Of two processors one idles while a test waits.
THREE = ("--num-processes", "3")
ENVIRONMENT = {
    "CC": "gcc",
    **({"CC_LD": "mold"} if shutil.which("mold") else {}),
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:"
                    "print_legend=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}
TAP_LINE = re.compile(r"^(not )?ok\b(.*)$", re.MULTILINE)
UNINTERESTING = re.compile(r"ok |# (Start|End) of ")
SKIPPED = re.compile(r"#\s*SKIP", re.IGNORECASE)


@dataclass
class Stage:
    """One build folder and what of it is run."""
    folder: str
    options: tuple = ()
    tests: tuple = ()


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    logs: list = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


# Lines are all that a report shows of what was compiled for debugging.
LINES = ("-Ddebug=false", "-Dc_args=-g1")
# Less is optimized, as compiling takes longer than what the tests save by it.
SANITIZERS = (*LINES, "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dintrospection=disabled",
              "-Doptimization=1")
# What an installation can consist of is installed and used by a test.
EVERYTHING = (*LINES, "-Ddefault_library=both", "-Ddocs=enabled", "-Dvapi=enabled")
STAGES = {
    "unit": Stage("_build-tests", EVERYTHING, ("--no-suite", "interop", *THREE, *PATIENCE)),
    "sanitizers": Stage("_build-tests-sanitizers", SANITIZERS,
                        ("--suite", "unit", "--suite", "memory", *THREE, *PATIENCE)),
    # What is slow under valgrind, or makes much, says so by its suite, and the program that a command
    # runs would not be under it: the sanitizers look at those.
    "valgrind": Stage("_build-tests", EVERYTHING,
                      ("--setup", "valgrind", "--suite", "unit",
                       *(f"--no-suite={suite}" for suite in ("slow", "large", "command")))),
    # They mostly wait.
    "interop": Stage("_build-tests", EVERYTHING,
                     ("--suite", "interop", "--num-processes", "6", *PATIENCE)),
}

# No part of the build: the program is built in a container.
DOCKER = "docker"
# What is prepared while the tests against Tomcats wait comes behind them.
ALL = ("unit", "valgrind", "interop", "sanitizers", DOCKER)


def run(*command):
    return subprocess.run(command, env={**os.environ, **ENVIRONMENT}, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False)


def setup_command(stage):
    return MESON, "setup", stage.folder, "-Dwerror=true", *stage.options


def build(stage):
    """Returns the log of what went wrong, or nothing."""
    if not os.path.exists(os.path.join(stage.folder, "build.ninja")):
        result = run(*setup_command(stage))
        if result.returncode != 0:
            return result.stdout + result.stderr
    result = run("ninja", "-C", stage.folder)
    return "" if result.returncode == 0 else result.stdout + result.stderr


def count_test(record):
    """Counts the cases of one test program from its record in meson's log."""
    count = Count()
    output = record.get("stdout", "")
    for negation, rest in TAP_LINE.findall(output):
        if SKIPPED.search(rest):
            count.skipped += 1
        elif negation:
            count.failed += 1
        else:
            count.passed += 1
    if record["result"] == "SKIP" and not count.skipped:
        count.skipped += 1
    elif record["result"] == "OK":
        count.passed += not (count.passed or count.skipped)
    elif record["result"] != "SKIP":
        # A program that crashed or did not end may have reported no failed case.
        count.failed = max(count.failed, 1)
        log = [line for line in (output + record.get("stderr", "")).splitlines()
               if not UNINTERESTING.match(line)]
        count.logs.append((f"{record['name']}: {record['result']}", log))
    return count


def run_tests(stage, name):
    log = f"stage-{name}"
    result = run(MESON, "test", "-C", stage.folder, "--no-rebuild", "--logbase", log, *stage.tests)
    # A setup's name becomes part of the file's.
    setup = ("-" + stage.tests[1]) if stage.tests[0] == "--setup" else ""
    count = Count()
    try:
        with open(f"{stage.folder}/meson-logs/{log}{setup}.json", encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
    except OSError:
        count.failed += 1
        count.logs.append((f"{name}: no test ran", (result.stdout + result.stderr).splitlines()))
        return count
    for record in records:
        one = count_test(record)
        count.add(one)
        count.logs += one.logs
    return count


def run_built(name):
    stage = STAGES[name]
    error = build(stage)
    if error:
        return Count(failed=1, logs=[(f"{name}: the build failed", error.splitlines())])
    return run_tests(stage, name)


def may_run_docker():
    """Nothing, or why there are no containers."""
    if os.geteuid() == 0:
        result = run("interop/install", "docker")
        if result.returncode != 0:
            return Count(failed=1, logs=[("docker: not installed", result.stderr.splitlines())])
    result = run("interop/docker/engine", "why")
    if result.returncode != 0:
        return Count(skipped=1, logs=[("docker: skipped", result.stderr.splitlines())])
    return None


def prepare(names):
    """Begins to make what later stages need, as tests against Tomcats mostly wait: what the containers
    are made of, and the build for the sanitizers. What fails here fails there, too, and is told."""
    commands = []
    if DOCKER in names and not may_run_docker():
        commands.append("interop/docker/engine run interop/docker/images")
    if "sanitizers" in names:
        commands.append(shlex.join(setup_command(STAGES["sanitizers"])))
        commands.append(f"nice ninja -C {STAGES['sanitizers'].folder}")
    if not commands:
        return None
    return subprocess.Popen(
        ["nice", "sh", "-c", "; ".join(commands)], env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True)


def run_docker():
    """In containers of an engine that answers, or, as root, of one that this starts and ends."""
    missing = may_run_docker()
    if missing:
        return missing
    result = run("interop/docker/test")
    return count_test({"name": "docker", "stdout": result.stdout, "stderr": result.stderr,
                       "result": "OK" if result.returncode == 0 else "FAIL"})


def run_stage(name, prepared):
    start = time.monotonic()
    if prepared and name in (DOCKER, "sanitizers"):
        prepared.wait()
    count = run_docker() if name == DOCKER else run_built(name)
    print(f"{name}: {count} ({time.monotonic() - start:.0f} s)", flush=True)
    for title, lines in count.logs:
        print(f"--- {title}")
        print("\n".join(lines[-LOG_LINES:]), flush=True)
    return count


def main(names):
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"no stage {unknown[0]}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    total = Count()
    prepared = None
    names = names or ALL
    try:
        for index, name in enumerate(names):
            if name == "interop":
                prepared = prepare(names[index + 1:])
            total.add(run_stage(name, prepared))
    finally:
        if prepared and prepared.poll() is None:
            os.killpg(prepared.pid, signal.SIGTERM)
            prepared.wait()
    print(total)
    return 0 if total.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
