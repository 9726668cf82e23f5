# SPDX-License-Identifier: Apache-2.0
"""A cloud on this machine: who asks it is told what members there are, by DNS or as Kubernetes tells.

Machines of network namespaces, each with a host name of its own as pods have, a DNS server, and an
API server whose answers are recorded ones. All of it is gone with the namespaces of the program.
"""
import http.server
import json
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import threading

from . import places
from .processes import temporary_folder

NAME = "shop-members.example"
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzaG9wIn0."
ADDRESS = "10.99.0.254"
LABELS = "app=shop,tier!=test"
QUERY = "labelSelector=app%3Dshop%2Ctier%21%3Dtest"


class Pod(places.Machine):
    """A machine that knows itself by a name of its own, and has environment variables."""

    def __init__(self, machine, folder, variables):
        super().__init__(machine.name, machine.address)
        self._variables = [f"{name}={value}" for name, value in variables.items()]
        self._hosts = os.path.join(folder, f"hosts-{machine.name}")
        with open(self._hosts, "w", encoding="utf-8") as file:
            file.write(f"127.0.0.1 localhost\n{machine.address} {machine.name}\n")

    def command(self, command):
        inside = 'hostname "$1" && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"'
        return super().command(["unshare", "--uts", "--mount", "sh", "-c", inside, "sh", self.name,
                                self._hosts, "env", *self._variables, *command])


class Dns:
    """Answers every question for addresses with those of the one name there is."""

    def __init__(self, folder):
        self.addresses = []
        self.is_up = True
        self.questions = 0
        self.refused = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((ADDRESS, 53))
        path = os.path.join(folder, "resolv.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"nameserver {ADDRESS}\noptions timeout:1 attempts:1\n")
        subprocess.run(["mount", "--bind", path, "/etc/resolv.conf"], check=True)
        threading.Thread(target=self._serve, daemon=True).start()

    def variables(self):
        return {"DNS_MEMBERSHIP_SERVICE_NAME": NAME}

    def _serve(self):
        while True:
            question, sender = self._socket.recvfrom(512)
            self.questions += 1
            if self.is_up:
                self._socket.sendto(self._answer(question), sender)

    def _answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack_from(">H", question, at + 1)[0]
        known = ".".join(labels).lower() == NAME
        if not known:
            self.refused.append(".".join(labels))
        records = [b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(address)
                   for address in self.addresses if known and kind == 1]
        head = question[:2] + struct.pack(">HHHHH", 0x8580 | (0 if known else 3), 1, len(records),
                                          0, 0)
        return head + question[12:at + 5] + b"".join(records)


class Kubernetes:
    """Answers as an API server does whoever has the token and the right question."""

    def __init__(self, folder):
        self.addresses = []
        self.is_up = True
        self.questions = 0
        self.refused = []
        self._folder = folder
        self._write("token", TOKEN)
        self._certify()
        self._uids = {}
        cloud = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One request."""
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                code, body = cloud.answer(self.path, self.headers.get("Authorization"))
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            """One thread a connection, as Tomcats keep theirs open."""
            daemon_threads = True

            def handle_error(self, request, client_address):
                """Whoever goes in the middle of an answer is killed on purpose."""

        self._server = Server((ADDRESS, 6443), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._path("server.crt"), self._path("server.key"))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _path(self, name):
        return os.path.join(self._folder, name)

    def _write(self, name, text):
        with open(self._path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def _certify(self):
        """An authority of this cloud, and a certificate of it for the server's address."""
        key = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
        self._openssl("req", "-x509", *key, "-subj", "/CN=cloud", "-keyout", self._path("ca.key"),
                      "-out", self._path("ca.crt"))
        self._openssl("req", *key[:3], "-subj", "/CN=server", "-keyout", self._path("server.key"),
                      "-out", self._path("server.csr"))
        self._write("names", f"subjectAltName=IP:{ADDRESS}\n")
        self._openssl("x509", "-req", "-in", self._path("server.csr"), "-CA", self._path("ca.crt"),
                      "-CAkey", self._path("ca.key"), "-CAcreateserial", "-days", "2", "-extfile",
                      self._path("names"), "-out", self._path("server.crt"))

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def variables(self):
        return {"KUBERNETES_SERVICE_HOST": ADDRESS, "KUBERNETES_SERVICE_PORT": "6443",
                "KUBERNETES_NAMESPACE": "shop", "KUBERNETES_LABELS": LABELS,
                "KUBERNETES_CA_CERTIFICATE_FILE": self._path("ca.crt"),
                "SA_TOKEN_FILE": self._path("token")}

    def answer(self, path, authorization):
        """The status and the body."""
        self.questions += 1
        if not self.is_up:
            return 503, b'{"kind":"Status","code":503}'
        if (path != f"/api/v1/namespaces/shop/pods?{QUERY}"
                or authorization != f"Bearer {TOKEN}"):
            self.refused.append((path, authorization))
            return 403, b'{"kind":"Status","code":403}'
        return 200, json.dumps({"kind": "PodList", "apiVersion": "v1",
                                "metadata": {"resourceVersion": str(self.questions)},
                                "items": [self._pod(at) for at in self.addresses]}).encode()

    def uid(self, address):
        return f"29cc7dec-cc8d-11e8-943e-0000{int(address.rpartition('.')[2]):08x}"

    def _pod(self, address):
        number = address.rpartition(".")[2]
        return {"metadata": {"name": f"shop-{number}", "namespace": "shop", "uid": self.uid(address),
                             "creationTimestamp": f"2026-01-01T00:00:0{number}Z",
                             "labels": {"app": "shop"}},
                "spec": {"containers": [{"name": "tomcat", "ports": [{"containerPort": 8080}]}]},
                "status": {"phase": "Running", "hostIP": ADDRESS, "podIP": address,
                           "podIPs": [{"ip": address}]}}


CLOUDS = {"dns": Dns, "kubernetes": Kubernetes}


def make(kind, size):
    """The cloud, and as many machines in it."""
    machines = places.network(size)
    for command in (("link", "set", "lo", "up"),
                    ("address", "add", f"{ADDRESS}/24", "dev", "hub")):
        subprocess.run(["ip", *command], check=True, capture_output=True)
    folder = temporary_folder("tribes-lab-cloud-")
    cloud = CLOUDS[kind](folder)
    cloud.addresses = [machine.address for machine in machines]
    return cloud, [Pod(machine, folder, cloud.variables()) for machine in machines]
