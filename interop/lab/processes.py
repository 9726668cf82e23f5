# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive the program that started them.

A child is stopped when its owner is closed, when the interpreter ends, and on SIGINT, SIGTERM and
SIGHUP. Tomcat nodes also end by themselves when their standard input closes, so even a killed test
leaves nothing behind; other children are told by the kernel (PR_SET_PDEATHSIG).
"""
import atexit
import ctypes
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_living = set()
_folders = set()


class LabError(Exception):
    """Something the laboratory waited for did not happen."""


def _die_with_parent():
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def temporary_folder(prefix):
    """A folder that is removed at the end, unless TRIBES_LAB_KEEP is set."""
    folder = tempfile.mkdtemp(prefix=prefix)
    _folders.add(folder)
    return folder


class Child:
    """A child process whose standard output is one JSON object a line, its errors a log file."""

    def __init__(self, command, log_path, name, env=None, cwd=None):
        self.name = name
        self.log_path = log_path
        self._lines = queue.Queue()
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=env,
                cwd=cwd, text=True, bufsize=1, preexec_fn=_die_with_parent)
        _living.add(self)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            try:
                self._lines.put(json.loads(line))
            except ValueError:
                self._lines.put({"text": line.rstrip("\n")})
        self._lines.put(None)

    @property
    def pid(self):
        return self.process.pid

    @property
    def alive(self):
        return self.process.poll() is None

    def next_line(self, timeout):
        """The next object the child prints."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise LabError(f"{self.name} printed nothing for {timeout} s") from None
        if line is None:
            self._lines.put(None)
            code = self.process.wait()
            raise LabError(f"{self.name} ended with code {code}\n{self.log_tail()}")
        return line

    def lines_so_far(self):
        """What it has printed and nobody has read."""
        lines = []
        while not self._lines.empty():
            line = self._lines.get()
            if line is None:
                self._lines.put(None)
                break
            lines.append(line)
        return lines

    def send_line(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """SIGKILL, and wait until it is gone."""
        if self.alive:
            self.process.kill()
        self.process.wait()
        _living.discard(self)

    def terminate(self, timeout=60):
        """SIGTERM, and its exit code; SIGKILL after the timeout is an error."""
        self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LabError(f"{self.name} ignored SIGTERM for {timeout} s") from None
        finally:
            _living.discard(self)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def log_tail(self, lines=30):
        return "\n".join(self.log().splitlines()[-lines:])


def stop_everything():
    """Kills what is left and removes the temporary folders."""
    for child in list(_living):
        child.kill()
    if not os.environ.get("TRIBES_LAB_KEEP"):
        for folder in _folders:
            shutil.rmtree(folder, ignore_errors=True)
    _folders.clear()


def _on_signal(number, _frame):
    sys.exit(128 + number)  # runs the atexit handlers


atexit.register(stop_everything)
for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(_number, _on_signal)
