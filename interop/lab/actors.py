# SPDX-License-Identifier: Apache-2.0
"""Nodes as a driver that throws dice sees them, and what an application does through them."""
import http.client
import threading
import time

from .peer import Peer, StandIn
from .processes import LabError

# A write through a node beside one that hangs waits for Tomcat's own limits, 5 s a member.
WRITE = 60
# What leaves open whether a write happened.
UNCLEAR = (LabError, OSError, http.client.HTTPException)


class Node:
    """A Tomcat, a peer or a stand-in, and in which state it is."""

    def __init__(self, name, node, ours, machine=None):
        self.name = name
        self.node = node
        self.ours = ours
        self.machine = machine
        self.state = "down"
        # It held everything at a time since it was started.
        self.settled = False
        # In which step it was started, and where its log was then.
        self.since = 0
        self.started_at = 0
        self.log_start = 0

    @property
    def up(self):
        return self.state == "up"

    @property
    def child(self):
        return self.node.child

    @property
    def is_tomcat(self):
        """Whether it is driven as a Tomcat, with requests of browsers."""
        return not isinstance(self.node, (Peer, StandIn))

    def is_named_in(self, line):
        """Whether a line of a Tomcat's log has its address, as a text or as bytes."""
        node = self.node.tomcat if isinstance(self.node, StandIn) else self.node
        host, port = node.settings.address, node.settings.receiver_port
        return f"//{host}:{port}," in line or f"{{{host.replace('.', ', ')}}}:{port}," in line

    def members(self):
        return self.node.members()

    @property
    def port(self):
        node = self.node.tomcat if isinstance(self.node, StandIn) else self.node
        return node.settings.receiver_port

    def sees(self):
        """Ports of its members; a node that came back soon may be there under its old id, too."""
        return {member["port"] if "port" in member else
                int(member["name"].rsplit(":", 1)[1]) for member in self.members()}

    def held(self):
        """Session id -> attributes."""
        if not isinstance(self.node, Peer):
            tomcat = self.node.tomcat if isinstance(self.node, StandIn) else self.node
            return {session_id: {name: typed["value"]
                                 for name, typed in session["attributes"].items()}
                    for session_id, session in tomcat.sessions().items()}
        held = {session_id: self.node.attributes(session_id)
                for session_id in self.node.session_ids()}
        return {session_id: seen for session_id, seen in held.items() if seen is not None}

    def lines_about(self, *words):
        """What it logged and printed since it was started, with one of the words in it."""
        lines = self.child.log()[self.log_start:].splitlines()
        if isinstance(self.node, Peer):
            self.node.events += self.child.lines_so_far()
            lines += [str(event) for event in self.node.events]
        return [line for line in lines if any(word in line for word in words)]

    # What happens to it

    def end(self, how):
        if how == "kill":
            self.node.kill()
        else:
            self.node.terminate()
        self.state, self.settled = "down", False

    def start(self, step, wait=True):
        self.since = step
        self.started_at = time.monotonic()
        self.log_start = len(self.child.log()) if self.child else 0
        self.node.start(wait)
        if wait:
            self.state = "up"

    def ready(self):
        self.node.ready()
        self.state = "up"

    def pause(self):
        self.child.pause()
        self.state = "paused"

    def cut(self):
        """It goes on, and nobody hears it; what it holds from here on is its own."""
        self.machine.cut()
        self.state, self.settled = "cut", False

    def go_on(self):
        """Undoes a pause or a cut."""
        if self.state == "paused":
            self.child.resume()
        elif self.state == "cut":
            self.machine.mend()
        else:
            return
        self.state = "up"


class Writer:
    """Does to sessions through a node what an application would; answers tell what is known."""

    def __init__(self, record, say):
        self._record = record
        self._say = say

    @staticmethod
    def _steps(node, session_id, *steps):
        browser = node.node.browser(session=session_id)
        browser.steps(*steps, timeout=WRITE)
        return browser.session

    def create(self, node, value):
        """Makes a session and fills it; a Tomcat in one request or in two."""
        try:
            if node.is_tomcat and value % 2:
                session_id = self._steps(node, None, "create", ("set", "made", f"int:{value}"))
                self._record.created(session_id, {"made": value})
                return
            session_id = self._steps(node, None, "create") if node.is_tomcat else node.node.create()
            self._record.created(session_id)
            self.set(node, session_id, "made", value)
        except UNCLEAR as error:
            self._say(f"  no clear answer: {error}")

    def _unclear(self, session_id, change, error):
        self._say(f"  no clear answer: {str(error).splitlines()[0]}")
        if session_id in self._record.sessions:
            self._record.doubt(session_id, change)

    def set(self, node, session_id, name, value):
        try:
            if node.is_tomcat:
                self._steps(node, session_id, ("set", name, f"int:{value}"))
            else:
                node.node.set(session_id, name, value)
            self._record.wrote(session_id, name, value)
        except UNCLEAR as error:
            self._unclear(session_id, lambda state: {**state, name: value}, error)

    def remove(self, node, session_id, name):
        try:
            if node.is_tomcat:
                self._steps(node, session_id, ("remove", name))
            else:
                node.node.remove(session_id, name)
            self._record.removed(session_id, name)
        except UNCLEAR as error:
            self._unclear(session_id, lambda state: {key: value for key, value in state.items()
                                                     if key != name}, error)

    def rename(self, node, session_id):
        """Only Tomcats offer it; an id whose change got no answer is anybody's guess."""
        try:
            self._record.renamed(session_id, self._steps(node, session_id, "change-id"))
        except UNCLEAR as error:
            self._say(f"  no clear answer: {str(error).splitlines()[0]}")
            self._record.forget(session_id)

    def invalidate(self, node, session_id):
        try:
            if node.is_tomcat:
                self._steps(node, session_id, "invalidate")
            else:
                node.node.delete(session_id)
            self._record.invalidated(session_id)
        except UNCLEAR as error:
            self._unclear(session_id, lambda state: None, error)

    def discard(self, node, session_id):
        """Ends a session of which nothing is expected any more, if the Tomcat has it."""
        browser = (node.node if node.is_tomcat else node.node.tomcat).browser(session=session_id)
        try:
            browser.steps("invalidate", timeout=WRITE)
        except UNCLEAR as error:
            self._say(f"  {session_id[:6]} in {node.name}: {str(error).splitlines()[0]}")

    @staticmethod
    def at_once(calls):
        """Makes all the calls at the same time."""
        threads = [threading.Thread(target=call) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
