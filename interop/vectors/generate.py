#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors again: the bytes the installed Tomcats put on the wire.

A vector NAME that both versions write alike is NAME.bin and NAME.txt; otherwise each version has its
own, NAME@VERSION.bin. The text has one key=value a line; bytes are in hexadecimal, attribute values
in JSON.

  generate.py FOLDER          writes them
  generate.py --check FOLDER  compares with what is there (TAP)
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lab import installed, java  # noqa: E402
from lab.processes import temporary_folder  # noqa: E402
from lab.tap import Tap, equal  # noqa: E402

UNSTABLE = b"deterministic=false\n"
# What the kept files were written with. A later version of the same line is held against them.
RECORDED = {9: "9.0.70", 10: "10.1.60"}


def read(folder):
    """File name -> content."""
    files = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            files[name] = file.read()
    return files


def generate(labels):
    """The files of the folder, as the installed versions write them; a label for each version."""
    written = {}
    for tomcat, label in labels.items():
        folder = temporary_folder("tribes-vectors-")
        java.run_program(tomcat, "vectors/labvectors/**/*.java", "labvectors.Main", folder)
        written[label] = read(folder)
    first, second = written.values()
    result = {}
    for name in {name.rsplit(".", 1)[0] for name in first}:
        alike = all(first[name + end] == second[name + end] for end in (".bin", ".txt"))
        # An unstable vector is kept once; which version wrote it makes no difference.
        if alike or UNSTABLE in first[name + ".txt"]:
            result.update({name + end: second[name + end] for end in (".bin", ".txt")})
            continue
        for version, files in written.items():
            result.update({f"{name}@{version}{end}": files[name + end] for end in (".bin", ".txt")})
    return result


def compare(name, files, kept):
    equal(sorted(kept), sorted(files), "file names")
    for file in sorted(files):
        if file.startswith(name + ".") or file.startswith(name + "@"):
            equal(kept[file].hex(), files[file].hex(), file)


def check(folder):
    tap = Tap()
    if not installed.all_of_debian():
        tap.skip("vectors", "they were written with Debian's Tomcats")
        tap.done()
    files, kept = generate(RECORDED), read(folder)
    for name in sorted({name.rsplit(".", 1)[0].split("@")[0] for name in files}):
        if UNSTABLE in files.get(name + ".txt", b""):
            continue
        tap.case(name, compare, name, files, kept)
    tap.done()


def write(folder):
    files = generate({tomcat: java.version(tomcat) for tomcat in RECORDED})
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        check(sys.argv[2])
    else:
        os.makedirs(sys.argv[1], exist_ok=True)
        write(sys.argv[1])
