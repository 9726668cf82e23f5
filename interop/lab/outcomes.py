# SPDX-License-Identifier: Apache-2.0
"""How cases ended: as TAP for machines, as a table for people, as JUnit XML for their CI."""
import re
import threading
import time
from xml.sax.saxutils import escape, quoteattr

from .processes import LabError

TAP_CASE = re.compile(r"(not )?ok \d+ (.*?)(?: \(([0-9.]+) s\))?$")

class Outcome:
    """One case: whether it passed, what was seen, and how to see it."""

    def __init__(self, name, passed, seen, seconds, commands):
        self.name = name
        self.passed = passed
        self.seen = seen
        self.seconds = seconds
        self.commands = commands


class Outcomes:
    """Runs cases one after the other. A case returns what it saw, in a few words; what it raises is
    its failure."""

    def __init__(self, title, as_table=False):
        self.title = title
        self.all = []
        self._as_table = as_table
        # Clusters are tested side by side, as most of the time somebody waits for a limit.
        self._lock = threading.Lock()
        self._ended = False

    def case(self, cluster, name, function, *arguments):
        """Returns whether it passed."""
        if self._ended:
            return False
        cluster.commands.clear()
        start = time.monotonic()
        try:
            passed, seen = True, function(*arguments) or ""
        except (AssertionError, LabError, OSError, LookupError, ValueError) as error:
            passed, seen = False, str(error)
        self._add(Outcome(name, passed, seen, time.monotonic() - start, list(cluster.commands)))
        return passed

    def end(self):
        """No case is begun any more, and those that are running do not count."""
        self._ended = True

    def take(self, title, output, code):
        """The cases of a program that printed TAP, each with the comments behind it."""
        cases, comments = [], []
        for line in output.splitlines():
            case = TAP_CASE.match(line)
            if case:
                comments = []
                cases.append((case, comments))
            elif line.startswith("#"):
                comments.append(line[1:].strip())
        for case, comments in cases:
            self._add(Outcome(f"{title}: {case[2]}", not case[1], "\n".join(comments),
                              float(case[3] or 0), []))
        if code != 0 and all(not case[1] for case, _ in cases):
            self._add(Outcome(title, False, f"exit code {code}\n{output[-2000:]}", 0, []))

    def _add(self, outcome):
        with self._lock:
            if self._ended:
                return
            self.all.append(outcome)
            if self._as_table:
                self._print_row(outcome)
            else:
                self._print_tap(outcome)

    def _print_tap(self, outcome):
        state = "ok" if outcome.passed else "not ok"
        detail = f": {outcome.seen}" if outcome.passed and outcome.seen else ""
        print(f"{state} {len(self.all)} {self.title}: {outcome.name}{detail} ({outcome.seconds:.1f} s)",
              flush=True)
        if not outcome.passed:
            how = ["to see it:", *outcome.commands] if outcome.commands else []
            for line in [*outcome.seen.splitlines(), *how]:
                print(f"# {line}", flush=True)

    @staticmethod
    def _print_row(outcome):
        first, *others = outcome.seen.splitlines() or [""]
        state = "works" if outcome.passed else "LOST "
        print(f"{state}  {outcome.name:<24} {outcome.seconds:5.1f} s  {first}", flush=True)
        for line in others:
            print(f"       {line}")
        for command in outcome.commands:
            print(f"         $ {command}")

    @property
    def failed(self):
        return sum(not outcome.passed for outcome in self.all)

    def write_junit(self, path):
        lines = ['<?xml version="1.0" encoding="UTF-8"?>',
                 f'<testsuite name={quoteattr(self.title)} tests="{len(self.all)}" '
                 f'failures="{self.failed}" time="{sum(one.seconds for one in self.all):.3f}">']
        for one in self.all:
            lines.append(f'  <testcase classname={quoteattr(self.title)} name={quoteattr(one.name)} '
                         f'time="{one.seconds:.3f}">')
            if not one.passed:
                lines.append(f'    <failure message={quoteattr((one.seen.splitlines() or ["failed"])[0])}>'
                             f'{escape(one.seen)}</failure>')
            lines.append(f'    <system-out>{escape(chr(10).join(one.commands))}</system-out>')
            lines.append('  </testcase>')
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, "</testsuite>", ""]))
