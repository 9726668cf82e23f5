#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Tomcat with a FarmWarDeployer: what it deploys is in our peer's folder, byte for byte.

  test_deploy.py
"""
import io
import os
import random
import sys
import zipfile

from lab.cluster import Layout, wait_for_members
from lab.peer import Peer
from lab.processes import temporary_folder
from lab.serverxml import HA, element
from lab.tap import Tap, equal
from lab.waiting import NOTICE, until


def application(seed, size):
    """A web application of about so many bytes, most of which do not compress."""
    content = random.Random(seed).randbytes(size)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("WEB-INF/web.xml", '<web-app version="4.0"/>')
        archive.writestr("content.bin", content)
    return buffer.getvalue()


class Deploy:
    """One Tomcat that watches a folder, and the peer that has another one."""

    def __init__(self, version):
        self.watched = temporary_folder("tribes-lab-watched-")
        self.deployed = temporary_folder("tribes-lab-deployed-")
        deployer = element("Deployer", f"{HA}.deploy.FarmWarDeployer", tempDir="temp",
                           deployDir="webapps", watchDir=self.watched, watchEnabled="true",
                           processDeployFrequency=1)
        layout = Layout(2, ids=True, cluster_in_host=True, deployer=deployer)
        self.tomcat = layout.tomcat(0, version)
        self.peer = Peer("peer", layout.settings(1), options=["--deploy-to", self.deployed])

    def starts(self):
        self.peer.start()
        self.tomcat.start()
        wait_for_members(self.tomcat, self.peer)

    def deploy(self, name, content):
        # A watcher that looks in the middle would send half of it.
        path = os.path.join(self.watched, name)
        with open(path + ".new", "wb") as file:
            file.write(content)
        os.rename(path + ".new", path)
        event = self.peer.wait_for_event(
            lambda event: event["event"] in ("deployed", "deploy-failed")
            and event["file"] == name and event.get("bytes") == len(content),
            f"{name} is deployed", NOTICE)
        equal(event["event"], "deployed", "event")
        with open(os.path.join(self.deployed, name), "rb") as file:
            equal(file.read() == content, True, f"{name} is what was deployed")

    def several(self):
        self.deploy("other.war", application(1, 300_001))
        self.deploy("a#b.war", application(2, 20_000))
        self.deploy("large.war", application(3, 5_000_003))
        equal(sorted(os.listdir(self.deployed)), ["a#b.war", "large.war", "other.war"], "files")

    def undeployed(self):
        with open(os.path.join(self.deployed, "mine.war"), "wb") as file:
            file.write(b"mine")
        os.remove(os.path.join(self.watched, "other.war"))
        self.peer.wait_for_event(
            lambda event: event["event"] == "undeployed" and event["file"] == "other.war",
            "other.war is undeployed", NOTICE)
        until(lambda: sorted(os.listdir(self.deployed)),
              lambda files: files == ["a#b.war", "large.war", "mine.war"], "files")

    def run(self, tap):
        version = self.tomcat.tomcat
        tap.watch(self.tomcat, self.peer)
        try:
            if not tap.case(f"start of a Tomcat {version}", self.starts):
                return
            tap.case(f"deployed by a Tomcat {version}", self.several)
            tap.case(f"undeployed by a Tomcat {version}", self.undeployed)
        finally:
            self.peer.kill()
            self.tomcat.kill()


def main():
    tap = Tap()
    for version in (9, 10):
        Deploy(version).run(tap)
    tap.done()


if __name__ == "__main__":
    sys.exit(main())
