# SPDX-License-Identifier: Apache-2.0
"""Ports for files that must name one in advance.

A port the kernel has just handed out is soon somebody else's: the end of an outgoing connection,
another server. So each is held to the end of the program by a socket that is bound and does
nothing. As it has SO_REUSEADDR, the servers of Java and of GIO, which set it too, bind over it, as
often as they are restarted; the kernel gives it to nobody who does not ask for it by number.
"""
import socket

# Tomcat's own, where nobody else can have them.
RECEIVER = 4000
GROUP = 45564
_held = []


def _held_socket(address, kind):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    holder = socket.socket(family, kind)
    # Set only after the choice: the kernel lets datagram sockets that have it share a port.
    holder.bind((address, 0))
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return holder


def _hold(place, address, kind):
    holder = place.inside(lambda: _held_socket(address, kind))
    _held.append(holder)
    return holder.getsockname()[1]


def receiver_port(place):
    """A port for connections to the address of a place."""
    if place.is_alone:
        return RECEIVER
    return _hold(place, place.address, socket.SOCK_STREAM)


def group_port(place, group):
    """A port for datagrams to a multicast group, which no other program here uses."""
    if place.is_alone:
        return GROUP
    return _hold(place, group, socket.SOCK_DGRAM)


def free_port():
    """A port of this machine for whoever binds it without SO_REUSEADDR, as container engines do: it is
    free now, and nothing holds it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]


def is_free(port):
    """Whether nobody has this port of the loopback interface now."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
