# SPDX-License-Identifier: Apache-2.0
"""Waiting for what the nodes show, and telling what they showed instead.

The limits are for a machine that is slow and busy with other things; no test waits for longer than
what it waits for takes.
"""
import json
import time

from .processes import LabError

# A message, which takes milliseconds.
SOON = 30
# Everybody has noticed that a member is gone or back, which takes seconds.
NOTICE = 60
LINES = 12
WIDTH = 160


def short(value):
    """A value as JSON, cut to a readable length."""
    text = json.dumps(sorted(value) if isinstance(value, (set, frozenset)) else value,
                      ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}... ({len(text)} characters)"


def _lines(found, expected, where):
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in sorted({*found, *expected}, key=str):
            path = f"{where}.{key}" if where else str(key)
            if key not in found:
                yield f"{path}: missing, expected {short(expected[key])}"
            elif key not in expected:
                yield f"{path}: found {short(found[key])}, not expected"
            else:
                yield from _lines(found[key], expected[key], path)
    elif isinstance(found, set) and isinstance(expected, set):
        if found - expected:
            yield f"{where} not expected: {short(found - expected)}".strip()
        if expected - found:
            yield f"{where} missing: {short(expected - found)}".strip()
    elif found != expected:
        yield (f"{where}: " if where else "") + f"expected {short(expected)}, found {short(found)}"


def differences(found, expected):
    """Where two values differ, a line each; empty when they do not."""
    lines = list(_lines(found, expected, ""))
    more = len(lines) - LINES
    return "\n".join(f"  {line}" for line in [*lines[:LINES],
                                              *([f"and {more} more"] if more > 0 else [])])


def until(look, matches, what, timeout=SOON, every=0.02, explain=None):
    """Looks until matches(what is seen) is true, and returns what was seen.

    A failure says what was seen last, or explain() of it. The pause between two looks grows up to
    a quarter of a second.
    """
    deadline = time.monotonic() + timeout
    while True:
        # Taken before the look: what is seen at the end has been looked at after the limit.
        late = time.monotonic() >= deadline
        seen = look()
        if matches(seen):
            return seen
        if late:
            last = explain(seen) if explain else f"  last seen: {short(seen)}"
            raise LabError(f"not seen within {timeout} s: {what}\n{last}")
        time.sleep(every)
        every = max(every, min(every * 1.5, 0.25))


def until_equal(look, expected, what, timeout=SOON):
    """Looks until it sees what is expected; a failure says what differed last."""
    return until(look, lambda seen: seen == expected, what, timeout,
                 explain=lambda seen: differences(seen, expected))
