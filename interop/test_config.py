#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Asks the installed Tomcats what they make of server.xml files, and compares with `tribes check`.

Usage: test_config.py TRIBES FOLDER. For each file and version: whether it can be read, each warning
about a name or value, every effective value of every object, and whether the channel starts.
"""
import json
import os
import re
import subprocess
import sys
from xml.sax.saxutils import quoteattr

from lab import java
from lab.processes import temporary_folder
from lab.tap import Tap, equal, true

PROPERTIES = ("host=10.0.0.1",)
# Findings with which Tomcat cannot read the file.
UNREADABLE = {"no-class", "unknown-class", "misplaced-member", "name-twice"}
# Findings with which the channel does not start, on loopback and on a port of the kernel's choice.
NO_START = {"encrypt-order", "encrypt-no-key", "encrypt-mode", "not-multicast",
            "option-flag-checked", "receiver-address", "provider-class", "refused-number",
            "thread-pool", "bind-address"}
NOT_SET = re.compile(r"Match \[([\w/]+)\] failed to set property \[(\w+)\] to \[(.*)\]")
NO_RULE = re.compile(r"No rules found matching \[([\w/]+)\]")
# Values that Tomcat decides when it starts.
DECIDED_LATER = {("Membership", "domain"), ("Receiver", "bind"), ("Channel", "name")}


def ask_tomcat(tomcat, files):
    printed = java.run_program(tomcat, "config/labconfig/*.java", "labconfig.Main",
                               temporary_folder("tribes-config-"), *PROPERTIES, *files)
    return {answer["file"]: answer for answer in map(json.loads, printed.splitlines())}


class Ours:
    """What `tribes check` says of a file."""

    def __init__(self, program, version, path):
        self._command = [program, "check", "--format", "json", "--tomcat", version,
                         *(f"-D{definition}" for definition in PROPERTIES), path]
        answer = self._run()
        self.errors = answer["errors"]
        self.findings = answer["findings"]
        self.ids = {finding["id"] for finding in self.findings}

    def _run(self, *options):
        result = subprocess.run([*self._command, *options], capture_output=True, text=True,
                                check=False)
        true(result.returncode in (0, 1, 2), f"exit code {result.returncode}: {result.stderr}")
        return json.loads(result.stdout)

    def effective(self):
        return [entry["cluster"] for entry in self._run("--effective")["effective"]]

    def messages(self, *ids):
        return [finding["message"] for finding in self.findings if finding["id"] in ids]


def normal(value):
    """Values as Tomcat's getters give them: booleans in small letters, bytes as a list."""
    if value is None or value == "":
        return None
    if value.lower() in ("true", "false"):
        return value.lower()
    if re.fullmatch(r"\{[-\d,]*\}", value):
        return "[" + ", ".join(value.strip("{}").split(",")) + "]"
    if re.fullmatch(r"[+-]?\d+", value):
        return str(int(value))
    return value


def as_bytes(value):
    if value is None:
        return "[]"
    if value.startswith("["):
        return value
    return str(list(value.encode("latin-1")))


def compare_value(where, element, name, ours, theirs):
    if (element, name) in DECIDED_LATER:
        return 0
    true(name in theirs, f"{where}: Tomcat has no property {name}")
    found = theirs[name]
    if found == "@unreadable":
        return 0
    value = normal(ours["value"])
    if name == "encryptionKey" and value is not None:
        value = str([byte - 256 if byte > 127 else byte for byte in bytes.fromhex(value)])
    if found is not None and found.startswith("["):
        # Members that were told no id have 16 zero bytes.
        zeros = name == "uniqueId" and value is None
        value = str([0] * 16) if zeros else as_bytes(value)
        if name == "host":
            return 0
        equal(value, found, f"{where} {name}")
    elif value in ("true", "false") or found in ("true", "false"):
        equal("true" if value == "true" else "false", found, f"{where} {name}")
    else:
        equal(value, normal(found), f"{where} {name}")
    return 1


def compare_trees(where, ours, theirs):
    """Returns how many values were compared."""
    equal(ours["class"], theirs["class"], where)
    Totals.classes.add(ours["class"])
    compared = sum(compare_value(where, ours["element"], name, value, theirs["attributes"])
                   for name, value in ours["attributes"].items())
    unknown = [child for child in theirs["children"] if child["element"] not in
               {mine["element"] for mine in ours["children"]}]
    equal([child["element"] for child in unknown], [], f"{where}: objects that we do not have")
    for element in sorted({child["element"] for child in ours["children"]}):
        mine = [child for child in ours["children"] if child["element"] == element]
        yours = [child for child in theirs["children"] if child["element"] == element]
        if element == "SessionIdGenerator" and mine[-1]["implicit"]:
            continue
        if element not in ("Interceptor", "Member", "Valve", "ClusterListener", "Listener"):
            mine = mine[-1:]
        if element == "Valve":
            # What is no cluster valve is dropped; we say so and keep it in the tree.
            names = {child["class"] for child in yours}
            mine = [child for child in mine if child["class"] in names]
        equal([child["class"] for child in mine], [child["class"] for child in yours],
              f"{where}/{element}")
        for number, (first, second) in enumerate(zip(mine, yours)):
            compared += compare_trees(f"{where}/{element}[{number}]", first, second)
    return compared


def check_readable(ours, theirs):
    refused = bool(ours.errors) or bool(ours.ids & UNREADABLE)
    equal(refused, "unreadable" in theirs,
          f"refused by us ({ours.errors or sorted(ours.ids & UNREADABLE)}), by Tomcat "
          f"({theirs.get('unreadable')})")
    return not refused


def check_warnings(ours, theirs):
    """Each warning of Tomcat is a finding of ours, and the other way round."""
    rejected = sorted(NOT_SET.search(line).group(2) for line in theirs["log"]
                      if NOT_SET.search(line))
    about = [re.search(r"has no attribute (\w+)", message).group(1)
             for message in ours.messages("unknown-attribute")]
    about += [message.split("=", 1)[0] for message in ours.messages("bad-value")]
    # The valve catches what its own filter throws.
    about += [name for name in (message.split("=", 1)[0] for message in ours.messages("bad-regex"))
              if name != "filter"]
    about += ["host" for message in ours.messages("member-address") if message.startswith("host=")]
    equal(sorted(about), rejected, "names of attributes that cannot be set")
    unmatched = [match.group(1).rsplit("/", 1)[1] for match in map(NO_RULE.search, theirs["log"])
                 if match]
    elements = [re.search(r"<(\w+)>", message).group(1) for message in
                ours.messages("unknown-element", "property-element", "misplaced-cluster")]
    equal(sorted(elements), sorted(unmatched), "elements without a rule")


def check_start(ours, theirs):
    if theirs["start"] == "not tried":
        return
    refused = bool(ours.ids & NO_START)
    equal(refused, theirs["start"] is not None,
          f"refused by us ({sorted(ours.ids)}), by Tomcat ({theirs['start']})")
    if refused:
        return
    warned = {"static-no-detector": "failureDetector|TcpFailureDetector",
              "static-no-ping": "pingInterceptor|TcpPingInterceptor",
              "encrypt-cbc": "encryption algorithm.*should be|switch|recommended"}
    for rule, pattern in warned.items():
        says = any(re.search(pattern, line) for line in theirs["startLog"])
        true(not says or rule in ours.ids, f"Tomcat warns as {rule} would: {theirs['startLog']}")
        if rule != "encrypt-cbc":
            equal(rule in ours.ids, says, f"{rule}; Tomcat: {theirs['startLog']}")


class Totals:
    values = 0
    classes = set()


def write_out(node):
    """An object with everything that can be set on it as attributes."""
    attributes = "".join(f' {name}={quoteattr(value or "1")}'
                         for name, value in node["attributes"].items())
    children = "".join(write_out(child) for child in node["children"])
    return (f'<{node["element"]} className={quoteattr(node["class"])}{attributes}>{children}'
            f'</{node["element"]}>')


def everything_is_known(program, version, answers):
    """No attribute that Tomcat would take is an unknown one to us."""
    for name, answer in answers.items():
        if "cluster" not in answer:
            continue
        path = os.path.join(temporary_folder("tribes-config-"), "server.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'<Server><Service><Engine name="E">{write_out(answer["cluster"])}</Engine>'
                       "</Service></Server>")
        ours = Ours(program, version, path)
        equal(ours.messages("unknown-attribute", "unknown-class"), [], name)


def compare(program, version, path, theirs):
    ours = Ours(program, version, path)
    if not check_readable(ours, theirs):
        return
    check_warnings(ours, theirs)
    clusters = ours.effective()
    equal(len(clusters) > 0, "cluster" in theirs, "has a cluster")
    if not clusters:
        return
    Totals.values += compare_trees("Cluster", clusters[0], theirs["cluster"])
    check_start(ours, theirs)


def known_classes(program):
    """Those of the manual's table that stand inside a cluster and that an installed Tomcat has."""
    manual = subprocess.run([program, "check", "--manual"], capture_output=True, text=True,
                            check=True).stdout
    return {name for element, name in re.findall(r"^\.SS <(\w+)> ([\w.]+)$", manual, re.MULTILINE)
            if element not in ("Engine", "Host", "Context")} - {
                "org.apache.catalina.ha.session.JvmRouteSessionIDBinderListener",
                "org.apache.catalina.tribes.group.interceptors.MessageDispatch15Interceptor"}


def enough(program, files, versions):
    true(len(files) >= 60, f"{len(files)} files")
    equal(sorted(Totals.classes), sorted(known_classes(program)), "classes compared")
    true(Totals.values >= 100 * len(files), f"{Totals.values} values compared")
    print(f"# {len(files)} files, {len(versions)} versions of Tomcat, {Totals.values} values")


def main():
    program, folder = sys.argv[1:3]
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    tap = Tap()
    versions = {tomcat: java.version(tomcat) for tomcat in (9, 10)}
    for tomcat, version in versions.items():
        answers = ask_tomcat(tomcat, files)
        for path in files:
            name = os.path.basename(path)
            tap.case(f"{name} with Tomcat {version}", compare, program, version, path,
                     answers[name])
        tap.case(f"all attributes of Tomcat {version} are known", everything_is_known, program,
                 version, answers)
    tap.case("compared enough", enough, program, files, versions)
    tap.done()


if __name__ == "__main__":
    main()
