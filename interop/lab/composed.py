# SPDX-License-Identifier: Apache-2.0
"""The cluster of docker/compose.yaml, as a person uses it: docker, curl and a jar of cookies."""
import json
import os
import shlex
import subprocess
import tempfile
import time

from .containers import compose_command, docker, free_network
from .java import HERE
from .ports import free_port
from .processes import LabError, temporary_folder
from .waiting import until

FOLDER = os.path.join(HERE, "docker")
STARTS_WITHIN = 240
# What compose.yaml says where nobody says otherwise, and so what shown commands have.
PORTS = {"httpd": 8080, "tomcat1": 8081, "tomcat2": 8082, "tomcat3": 8083}
PREFIX = "tribes-"
PROJECT = "tribes"


def make_images():
    """Name of a variable of compose.yaml -> image, as docker/images makes them."""
    done = subprocess.run([os.path.join(FOLDER, "images")], stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise LabError("there are no images")
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


class Composed:
    """Services by their names: httpd, tomcat1, tomcat2, tomcat3, vault."""

    def __init__(self, run, images, membership="static", mixed=False, ports=None, prefix=None):
        self.run = run
        self.network = free_network(run)
        self.ports = ports or {name: free_port() for name in PORTS}
        self.commands = []
        self._files = ["compose.yaml", *(["mixed.yaml"] if mixed else [])]
        self._folder = temporary_folder("tribes-lab-jars-")
        self.environment = {
            **os.environ, **images, "MEMBERSHIP": membership, "NETWORK": self.network,
            "COMPOSE_PROJECT_NAME": run.name,
            "CONTAINER_PREFIX": f"{run.name}-" if prefix is None else prefix, "SHOW_IDS": "true",
            "PORT": str(self.ports["httpd"]),
            **{f"PORT{number}": str(self.ports[f"tomcat{number}"]) for number in (1, 2, 3)}}

    def note(self, command):
        """Keeps a command for whoever wants to see for himself, with a cluster of his own."""
        self.commands.append(command)

    def compose(self, *arguments, check=True, **environment):
        command = [*compose_command(), *(word for name in self._files
                                         for word in ("-f", os.path.join(FOLDER, name)))]
        result = subprocess.run([*command, *arguments], env={**self.environment, **environment},
                                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                timeout=STARTS_WITHIN, check=False)
        if check and result.returncode != 0:
            raise LabError(f"compose {' '.join(arguments)}: {(result.stdout + result.stderr)[-2000:]}")
        return result.stdout

    def up(self, *services, **environment):
        """Starts services and waits until each is healthy."""
        self.compose("up", "-d", "--no-build", "--no-deps", *services, **environment)
        self.wait_until_healthy(*services)

    def start(self):
        shown = {"TOMCAT_IMAGE": self.environment.get("TOMCAT_IMAGE"),
                 "MEMBERSHIP": self.environment["MEMBERSHIP"], "COMPOSE_PROJECT_NAME": PROJECT}
        self.note(" ".join([*(f"{name}={value}" for name, value in shown.items() if value),
                            "docker-compose", *(f"-f interop/docker/{name}" for name in self._files),
                            "up -d"]))
        self.up("vault", "tomcat1", "tomcat2")
        self.up("httpd")

    def container(self, service):
        """The container's name."""
        found = docker("ps", "-a", "--filter", f"label={self.run.label}", "--filter",
                       f"label=com.docker.compose.service={service}", "--format", "{{.Names}}")
        if not found:
            raise LabError(f"there is no container of {service}")
        return found.split()[0]

    def wait_until_healthy(self, *services):
        def seen():
            return {service: docker("inspect", "--format", "{{.State.Status}} {{.State.Health.Status}}",
                                    self.container(service)) for service in services}
        try:
            until(seen, lambda states: all(state == "running healthy" or state.startswith("exited")
                                           for state in states.values()),
                  "healthy containers", STARTS_WITHIN, every=0.2)
            ended = [service for service, state in seen().items() if state.startswith("exited")]
            if ended:
                raise LabError(f"{ended[0]} ended")
        except LabError as error:
            logs = "\n".join(f"{service}: {self.log(service)[-1500:]}" for service in services)
            raise LabError(f"{error}\n{logs}") from None

    def docker(self, verb, service, *arguments):
        """A verb of docker's on a container."""
        self.note(shlex.join(["docker", verb, *arguments, PREFIX + service]))
        return docker(verb, *arguments, self.container(service))

    def docker_exec(self, service, *command):
        return docker("exec", self.container(service), *command)

    def disconnect(self, service):
        self._connect("disconnect", service)

    def connect(self, service, last_number=None):
        address = ("--ip", f"{self.network}.{last_number}") if last_number else ()
        self._connect("connect", service, *address, "--alias", service, "--alias", "members")

    def _connect(self, verb, service, *arguments):
        self.note(shlex.join(["docker", "network", verb, *arguments, f"{PROJECT}_cluster",
                              PREFIX + service]))
        docker("network", verb, *arguments, f"{self.run.name}_cluster", self.container(service))

    def log(self, service):
        result = subprocess.run(["docker", "logs", self.container(service)], capture_output=True,
                                text=True, check=False)
        return result.stdout + result.stderr

    # Our peer

    def events(self):
        """What our peer printed, in its order."""
        return [json.loads(line) for line in self.log("vault").splitlines()
                if line.startswith("{")]

    def vault_members(self):
        """The last numbers of the addresses our peer sees."""
        members = set()
        for event in self.events():
            if event["event"] == "member-added":
                members.add(event["host"])
            elif event["event"] == "member-disappeared":
                members.discard(event["host"])
            elif event["event"] == "node-started":
                members.clear()
        return {int(host.rsplit(".", 1)[1]) for host in members}

    def until_members(self, *last_numbers):
        until(self.vault_members, lambda seen: seen == set(last_numbers),
              f"our peer sees {sorted(last_numbers)}", 60)

    # A browser

    def jar(self):
        """A new file for cookies."""
        handle, path = tempfile.mkstemp(dir=self._folder)
        os.close(handle)
        return path

    def url(self, service, path):
        return f"http://127.0.0.1:{self.ports[service]}/shop/{path}"

    def curl(self, service, path, jar, *arguments, limit=60):
        """Status, text and seconds of an answer; status 0 when there was none."""
        command = ["curl", "-s", "-b", jar, "-c", jar, *arguments, self.url(service, path)]
        self.note(shlex.join(["curl", "-b", "jar", "-c", "jar", *arguments,
                              f"http://127.0.0.1:{PORTS[service]}/shop/{path}"]))
        start = time.monotonic()
        result = subprocess.run([*command, "--max-time", str(limit), "-w", "\n%{http_code}"],
                                capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                check=False)
        text, _, status = result.stdout.rpartition("\n")
        return int(status or 0), text.strip(), time.monotonic() - start
