# SPDX-License-Identifier: Apache-2.0
"""Finds source files that call each other in a circle.

A file stands above those whose functions it names. Within a folder nothing else keeps that in
order: the includes of headers that several files share do not show who calls whom.
"""
import re

# A definition as clang-format lays it out: the type on a line of its own, then the name.
DEFINITION = re.compile(r"^(?P<type>[a-zA-Z_][\w \*]*)\n(?P<name>[a-z_]\w*) \(", re.MULTILINE)
NAME = re.compile(r"\b[a-z_]\w*\b")
NO_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|^\s*#\s*include[^\n]*",
                     re.DOTALL | re.MULTILINE)


def arrows(sources):
    """Per file, the files whose functions it names, each with the names."""
    texts = {source: NO_CODE.sub(" ", source.read_text()) for source in sources}
    home = {}
    for source, text in texts.items():
        for match in DEFINITION.finditer(text):
            if not match["type"].startswith(("static", "typedef", "return", "else", "case")):
                home.setdefault(match["name"], source)
    graph = {source: {} for source in texts}
    for source, text in texts.items():
        for name in sorted(set(NAME.findall(text)) & home.keys()):
            if home[name] != source:
                graph[source].setdefault(home[name], []).append(name)
    return graph


def reachable(graph, start):
    seen, waiting = set(), list(graph[start])
    while waiting:
        source = waiting.pop()
        if source not in seen:
            seen.add(source)
            waiting += graph[source]
    return seen


def circles(sources):
    """Sets of files each of which reaches all others of its set, with the arrows between them."""
    graph = arrows(sources)
    reach = {source: reachable(graph, source) for source in graph}
    found = []
    for source in sorted(graph):
        circle = {other for other in reach[source] if source in reach[other]}
        if circle and source == min(circle):
            found.append((sorted(circle),
                          [(a, b, graph[a][b]) for a in sorted(circle) for b in sorted(graph[a])
                           if b in circle]))
    return found
