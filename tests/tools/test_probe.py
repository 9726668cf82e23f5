#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes probe --config` beside members that look for it as Tomcat 7.0 does, with a message that names
the node itself as its sender; TAP. Real Tomcats are probed in interop/test_monitor.py and test_visit.py."""
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from packets import frame

PROGRAM = sys.argv[1]
TRIBES = "org.apache.catalina.tribes."
FAIL_DETECT = b"FAIL-DETECT"
LOCAL = bytes([127, 0, 0, 1])
SECONDS = 60


def member(port):
    """Its package, without unique id: none is configured."""
    body = (bytes(8) + port.to_bytes(4, "big") + b"\xff" * 8 + bytes([4]) + LOCAL + bytes(4) + bytes(4)
            + bytes(16) + bytes(4))
    return b"TRIBES-B\1\0" + len(body).to_bytes(4, "big") + body + b"TRIBES-E\1\0"


def check(port):
    """What a 7.0 sends to the member at @port to see whether it lives: TcpFailureDetector."""
    own = member(port)
    return frame((1).to_bytes(4, "big") + bytes(8) + (16).to_bytes(4, "big") + bytes(range(16))
                 + len(own).to_bytes(4, "big") + own + len(FAIL_DETECT).to_bytes(4, "big") + FAIL_DETECT)


def held_port():
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


def knows_us(members, checks):
    """What is said of each of some static members, while @checks times somebody looks for the node."""
    here, listeners = held_port(), [held_port() for _ in range(members)]
    for listener in listeners:
        listener.listen()
    port = here.getsockname()[1]
    listed = "".join(f'<Member className="{TRIBES}membership.StaticMember" host="127.0.0.1" '
                     f'port="{listener.getsockname()[1]}"/>' for listener in listeners)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "server.xml"
        config.write_text(f"""<Server><Service><Engine name="C" defaultHost="localhost">
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelStartOptions="3">
<Channel className="{TRIBES}group.GroupChannel">
<Receiver className="{TRIBES}transport.nio.NioReceiver" address="127.0.0.1" port="{port}" autoBind="0"/>
<Interceptor className="{TRIBES}group.interceptors.StaticMembershipInterceptor">{listed}</Interceptor>
</Channel></Cluster><Host name="localhost"/></Engine></Service></Server>""", encoding="utf-8")
        probe = subprocess.Popen(
            [PROGRAM, "probe", "--format", "json", "--wait", "1", "--timeout", "1", "--config", str(config)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=look_for, args=(port, checks, probe), daemon=True).start()
        said, problems = probe.communicate(timeout=SECONDS)
    assert said, problems
    return [json.loads(line)["knowsUs"] for line in said.splitlines()]


def look_for(port, times, probe):
    """As soon as it listens."""
    while times > 0 and probe.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
                connection.sendall(check(port))
            times -= 1
        except ConnectionRefusedError:
            time.sleep(0.01)


CASES = (("the only member that is listed", 1, 1, [True]),
         ("one of two, nobody knows which", 2, 1, [None, None]),
         ("nobody", 1, 0, [False]))


def main():
    failed = 0
    for number, (name, members, checks, expected) in enumerate(CASES, 1):
        found = knows_us(members, checks)
        failed += found != expected
        print(f"{'ok' if found == expected else 'not ok'} {number} {name}")
        if found != expected:
            print(f"# expected {expected}, found {found}")
    print(f"1..{len(CASES)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
