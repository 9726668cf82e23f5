#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs into a folder of its own and uses what came of it, as somebody else's build would.

Takes the build folder, meson and the compiler. Every installed header has to compile alone, the
README's program has to build and start with the installed libraries, and nothing that was installed
may name the build folder.
"""
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"]


def run(*command, env=None):
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False,
                            stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


class Install:
    """What was installed below a folder."""

    def __init__(self, build, meson, compiler, folder):
        self.build, self.compiler, self.folder = build, compiler, Path(folder)
        run(*meson, "install", "-C", build, "--no-rebuild", env={**os.environ, "DESTDIR": folder})
        libraries = next(self.folder.rglob("pkgconfig"))
        self.prefix = next(path.parent for path in self.folder.rglob("include"))
        self.env = {**os.environ, "PKG_CONFIG_PATH": str(libraries),
                    "PKG_CONFIG_SYSROOT_DIR": "", "LD_LIBRARY_PATH": str(libraries.parent)}
        # The folder stands for the root of the file system.
        for file in libraries.glob("*.pc"):
            text = file.read_text().replace("prefix=/", f"prefix={folder}/", 1)
            file.write_text(text)

    def flags(self, what, package):
        return shlex.split(run("pkg-config", what, package, env=self.env))

    def headers(self):
        flags = self.flags("--cflags", "catalina-ha-1")
        headers = sorted((self.prefix / "include").rglob("*.h"))
        for header in headers:
            run(*self.compiler, "-x", "c", "-fsyntax-only", *WARNINGS, *flags, "-include", header,
                "/dev/null")
        return f"{len(headers)} headers compile alone"

    def example(self):
        program = self.folder / "join"
        run(*self.compiler, *WARNINGS, "-o", program, HERE.parent / "interop/examples/join.c",
            *self.flags("--cflags", "catalina-ha-1"), *self.flags("--libs", "catalina-ha-1"))
        result = subprocess.run([program, self.folder / "none.xml"], env=self.env,
                                capture_output=True, text=True, check=False)
        if result.returncode != 1 or "none.xml" not in result.stderr:
            raise RuntimeError(f"join ended with {result.returncode}: {result.stderr}")
        return "the README's program builds and starts"

    def program(self):
        tribes = self.prefix / "bin/tribes"
        version = run(tribes, "--version", env=self.env).strip()
        for manual in ("tribes.1", "tribes-check.1"):
            if not next(self.prefix.rglob(manual), None):
                raise RuntimeError(f"no {manual}")
        return f"{version} runs and has its manual"

    def paths(self):
        build = os.fsencode(os.path.realpath(self.build))
        for file in self.prefix.rglob("*"):
            if file.suffix in (".pc", ".gir", ".typelib", ".h") and build in file.read_bytes():
                raise RuntimeError(f"{file} names the build folder")
        return "no path of the build is installed"


def main():
    build, meson, compiler = sys.argv[1], shlex.split(sys.argv[2]), shlex.split(sys.argv[3])
    failed = False
    with tempfile.TemporaryDirectory(prefix="tribes-install-") as folder:
        install = Install(build, meson, compiler, folder)
        cases = [install.headers, install.example, install.program, install.paths]
        print(f"TAP version 13\n1..{len(cases)}")
        for number, case in enumerate(cases, 1):
            try:
                print(f"ok {number} - {case()}")
            except (RuntimeError, OSError) as error:
                failed = True
                print(f"not ok {number} - {case.__name__}")
                print("\n".join(f"# {line}" for line in str(error).splitlines()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
