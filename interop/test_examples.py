#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The README's C and Python programs, taken from its text and run against a real Tomcat, in the place of
another and beside it; and those of the page about requests.

Takes the build folder. A program's first argument is a server.xml; it joins that cluster, prints the
id of a session that changes, and sets an attribute in it. One that answers a request takes the
browser's session id besides.
"""
import os
import re
import shlex
import subprocess
import sys

from lab import java, ports
from lab.cluster import Layout, wait_for_members
from lab.processes import Child, LabError, temporary_folder
from lab.serverxml import server_xml
from lab.tap import Tap, equal, true
from lab.waiting import until

MESON = "/usr/bin/meson"
PYTHON = "/usr/bin/python3"
LINES = 60


def read_example(language):
    """The README's only block of that language."""
    with open(os.path.join(os.path.dirname(java.HERE), "README.md"), encoding="utf-8") as file:
        blocks = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        raise LabError(f"the README has {len(blocks)} blocks of {language}")
    return blocks[0]


def read_commands():
    """The README's indented lines: what it says to type."""
    with open(os.path.join(os.path.dirname(java.HERE), "README.md"), encoding="utf-8") as file:
        return re.findall(r"^    (\S.*)$", re.sub(r"^```.*?^```$", "", file.read(),
                                                  flags=re.MULTILINE | re.DOTALL), re.MULTILINE)


def build_environment(build):
    """The environment in which the uninstalled libraries are found, as meson describes it."""
    printed = subprocess.run([MESON, "devenv", "-C", build, "env", "-0"], capture_output=True,
                             text=True, check=True).stdout
    environment = dict(entry.split("=", 1) for entry in printed.split("\0") if "=" in entry)
    # What Python prints is to arrive while it runs.
    return {**environment, "PYTHONUNBUFFERED": "1"}


class Examples:
    """One Tomcat; the programs join it one after the other."""

    def __init__(self, build):
        self.environment = build_environment(build)
        self.folder = temporary_folder("tribes-lab-examples-")
        self.layout = Layout(2, ids=True)
        self.tomcat = self.layout.tomcat(0)
        self.config = self.write("server.xml", server_xml(self.layout.settings(1)))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def tool(self, *command):
        result = subprocess.run(command, env=self.environment, capture_output=True, text=True,
                                check=False)
        if result.returncode != 0:
            raise LabError(f"{command[0]} failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def compile(self, source):
        target = os.path.join(self.folder, "example")
        flags = shlex.split(self.tool("pkg-config", "--cflags", "--libs", "catalina-ha-1"))
        self.tool("gcc", "-Wall", "-Werror", "-o", target, self.write("example.c", source), *flags)
        return [target]

    def joins_and_sets(self, language, command_of):
        source = read_example(language)
        true(len(source.splitlines()) < LINES, f"{len(source.splitlines())} lines")
        self.run(language, [*command_of(source), self.config])

    def joins_beside(self, language, command_of):
        """With the file of the Tomcat that is running."""
        receiver = self.layout.settings(1)
        command = [*command_of(read_example(language)), self.tomcat.server_xml_path]
        taken = subprocess.run(command, env=self.environment, capture_output=True, text=True,
                               timeout=30, check=False)
        true(taken.returncode != 0 and "in use" in taken.stderr, f"it says {taken.stderr}")
        self.run(language, [*command, f"{receiver.address}:{receiver.receiver_port}"])

    def run(self, language, command):
        child = Child(command, os.path.join(self.folder, f"{language}.log"), language,
                      env=self.environment)
        try:
            self.observe(child)
        except LabError as error:
            raise LabError(f"{error}\n{child.log_tail()}") from error
        finally:
            child.kill()
        wait_for_members(self.tomcat, count=0)

    def observe(self, child):
        wait_for_members(self.tomcat, count=1)
        browser = self.tomcat.browser()
        browser.steps("create")
        printed = []

        def change():
            # A change the program only fetches, as it is still starting, is none it is told of.
            browser.steps(("set", "mine", f"int:{len(printed)}"))
            printed.extend(child.lines_so_far())
            return printed
        until(change, lambda seen: any(browser.session in str(line) for line in seen),
              f"the program prints {browser.session}")
        until(lambda: self.tomcat.attributes(browser.session), lambda seen: set(seen) - {"mine"},
              "an attribute that the program set, in the Tomcat")

    def answers(self, name, command_of):
        """A browser of the Tomcat goes on at the program, and then at the Tomcat again."""
        browser = self.tomcat.browser()
        browser.steps("create", ("set", "mine", "int:1"))
        with open(os.path.join(java.HERE, "examples", name), encoding="utf-8") as file:
            command = [*command_of(file.read()), self.config, browser.session]
        ran = subprocess.run(command, env=self.environment, capture_output=True, text=True,
                             timeout=60, check=False)
        printed = re.fullmatch(r"Set-Cookie: JSESSIONID=(\w+\.node2)\n", ran.stdout)
        true(ran.returncode == 0 and printed, f"it says {ran.stdout}{ran.stderr}")
        wait_for_members(self.tomcat, count=0)
        equal(self.tomcat.attributes(browser.session), None, "the session under its old id")
        equal(self.tomcat.browser(session=printed.group(1)).steps(
            ("get", "mine"), ("get", "item"), ("get", "count"), ("user", "author", "reader")),
              [1, "pears", 3, {"name": "ada", "roles": ["reader"]}], "what the Tomcat finds")

    def commands(self):
        """The lines with `tribes node` and curl as they stand, but for ports, file and id."""
        lines = [line for line in read_commands() if re.match("tribes node |S=|curl ", line)]
        true(len(lines) == 4, f"the README has {lines}")
        receiver = self.layout.settings(1)
        free = ports.receiver_port(self.layout.places[1])
        script = "\n".join(lines).replace("127.0.0.1:4010", f"127.0.0.1:{receiver.receiver_port}") \
            .replace("127.0.0.1:8090", f"127.0.0.1:{free}").replace("server.xml", self.config) \
            .replace("tribes node", os.environ["TRIBES_PROGRAM"] + " node", 1)
        node, *rest = script.split("\n")
        child = Child(shlex.split(node), os.path.join(self.folder, "node.log"), "node",
                      env=self.environment)
        try:
            wait_for_members(self.tomcat, count=1)
            browser = self.tomcat.browser()
            browser.steps("create", ("set", "mine", "int:1"))
            rest = [line.replace("curl ", "curl -sSf ").replace("/ID/", f"/{browser.session}/")
                    for line in rest]
            until(lambda: self.tool("sh", "-c", "\n".join(rest[:2])),
                  lambda seen: browser.session in seen, "curl shows the session")
            self.tool("sh", "-c", "\n".join(rest))
            until(lambda: self.tomcat.attributes(browser.session),
                  lambda seen: "green" in str(seen.get("colour")), "what curl put, in the Tomcat")
        except LabError as error:
            raise LabError(f"{error}\n{child.log_tail()}") from error
        finally:
            child.kill()
        wait_for_members(self.tomcat, count=0)

    def decode(self):
        """The lines on streams, with one that this program wrote."""
        stream = bytes.fromhex("aced0005740005677265656e")
        with open(os.path.join(self.folder, "session.ser"), "wb") as file:
            file.write(stream)
        with open(os.path.join(os.path.dirname(java.HERE), "README.md"), encoding="utf-8") as file:
            spans = re.findall("`([^`]*)`", file.read())
        shown, = [span for span in spans if span.startswith("tribes decode ")]
        read, = [span for span in spans if "JavaStream.decode" in span]
        printed = self.tool("sh", "-c", f"cd {self.folder}; "
                            + shown.replace("tribes", os.environ["TRIBES_PROGRAM"], 1))
        true("green" in printed, f"it prints {printed}")
        source = "import gi\ngi.require_version('Tribes', '1')\nfrom gi.repository import Tribes\n" \
            f"data = bytes.fromhex('{stream.hex()}')\nstream = {read}\n" \
            "print([value.to_json() for value in stream], stream.encode().get_data() == data)"
        printed = self.tool(PYTHON, "-c", source).strip()
        true(printed == "['\"green\"'] True", f"it prints {printed}")

    def python_command(self, source):
        return [PYTHON, self.write("example.py", source)]


def main():
    tap = Tap()
    examples = Examples(sys.argv[1])
    tap.watch(examples.tomcat)
    if tap.case("start", examples.tomcat.start):
        tap.case("C", examples.joins_and_sets, "c", examples.compile)
        tap.case("Python", examples.joins_and_sets, "python", examples.python_command)
        tap.case("C beside the Tomcat", examples.joins_beside, "c", examples.compile)
        tap.case("Python beside the Tomcat", examples.joins_beside, "python",
                 examples.python_command)
        tap.case("a request in C", examples.answers, "request.c", examples.compile)
        tap.case("a request in Python", examples.answers, "request.py", examples.python_command)
        if "TRIBES_PROGRAM" in os.environ:
            tap.case("commands", examples.commands)
            tap.case("decode", examples.decode)
    tap.done()


if __name__ == "__main__":
    main()
