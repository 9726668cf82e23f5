"""Joins the cluster of a server.xml, prints what changes in sessions, and leaves a word in each."""
import sys

import gi

gi.require_version("CatalinaHa", "1")
gi.require_version("Tribes", "1")
gi.require_version("Xmlconf", "1")
from gi.repository import CatalinaHa, GLib, Tribes, Xmlconf


def on_set(manager, result):
    try:
        manager.set_attribute_finish(result)
    except GLib.Error as error:
        print("not everybody has it:", error.message, file=sys.stderr)


def on_changed(_cluster, manager, session, names):
    for name in names:
        value = session.get_attribute(name)
        print(manager.get_name(), session.get_id(), name, "=",
              value.to_json() if value else "removed")
    if not session.get_attribute("greeting"):
        manager.set_attribute_async(session.get_id(), "greeting",
                                    Tribes.JavaValue.new_string("Hello from Python"), None, on_set)


config = Xmlconf.Config.load(sys.argv[1], Xmlconf.Properties.new(None, None, None, None))
receiver = sys.argv[2] if len(sys.argv) > 2 else None
cluster = CatalinaHa.Cluster.new_borrowing(config.require_cluster(), receiver, None)
cluster.connect("session-changed", on_changed)
cluster.start()
GLib.MainLoop().run()
