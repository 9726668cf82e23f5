# SPDX-License-Identifier: Apache-2.0
"""What can happen to containers of a cluster, and what becomes of a person's session.

Each case leaves the cluster as it found it: httpd, tomcat1, tomcat2 and vault up and in touch.
"""
import threading
import time

from lab.containers import docker
from lab.processes import LabError
from lab.tap import equal, true
from lab.waiting import until

TOMCATS = {"tomcat1": 11, "tomcat2": 12}
VAULT = 19
# In another place of the same network.
ELSEWHERE = 77
# A balancer that waits for a Tomcat that hangs gives up after so long.
ANSWERS_WITHIN = 30


class Visitor:
    """A person with a browser: logs in, fills a cart, and expects to find it again."""

    def __init__(self, cluster, name="ada"):
        self.cluster = cluster
        self.name = name
        self.jar = cluster.jar()
        self.items = []

    def log_in(self, at="httpd"):
        status, text, _ = self.cluster.curl(at, "login", self.jar, "-d", f"user={self.name}")
        equal(status, 200, f"status of the login: {text}")
        return text.split()[-1]

    def look(self, at="httpd"):
        """Which host answered, and after how many seconds, if it answered with all there is."""
        status, text, seconds = self.cluster.curl(at, "profile", self.jar)
        return self._check(status, text), seconds

    def add(self, item, at="httpd"):
        status, text, seconds = self.cluster.curl(at, f"profile?add={item}", self.jar)
        self.items.append(item)
        return self._check(status, text), seconds

    def _check(self, status, text):
        expected = f"{self.name} has [{', '.join(self.items)}], says "
        if status != 200 or not text.startswith(expected):
            raise LabError(f"expected \"{expected}...\", found {status} \"{text[:200]}\"")
        return text[len(expected):]


def other_than(host):
    return next(name for name in TOMCATS if name != host)


class Cases:
    """Of one cluster that has been started."""

    def __init__(self, cluster):
        self.cluster = cluster

    def everybody_back(self, tomcats=None):
        """Waits until our peer sees both Tomcats, and each has a session that the other makes."""
        tomcats = tomcats or TOMCATS
        self.cluster.until_members(*tomcats.values())
        for here, there in (tuple(tomcats), tuple(tomcats)[::-1]):
            until(lambda here=here, there=there: self._shares(here, there), bool,
                  f"sessions of {here} are in {there}", 60, every=0.25)

    def _shares(self, here, there):
        told = list(self.cluster.commands)
        visitor = Visitor(self.cluster, "somebody")
        visitor.log_in(here)
        try:
            visitor.look(there)
            return True
        except LabError:
            return False
        finally:
            # Only asked to know when to go on.
            self.cluster.commands[:] = told

    def bring_back(self, service):
        """Starts a container that was ended, and waits until all see it."""
        self.cluster.docker("start", service)
        self.cluster.wait_until_healthy(service)
        self.everybody_back()

    @staticmethod
    def until_finds(visitor, service):
        """How long it takes. A Tomcat that has found no member before its web applications started has
        started empty, which our peer notices and mends ten to fourteen seconds after it came."""
        def finds():
            try:
                return visitor.look(service)[0] == service
            except LabError:
                return False
        start = time.monotonic()
        until(finds, bool, f"{visitor.name}'s session in {service}", 60, every=0.25)
        return time.monotonic() - start

    # Cases

    def start(self):
        self.cluster.start()
        self.everybody_back()
        versions = {name: self.cluster.docker_exec(
            name, "sh", "-c", "catalina.sh version | sed -n 's/^Server number: *//p'")
                    for name in TOMCATS}
        return ", ".join(f"{name} {version}" for name, version in versions.items())

    def applications(self):
        """Which web applications of the image take part: those whose descriptor says so."""
        listed = self.cluster.docker_exec(
            "tomcat1", "sh", "-c", "cd /usr/local/tomcat/webapps && for name in */; do "
            "grep -qs '<distributable' $name/WEB-INF/web.xml && echo + $name || echo - $name; done")
        own = [line.rstrip("/").split() for line in listed.splitlines()]
        shared = [name for sign, name in own if sign == "+" and name != "shop"]
        alone = [name for sign, name in own if sign == "-"]
        return "\n".join([f"replicated: {', '.join(shared) or 'none but ours'}",
                          *([f"not, as its WEB-INF/web.xml has no <distributable/>: {', '.join(alone)}"]
                            if alone else [])])

    def login_here_profile_there(self):
        """Log in at one, see the profile at the other, stop the one: still logged in."""
        visitor = Visitor(self.cluster)
        equal(visitor.log_in("tomcat1"), "tomcat1", "who answered")
        equal(visitor.look("tomcat2")[0], "tomcat2", "who answered")
        self.cluster.docker("stop", "tomcat1")
        equal(visitor.look("tomcat2")[0], "tomcat2", "who answered")
        seen = "session went from tomcat1 to tomcat2 and outlived tomcat1"
        self.bring_back("tomcat1")
        return seen

    def sticky(self):
        visitor = Visitor(self.cluster)
        host = visitor.log_in()
        hosts = {visitor.add(f"item{number}")[0] for number in range(3)}
        equal(hosts, {host}, "who answered three requests")
        return f"all four requests were answered by {host}"

    def killed(self):
        visitor = Visitor(self.cluster)
        visitor.log_in()
        host, _ = visitor.add("cup")
        self.cluster.docker("kill", host)
        now, seconds = visitor.look()
        equal(now, other_than(host), "who answered")
        visitor.add("pot")
        self.bring_back(host)
        again, _ = visitor.look()
        return f"{host} was killed, {now} answered after {seconds:.1f} s with the cart; then {again}"

    def paused(self):
        """A Tomcat that hangs: nothing is refused, it only no longer answers."""
        visitor = Visitor(self.cluster)
        visitor.log_in()
        host, _ = visitor.add("cup")
        self.cluster.docker("pause", host)
        try:
            now, seconds = visitor.look()
            equal(now, other_than(host), "who answered")
            true(seconds < ANSWERS_WITHIN, f"it took {seconds:.1f} s")
        finally:
            self.cluster.docker("unpause", host)
        self.everybody_back()
        visitor.add("pot")
        return f"{host} hung, {now} answered after {seconds:.1f} s with the cart"

    def disconnected(self):
        visitor = Visitor(self.cluster)
        visitor.log_in()
        host, _ = visitor.add("cup")
        self.cluster.disconnect(host)
        now, seconds = visitor.add("pot")
        equal(now, other_than(host), "who answered")
        until(self.cluster.vault_members, lambda seen: TOMCATS[host] not in seen,
              f"our peer misses {host}", 60)
        self.cluster.connect(host, TOMCATS[host])
        start = time.monotonic()
        self.everybody_back()
        healed = time.monotonic() - start
        return (f"{host} was cut off, {now} answered after {seconds:.1f} s; connected again, "
                f"it was in touch after {healed:.1f} s")

    def moved(self):
        """A container comes back with another address, as a pod does."""
        visitor = Visitor(self.cluster)
        visitor.log_in("tomcat1")
        self.cluster.docker("stop", "tomcat2")
        self.cluster.disconnect("tomcat2")
        self.cluster.connect("tomcat2", ELSEWHERE)
        self.cluster.docker("start", "tomcat2")
        self.cluster.wait_until_healthy("tomcat2")
        self.everybody_back({"tomcat1": TOMCATS["tomcat1"], "tomcat2": ELSEWHERE})
        visitor.look("tomcat2")
        self.cluster.docker("stop", "tomcat2")
        self.cluster.disconnect("tomcat2")
        self.cluster.connect("tomcat2", TOMCATS["tomcat2"])
        self.bring_back("tomcat2")
        return f"tomcat2 came back as .{ELSEWHERE} and had the session"

    def alone(self):
        """All Tomcats go; what a fresh one then has is from our peer alone."""
        visitor = Visitor(self.cluster)
        visitor.log_in("tomcat1")
        visitor.add("cup", "tomcat1")
        for name in TOMCATS:
            self.cluster.docker("kill", name)
        self.cluster.until_members()
        self.cluster.docker("start", "tomcat2")
        self.cluster.wait_until_healthy("tomcat2")
        seconds = self.until_finds(visitor, "tomcat2")
        self.bring_back("tomcat1")
        return ("both Tomcats were killed; a fresh tomcat2 had the session of our peer alone, "
                f"{seconds:.1f} s after its start")

    def rolling(self, image):
        """Every Tomcat is replaced by one of another image while somebody keeps looking."""
        visitor = Visitor(self.cluster)
        visitor.log_in()
        visitor.add("cup")
        end, failures, looks = threading.Event(), [], []

        def keep_looking():
            while not end.is_set():
                try:
                    looks.append(visitor.look()[1])
                except LabError as error:
                    failures.append(str(error))
                time.sleep(0.3)
        thread = threading.Thread(target=keep_looking)
        thread.start()
        try:
            for name in TOMCATS:
                self.cluster.note(f"TOMCAT_IMAGE={image} docker compose up -d --no-deps {name}")
                self.cluster.up(name, TOMCAT_IMAGE=image)
                self.everybody_back()
        finally:
            end.set()
            thread.join()
        equal(failures, [], f"failures in {len(looks)} requests")
        visitor.look("tomcat1")
        visitor.add("pot")
        return f"{len(looks)} requests meanwhile, none failed, the slowest took {max(looks):.1f} s"

    def stops_in_order(self):
        """Our peer ends within a second, and says goodbye."""
        before = len(self.cluster.log("tomcat1"))
        start = time.monotonic()
        self.cluster.docker("stop", "vault")
        seconds = time.monotonic() - start
        code = docker("inspect", "--format", "{{.State.ExitCode}}", self.cluster.container("vault"))
        equal(code, "0", "exit code")
        until(lambda: self.cluster.log("tomcat1")[before:],
              lambda log: "memberDisappeared" in log and f".{VAULT}:4000" in log,
              "tomcat1 logs that it is gone", 30)
        self.cluster.docker("start", "vault")
        self.cluster.wait_until_healthy("vault")
        self.everybody_back()
        return f"exit code 0 after {seconds:.1f} s, and the Tomcats were told"
