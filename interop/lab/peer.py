# SPDX-License-Identifier: Apache-2.0
"""Our own peer, the program `tribes node`, and a Tomcat that stands in for it."""
import copy
import json
import os
import re
import urllib.parse

from .places import LOCAL
from .processes import LabError, temporary_folder
from .serverxml import server_xml
from .waiting import NOTICE, SOON, until

START_TIMEOUT = 60
PAGE = 10_000
ADDRESS = re.compile(r"(?:\d+\.\d+\.\d+\.\d+|\[::1\]):(\d+)")


def program():
    """The built command: TRIBES_PROGRAM, which the build sets, or the usual build folder's."""
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return os.environ.get("TRIBES_PROGRAM") or os.path.join(here,
                                                            "_build/catalina_ha/tools/tribes")


class Peer:
    """`tribes node` as a member of the cluster, driven over its HTTP interface."""

    def __init__(self, name, settings, config=None, options=(), place=LOCAL):
        self.name = name
        self.place = place
        self.settings = settings
        self.context = "/shop" if settings.cluster_in_host else "localhost#/shop"
        self.child = None
        self.http_port = None
        self.events = []
        self._options = list(options)
        self._folder = temporary_folder(f"tribes-lab-{name}-")
        self._config = config or self._write_config(server_xml(settings))
        self.log_path = os.path.join(self._folder, "peer.log")

    def at(self, context):
        """The same peer, looked at in another context."""
        other = copy.copy(self)
        other.context = context
        return other

    def _write_config(self, text):
        path = os.path.join(self._folder, "server.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _arguments(self):
        settings = self.settings
        arguments = ["--json", "--show-ids",
                     "--receiver", f"{settings.address}:{settings.receiver_port}", *self._options]
        if settings.unique_id:
            arguments += ["--unique-id", settings.unique_id]
        return arguments

    def start(self, wait=True):
        """Starts the program; with wait=False, call ready() later, to start several side by side."""
        self.child = self.place.peer(program(), self.log_path, self.name, self._config,
                                     self._arguments())
        self.events.clear()
        return self.ready() if wait else self

    def ready(self, timeout=START_TIMEOUT):
        """Reads events until one names the address of the HTTP interface."""
        while True:
            event = self.child.next_line(timeout)
            self.events.append(event)
            address = ADDRESS.search(str(event.get("http", "")))
            if address:
                self.http_port = int(address.group(1))
                return self

    def wait_for_event(self, matches, what, timeout=SOON):
        """The first event, old or new, for which matches(event) is true."""
        def found():
            self.events += self.child.lines_so_far()
            return next((event for event in self.events if matches(event)), None)
        return until(found, bool, f"an event of {self.name}: {what}", timeout,
                     explain=lambda _: f"  last events: {self.events[-3:]}")

    def request(self, method, path, body=None, timeout=NOTICE):
        """Status and decoded body of an answer."""
        connection = self.place.http(self.http_port, timeout)
        headers = self.place.http_headers()
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            data = response.read().decode()
            kind = response.getheader("Content-Type") or ""
        finally:
            connection.close()
        return response.status, json.loads(data) if data and "json" in kind else data

    def _expect(self, method, path, body=None):
        status, answer = self.request(method, path, body)
        if not 200 <= status < 300:
            raise LabError(f"{method} {path} answered {status}: {answer}")
        return answer

    @staticmethod
    def _quote(part):
        return urllib.parse.quote(part, safe="")

    def _path(self, *parts):
        parts = ("contexts", self.context, "sessions") + parts
        return "/" + "/".join(self._quote(part) for part in parts)

    def logins(self):
        """Id -> who is logged in to all applications."""
        return {login["id"]: login for login in self._expect("GET", f"/logins?limit={PAGE}")["logins"]}

    def log_out(self, sign_on):
        self._expect("DELETE", "/logins/" + self._quote(sign_on))

    def _context_path(self, *parts):
        return "/contexts/" + "/".join(self._quote(part) for part in (self.context, "attributes", *parts))

    def context_attributes(self):
        """Those that all have, or None where nobody has any."""
        status, answer = self.request("GET", self._context_path())
        return answer["attributes"] if status == 200 else None

    def set_context_attribute(self, name, value):
        self._expect("PUT", self._context_path(name), value)

    def remove_context_attribute(self, name):
        self._expect("DELETE", self._context_path(name))

    def members(self):
        """The other members it sees, as objects."""
        return self._expect("GET", "/members")["members"]

    def local_member(self):
        """How it announces itself."""
        return self._expect("GET", "/members")["local"]

    def map(self):
        """Which member has which session, as it knows; None where it has no such map."""
        context, answer, total = self._quote(self.context), None, 1
        while answer is None or len(answer["entries"]) < total:
            offset = len(answer["entries"]) if answer else 0
            status, page = self.request("GET", f"/contexts/{context}/map?limit={PAGE}&offset={offset}")
            if status in (404, 503):
                return None
            total = page["total"] if page["entries"] else 0
            if answer:
                page["entries"] = answer["entries"] + page["entries"]
            answer = page
        return answer

    def coordinator(self):
        """The receiver's port of who leads, where its channel has an interceptor for that."""
        return (self._expect("GET", "/members").get("coordinator") or {}).get("port")

    def context_names(self):
        return [context["name"] for context in self._expect("GET", "/contexts")["contexts"]]

    def count(self):
        """How many sessions it holds."""
        contexts = self._expect("GET", "/contexts")["contexts"]
        return sum(context["sessions"] for context in contexts if context["name"] == self.context)

    def session_ids(self):
        ids, total = set(), 1
        while len(ids) < total:
            status, page = self.request("GET", f"{self._path()}?limit={PAGE}&offset={len(ids)}")
            # A context nobody has spoken of yet is not an error.
            if status == 404:
                return set()
            total = page["total"] if page["sessions"] else 0
            ids |= {session["id"] for session in page["sessions"]}
        return ids

    def session(self, session_id):
        """The session as it describes it, or None."""
        status, answer = self.request("GET", self._path(session_id))
        if status == 404:
            return None
        if status != 200:
            raise LabError(f"{session_id}: {status} {answer}")
        return answer

    def attributes(self, session_id):
        """Attribute name -> value as JSON, or None without such a session."""
        session = self.session(session_id)
        return None if session is None else session["attributes"]

    def create(self):
        return self._expect("POST", self._path(), {})["id"]

    def set(self, session_id, name, value):
        self._expect("PUT", self._path(session_id, "attributes", name), value)

    def remove(self, session_id, name):
        self._expect("DELETE", self._path(session_id, "attributes", name))

    def delete(self, session_id):
        self._expect("DELETE", self._path(session_id))

    def metrics(self):
        return self._expect("GET", "/metrics")

    @property
    def pid(self):
        return self.child.pid

    def kill(self):
        self.child.kill()

    def terminate(self):
        return self.child.terminate()


class StandIn:
    """A Tomcat driven as if it were our peer: shows which tests a Tomcat itself would pass."""

    TYPES = {str: "string", bool: "boolean", int: "int", float: "double"}

    def __init__(self, tomcat):
        self.tomcat = tomcat
        self.name = tomcat.name
        self.context = tomcat.context

    @property
    def child(self):
        return self.tomcat.child

    def start(self, wait=True):
        self.tomcat.start(wait)
        return self

    def ready(self):
        self.tomcat.ready()
        return self

    def members(self):
        return self.tomcat.members()

    def context_names(self):
        return list(self.tomcat.contexts())

    def session_ids(self):
        return self.tomcat.session_ids()

    def session(self, session_id):
        return self.tomcat.session(session_id)

    def attributes(self, session_id):
        return self.tomcat.attributes(session_id)

    def create(self):
        browser = self.tomcat.browser()
        browser.steps("create")
        return browser.session

    def set(self, session_id, name, value):
        kind = self.TYPES[type(value)]
        if kind == "int" and abs(value) >= 2**31:
            kind = "long"
        text = str(value).lower() if kind == "boolean" else str(value)
        self.tomcat.browser(session=session_id).steps(("set", name, f"{kind}:{text}"))

    def remove(self, session_id, name):
        self.tomcat.browser(session=session_id).steps(("remove", name))

    def delete(self, session_id):
        self.tomcat.browser(session=session_id).steps("invalidate")

    def kill(self):
        self.tomcat.kill()

    def terminate(self):
        return self.tomcat.terminate()
