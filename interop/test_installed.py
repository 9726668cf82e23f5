#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""TRIBES_TOMCATS: the laboratory with Tomcats in folders that somebody names.

Debian's packages of the libraries have no such folder, so they are put together here as an archive of
Tomcat has them, with links.
"""
import os

from lab import installed
from lab.cluster import Layout, start_all, wait_for_members
from lab.installed import in_folder, installation
from lab.processes import LabError, temporary_folder
from lab.tap import Tap, equal, true
from lab.waiting import until_equal

WHOLE_CARD = "item:cup/3/4.50/2024-02-29/gift"


def home(tomcat):
    """A CATALINA_HOME with the libraries of one of Debian's packages."""
    folder = temporary_folder(f"tribes-lab-home-{tomcat}-")
    for name in ("lib", "bin"):
        os.mkdir(os.path.join(folder, name))
    for jar in installed.of_debian(tomcat).jars:
        name = os.path.basename(jar).removeprefix(f"tomcat{tomcat}-")
        name = "bin/tomcat-juli.jar" if name == "juli.jar" else f"lib/{name}"
        os.symlink(jar, os.path.join(folder, name))
    return folder


def name_folders(*folders):
    os.environ[installed.VARIABLE] = ",".join(folders)
    installation.cache_clear()


def refused(function, *words):
    """Whatever is wrong is said with what it is about."""
    try:
        function()
    except LabError as error:
        true(all(word in str(error) for word in words), f"{words} in: {error}")
    else:
        raise AssertionError("not refused")


def stand_for(homes):
    equal({tomcat: in_folder(homes[tomcat]).numbers[0] for tomcat in homes}, {9: 9, 10: 10}, "versions")
    name_folders(homes[9])
    equal([installation(tomcat).numbers[0] for tomcat in (9, 10)], [9, 9], "one for both")
    true(installation(10).is_javax, "which is of javax")
    name_folders(homes[10], homes[9])
    equal([installation(tomcat).numbers[0] for tomcat in (9, 10)], [10, 9], "the other way round")
    true(installation(10).is_javax and not installation(9).is_javax, "one of them is of javax")


def what_is_no_tomcat(homes):
    empty = temporary_folder("tribes-lab-home-empty-")
    name_folders(empty)
    refused(lambda: installation(9), empty)
    name_folders(*homes.values(), empty)
    refused(lambda: installation(9), "3")


def run(homes):
    """The version in a folder is that which the JVM has, and the application fits."""
    name_folders(homes[10], homes[9])
    layout = Layout(2)
    nodes = [layout.tomcat(index, tomcat) for index, tomcat in enumerate((9, 10))]
    start_all(*nodes)
    wait_for_members(*nodes)
    for node, folder in zip(nodes, (homes[10], homes[9])):
        true(node.server_info.startswith(f"Apache Tomcat/{in_folder(folder).version}"), node.server_info)
    browser = nodes[0].browser()
    browser.steps("create")
    until_equal(lambda: nodes[1].attributes(browser.session), {}, "the session on the other node")
    browser.steps(("set", "card", WHOLE_CARD), "change-id")
    until_equal(lambda: nodes[1].typed_attributes(browser.session),
                nodes[0].typed_attributes(browser.session), "attributes")
    for node in nodes:
        node.terminate()


def main():
    tap = Tap()
    homes = {tomcat: home(tomcat) for tomcat in (9, 10)}
    tap.case("folders stand for versions", stand_for, homes)
    tap.case("what is no Tomcat", what_is_no_tomcat, homes)
    tap.case("Tomcats of folders run", run, homes)
    tap.done()


if __name__ == "__main__":
    main()
