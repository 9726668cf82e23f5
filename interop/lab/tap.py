# SPDX-License-Identifier: Apache-2.0
"""A few lines of Test Anything Protocol."""
import http.client
import subprocess
import sys
import time
import traceback

from . import processes
from .waiting import differences

LOG_LINES = 12
LOG_WIDTH = 200


def equal(found, expected, what="value"):
    """Fails with what differs."""
    if found != expected:
        raise AssertionError(f"{what}\n{differences(found, expected)}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


class Tap:
    """Runs cases one after the other and prints how each ended."""

    def __init__(self, watched=()):
        self.number = 0
        self.failed = 0
        self._watched = list(watched)

    def watch(self, *nodes):
        """Nodes whose logs are worth reading when a case fails."""
        self._watched += nodes

    def case(self, name, function, *arguments):
        """Runs one case; what it raises is its failure. Returns whether it passed."""
        start = time.monotonic()
        marks = [self._log_size(node) for node in self._watched]
        try:
            function(*arguments)
        except (AssertionError, processes.LabError, OSError, LookupError, TypeError, ValueError,
                http.client.HTTPException, subprocess.SubprocessError) as error:
            self._report(False, name)
            self._diagnose(error, marks)
            return False
        self._report(True, f"{name} ({time.monotonic() - start:.2f} s)")
        return True

    def skip(self, name, reason):
        self._report(True, f"{name} # SKIP {reason}")

    def _report(self, passed, text):
        self.number += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.number} {text}", flush=True)

    @staticmethod
    def _log_size(node):
        return len(node.child.log()) if node.child else 0

    def _diagnose(self, error, marks):
        """Where it failed and what the watched nodes logged since the case began."""
        where = traceback.extract_tb(error.__traceback__)[1:]
        lines = [f"{frame.name}, line {frame.lineno}: {frame.line}" for frame in where]
        lines += f"{type(error).__name__}: {error}".splitlines()
        for node, mark in zip(self._watched, marks):
            news = node.child.log()[mark:].splitlines() if node.child else []
            if news:
                lines += [f"{node.name} logged:", *(line[:LOG_WIDTH] for line in news[-LOG_LINES:])]
        for line in lines:
            print(f"# {line}")
        sys.stdout.flush()

    def done(self):
        """Prints the plan; ends the program with the exit code."""
        print(f"1..{self.number}", flush=True)
        processes.stop_everything()
        sys.exit(1 if self.failed else 0)
