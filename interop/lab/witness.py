# SPDX-License-Identifier: Apache-2.0
"""What Tomcats themselves say happened: their managers' counters, the sessions in them, their logs.

A life is that of a process. Its account is taken before it ends, when nobody sends any more.
"""
import os
import time

from . import java
from .waiting import until

LOGGING = """handlers=java.util.logging.ConsoleHandler
.level=INFO
java.util.logging.ConsoleHandler.level=ALL
org.apache.catalina.ha.level=FINE
org.apache.catalina.tribes.group.level=FINE
org.apache.catalina.tribes.membership.level=FINE
"""
PACKAGES = ("org.apache.catalina.ha.", "org.apache.catalina.tribes.")
# More sessions are only counted.
MAX_LISTED = 200


class Witness:
    """Lives of some Tomcats."""

    def __init__(self, scenario):
        self.account = {"scenario": scenario, "tomcats": {}, "lives": []}
        self._open = {}

    def start(self, tomcat):
        """Starts it, with a log that says more than usual."""
        path = os.path.join(tomcat.base, "conf", "logging.properties")
        with open(path, "w", encoding="ascii") as file:
            file.write(LOGGING)
        tomcat.jvm_options = (f"-Djava.util.logging.config.file={path}",)
        address = f"{tomcat.settings.address}:{tomcat.settings.receiver_port}"
        self.account["tomcats"][tomcat.name] = {"version": java.version(tomcat.tomcat),
                                                "receiver": address}
        mark = len(tomcat.child.log()) if tomcat.child else 0
        self._open[tomcat.name] = (time.time(), mark)
        tomcat.start()

    def _quiet(self, tomcat):
        """Its counters, once they do not change any more."""
        seen = []

        def look():
            seen.append(tomcat.counters())
            return seen[-2:]
        return until(look, lambda two: len(two) == 2 and two[0] == two[1], "counters at rest",
                     every=0.2)[-1]

    def take(self, tomcat, how="went on"):
        """Writes down its life so far; @how it ended."""
        start, mark = self._open[tomcat.name]
        counters = self._quiet(tomcat)
        life = {"tomcat": tomcat.name, "start": start, "end": time.time(), "how": how,
                "counters": counters,
                "members": [member["name"] for member in tomcat.members()],
                "sessions": {}}
        for context, counted in counters.items():
            if counted["ActiveSessions"] <= MAX_LISTED:
                life["sessions"][context] = {
                    key: {name: typed["value"] for name, typed in session["attributes"].items()}
                    for key, session in tomcat.contexts()[context].items()}
        life["log"] = [line for line in tomcat.log()[mark:].splitlines()
                       if any(package in line for package in PACKAGES)]
        self.account["lives"].append(life)

    def kill(self, tomcat):
        self.take(tomcat, "killed")
        tomcat.kill()
        del self._open[tomcat.name]

    def stop(self, tomcat):
        self.take(tomcat, "stopped")
        tomcat.terminate()
        del self._open[tomcat.name]

    def finish(self, *tomcats):
        for tomcat in tomcats:
            if tomcat.name in self._open:
                self.take(tomcat)
