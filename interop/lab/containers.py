# SPDX-License-Identifier: Apache-2.0
"""What a run has in the container engine: all of it has the run's name, and goes with the run.

The command `docker` reaches the engine, see docker/engine.
"""
import atexit
import os
import shutil
import subprocess

from .processes import LabError

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
