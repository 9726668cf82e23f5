# SPDX-License-Identifier: Apache-2.0
"""Writes the server.xml of a node: configuration 1 (static members) or 2 (multicast)."""
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

HA = "org.apache.catalina.ha"
TRIBES = "org.apache.catalina.tribes"
DELTA_MANAGER = f"{HA}.session.DeltaManager"
BACKUP_MANAGER = f"{HA}.session.BackupManager"
# What a file is written for unless its reader is known to be older; compared as (9, 0, 70).
LATEST = (99,)


@dataclass
class StaticMember:
    """A member as another node's configuration names it."""
    host: str
    port: int
    unique_id: str = ""
    udp_port: int = -1

    def element(self, tag="Member"):
        kind = f'{TRIBES}.membership.StaticMember'
        unique = f' uniqueId="{self.unique_id}"' if self.unique_id else ""
        udp = f' udpPort="{self.udp_port}"' if self.udp_port > 0 else ""
        return (f'<{tag} className="{kind}" securePort="-1" host="{self.host}" '
                f'port="{self.port}"{udp}{unique}/>')


@dataclass
class Settings:
    """What differs between the nodes of a cluster, and what a test wants different."""
    receiver_port: int
    http_port: int = 0
    address: str = "127.0.0.1"
    http_address: str = "127.0.0.1"
    multicast: bool = False
    multicast_address: str = "228.0.0.4"
    multicast_port: int = 45564
    unique_id: str = ""
    # Of the membership, as an attribute; only with multicast.
    domain: str = ""
    members: list = field(default_factory=list)
    send_options: str = ""
    # Whether receivers have a UDP port: the one with the number of the TCP port.
    udp: bool = False
    cluster_in_host: bool = False
    contexts: tuple = ("/shop",)
    web_application: str = "shop"
    # Of the Context, where it is not the usual one.
    context_class: str = ""
    # Whether a web application may do something in another.
    cross_context: bool = False
    jvm_route: str = ""
    # Interceptors to stand before the usual ones, as ready-made elements.
    interceptors: tuple = ()
    # In place of the static membership, as a ready-made element.
    membership: str = ""
    # The class of the Manager.
    manager_class: str = DELTA_MANAGER
    # Path of a context that has a Manager of its own -> its class.
    context_managers: dict = field(default_factory=dict)
    # Of the Cluster, as a ready-made element.
    deployer: str = ""
    # Of the Host, as ready-made elements.
    valves: tuple = ()
    # Of the Manager, beside the usual attributes.
    manager: dict = field(default_factory=dict)
    # How often the channel calls its heartbeat, in milliseconds.
    heartbeat: int = 5000
    # Tomcat has had no such class since 8.5; people's files still name it.
    session_id_listener: bool = False
    # Sessions are looked over for expiry this often, in seconds.
    background_delay: int = 1
    # Further attributes of the Manager.
    manager: dict = field(default_factory=dict)


def unique_id(number):
    """A 16-byte id that is easy to recognise, as Tomcat writes it in its configuration."""
    return "{" + ",".join(str(number) for _ in range(16)) + "}"


def element(name, class_name, /, **attributes):
    values = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return f'<{name} className="{class_name}"{values}/>'


def _static_interceptor(settings):
    lines = [f'<Interceptor className="{TRIBES}.group.interceptors.StaticMembershipInterceptor">']
    if settings.unique_id:
        own = StaticMember(settings.address, settings.receiver_port, settings.unique_id,
                           settings.receiver_port if settings.udp else -1)
        lines.append("  " + own.element("LocalMember"))
    lines += ["  " + member.element() for member in settings.members]
    return lines + ["</Interceptor>"]


def _interceptors(settings, version):
    package = f"{TRIBES}.group.interceptors"
    lines = list(settings.interceptors)
    if not settings.multicast:
        lines.append(element("Interceptor", f"{package}.TcpPingInterceptor"))
    lines.append(element("Interceptor", f"{package}.TcpFailureDetector"))
    # The plain one of 7.0 has a thread that keeps it from stopping.
    dispatch = "MessageDispatch15Interceptor" if version < (8,) else "MessageDispatchInterceptor"
    lines.append(element("Interceptor", f"{package}.{dispatch}"))
    if not settings.multicast and not settings.membership:
        lines += _static_interceptor(settings)
    return lines


def _channel(settings, version):
    lines = [f'<Channel className="{TRIBES}.group.GroupChannel" '
             f'heartbeatSleeptime="{settings.heartbeat}">']
    if settings.multicast:
        domain = {"domain": settings.domain} if settings.domain else {}
        lines.append("  " + element(
            "Membership", f"{TRIBES}.membership.McastService", address=settings.multicast_address,
            port=settings.multicast_port, bind=settings.address, frequency=500, dropTime=3000,
            **domain))
    if settings.membership:
        lines.append("  " + settings.membership)
    udp = {"udpPort": settings.receiver_port} if settings.udp else {}
    lines.append("  " + element(
        "Receiver", f"{TRIBES}.transport.nio.NioReceiver", address=settings.address,
        port=settings.receiver_port, autoBind=0, selectorTimeout=5000, maxThreads=6, **udp))
    lines.append(f'  <Sender className="{TRIBES}.transport.ReplicationTransmitter">')
    lines.append("    " + element("Transport", f"{TRIBES}.transport.nio.PooledParallelSender"))
    lines.append("  </Sender>")
    lines += ["  " + line for line in _interceptors(settings, version)]
    return lines + ["</Channel>"]


def _manager(settings, class_name):
    own = {} if class_name != DELTA_MANAGER else {"expireSessionsOnShutdown": "false"}
    return element("Manager", class_name, **own, notifyListenersOnReplication="true",
                    processExpiresFrequency=1, **settings.manager)


def _context(settings, path):
    own_class = f'className="{settings.context_class}" ' if settings.context_class else ""
    cross = ' crossContext="true"' if settings.cross_context else ""
    start = f'<Context {own_class}path="{path}" docBase="{settings.web_application}"{cross}'
    own = settings.context_managers.get(path)
    return f"{start}>{_manager(settings, own)}</Context>" if own else f"{start}/>"


def cluster_lines(settings, version=LATEST):
    """The Cluster element, with exactly the elements of the two configurations."""
    served = settings.multicast or settings.membership
    start = "" if served else ' channelStartOptions="3"'
    options = settings.send_options or ("8" if settings.multicast else "6")
    lines = [f'<Cluster className="{HA}.tcp.SimpleTcpCluster" '
             f'channelSendOptions="{options}"{start}>',
             "  " + _manager(settings, settings.manager_class)]
    lines += ["  " + line for line in _channel(settings, version)]
    lines.append("  " + element("Valve", f"{HA}.tcp.ReplicationValve",
                                 filter=r".*\.(gif|js|jpg|png|htm|html|css|txt)"))
    if not settings.multicast:
        lines.append("  " + element("Valve", f"{HA}.session.JvmRouteBinderValve"))
    if settings.deployer:
        lines.append("  " + settings.deployer)
    if settings.session_id_listener or version < (8,):
        lines.append("  " + element("ClusterListener",
                                     f"{HA}.session.JvmRouteSessionIDBinderListener"))
    lines.append("  " + element("ClusterListener", f"{HA}.session.ClusterSessionListener"))
    return lines + ["</Cluster>"]


def server_xml(settings, version=LATEST):
    """The whole file, for this version of Tomcat."""
    route = f' jvmRoute="{settings.jvm_route}"' if settings.jvm_route else ""
    cluster = cluster_lines(settings, version)
    in_engine = [] if settings.cluster_in_host else ["      " + line for line in cluster]
    in_host = ["        " + line for line in cluster] if settings.cluster_in_host else []
    contexts = ["        " + _context(settings, path) for path in settings.contexts]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Server port="-1">',
        '  <Service name="Catalina">',
        f'    <Connector port="{settings.http_port}" address="{settings.http_address}" maxThreads="8" '
        'minSpareThreads="1"/>',
        f'    <Engine name="Catalina" defaultHost="localhost"{route} '
        f'backgroundProcessorDelay="{settings.background_delay}">',
        *in_engine,
        '      <Realm className="org.apache.catalina.realm.MemoryRealm"/>',
        '      <Host name="localhost" appBase="webapps" deployOnStartup="false" '
        'autoDeploy="false">',
        *in_host,
        *("        " + valve for valve in settings.valves),
        *contexts,
        '      </Host>',
        '    </Engine>',
        '  </Service>',
        '</Server>',
        ''])
