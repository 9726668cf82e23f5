# SPDX-License-Identifier: Apache-2.0
"""What a run has in the container engine: all of it has the run's name, and goes with the run.

The command `docker` reaches the engine, see docker/engine.
"""
import atexit
import http.client
import ipaddress
import os
import re
import secrets
import shutil
import socket
import subprocess

from . import java
from .places import Local, inside_network
from .processes import Child, LabError

# The label that compose files' containers, networks and volumes have anyway.
LABEL = "com.docker.compose.project"


def docker(*arguments, check=True, timeout=120):
    """Standard output of a docker command."""
    result = subprocess.run(["docker", *arguments], stdin=subprocess.DEVNULL, text=True,
                            capture_output=True, check=False, timeout=timeout)
    if check and result.returncode != 0:
        raise LabError(f"docker {' '.join(arguments)}: {result.stderr.strip()[-2000:]}")
    return result.stdout.strip()


def compose_command():
    """Version 2 is a part of docker, version 1 a program of its own."""
    if subprocess.run(["docker", "compose", "version"], capture_output=True,
                      check=False).returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise LabError("neither docker compose nor docker-compose is installed")


class Run:
    """Name and label of what this program makes; removes it when the program ends."""
    _all = []

    def __init__(self):
        self._all.append(self)
        self.name = f"tribes-lab-{os.getpid()}-{len(self._all)}"
        atexit.register(self.remove)

    @property
    def label(self):
        return f"{LABEL}={self.name}"

    @classmethod
    def remove_all(cls):
        """Whoever still works with one of them fails."""
        for run in cls._all:
            run.remove()

    def remove(self):
        """Whatever has the label; what others have in the engine is not touched."""
        chosen = ("--filter", f"label={self.label}")
        for listed, removed in ((("ps", "-aq", *chosen), ("rm", "--force", "--volumes")),
                                (("network", "ls", "-q", *chosen), ("network", "rm")),
                                (("volume", "ls", "-q", *chosen), ("volume", "rm"))):
            found = docker(*listed, check=False).split()
            if found:
                docker(*removed, *found, check=False)


def routes():
    """Networks that this machine reaches, but for all the rest."""
    if not shutil.which("ip"):
        return []
    shown = subprocess.run(["ip", "-4", "route", "show", "table", "all"], capture_output=True, text=True,
                           check=False).stdout
    words = [word for line in shown.splitlines() for word in line.split()[:2]]
    return [ipaddress.ip_network(word, strict=False) for word in words
            if re.fullmatch(r"[0-9.]+(/[1-9][0-9]*)?", word)]


def free_network(run):
    """The first three numbers of addresses that nobody has here. Chosen at random, as several programs
    may look for some at the same time, and make their networks later."""
    for _ in range(50):
        numbers = f"10.{secrets.randbelow(150) + 100}.{secrets.randbelow(256)}"
        subnet = ipaddress.ip_network(f"{numbers}.0/24")
        if any(subnet.overlaps(route) for route in routes()):
            continue
        name = f"{run.name}-probe"
        try:
            docker("network", "create", "--label", run.label, "--subnet", str(subnet), name)
        except LabError:
            continue
        docker("network", "rm", name)
        return numbers
    raise LabError("no network is free among 10.100.0.0 to 10.249.255.0")


# Nodes of the laboratory

TOMCAT_HOME = "/usr/local/tomcat"
# The variables of compose.yaml, by the versions of Tomcat the laboratory speaks of.
IMAGES = {10: "TOMCAT_IMAGE", 9: "OTHER_TOMCAT_IMAGE"}
HTTP_PORT = 8090
MEMORY = "384m"


class ContainerChild(Child):
    """A container whose standard input and output are the child's that started it."""

    def __init__(self, container, command, log_path, name):
        self._container = container
        super().__init__(command, log_path, name)

    def _tell(self, verb, *arguments):
        docker(verb, *arguments, self._container)

    def kill(self):
        if self.alive:
            docker("kill", self._container, check=False)
        super().kill()

    def terminate(self, timeout=60):
        self._tell("stop", "--time", str(timeout))
        return super().terminate(timeout)

    def pause(self):
        self._tell("pause")

    def resume(self):
        self._tell("unpause")


class Container(Local):
    """Nodes run here one after the other, each in a new container at the same address."""
    http_address = "0.0.0.0"
    is_alone = True

    def __init__(self, run, network_name, address):
        self.run = run
        self.address = address
        self._network = network_name
        self._token = secrets.token_hex(16)
        self._name = None

    def command(self, command):
        """A command of our program, in one more container of the same network."""
        return ["docker", "run", "--rm", "--label", self.run.label, "--network", self._network,
                "--entrypoint", "/usr/bin/tribes", os.environ["NODE_IMAGE"], *command[1:]]

    def _child(self, image, entry_point, folders, log_path, name, *arguments, options=()):
        self._name = f"{self.run.name}-{name}-{secrets.token_hex(3)}"
        mounts = [word for folder in folders for word in ("--volume", folder)]
        command = ["docker", "run", "--rm", "--interactive", "--name", self._name,
                   "--label", self.run.label, "--network", self._network, "--ip", self.address,
                   "--user", f"{os.getuid()}:{os.getgid()}", "--memory", MEMORY, *mounts, *options,
                   *(("--entrypoint", entry_point) if entry_point else ()), image, *arguments]
        return ContainerChild(self._name, command, log_path, name)

    def tomcat(self, version, log_path, name, base, arguments):
        node = java.node_classes(version)
        return self._child(
            os.environ[IMAGES[version]], "java", (f"{base}:{base}", f"{node}:{node}:ro"), log_path, name,
            *java.JVM_OPTIONS, *arguments, "-cp",
            f"{node}:{TOMCAT_HOME}/lib/*:{TOMCAT_HOME}/bin/tomcat-juli.jar", "labnode.Node",
            options=("--workdir", base))

    def peer(self, program, log_path, name, config, arguments):
        """What is in the image is run, not @program."""
        token = log_path + ".token"
        with open(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(self._token)
        return self._child(
            os.environ["NODE_IMAGE"], None, (f"{config}:{config}:ro", f"{token}:{token}:ro"), log_path,
            name, "--config", config, "--http", f"0.0.0.0:{HTTP_PORT}", "--http-token-file", token,
            *arguments, options=("--read-only", "--cap-drop", "ALL", "--no-healthcheck"))

    def http_headers(self):
        return {"Authorization": f"Bearer {self._token}"}

    def inside(self, function):
        pid = docker("inspect", "--format", "{{.State.Pid}}", self._name)
        return inside_network(f"/proc/{pid}/ns/net", function)

    def http(self, port, timeout):
        # By its own loopback interface, which is there when the cable is out; that is root's to do.
        if os.geteuid() == 0:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.sock = self.inside(
                lambda: socket.create_connection(("127.0.0.1", port), timeout))
            return connection
        connection = http.client.HTTPConnection(self.address, port, timeout=timeout)
        connection.connect()
        return connection

    def cut(self):
        """Takes the cable out: nothing is refused, it only no longer arrives."""
        docker("network", "disconnect", self._network, self._name)

    def mend(self):
        docker("network", "connect", "--ip", self.address, self._network, self._name)


def network(size):
    """Containers in a network of this run, which ends with the program."""
    run = Run()
    addresses = free_network(run)
    docker("network", "create", "--label", run.label, "--subnet", f"{addresses}.0/24", run.name)
    return [Container(run, run.name, f"{addresses}.{number + 1}") for number in range(1, size + 1)]
