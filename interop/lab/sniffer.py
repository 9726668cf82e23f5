# SPDX-License-Identifier: Apache-2.0
"""Packets of a cluster, written to a file while it runs, with nothing missing at either end."""
import os
import shutil
import socket
import subprocess
import uuid

from .places import LOCAL
from .processes import Child, LabError
from .waiting import SOON, until


def may_sniff(interface="lo"):
    """Whether there is a program for it and the kernel lets it."""
    if not shutil.which("dumpcap"):
        return False
    done = subprocess.run(["dumpcap", "-q", "-i", interface, "-c", "1", "-a", "duration:1", "-w", "/dev/null"],
                          capture_output=True, check=False)
    return done.returncode == 0


class Sniffer:
    """One capture. Where it begins and ends is known: by packets of our own that are in it."""

    def __init__(self, path, ports, interface="lo"):
        self.path = path
        self.interface = interface
        # A port for our own packets; what others do on this machine is nobody's business.
        self._marker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._marker.bind((LOCAL.address, 0))
        own = self._marker.getsockname()[1]
        parts = [*(f"tcp port {port}" for port in ports), f"udp port {own}"]
        if interface != "lo":
            # Nobody else is on this network, and IP packets of more than a datagram have no port.
            parts = ["ip"]
        self._filter = " or ".join(parts)
        self.child = None

    def add_group(self, port):
        """Heartbeats, too."""
        self._filter += f" or udp port {port}"

    def _pass(self, target):
        """Sends a packet until it is in the file."""
        text = uuid.uuid4().bytes

        def sent():
            self._marker.sendto(text, target)
            try:
                with open(self.path, "rb") as file:
                    return text in file.read()
            except FileNotFoundError:
                return False
        until(sent, lambda seen: seen, "a packet of our own in the capture", SOON, every=0.1)

    def start(self):
        self.child = Child(["dumpcap", "-q", "-P", "-B", "64", "-i", self.interface,
                            "-f", self._filter, "-w", self.path], self.path + ".log", "dumpcap")
        if self.interface == "lo":
            self._pass(self._marker.getsockname())
        else:
            until(lambda: os.path.exists(self.path), lambda seen: seen, "a capture that has begun")
        return self

    def stop(self):
        """All that was sent before is in the file."""
        if self.interface == "lo":
            self._pass(self._marker.getsockname())
        if not self.child.alive:
            raise LabError(f"dumpcap ended\n{self.child.log_tail()}")
        self.child.terminate()
        os.remove(self.path + ".log")
