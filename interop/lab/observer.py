# SPDX-License-Identifier: Apache-2.0
"""`tribes monitor --join`: a member that looks on."""
import os

from .peer import program
from .processes import Child, temporary_folder
from .serverxml import server_xml
from .waiting import NOTICE, until


class Observer:
    """The program in a place of a layout, and what it has told."""

    def __init__(self, settings, *options):
        self.name = "observer"
        self.settings = settings
        self.address = f"{settings.address}:{settings.receiver_port}"
        self._folder = temporary_folder("tribes-lab-observer-")
        self.log_path = os.path.join(self._folder, "observer.log")
        self._options = options
        self._events = []
        self.child = None

    def start(self):
        config = os.path.join(self._folder, "server.xml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(server_xml(self.settings))
        self.child = Child([program(), "monitor", "--join", config, "--json", "--show-ids",
                            "--show-values", *self._options], self.log_path, self.name)
        self._events = [self.child.next_line(NOTICE)]

    def events(self):
        self._events += [line for line in self.child.lines_so_far() if line]
        return self._events

    def until(self, matches, what):
        return until(self.events, matches, what, NOTICE)

    def end(self):
        """Its own account, when it has said goodbye."""
        code = self.child.terminate()
        if code != 0:
            raise AssertionError(f"exit code {code}")
        return self.events()[-1]
