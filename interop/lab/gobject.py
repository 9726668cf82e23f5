# SPDX-License-Identifier: Apache-2.0
"""Our library as GObject introspection offers it, in this process: an application beside Tomcats.

Its main loop runs in a thread, so that it answers while a test waits for a Tomcat. Needs python3-gi.
"""
import json
import os
import queue
import threading

import gi

gi.require_version("CatalinaHa", "1")
gi.require_version("Tribes", "1")
gi.require_version("Xmlconf", "1")
from gi.repository import CatalinaHa, GLib, Tribes, Xmlconf  # noqa: E402

from .processes import LabError, temporary_folder  # noqa: E402
from .serverxml import server_xml  # noqa: E402
from .waiting import NOTICE  # noqa: E402

USER = "ada"
ROLES = ["author", "reader"]


def java(value):
    """A text or a number as Java's."""
    return (Tribes.JavaValue.new_string(value) if isinstance(value, str)
            else Tribes.JavaValue.new_int(value))


class Application:
    """A member of the cluster whose requests are functions."""

    def __init__(self, settings):
        self.name = "application"
        self.child = None
        self.context = "localhost#/shop"
        self._loop = GLib.MainLoop()
        self._thread = threading.Thread(target=self._loop.run, daemon=True)
        self._path = os.path.join(temporary_folder("tribes-lab-application-"), "server.xml")
        with open(self._path, "w", encoding="utf-8") as file:
            file.write(server_xml(settings))
        self._cluster = None

    def _call(self, function):
        """What function(answer) answers, called by the main loop."""
        answers = queue.Queue()

        def run():
            try:
                function(answers.put)
            except GLib.Error as error:
                answers.put(error)
        GLib.idle_add(run)
        try:
            answer = answers.get(timeout=NOTICE)
        except queue.Empty:
            raise LabError(f"no answer within {NOTICE} s") from None
        if isinstance(answer, GLib.Error):
            raise LabError(answer.message)
        return answer

    def start(self):
        def start(answer):
            properties = Xmlconf.Properties.new(None, None, None, None)
            config = Xmlconf.Config.load(self._path, properties)
            self._cluster = CatalinaHa.Cluster.new_from_config(config.require_cluster())
            self._cluster.start()
            answer(self._cluster.add_context(self.context))
        self._thread.start()
        self._call(start)

    def stop(self):
        if self._cluster:
            self._call(lambda answer: answer(self._cluster.stop()))
        self._loop.quit()

    def _manager(self):
        return self._cluster.get_manager(self.context)

    def members(self):
        return self._call(lambda answer: answer([{"name": str(member.to_string())} for member
                                                 in self._cluster.list_members()]))

    def attributes(self, session_id):
        """Attribute name -> value as JSON, or None without such a session."""
        def look(answer):
            session = self._manager().lookup(session_id)
            answer({name: json.loads(value.to_json()) for name, value in session.items()}
                   if session else None)
        return self._call(look)

    def has_to_fetch(self, session_id):
        """Whether a request for it cannot begin at once, as another member has it."""
        def begin(answer):
            try:
                self._manager().begin_request(session_id, "/shop/page")
            except GLib.Error as error:
                answer(error.matches(CatalinaHa.error_quark(), CatalinaHa.Error.ELSEWHERE))
            else:
                answer(False)
        return self._call(begin)

    def request(self, session_id, *steps, uri="/shop/page"):
        """Does the steps, which are given the request, and ends it; what they returned, and its ids."""
        def begin(answer):
            def on_begun(manager, result):
                try:
                    request = manager.begin_request_finish(result)
                    results = [step(request) for step in steps]
                except GLib.Error as error:
                    answer(error)
                    return
                ids = request.get_session_id(), request.get_original_session_id()
                request.end_async(None, on_end, results, ids)

            def on_end(request, result, results, ids):
                try:
                    request.end_finish(result)
                except GLib.Error as error:
                    answer(error)
                else:
                    answer((results, *ids))
            self._manager().begin_request_async(session_id, uri, None, on_begun)
        return self._call(begin)


def put(name, value):
    return lambda request: request.set_attribute(name, java(value))


def drop(name):
    return lambda request: request.remove_attribute(name)


def log_in(request):
    return request.login(USER, ROLES, "FORM")
