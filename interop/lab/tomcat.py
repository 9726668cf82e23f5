# SPDX-License-Identifier: Apache-2.0
"""One real Tomcat as a child process."""
import json
import os
import shutil
import urllib.parse

from . import java
from .installed import installation
from .places import LOCAL
from .processes import LabError, temporary_folder
from .serverxml import server_xml
from .waiting import NOTICE

USERS = """<?xml version="1.0" encoding="UTF-8"?>
<tomcat-users>
  <user username="ada" password="engine" roles="author,reader"/>
  <user username="bob" password="builder" roles="reader"/>
</tomcat-users>
"""
# One line a record, as Tomcat's own formatter writes it.
LOG_FORMAT = "%1$tT.%1$tL %4$s %2$s %5$s%6$s%n"
START_TIMEOUT = 120


class Tomcat:
    """A node of a cluster; start() returns once the web application answers."""

    def __init__(self, name, settings, tomcat=10, jvm_options=(), place=LOCAL):
        self.name = name
        self.settings = settings
        self.tomcat = tomcat
        self.jvm_options = tuple(jvm_options)
        self.place = place
        self.base = temporary_folder(f"tribes-lab-{name}-")
        self.child = None
        self.http_port = None
        # What it calls itself.
        self.server_info = None
        self._log_path = os.path.join(self.base, "logs", "tomcat.log")
        self._populate()

    @property
    def log_path(self):
        return self._log_path

    @property
    def numbers(self):
        """Its version, to compare with, as (9, 0, 70)."""
        return installation(self.tomcat).numbers

    @property
    def server_xml_path(self):
        return os.path.join(self.base, "conf", "server.xml")

    def _populate(self):
        for folder in ("conf", "logs", "temp", "work", "webapps/shop/WEB-INF/classes"):
            os.makedirs(os.path.join(self.base, folder))
        node = java.node_classes(self.tomcat)
        shop = java.compile_sources("webapp/src/**/*.java", self.tomcat, (node,))
        web_inf = os.path.join(self.base, "webapps/shop/WEB-INF")
        shutil.copytree(shop, os.path.join(web_inf, "classes"), dirs_exist_ok=True)
        shutil.copy(os.path.join(java.HERE, "webapp/web.xml"), web_inf)
        self._write("conf/tomcat-users.xml", USERS)
        self.rewrite_server_xml()

    def rewrite_server_xml(self, text=None):
        """Puts another configuration in place for the next start."""
        self._write("conf/server.xml", text or server_xml(self.settings, self.numbers))

    def _write(self, path, text):
        with open(os.path.join(self.base, path), "w", encoding="utf-8") as file:
            file.write(text)

    def _arguments(self):
        return [*self.jvm_options,
                # A dual-stack socket cannot send to an IPv4 group through the loopback interface.
                f"-Djava.net.preferIPv4Stack={str(':' not in self.settings.address).lower()}",
                f"-Dcatalina.base={self.base}", f"-Dcatalina.home={self.base}",
                f"-Djava.io.tmpdir={self.base}/temp",
                f"-Djava.util.logging.SimpleFormatter.format={LOG_FORMAT}"]

    def start(self, wait=True):
        """Starts the JVM; with wait=False, call ready() later, to start several side by side."""
        self.child = self.place.tomcat(self.tomcat, self._log_path, self.name, self.base,
                                       self._arguments())
        if wait:
            self.ready()
        return self

    def ready(self, timeout=START_TIMEOUT):
        """Waits for the node's own word that it has started."""
        line = self.child.next_line(timeout)
        if line.get("event") != "ready":
            raise LabError(f"{self.name} did not start\n{self.child.log_tail()}")
        self.http_port = line["http"]
        self.local_member = line["local"]
        self.server_info = line["server"]
        return self

    def ask(self, question, timeout=NOTICE):
        """An answer of the node itself, see labnode.Node."""
        self.child.send_line(question)
        return self.child.next_line(timeout)

    def contexts(self):
        """Context name -> session id -> the session as the node holds it."""
        return self.ask("contexts")

    @property
    def context(self):
        """What the cluster calls the first web application."""
        path = self.settings.contexts[0]
        return path if self.settings.cluster_in_host else "localhost#" + path

    def sessions(self):
        """The sessions of the first web application."""
        return self.contexts()[self.context]

    def session_ids(self):
        return set(self.sessions())

    def session(self, session_id):
        """The session with plain values, as a Peer describes it, or None."""
        session = self.sessions().get(session_id)
        if session:
            session["attributes"] = {name: typed["value"]
                                     for name, typed in session["attributes"].items()}
        return session

    def attributes(self, session_id):
        """Attribute name -> value as JSON, or None without such a session."""
        session = self.session(session_id)
        return None if session is None else session["attributes"]

    def typed_attributes(self, session_id):
        """Attribute name -> class and value, or None without such a session."""
        session = self.sessions().get(session_id)
        return None if session is None else session["attributes"]

    def count(self):
        """How many sessions it holds."""
        return self.ask("count")

    def maps(self):
        """Name of a replicated map -> what the node holds of it, see labnode.ReplicatedMapView."""
        return self.ask("maps")

    def counters(self):
        """Context name -> what its manager counts, such as CounterSend_EVT_SESSION_DELTA."""
        return self.ask("counters")

    def fill(self, count, every=0, typed="int:%d"):
        """Makes sessions that the other nodes are not told of; returns how many there are now.

        One of every so many gets a value, too, in which %d is the session's number.
        """
        return self.ask(f"fill {count} {every} {typed}" if every else f"fill {count}", timeout=120)

    def remove_class(self, name):
        """Takes a class from the web application; for the next start."""
        os.remove(os.path.join(self.base, "webapps/shop/WEB-INF/classes", name + ".class"))

    def rewrite_web_xml(self, change):
        """Puts change(text) in place of the web application's descriptor; for the next start."""
        path = os.path.join(self.base, "webapps/shop/WEB-INF/web.xml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self._write(path, change(text))

    def undeploy(self, path="/shop"):
        """Removes a web application, as the manager application does; whether there was one."""
        return self.ask(f"undeploy {path}", timeout=60)

    def members(self):
        return self.ask("members")

    def coordinator(self):
        """The receiver's port of who leads, as its interceptor says; None without one."""
        return self.ask("coordinator")

    def browser(self, path="/shop", session=None):
        return Browser(self, path, session)

    @property
    def pid(self):
        return self.child.pid

    def kill(self):
        self.child.kill()

    def terminate(self):
        return self.child.terminate()

    def pause(self):
        self.child.pause()

    def resume(self):
        self.child.resume()

    def log(self):
        return self.child.log()


class Browser:
    """Sends requests with one session's cookie, and that of single sign-on where there is one."""

    def __init__(self, tomcat, path, session=None, sign_on=None):
        self.tomcat = tomcat
        self.path = path
        self.session = session
        self.sign_on = sign_on

    def steps(self, *steps, timeout=NOTICE):
        """Does all steps in one request; returns their results.

        A step is a tuple of words, or a single word.
        """
        lines = [" ".join(urllib.parse.quote(str(word), safe="") for word in
                          ((step,) if isinstance(step, str) else step)) for step in steps]
        cookies = [f"{name}={value}" for name, value in
                   (("JSESSIONID", self.session), ("JSESSIONIDSSO", self.sign_on)) if value]
        headers = {"Cookie": "; ".join(cookies)} if cookies else {}
        connection = self.tomcat.place.http(self.tomcat.http_port, timeout)
        try:
            connection.request("POST", self.path + "/steps", "\n".join(lines), headers)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise LabError(f"{self.tomcat.name} answered {response.status}: {body.decode()[:2000]}")
        self._take_sign_on(response.headers.get_all("Set-Cookie") or [])
        answer = json.loads(body)
        self.session = answer["session"]
        return answer["results"]

    def _take_sign_on(self, cookies):
        for cookie in cookies:
            name, _, rest = cookie.partition("=")
            if name == "JSESSIONIDSSO":
                value = rest.partition(";")[0]
                self.sign_on = None if value == "REMOVE" else value

    def on(self, tomcat):
        """The same browser, sent to another node by the load balancer."""
        return Browser(tomcat, self.path, self.session, self.sign_on)

    def elsewhere(self, tomcat):
        """The same user, who has no session there yet."""
        return Browser(tomcat, self.path, None, self.sign_on)
