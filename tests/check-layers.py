#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that no file includes a header of a layer above its own, that none call in a circle, and that
none is too long.

On Debian gio and glib share an include folder, so the compiler does not notice a codec that
includes <gio/gio.h>; this does. Prints one line per offence and exits 1 if there was any.
"""
import re
import sys
from pathlib import Path

from check_circles import circles

MOST_LINES = 800

# layer -> layers and system headers (by their first path component) it may include, beside its own
# files, <glib.h>, <string.h> and the like.
BASE = {"tribes"}
ABOVE_BASE = BASE | {"tribes/base"}
GIO = {"gio"}
BELOW_CHANNEL = ABOVE_BASE | {"tribes/wire"}
JAVA_VALUE = {"tribes/java/value"}
JAVA_BUILD = JAVA_VALUE | {"tribes/java/build"}
JAVA_WRITE = JAVA_BUILD | {"tribes/java/write"}
JAVA_READ = JAVA_WRITE | {"tribes/java/read"}
JAVA = JAVA_READ | {"tribes/java/show"}
CHANNEL = BELOW_CHANNEL | JAVA | {"tribes/membership", "tribes/transport"} | GIO
INTERCEPTORS = BELOW_CHANNEL | {"tribes/channel", "openssl"} | GIO
TRIBES = {"tribes", "tribes/base", "tribes/wire", "tribes/capture", "tribes/membership", "tribes/transport",
          "tribes/channel", "tribes/interceptors"} | JAVA
MESSAGES = TRIBES | {"catalina_ha"}
ON_MAPS = MESSAGES | {"catalina_ha/messages", "catalina_ha/session", "catalina_ha/map", "catalina_ha/tipis"} | GIO
ALLOWED = {
    "tribes": TRIBES,
    "tribes/base": BASE | GIO,
    "tribes/wire": ABOVE_BASE,
    "tribes/capture": BELOW_CHANNEL,
    "tribes/java/value": ABOVE_BASE,
    "tribes/java/build": ABOVE_BASE | JAVA_VALUE,
    "tribes/java/write": ABOVE_BASE | JAVA_BUILD,
    "tribes/java/read": ABOVE_BASE | JAVA_WRITE,
    "tribes/java/show": ABOVE_BASE | JAVA_READ,
    "tribes/cloud": BELOW_CHANNEL | GIO | {"libsoup", "openssl"},
    "tribes/membership": BELOW_CHANNEL | {"tribes/cloud"} | GIO,
    "tribes/transport": BELOW_CHANNEL | GIO,
    "tribes/channel": CHANNEL,
    "tribes/interceptors": INTERCEPTORS,
    "tribes/mock": INTERCEPTORS | {"tribes/capture", "tribes/interceptors", "tribes/membership"},
    "xmlconf": {"libxml"},
    "catalina_ha": MESSAGES | {"catalina_ha/messages", "catalina_ha/session", "catalina_ha/manager",
                               "catalina_ha/cluster", "xmlconf"} | GIO,
    "catalina_ha/messages": MESSAGES,
    "catalina_ha/session": MESSAGES | {"catalina_ha/messages"},
    "catalina_ha/map": MESSAGES | {"catalina_ha/messages"},
    "catalina_ha/tipis": MESSAGES | {"catalina_ha/messages", "catalina_ha/session", "catalina_ha/map"} | GIO,
    "catalina_ha/authenticator": ON_MAPS,
    "catalina_ha/context": ON_MAPS,
    "catalina_ha/manager": MESSAGES | {"catalina_ha/messages", "catalina_ha/session",
                                       "catalina_ha/map", "catalina_ha/tipis"} | GIO,
    "catalina_ha/cluster": MESSAGES | {"catalina_ha/authenticator", "catalina_ha/context",
                                       "catalina_ha/messages", "catalina_ha/session",
                                       "catalina_ha/map", "catalina_ha/tipis",
                                       "catalina_ha/manager", "xmlconf"} | GIO,
    "catalina_ha/filter": MESSAGES | {"catalina_ha/messages"},
    "catalina_ha/monitor": MESSAGES | {"catalina_ha/messages", "catalina_ha/filter"},
    "catalina_ha/tools": MESSAGES | {"catalina_ha/messages", "catalina_ha/session",
                                     "catalina_ha/authenticator", "catalina_ha/context",
                                     "catalina_ha/manager", "catalina_ha/cluster",
                                     "catalina_ha/filter", "catalina_ha/monitor", "xmlconf",
                                     "json-glib", "libsoup", "pcap"} | GIO,
}
# Headers of libraries that belong to a layer; every other <...> header is libc or glib.
LIBRARIES = {"gio", "libxml", "json-glib", "libsoup", "openssl", "pcap"}
# Code without I/O and without a clock must not reach for them by other names either.
PURE = {"tribes/wire", "tribes/capture", "catalina_ha/messages", "catalina_ha/session", "catalina_ha/map",
        "catalina_ha/filter", "catalina_ha/monitor"} | JAVA
PURE_FORBIDDEN = re.compile(r"\b(g_get_monotonic_time|g_get_real_time|g_timeout_add\w*|"
                            r"g_idle_add\w*|g_date_time_new_now\w*|time|clock_gettime|"
                            r"tribes_clock_\w+) \(")
# The shells of a pure core live in the same folder for these layers: a file that does not include
# gio, not even by way of its headers, is a core there and must not ask for the time.
MIXED = {"tribes/base", "tribes/cloud", "tribes/membership", "tribes/transport", "tribes/interceptors",
         "catalina_ha/manager"}
# The rest of the libraries has the clock of tribes/base, which a thread may replace, and no other.
# These make that clock, and the network that goes by it.
CLOCK = {"tribes/base/tribes-clock.c", "tribes/base/tribes-mailbox.c",
         "tribes/base/tribes-network.c", "tribes/base/tribes-pipe.c"}
CLOCKED = ("tribes/", "catalina_ha/cluster/", "catalina_ha/manager/", "catalina_ha/tipis/",
           "catalina_ha/authenticator/", "catalina_ha/context/")
INSTEAD = {
    "g_get_monotonic_time": "tribes_clock_get_us",
    "g_get_real_time": "tribes_clock_get_wall_ms",
    "g_timeout_source_new": "tribes_clock_timeout_new",
    "g_timeout_source_new_seconds": "tribes_clock_timeout_new",
    "g_timeout_add": "tribes_clock_timeout_new",
    "g_timeout_add_full": "tribes_clock_timeout_new",
    "g_timeout_add_once": "tribes_clock_timeout_new",
    "g_timeout_add_seconds": "tribes_clock_timeout_new",
    "g_timeout_add_seconds_full": "tribes_clock_timeout_new",
    "g_source_set_ready_time": "tribes_clock_set_ready_time",
    "g_date_time_new_now_utc": "tribes_clock_get_wall_ms",
    "g_date_time_new_now_local": "tribes_clock_get_wall_ms",
}
CALL = re.compile(r"\b(" + "|".join(INSTEAD) + r")\b \(")

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def includes(path, seen):
    """All headers a file includes, through the headers of this tree, as written."""
    for match in map(INCLUDE.match, path.read_text().splitlines()):
        if match is None or match.group(2) in seen:
            continue
        seen.add(match.group(2))
        header = ROOT / match.group(2)
        if match.group(1) == '"' and header.exists():
            includes(header, seen)
    return seen


def component(path):
    """The layer a path-qualified include belongs to."""
    return str(Path(path).parent)


def check(root, source):
    layer = str(source.parent.relative_to(root))
    allowed = ALLOWED.get(layer)
    if allowed is None:
        yield source, 1, f"folder {layer} is not in the table of layers"
        return
    text = source.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            quote, path = match.groups()
            if quote == "<":
                target = path.split("/")[0]
                if target not in LIBRARIES or "/" not in path:
                    continue
            else:
                if "/" not in path:
                    yield source, number, f'"{path}" is not path-qualified'
                    continue
                target = component(path)
            if target != layer and target not in allowed:
                yield source, number, f"{layer} may not include {path}"
    pure = layer in PURE
    if layer in MIXED and source.suffix == ".c":
        pure = (str(source.relative_to(root)) not in CLOCK
                and "gio/gio.h" not in includes(source, set()))
    if pure:
        for number, line in enumerate(text.splitlines(), 1):
            if PURE_FORBIDDEN.search(line) and not line.lstrip().startswith(("*", "/*")):
                yield source, number, "code without a clock asks for the time or a timer"
    yield from check_clock(str(source.relative_to(root)), source, text)


def check_clock(name, source, text):
    if name in CLOCK or not name.startswith(CLOCKED):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for call in CALL.findall(line):
            yield source, number, f"{INSTEAD[call]}() instead of {call}(), which no test can move"


def check_includes(root, sources):
    offences = 0
    for source in sources:
        for path, line, message in check(root, source):
            print(f"# {path.relative_to(root)}:{line}: {message}")
            offences += 1
    print(f"{'not ok' if offences else 'ok'} 1 - {len(sources)} files keep to their layers")
    return offences


def check_calls(root, sources):
    found = circles([path for path in sources if path.suffix == ".c"])
    for files, calls in found:
        print(f"# a circle of {len(files)} files:")
        for caller, callee, names in calls:
            print(f"#   {caller.relative_to(root)} -> {callee.relative_to(root)}: "
                  f"{', '.join(names)}")
    print(f"{'not ok' if found else 'ok'} 2 - no files call each other in a circle")
    return len(found)


def check_lengths(root):
    long = 0
    files = [path for top in ("tribes", "xmlconf", "catalina_ha", "interop", "tests")
             for pattern in ("*.[ch]", "*.py", "*.java", "*.lua") for path in sorted((root / top).rglob(pattern))]
    for path in files:
        lines = path.read_text(encoding="utf-8", errors="replace").count("\n")
        if lines > MOST_LINES:
            print(f"# {path.relative_to(root)}: {lines} lines, more than {MOST_LINES}: split it")
            long += 1
    print(f"{'not ok' if long else 'ok'} 3 - {len(files)} files can be read at a sitting")
    return long


def main():
    sources = [source for top in ("tribes", "xmlconf", "catalina_ha")
               for source in sorted((ROOT / top).rglob("*.[ch]"))]
    print("TAP version 13\n1..3")
    return 1 if check_includes(ROOT, sources) + check_calls(ROOT, sources) + check_lengths(ROOT) else 0


if __name__ == "__main__":
    sys.exit(main())
