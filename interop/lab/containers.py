# SPDX-License-Identifier: Apache-2.0
"""What a run has in the container engine: all of it has the run's name, and goes with the run.

The command `docker` reaches the engine, see docker/engine.
"""
import atexit
import http.client
import os
import secrets
import shutil
import subprocess

from . import java
from .places import Local
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

    def __init__(self, name=None):
        self.name = name or f"tribes-lab-{os.getpid()}"
        atexit.register(self.remove)

    @property
    def label(self):
        return f"{LABEL}={self.name}"

    def remove(self):
        """Whatever has the label; what others have in the engine is not touched."""
        chosen = ("--filter", f"label={self.label}")
        for listed, removed in ((("ps", "-aq", *chosen), ("rm", "--force", "--volumes")),
                                (("network", "ls", "-q", *chosen), ("network", "rm")),
                                (("volume", "ls", "-q", *chosen), ("volume", "rm"))):
            found = docker(*listed, check=False).split()
            if found:
                docker(*removed, *found, check=False)


def free_network(run):
    """The first three numbers of addresses that no network of this machine has: the engine's choice."""
    name = f"{run.name}-probe"
    docker("network", "create", "--label", run.label, name)
    try:
        subnet = docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", name)
    finally:
        docker("network", "rm", name)
    return ".".join(subnet.split("/", maxsplit=1)[0].split(".")[:3])


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
            name, "--config", config, "--http", f"{self.address}:{HTTP_PORT}", "--http-token-file", token,
            *arguments, options=("--read-only", "--cap-drop", "ALL", "--no-healthcheck"))

    def http_headers(self):
        return {"Authorization": f"Bearer {self._token}"}

    def http(self, port, timeout):
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
