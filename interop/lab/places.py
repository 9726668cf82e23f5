# SPDX-License-Identifier: Apache-2.0
"""Where a node runs: on this machine, on a machine of its own made of a network namespace, or, where
TRIBES_LAB_CONTAINERS is set, in a container (see containers.py).

Networks need the right to make namespaces. The program that uses them runs again in a network and
mount namespace of its own (enter()), so whatever it makes is gone when it ends.
"""
import ctypes
import http.client
import os
import socket
import subprocess
import sys
import threading

from . import java
from .processes import Child

CLONE_NEWNET = 0x40000000
ENTERED = "TRIBES_LAB_NETWORK"
IN_CONTAINERS = bool(os.environ.get("TRIBES_LAB_CONTAINERS"))
_LIBC = ctypes.CDLL(None, use_errno=True)


class Local:
    """This machine's loopback interface."""
    address = "127.0.0.1"
    # Where HTTP servers listen for the test that asks them.
    http_address = "127.0.0.1"
    # Whether nobody else is at the address, so that every port is free.
    is_alone = False

    def command(self, command):
        """The command that runs another one here."""
        return command

    def tomcat(self, version, log_path, name, base, arguments):
        """A JVM with the classes of Tomcat 9 or 10 and our own around it, as a child."""
        command = ["java", *java.JVM_OPTIONS, *arguments, "-cp",
                   f"{java.node_classes(version)}:{java.class_path(version)}", "labnode.Node"]
        return Child(self.command(command), log_path, name, cwd=base)

    def peer(self, program, log_path, name, config, arguments):
        """`tribes node`, as a child."""
        command = [program, "node", "--config", config, "--http", "127.0.0.1:0", *arguments]
        return Child(self.command(command), log_path, name)

    def inside(self, function):
        """Calls a function that makes a socket, in the network of this place."""
        return function()

    def http_headers(self):
        """What our peer demands of whoever asks, if others could."""
        return {}

    def http(self, port, timeout):
        """A connection to an HTTP server of this place."""
        connection = http.client.HTTPConnection(self.http_address, port)
        connection.sock = self.inside(
            lambda: socket.create_connection((self.http_address, port), timeout))
        return connection


LOCAL = Local()


def inside_network(path, function):
    """Calls a function in the network of a file; a thread of its own enters it and ends there."""
    result = []

    def run():
        try:
            with open(path, "rb") as namespace:
                if _LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            result.append(function())
        except OSError as error:
            result.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(result[0], OSError):
        raise result[0]
    return result[0]


class Machine(Local):
    """A network namespace with one interface, on a network with others."""

    def __init__(self, name, address):
        self.name = name
        self.address = address

    def command(self, command):
        return ["ip", "netns", "exec", self.name, *command]

    def inside(self, function):
        return inside_network(f"/run/netns/{self.name}", function)

    def cut(self):
        """Takes the cable out: nothing is refused, it only no longer arrives."""
        _ip("link", "set", f"port-{self.name}", "down")

    def mend(self):
        _ip("link", "set", f"port-{self.name}", "up")


def _ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def may_make_networks():
    """Whether the kernel lets us."""
    if IN_CONTAINERS:
        return True
    command = ["unshare", "--net", "--mount", "true"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def enter():
    """Runs the program again in namespaces of its own; returns in there."""
    if IN_CONTAINERS or os.environ.get(ENTERED):
        return
    os.environ[ENTERED] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])


def default_places(size):
    """Where nodes are that need no network of their own."""
    return network(size) if IN_CONTAINERS else [LOCAL] * size


def network(size):
    """Machines 10.99.0.1 and up on one bridge that passes multicast on to every port."""
    if IN_CONTAINERS:
        # It needs Local, too.
        from . import containers  # pylint: disable=import-outside-toplevel,cyclic-import
        return containers.network(size)
    os.makedirs("/run/netns", exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run/netns"], check=True)
    _ip("link", "add", "hub", "type", "bridge", "mcast_snooping", "0")
    _ip("link", "set", "hub", "up")
    return [_machine(f"m{number}", f"10.99.0.{number}") for number in range(1, size + 1)]


def _machine(name, address):
    inside = ("netns", "exec", name, "ip")
    _ip("netns", "add", name)
    _ip("link", "add", f"port-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
    _ip("link", "set", f"port-{name}", "master", "hub")
    _ip("link", "set", f"port-{name}", "up")
    _ip(*inside, "link", "set", "lo", "up")
    _ip(*inside, "address", "add", f"{address}/24", "dev", "eth0")
    _ip(*inside, "link", "set", "eth0", "up")
    _ip(*inside, "route", "add", "default", "dev", "eth0")
    return Machine(name, address)
