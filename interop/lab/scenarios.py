# SPDX-License-Identifier: Apache-2.0
"""What is recorded of real Tomcats: a row is a cluster and what happens in it."""
from dataclasses import dataclass, field

from . import places
from .channels import static_service
from .cluster import Layout, wait_for_members
from .places import LOCAL
from .serverxml import BACKUP_MANAGER, TRIBES
from .sniffer import Sniffer
from .waiting import SOON, differences, until, until_equal
from .witness import Witness

KEY = "000102030405060708090a0b0c0d0e0f"


def interceptor(name, **attributes):
    values = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<Interceptor className="{TRIBES}.group.interceptors.{name}"{values}/>'


@dataclass(frozen=True)
class Scenario:
    """@steps takes a Run, whose Tomcats have not been started."""
    steps: object
    tomcats: tuple = (9, 10)
    multicast: bool = False
    settings: dict = field(default_factory=dict)
    # On machines of their own.
    apart: bool = False
    static_service: bool = False
    # What of the account the comparison needs.
    facts: dict = field(default_factory=dict)


class Run:
    """A scenario that happens, with the capture and the account of it."""

    def __init__(self, name, path):
        self.scenario = SCENARIOS[name]
        size = len(self.scenario.tomcats)
        machines = places.network(size) if self.scenario.apart else [LOCAL] * size
        self.layout = Layout(size, multicast=self.scenario.multicast,
                             ids=not self.scenario.multicast, places=machines,
                             **self.scenario.settings)
        self.machines = machines
        self.tomcats = [self._tomcat(index) for index in range(size)]
        self.witness = Witness(name)
        self.witness.account.update(self.scenario.facts)
        self.sniffer = Sniffer(path, self.layout.ports, "hub" if self.scenario.apart else "lo")
        if self.scenario.multicast:
            self.sniffer.add_group(self.layout.settings(0).multicast_port)

    def _tomcat(self, index):
        changes = static_service(self.layout, index) if self.scenario.static_service else {}
        return self.layout.tomcat(index, self.scenario.tomcats[index], **changes)

    def start(self, *tomcats):
        for tomcat in tomcats or self.tomcats:
            self.witness.start(tomcat)
        wait_for_members(*self.living())

    def living(self):
        return [tomcat for tomcat in self.tomcats if tomcat.child and tomcat.child.alive]

    def run(self):
        """Returns the account."""
        self.sniffer.start()
        self.scenario.steps(self)
        self.witness.finish(*self.tomcats)
        self.sniffer.stop()
        return self.witness.account


def life(run):
    """A session's, and of others, through both Tomcats. Nothing orders what is sent without waiting:
    everybody has to have it before somebody writes again."""
    first, second = run.tomcats
    browser, other, short = first.browser(), second.browser(), first.browser()
    browser.steps("create")
    alike(run)
    browser.steps(("set", "name", "string:one"), ("set", "count", "int:2"))
    alike(run)
    browser.steps(("remove", "count"))
    alike(run)
    browser.steps("change-id")
    alike(run)
    other.steps("create")
    alike(run)
    other.steps(("set", "cart", "item:cup/3/4.50/2024-02-29/gift"))
    alike(run)
    short.steps("create")
    alike(run)
    short.steps("invalidate")
    alike(run)


def alike(run):
    """Everybody holds the same."""
    until(lambda: [_values(node) for node in run.living()],
          lambda seen: all(values == seen[0] for values in seen), "the same sessions everywhere",
          explain=lambda seen: differences(seen[-1], seen[0]))


def _values(tomcat):
    return {key: session["attributes"] for key, session in tomcat.sessions().items()}


def _known(run, browser):
    _until_all(run, lambda node: browser.session in node.session_ids(), "a session")


def _until_all(run, holds, what):
    for node in run.living():
        until(lambda node=node: holds(node), lambda seen: seen, f"{what} in {node.name}", SOON)


def whole(run):
    run.start()
    life(run)


def join(run):
    """A member joins one that has many sessions."""
    first, second = run.tomcats
    run.start(first)
    first.fill(run.witness.account["transferred"])
    run.start(second)
    until_equal(second.count, first.count(), "sessions")


def restarts(run):
    """One is killed and started, and stopped and started."""
    first, second = run.tomcats
    run.start()
    life(run)
    run.witness.kill(second)
    wait_for_members(first, count=0)
    run.start(second)
    alike(run)
    run.witness.stop(second)
    wait_for_members(first, count=0)
    run.start(second)
    alike(run)


def partition(run):
    """A cable is out for a while; each side makes a session meanwhile."""
    first, second = run.tomcats
    run.start()
    life(run)
    run.machines[1].cut()
    wait_for_members(first, second, count=0)
    first.browser().steps("create")
    second.browser().steps("create")
    run.machines[1].mend()
    wait_for_members(first, second)
    browser = first.browser()
    browser.steps("create")
    _known(run, browser)


def _backed_up(run):
    """Of each session two know where it is; what is in it only they."""
    first, second = run.tomcats
    run.start()
    browser = first.browser()
    browser.steps("create", ("set", "name", "string:one"))
    _known(run, browser)
    browser.steps(("set", "count", "int:2"))
    second.browser().steps("create")


def _with(name, **attributes):
    return {"interceptors": (interceptor(name, **attributes),)}


SEEN = {"all_seen": True}
SCENARIOS = {
    "static-6": Scenario(whole, settings={"send_options": "6"}, facts=SEEN),
    "static-8": Scenario(whole, settings={"send_options": "8"}, facts=SEEN),
    "multicast": Scenario(whole, multicast=True, facts={**SEEN, "kinds": ["heartbeat"]}),
    "multicast-domain": Scenario(whole, multicast=True, settings={"domain": "shops"}, facts=SEEN),
    "join": Scenario(join, facts={"transferred": 10000}),
    "restarts": Scenario(restarts, facts=SEEN),
    "restarts-multicast": Scenario(restarts, multicast=True, facts=SEEN),
    "partition": Scenario(partition, apart=True),
    "partition-multicast": Scenario(partition, apart=True, multicast=True),
    "static-service": Scenario(whole, tomcats=(10, 10), static_service=True,
                               facts={**SEEN, "kinds": ["rpc"]}),
    "encrypt": Scenario(whole, tomcats=(10, 10), settings=_with("EncryptInterceptor", encryptionKey=KEY),
                        facts={"opaque": ["encrypted-or-unknown"]}),
    "gzip": Scenario(whole, settings=_with("GzipInterceptor"), facts=SEEN),
    "fragments": Scenario(whole, tomcats=(10, 10), settings=_with("FragmentationInterceptor", maxSize=400),
                          facts={**SEEN, "opaque": ["fragment"]}),
    "marks": Scenario(whole, settings=_with("FragmentationInterceptor"), facts=SEEN),
    "order": Scenario(whole, settings=_with("OrderInterceptor"), facts=SEEN),
    "backup": Scenario(_backed_up, tomcats=(10, 10), settings={"manager_class": BACKUP_MANAGER},
                       facts={"kinds": ["map", "rpc"]}),
}
