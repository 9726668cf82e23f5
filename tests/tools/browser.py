# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven over the WebDriver protocol."""
import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--disable-dev-shm-usage", "--no-proxy-server", "--window-size=1280,1400")
# Against hangs alone.
PATIENCE_S = 60
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_installed():
    return bool(shutil.which("chromedriver") and shutil.which("chromium"))


def until(look, what):
    """What @look returns once that is something."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


class Browser:
    """One window of its own, without a past."""

    def __init__(self, *options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory(prefix="tribes-browser-")
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{port}"
        self.session = ""
        until(self._is_ready, "chromedriver")
        arguments = [*OPTIONS, *options, f"--user-data-dir={self.folder.name}"]
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = f"/session/{answer['sessionId']}"

    def _is_ready(self):
        try:
            return self._ask("GET", "/status")["ready"]
        except OSError:
            return False

    def _ask(self, method, path, content=None):
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"},
                                         method=method)
        with OPENER.open(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)["value"]

    def open(self, address):
        self._ask("POST", self.session + "/url", {"url": address})

    def run(self, script, *arguments):
        """What a function with this body returns."""
        return self._ask("POST", self.session + "/execute/sync",
                         {"script": script, "args": list(arguments)})

    def text(self, selector):
        """What is seen of it."""
        return self.run("const one = document.querySelector(arguments[0]);"
                        "return one?.checkVisibility() ? one.innerText : ''", selector)

    def press(self, keys):
        """At whatever has the focus."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("POST", self.session + "/actions",
                  {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def complaints(self):
        """What the console says: a mistake of the page, or something its policy kept out."""
        return [entry["message"] for entry in self._ask("POST", self.session + "/se/log",
                                                        {"type": "browser"})]

    def resize(self, width, height=1400):
        self._ask("POST", self.session + "/window/rect", {"width": width, "height": height})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._ask("GET", self.session + "/screenshot")))

    def close(self):
        try:
            self._ask("DELETE", self.session)
        except OSError:
            pass
        self.driver.terminate()
        self.driver.wait()
        self.folder.cleanup()
