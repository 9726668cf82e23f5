#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs into a folder of its own and uses what came of it, as somebody else's build would.

Takes the build folder, meson and the compiler. A program includes one header of a library, which
reaches all the others, and can include none of these by itself; each of them compiles alone all the
same. The README's program has to build and start with the installed libraries, and nothing that was
installed may name the build folder.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
UMBRELLAS = {"tribes-1": "tribes/tribes.h", "xmlconf-1": "xmlconf/xmlconf.h",
             "catalina-ha-1": "catalina-ha/catalina-ha.h"}
NAMESPACES = {"tribes-1": "Tribes", "xmlconf-1": "Xmlconf", "catalina-ha-1": "CatalinaHa"}
PYTHON = """
import gi
gi.require_version("CatalinaHa", "1")
from gi.repository import CatalinaHa, Tribes
value = Tribes.JavaValue.new_string("green")
stream = Tribes.JavaStream.decode(value.serialize().get_data())
print(stream[0] == value, len(stream))
"""
VALA = """
int main (string[] args) {
  try {
    var properties = new Xmlconf.Properties (null, null, null, null);
    var config = Xmlconf.Config.load (args[1], properties);
    var cluster = new Catalina.Cluster.from_config (config.require_cluster ());
    cluster.start ();
    new MainLoop ().run ();
  } catch (Error error) {
    printerr ("%s\\n", error.message);
  }
  return 0;
}
"""
COMPILATION = [f"-D{prefix}_COMPILATION" for prefix in ("TRIBES", "XMLCONF", "CATALINA")]
VERSIONS = """
#include <catalina-ha/catalina-ha.h>
#define LATER(prefix) \\
  prefix##_CHECK_VERSION (prefix##_MAJOR_VERSION, prefix##_MINOR_VERSION, prefix##_MICRO_VERSION + 1)
#if !TRIBES_CHECK_VERSION(0, 1, 0) || !XMLCONF_CHECK_VERSION(0, 1, 0) \\
  || !CATALINA_CHECK_VERSION(0, 1, 0) || LATER (TRIBES) || LATER (XMLCONF) || LATER (CATALINA)
#error "the headers do not know their version"
#endif
#define SHOW(prefix)                                                                              \\
  g_print ("%u.%u.%u\\n", prefix##_get_major_version (), prefix##_get_minor_version (),            \\
           prefix##_get_micro_version ())
int
main (void)
{
  SHOW (tribes);
  SHOW (xmlconf);
  SHOW (catalina);
  g_print ("%s\\n%s\\n%s\\n", TRIBES_VERSION_STRING, XMLCONF_VERSION_STRING, CATALINA_VERSION_STRING);
}
"""
WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"]


def run(*command, env=None):
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False,
                            stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


# What the libraries are made with, which whoever links them statically needs to name.
PRIVATE = ("gio-unix-2.0", "libxml-2.0", "libarchive", "libcrypto", "libsoup-3.0", "zlib")


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

    def flags(self, what, *packages):
        return shlex.split(run("pkg-config", what, *packages, env=self.env))

    def compile_header(self, header, *flags):
        """Compiles a header as a program's first line, and returns what the compiler says."""
        return subprocess.run(
            [*self.compiler, "-x", "c", "-fsyntax-only", *WARNINGS,
             *self.flags("--cflags", "catalina-ha-1"), *flags, "-include", header, "/dev/null"],
            capture_output=True, text=True, check=False)

    def headers(self):
        include = self.prefix / "include"
        reached = set()
        for package, umbrella in UMBRELLAS.items():
            # The whole path shows that the package's own flags suffice.
            made = run(*self.compiler, "-x", "c", "-M", *self.flags("--cflags", package),
                       include / package / umbrella)
            reached |= {os.path.realpath(path) for path in made.split() if path.endswith(".h")}
        headers = sorted(path for path in include.rglob("*.h")
                         if str(path.relative_to(include / path.relative_to(include).parts[0]))
                         not in UMBRELLAS.values())
        for header in headers:
            if os.path.realpath(header) not in reached:
                raise RuntimeError(f"no umbrella header includes {header}")
            alone = self.compile_header(header, *COMPILATION)
            if alone.returncode != 0:
                raise RuntimeError(alone.stderr)
            direct = self.compile_header(header, "-Wfatal-errors")
            if not re.search("#error .Only <[a-z-]+/[a-z-]+.h> can be included directly",
                             direct.stderr):
                raise RuntimeError(f"{header} can be included directly: {direct.stderr}")
        return f"{len(headers)} headers compile alone and are reached by {len(UMBRELLAS)}"

    def versions(self):
        program = self.folder / "versions"
        source = self.folder / "versions.c"
        source.write_text(VERSIONS)
        run(*self.compiler, *WARNINGS, "-o", program, source,
            *self.flags("--cflags", "catalina-ha-1"), *self.flags("--libs", "catalina-ha-1"))
        printed = run(program, env=self.env).split()
        expected = [run("pkg-config", "--modversion", package, env=self.env).strip()
                    for package in UMBRELLAS]
        if printed != expected * 2:
            raise RuntimeError(f"{printed}, but pkg-config says {expected}")
        return f"headers, libraries and pkg-config are of version {expected[0]}"

    def example(self):
        program = self.folder / "join"
        run(*self.compiler, *WARNINGS, "-o", program, HERE.parent / "interop/examples/join.c",
            *self.flags("--cflags", "catalina-ha-1"), *self.flags("--libs", "catalina-ha-1"))
        result = subprocess.run([program, self.folder / "none.xml"], env=self.env,
                                capture_output=True, text=True, check=False)
        if result.returncode != 1 or "none.xml" not in result.stderr:
            raise RuntimeError(f"join ended with {result.returncode}: {result.stderr}")
        return "the README's program builds and starts"

    def static(self):
        archives = [next(self.prefix.rglob(f"lib{package}.a"), None)
                    for package in reversed(UMBRELLAS)]
        if None in archives:
            return "static libraries # SKIP built without"
        program = self.folder / "join-static"
        run(*self.compiler, *WARNINGS, "-o", program, HERE.parent / "interop/examples/join.c",
            *self.flags("--cflags", "catalina-ha-1"), *archives,
            *self.flags("--libs", *PRIVATE))
        result = subprocess.run([program, self.folder / "none.xml"], env=os.environ,
                                capture_output=True, text=True, check=False)
        if result.returncode != 1 or "none.xml" not in result.stderr:
            raise RuntimeError(f"join ended with {result.returncode}: {result.stderr}")
        return "the README's program runs with nothing of ours beside it"

    def variable(self, package, name):
        return Path(run("pkg-config", f"--variable={name}", package, env=self.env).strip())

    def introspection(self):
        """What pkg-config says is where the files are, and Python finds all of it."""
        if not next(self.prefix.rglob("*.typelib"), None):
            return "GIR # SKIP built without introspection"
        typelibs = self.variable("tribes-1", "typelibdir")
        for package, namespace in NAMESPACES.items():
            for name, suffix in (("girdir", "gir"), ("typelibdir", "typelib")):
                if not (self.variable(package, name) / f"{namespace}-1.{suffix}").exists():
                    raise RuntimeError(f"no {namespace}-1.{suffix} in the {name} of {package}")
        overrides = next(self.folder.rglob("gi/overrides/Tribes.py")).parents[2]
        python = "/usr/bin/python3"
        if subprocess.run([python, "-c", "import gi"], check=False).returncode != 0:
            return "GIR # SKIP python3-gi is not installed"
        printed = run(python, "-c", PYTHON,
                      env={**self.env, "GI_TYPELIB_PATH": str(typelibs),
                           "PYTHONPATH": str(overrides), "PYTHONDONTWRITEBYTECODE": "1"}).strip()
        if printed != "True 1":
            raise RuntimeError(f"Python prints {printed}")
        return "typelibs and overrides are found"

    def vala(self):
        if not next(self.prefix.rglob("*.vapi"), None) or not shutil.which("valac"):
            return "vapi # SKIP no vapi or no valac"
        source = self.folder / "join.vala"
        source.write_text(VALA)
        run("valac", "-C", "-d", self.folder / "vala", "--vapidir",
            self.variable("catalina-ha-1", "vapidir"), "--girdir",
            self.variable("catalina-ha-1", "girdir"), "--pkg", "catalina-ha-1", source, env=self.env)
        return "a program in Vala compiles"

    def reference(self):
        if not next(self.prefix.rglob("index.html"), None):
            return "reference # SKIP built without docs"
        missing = [package for package in UMBRELLAS
                   if not (self.prefix / "share/doc" / package / "index.html").exists()]
        if missing:
            raise RuntimeError(f"no reference of {missing}")
        return "the reference is installed"

    def program(self):
        tribes = self.prefix / "bin/tribes"
        if not tribes.exists():
            return "no program # SKIP built without tools"
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
        cases = [install.headers, install.versions, install.example, install.static,
                 install.introspection, install.vala, install.reference, install.program, install.paths]
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
