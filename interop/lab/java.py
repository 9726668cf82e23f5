# SPDX-License-Identifier: Apache-2.0
"""Compiles our Java sources against an installed Tomcat and makes command lines for them.

Compiled classes are kept in a cache folder named after what they were made from, so that only the
first run pays for them. The folder is TRIBES_LAB_CACHE, which the build sets to a folder of its
own, or a temporary one.
"""
import fcntl
import functools
import glob
import hashlib
import os
import shutil
import subprocess

from .installed import installation
from .processes import LabError, temporary_folder

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The fastest start, not the fastest peak: a node of a test lives for seconds. A shared class data
# archive would save 0.1 s of the 0.7 s and is not worth its upkeep.
JVM_OPTIONS = ("-Xmx160m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@functools.lru_cache(maxsize=None)
def cache_folder():
    folder = os.environ.get("TRIBES_LAB_CACHE") or temporary_folder("tribes-lab-cache-")
    os.makedirs(folder, exist_ok=True)
    return folder


def class_path(tomcat):
    """The jars of what stands for Tomcat 9 or 10, see installed.py."""
    return installation(tomcat).class_path


def version(tomcat):
    """The exact version, as 9.0.70."""
    return installation(tomcat).version


def _read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Locked:
    """Holds a lock file, so that test programs that run side by side compile once."""

    def __init__(self, name):
        self._path = os.path.join(cache_folder(), name + ".lock")

    def __enter__(self):
        self._file = open(self._path, "w", encoding="ascii")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self._file.close()


def _compile_into(target, tomcat, sources, extra_path):
    staging = target + ".new"
    shutil.rmtree(staging, ignore_errors=True)
    folder = os.path.join(staging, "src")
    files = []
    for path, text in sources.items():
        file = os.path.join(folder, path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w", encoding="utf-8") as out:
            out.write(text)
        files.append(file)
    result = subprocess.run(
        ["javac", "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-proc:none", "-Xlint:all,-path",
         "-Xlint:-processing", "-g:none", "--release", "17", "-cp",
         ":".join([class_path(tomcat), *extra_path]), "-d", os.path.join(staging, "classes"),
         *files], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LabError(f"javac failed:\n{result.stdout}{result.stderr}")
    os.rename(staging, target)


def compile_sources(pattern, tomcat, extra_path=()):
    """Compiles the Java files interop/<pattern>; returns the folder of the classes.

    The sources are written for Tomcat 10; for versions before it the servlet package's name is replaced.
    """
    base = os.path.join(HERE, pattern.split("*", maxsplit=1)[0])
    is_javax = installation(tomcat).is_javax
    sources = {}
    for path in sorted(glob.glob(os.path.join(HERE, pattern), recursive=True)):
        text = _read(path)
        if is_javax:
            text = text.replace("jakarta.servlet", "javax.servlet")
        sources[os.path.relpath(path, base)] = text
    jars = [os.path.realpath(jar) for jar in installation(tomcat).jars]
    key = hashlib.sha256(repr((sorted(sources.items()), sorted(jars),
                               version(tomcat))).encode()).hexdigest()[:12]
    target = os.path.join(cache_folder(), f"classes-{tomcat}-{key}")
    with Locked("javac"):
        if not os.path.isdir(target):
            _compile_into(target, tomcat, sources, extra_path)
    return os.path.join(target, "classes")


def node_classes(tomcat):
    """Our own program around Tomcat, and the JSON writer that all Java programs here use."""
    return compile_sources("node/**/*.java", tomcat)


def run_program(tomcat, pattern, main, *arguments, timeout=300):
    """Compiles and runs a Java program with Tomcat's classes; returns what it printed."""
    node = node_classes(tomcat)
    classes = compile_sources(pattern, tomcat, (node,))
    result = subprocess.run(
        ["java", *JVM_OPTIONS, "-cp", f"{classes}:{node}:{class_path(tomcat)}", main, *arguments],
        capture_output=True, text=True, timeout=timeout, check=False)
    if result.returncode != 0:
        raise LabError(f"{main} failed:\n{result.stdout}{result.stderr}")
    return result.stdout
