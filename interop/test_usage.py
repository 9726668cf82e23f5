#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `tribes node` says and returns when it cannot start: one clear line."""
import os
import re
import socket
import subprocess

from lab.peer import program
from lab.processes import temporary_folder
from lab.serverxml import Settings, server_xml
from lab.tap import Tap, equal, true
from lab.waiting import NOTICE

USAGE, OTHER = 2, 1


class Usage:
    """A folder with configurations, good and bad."""

    def __init__(self):
        self.folder = temporary_folder("tribes-lab-usage-")
        self.good = self.write("good.xml", server_xml(Settings(receiver_port=0)))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def fails(self, options, code, *patterns):
        """The program ends with this code, having said one line with all of the patterns."""
        result = subprocess.run([program(), "node", *options], capture_output=True, text=True,
                                timeout=NOTICE, stdin=subprocess.DEVNULL, check=False)
        # Beside the one line stands what it reports about elements that are for a Tomcat only.
        said = [line for line in result.stderr.splitlines() if "is for a Tomcat" not in line]
        equal(result.returncode, code, f"exit code; it said {said}")
        for pattern in patterns:
            true(re.search(pattern, result.stderr), f"'{pattern}' in {said}")
        true(len(said) == 1, f"one line: {said}")

    def run(self, tap):
        missing = os.path.join(self.folder, "missing.xml")
        broken = self.write("broken.xml", "<Server>\n<Service>\n</Server>\n")
        empty = self.write("empty.xml", "")
        no_cluster = self.write("plain.xml", '<Server port="-1">\n  <Service name="Catalina">\n'
                                '    <Engine name="Catalina" defaultHost="localhost"/>\n'
                                '  </Service>\n</Server>\n')
        tap.case("no such file", self.fails, ["--config", missing], USAGE, "missing.xml")
        tap.case("a folder", self.fails, ["--config", self.folder], USAGE, re.escape(self.folder))
        tap.case("not well-formed", self.fails, ["--config", broken], USAGE, r"broken\.xml:3")
        tap.case("empty file", self.fails, ["--config", empty], USAGE, r"empty\.xml")
        tap.case("no cluster", self.fails, ["--config", no_cluster], USAGE, r"plain\.xml",
                 "Cluster")
        tap.case("no configuration", self.fails, [], USAGE, "--config")
        tap.case("unknown option", self.fails, ["--config", self.good, "--nonsense"], USAGE,
                 "nonsense")
        tap.case("receiver that is no address", self.fails,
                 ["--config", self.good, "--receiver", "127.0.0.1"], USAGE, "--receiver")
        tap.case("unique id of 3 bytes", self.fails,
                 ["--config", self.good, "--unique-id", "{1,2,3}"], USAGE, "16")
        tap.case("HTTP to everybody without a token", self.fails,
                 ["--config", self.good, "--receiver", "127.0.0.1:0", "--http", "0.0.0.0:0"],
                 USAGE, "--http-token-file")
        tap.case("unknown host", self.fails,
                 ["--config", self.good, "--receiver", "no-such-host.invalid:4000"], OTHER,
                 r"no-such-host\.invalid")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            tap.case("receiver port taken", self.fails,
                     ["--config", self.good, "--receiver", address], OTHER, re.escape(address))
            tap.case("HTTP port taken", self.fails,
                     ["--config", self.good, "--receiver", "127.0.0.1:0", "--http", address],
                     OTHER, re.escape(address))


def main():
    tap = Tap()
    Usage().run(tap)
    tap.done()


if __name__ == "__main__":
    main()
