"""Joins the cluster of a server.xml, answers one request of a browser, and leaves."""
import sys

import gi

gi.require_version("CatalinaHa", "1")
gi.require_version("Tribes", "1")
gi.require_version("Xmlconf", "1")
from gi.repository import CatalinaHa, GLib, Tribes, Xmlconf


def on_end(request, result):
    try:
        request.end_finish(result)
    except GLib.Error as error:
        print("not everybody has it:", error.message, file=sys.stderr)
    print(f"Set-Cookie: JSESSIONID={request.get_session_id()}")
    loop.quit()


def on_begun(manager, result):
    request = manager.begin_request_finish(result)
    request.create_session()
    request.login("ada", ["reader"], "FORM")
    request.set_attribute("item", Tribes.JavaValue.new_string("pears"))
    request.set_attribute("count", Tribes.JavaValue.new_int(3))
    request.end_async(None, on_end)


def answer(_cluster, manager, _found, cookie):
    manager.begin_request_async(cookie, "/shop/login", None, on_begun)


config = Xmlconf.Config.load(sys.argv[1], Xmlconf.Properties.new(None, None, None, None))
cluster = CatalinaHa.Cluster.new_from_config(config.require_cluster())
loop = GLib.MainLoop()
cluster.connect("transfer-ended", answer, sys.argv[2])
cluster.start()
loop.run()
cluster.stop()
