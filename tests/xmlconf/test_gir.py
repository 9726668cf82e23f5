#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The configuration reader from Python, through its typelib. Argument: the folder of fixtures."""
import os
import sys

try:
    import gi
except ImportError:
    print("1..0 # SKIP python3-gi is not installed")
    sys.exit(0)

gi.require_version("Xmlconf", "1")
from gi.repository import GLib, Xmlconf  # noqa: E402


def main():
    properties = Xmlconf.Properties.new(["a=b"], None, None, "9.0.70")
    config = Xmlconf.Config.load(os.path.join(sys.argv[1], "join-static.xml"), properties)
    cluster = config.require_cluster()
    node = cluster.get_node()
    assert node.get_int("channelSendOptions") == 6
    assert node.get_attribute_line("channelSendOptions") == 7
    assert cluster.get_host_names() == ["localhost"]
    interceptors = node.get_child("Channel").list_children("Interceptor")
    assert [i.is_a("TcpPingInterceptor") for i in interceptors] == [True, False, False, False]
    findings = Xmlconf.check(config)
    assert [f.get_id() for f in findings] == ["member-no-id", "unknown-class"]
    assert findings[1].get_severity() == Xmlconf.Severity.ERROR
    assert len(Xmlconf.check_nodes([config, config])) > 0
    try:
        Xmlconf.Config.load("/no/such/file", properties)
        raise AssertionError("loaded what is not there")
    except GLib.Error as error:
        assert error.matches(Xmlconf.error_quark(), Xmlconf.Error.IO), error
    print("1..1\nok 1 typelib")


main()
