# SPDX-License-Identifier: Apache-2.0
"""Several nodes that belong together."""
from . import ports
from .places import default_places
from .serverxml import Settings, StaticMember, unique_id
from .tomcat import Tomcat
from .waiting import NOTICE, until


class Layout:
    """Ports, ids and settings of the nodes of one cluster, decided before any of them starts."""

    def __init__(self, size, multicast=False, ids=False, places=None, **settings):
        self.multicast = multicast
        self.places = places or default_places(size)
        self.ports = [ports.receiver_port(place) for place in self.places]
        self.ids = [unique_id(number + 1) if ids else "" for number in range(size)]
        # A group of our own: several clusters may run on one machine.
        self._group_port = ports.group_port(self.places[0], Settings.multicast_address)
        self._settings = settings

    def settings(self, index, **changes):
        udp = {**self._settings, **changes}.get("udp", False)
        others = [StaticMember(place.address, port, unique, port if udp else -1)
                  for number, (place, port, unique)
                  in enumerate(zip(self.places, self.ports, self.ids)) if number != index]
        return Settings(address=self.places[index].address,
                        http_address=self.places[index].http_address,
                        receiver_port=self.ports[index], unique_id=self.ids[index],
                        multicast=self.multicast, multicast_port=self._group_port,
                        members=[] if self.multicast else others,
                        **{"jvm_route": f"node{index + 1}", **self._settings, **changes})

    def tomcat(self, index, tomcat=10, **changes):
        return Tomcat(f"tomcat{index + 1}", self.settings(index, **changes), tomcat,
                      place=self.places[index])


def start_all(*nodes):
    """Starts the nodes one after the other, so that each fetches the state of those before."""
    for node in nodes:
        node.start()


def wait_for_members(*nodes, count=None, timeout=NOTICE):
    """Waits until each node sees the others (or count of them), all at the same time."""
    expected = len(nodes) - 1 if count is None else count
    until(lambda: {node.name: node.members() for node in nodes},
          lambda seen: all(len(members) == expected for members in seen.values()),
          f"each sees {expected} members", timeout,
          explain=lambda seen: "\n".join(
              f"  {name} sees {[member.get('name') for member in members]}"
              for name, members in seen.items()))
