#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that programs in texts are those of interop/examples, which are built and run.

A program of the README or of the page about requests has to be one that works: as a file it is
compiled here, and joins a real Tomcat in the interop tests. That of the page about tests runs as one.
"""
import re
import sys
from pathlib import Path

LINES = 60
EXAMPLES = [
    ("README.md", "c", "join.c"),
    ("README.md", "python", "join.py"),
    ("catalina_ha/docs/requests.md", "c", "request.c"),
    ("catalina_ha/docs/requests.md", "python", "request.py"),
    ("tribes/docs/mock.md", "c", "mock.c"),
]


def check(root, text, language, name):
    """Returns what is wrong, or nothing."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", (root / text).read_text(),
                        re.MULTILINE | re.DOTALL)
    example = (root / "interop/examples" / name).read_text()
    if len(blocks) != 1:
        return f"{text} has {len(blocks)} blocks of {language}"
    if blocks[0] != example:
        return f"the block of {language} in {text} is not interop/examples/{name}"
    if len(example.splitlines()) >= LINES:
        return f"{name} has {LINES} lines or more"
    return None


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    print(f"TAP version 13\n1..{len(EXAMPLES)}")
    failed = False
    for number, (text, language, name) in enumerate(EXAMPLES, 1):
        problem = check(root, text, language, name)
        failed |= problem is not None
        print(f"{'not ok' if problem else 'ok'} {number} - {name}")
        if problem:
            print(f"# {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
