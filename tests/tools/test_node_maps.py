#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Replicated maps at `tribes node`: what it says of who has a session, of logins and of attributes of
contexts, which manager a context has, and vaults; TAP.

Usage: test_node_maps.py TRIBES
"""
import contextlib
import http.client
import json
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

PROGRAM = sys.argv[1]
HA = "org.apache.catalina.ha."
TRIBES = "org.apache.catalina.tribes."
SHOP = "localhost#/shop"
SECONDS = 60
HELD = []


def port():
    """One that is held to the end, which only who sets SO_REUSEADDR can bind, as receivers do."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    HELD.append(holder)
    return holder.getsockname()[1]


def member(kind, number):
    """Its id is made of its port: members of a map are told apart by it."""
    unique_id = ",".join(["1"] * 14 + [str(number // 256 - 128), str(number % 256 - 128)])
    return (f'<{kind} className="{TRIBES}membership.StaticMember" host="127.0.0.1" port="{number}" '
            f'uniqueId="{{{unique_id}}}"/>')


def server_xml(own, others, manager="BackupManager", contexts=""):
    members = member("LocalMember", own) + "".join(member("Member", other) for other in others)
    return f"""<Server><Service><Engine name="C" defaultHost="localhost">
<Cluster className="{HA}tcp.SimpleTcpCluster" channelStartOptions="3" channelSendOptions="6">
<Manager className="{HA}session.{manager}"/>
<Channel className="{TRIBES}group.GroupChannel">
<Receiver className="{TRIBES}transport.nio.NioReceiver" address="127.0.0.1" port="{own}"/>
<Interceptor className="{TRIBES}group.interceptors.TcpFailureDetector"/>
<Interceptor className="{TRIBES}group.interceptors.StaticMembershipInterceptor">{members}</Interceptor>
</Channel></Cluster><Host name="localhost">{contexts}</Host></Engine></Service></Server>"""


class Node:
    """Its events are read all the time."""

    def __init__(self, xml, *options):
        path = os.path.join(FOLDER, f"{len(os.listdir(FOLDER))}.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(xml)
        self.process = subprocess.Popen(
            [PROGRAM, "node", "--json", "--config", path, "--http", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.events = queue.Queue()
        started = json.loads(self.process.stdout.readline())
        self.http = started["http"].split("//")[-1].strip("/")
        self.name = f'127.0.0.1:{started["port"]}'
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def ask(self, method, *parts, body=None, query="", ok=True):
        connection = http.client.HTTPConnection(self.http, timeout=SECONDS)
        path = "/" + "/".join(urllib.parse.quote(part, safe="") for part in parts) + query
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert not ok or answer.status < 300, (path, answer.status, text)
        return (json.loads(text) if text.startswith("{") else text) if ok else (answer.status, text)

    def sessions(self, *parts, method="GET", **keywords):
        return self.ask(method, "contexts", SHOP, "sessions", *parts, **keywords)

    def context(self, name=SHOP):
        return next((one for one in self.ask("GET", "contexts")["contexts"] if one["name"] == name), None)

    def create(self, **attributes):
        return self.sessions(method="POST", body={"attributes": attributes})["id"]

    def wait(self, name, **members):
        """The next event of this name, of those that have these members."""
        while True:
            event = self.events.get(timeout=SECONDS)
            if event["event"] == name and all(event.get(key) == value for key, value in members.items()):
                return event

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def stop(self):
        """What it has said on standard error."""
        self.process.terminate()
        errors = self.process.stderr.read()
        assert self.process.wait(SECONDS) == 0, errors
        return errors


def until(look, what):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


@contextlib.contextmanager
def cluster(n, *options, last=(), manager="BackupManager", contexts=""):
    """Nodes that know each other's map of the shop."""
    ports = [port() for _ in range(n)]
    nodes = []
    try:
        for own in ports:
            others = [other for other in ports if other != own]
            more = last if own == ports[-1] else ()
            nodes.append(Node(server_xml(own, others, manager, contexts), "--context", SHOP, *options, *more))
        for node in nodes if "map" in nodes[0].context() else ():
            until(lambda node=node: (node.context()["map"]["state"] == "initialized"
                                     and len(node.context()["map"]["members"]) == n - 1), "the map")
        yield nodes
    finally:
        for node in nodes:
            if node.process.poll() is None:
                node.kill()


def places():
    """Each node says who has a session, in lists, of one, of the map and in events."""
    with cluster(3) as nodes:
        first = nodes[0]
        session = first.create(colour="red")
        published = first.wait("session-published")
        backup = next(node for node in nodes if [node.name] == published["backups"])
        proxy = next(node for node in nodes[1:] if node is not backup)
        expected = {"primary": first.name, "backups": [backup.name]}
        assert published["primary"] == first.name and published["context"] == SHOP, published
        told = backup.wait("session-made-backup", session=published["session"])
        assert expected.items() <= told.items(), told
        told = proxy.wait("session-made-proxy", session=published["session"])
        assert expected.items() <= told.items(), told
        for node, role in (first, "primary"), (backup, "backup"):
            (listed,) = node.sessions()["sessions"]
            assert {"role": role, **expected}.items() <= listed.items(), listed
            assert {"role": role, **expected}.items() <= node.sessions(session).items()
        assert not proxy.sessions()["sessions"]
        # Fetched to be looked at, it stays where it is.
        assert {"role": "proxy", **expected}.items() <= proxy.sessions(session).items()
        (entry,) = proxy.ask("GET", "contexts", SHOP, "map")["entries"]
        assert entry["hash"] == published["session"] and "attributeCount" not in entry, entry
        (entry,) = backup.ask("GET", "contexts", SHOP, "map")["entries"]
        assert entry["hash"] == published["session"] and entry["attributeCount"] == 1, entry
        context = first.context()
        assert context["manager"] == "BackupManager" and context["map"]["entries"] == 1, context
        assert set(context["map"]["members"]) == {backup.name, proxy.name}, context
        # Whoever uses it has it; and goes on when all others are gone.
        proxy.sessions(session, "attributes", "colour", method="PUT", body="blue")
        told = proxy.wait("session-made-primary", session=published["session"])
        assert {"primary": proxy.name, "backups": [backup.name]}.items() <= told.items(), told
        first.wait("session-made-proxy", session=published["session"], primary=proxy.name)
        first.kill()
        backup.kill()
        told = proxy.wait("session-alone", session=published["session"])
        assert told["primary"] == proxy.name and not told["backups"], told
        metrics = proxy.ask("GET", "metrics")
        assert f'tribes_sessions_placed_total{{context="{SHOP}",event="made-primary"}} 1' in metrics
        assert f'tribes_sessions_placed_total{{context="{SHOP}",event="alone"}} 1' in metrics


def filters():
    """`--filter` and `/events?filter=` know these events, and who has the session."""
    with cluster(2, "--filter", "event = node-started or primary = 127.0.0.1") as (first, second):
        def watch(text, **keywords):
            query = "?after=0&filter=" + urllib.parse.quote(text)
            return first.ask("GET", "events", query=query, **keywords)

        assert "data:" not in watch(f"primary = {first.name} and event ~ session-*")
        assert "data:" not in watch("node = 10.0.0.1")
        status, text = watch("event = nonsense", ok=False)
        assert status == 400 and "filter: " in text and "nonsense" in text, (status, text)
        status, text = watch("latency > 5", ok=False)
        assert status == 400, text
        session = first.create()
        seen = watch(f"primary = {first.name} and event ~ session-*")
        assert "session-published" in seen and "session-created" not in seen and session not in seen, seen
        assert "data:" not in watch(f"session = {session}")
        first.create()
        first.sessions(session, "attributes", "colour", method="PUT", body="red")
        seen = watch(f"session = {session}")
        assert "session-changed" in seen and "session-created" not in seen, seen
        told = first.wait("session-published")
        assert told["backups"] == [second.name], told
        assert all(event["primary"] == first.name for event in first.events.queue), first.events.queue
        # They are bounded.
        codes = [watch(f"size > {n}", ok=False)[0] for n in range(20)]
        assert codes[0] == 200 and codes[-1] == 503, codes


def contexts():
    """A context's own <Manager> counts, and of a context whose attributes all have they are to be seen."""
    xml = (f'<Context path="/shop" distributable="true"><Manager className="{HA}session.DeltaManager"/></Context>'
           f'<Context path="" className="{HA}context.ReplicatedContext" distributable="true"/>')
    with cluster(1, contexts=xml) as (node,):
        assert node.context()["manager"] == "DeltaManager" and "map" not in node.context(), node.context()
        assert node.context("localhost#")["manager"] == "BackupManager"
        status, text = node.ask("GET", "contexts", SHOP, "map", ok=False)
        assert status == 404 and "each member has all" in text, (status, text)
        assert "role" not in node.sessions(node.create())
        (replicated,) = node.ask("GET", "contexts")["replicatedContexts"]
        assert replicated == {"name": "", "attributes": 0, "members": []}, replicated
        node.ask("PUT", "contexts", "#", "attributes", "motd", body="hello")
        told = node.wait("context-attribute-set")
        assert (told["context"], told["attribute"]) == ("", "motd") and "hello" not in str(told), told
        assert node.ask("GET", "contexts", "#", "attributes") == {"attributes": {"motd": "hello"}}
        assert node.ask("GET", "contexts")["replicatedContexts"][0]["attributes"] == 1
        node.ask("DELETE", "contexts", "#", "attributes", "motd")
        node.wait("context-attribute-removed", attribute="motd")
        assert node.ask("GET", "logins") == {"logins": [], "total": 0}


def vault(how):
    """It has what two others have among themselves, when both are gone."""
    with cluster(3, last=("--vault", how)) as nodes:
        session = nodes[0].create(colour="red")
        keeper = nodes[2]
        until(lambda: keeper.sessions()["sessions"], "the copy")
        for node in nodes[:2]:
            node.kill()
        told = keeper.wait("session-made-primary")
        assert told["primary"] == keeper.name, told
        assert keeper.sessions(session)["attributes"] == {"colour": "red"}


def vaults():
    """Other ways to be one are refused; with other managers it changes nothing, and nothing is said."""
    for how in "pull", "follow":
        vault(how)
    for wrong in "", "none", "PULL", "all":
        done = subprocess.run([PROGRAM, "node", "--config", os.path.join(FOLDER, "0.xml"), f"--vault={wrong}"],
                              capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 2 and not done.stdout, done
        assert done.stderr == f'tribes node: --vault: expected pull or follow, found "{wrong}"\n', done.stderr
    with cluster(1, "--vault=pull", manager="DeltaManager") as (node,):
        session = node.create(colour="red")
        assert node.sessions(session)["attributes"] == {"colour": "red"}
        assert not node.stop()


def main():
    cases = (places, filters, contexts, vaults)
    print(f"TAP version 13\n1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        try:
            case()
            print(f"ok {number} - {case.__name__}", flush=True)
        except (AssertionError, queue.Empty) as error:
            print("\n".join(f"# {line}" for line in repr(error).splitlines()))
            print(f"not ok {number} - {case.__name__}", flush=True)


with tempfile.TemporaryDirectory() as FOLDER:
    main()
