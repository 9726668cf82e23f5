// SPDX-License-Identifier: Apache-2.0
package labvectors;

import static labvectors.Output.hex;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.Host;
import org.apache.catalina.Manager;
import org.apache.catalina.Session;
import org.apache.catalina.authenticator.SingleSignOn;
import org.apache.catalina.authenticator.SingleSignOnEntry;
import org.apache.catalina.ha.session.DeltaRequest;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.io.XByteBuffer;
import org.apache.catalina.tribes.membership.MemberImpl;
import org.apache.catalina.tribes.membership.StaticMember;
import org.apache.catalina.tribes.tipis.AbstractReplicatedMap.MapMessage;

/** What replicated maps say to each other. */
final class Maps {
  private static final String MAP = "localhost#/shop-map";
  private static final String SSO_MAP = "Catalina-SSO-cache";
  private static final long ALIVE = 4711;

  private final Output out;
  private final State state;
  private final MemberImpl here;
  private final MemberImpl there;

  Maps(Output out, State state) throws IOException {
    this.out = out;
    this.state = state;
    here = Wire.member("127.0.0.1", 4000);
    there = Wire.member("2001:db8::7", 4001);
  }

  void writeAll() throws IOException, ReflectiveOperationException {
    Member[] nodes = {there};
    write("backup", message(MapMessage.MSG_BACKUP, Messages.ID, state.session(1), null, here, nodes));
    write("diff", message(MapMessage.MSG_BACKUP, Messages.ID, null, diff(), here, nodes));
    write("proxy", message(MapMessage.MSG_PROXY, Messages.ID, null, null, here, nodes));
    write("remove", message(MapMessage.MSG_REMOVE, Messages.ID, null, null, null, null));
    write("retrieve-backup",
        message(MapMessage.MSG_RETRIEVE_BACKUP, Messages.ID, null, null, null, null));
    write("access", message(MapMessage.MSG_ACCESS, Messages.ID, null, null, here, nodes));
    // A member that stands twice in an object is written once.
    write("notify-member", message(MapMessage.MSG_NOTIFY_MAPMEMBER, Messages.ID, null, null, here,
        new Member[] {there, here}));
    write("start", message(MapMessage.MSG_START, null, null, null, here, null));
    write("stop", message(MapMessage.MSG_STOP, null, null, null, here, null));
    write("init", message(MapMessage.MSG_INIT, null, null, null, staticMember(), null));
    write("state", message(MapMessage.MSG_STATE, null, null, null, null, null));
    write("ping", message(MapMessage.MSG_PING, null, null, null, here, null));
    Class<?> states = Class.forName(
        "org.apache.catalina.tribes.tipis.AbstractReplicatedMap$State");
    write("ping-transferred", message(MapMessage.MSG_PING, null,
        (Serializable) states.getEnumConstants()[1], null, here, null));
    write("ping-initialized", message(MapMessage.MSG_PING, null,
        (Serializable) states.getEnumConstants()[2], null, here, null));
    writeLists(nodes);
    writeSignOns(nodes);
  }

  private void writeLists(Member[] nodes) throws IOException {
    ArrayList<MapMessage> proxies = new ArrayList<>();
    ArrayList<MapMessage> copies = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      proxies.add(message(MapMessage.MSG_PROXY, "key" + i, null, null, here, nodes));
      copies.add(message(MapMessage.MSG_COPY, "key" + i, "value" + i, null, here,
          new Member[] {there}));
    }
    write("state-proxies", message(MapMessage.MSG_STATE, null, proxies, null, null, null));
    write("state-copies", message(MapMessage.MSG_STATE_COPY, null, copies, null, null, null));
    write("state-nothing", message(MapMessage.MSG_STATE, null, new ArrayList<>(), null, null, null));
  }

  private void writeSignOns(Member[] nodes) throws IOException, ReflectiveOperationException {
    SingleSignOnEntry entry = new SingleSignOnEntry(Messages.principal(), "BASIC", "alice", "geheim");
    writeSignOn("sign-on", entry, nodes);
    entry.addSession(new SingleSignOn(), Messages.ID, session("A.node1", "/shop"));
    writeSignOn("sign-on-session", entry, nodes);
    // Without a password, and with a principal that only its own JVM knows.
    SingleSignOnEntry other = new SingleSignOnEntry(() -> "bob", "CLIENT_CERT", null, null);
    other.addSession(new SingleSignOn(), Messages.ID, session("B.node1", "/shop"));
    other.addSession(new SingleSignOn(), Messages.ID, session("C.node2", ""));
    writeSignOn("sign-on-bare", other, nodes);
  }

  private void writeSignOn(String name, SingleSignOnEntry entry, Member[] nodes) throws IOException {
    write(name, new MapMessage(bytes(SSO_MAP), MapMessage.MSG_COPY, false, Messages.ID, entry, null,
        here, nodes));
  }

  private static Session session(String id, String context) {
    Host host = answering(Host.class, Map.of("getName", "localhost"));
    Context named = answering(Context.class, Map.of("getName", context, "getParent", host));
    Manager manager = answering(Manager.class, Map.of("getContext", named));
    return answering(Session.class, Map.of("getId", id, "getManager", manager));
  }

  private static <T> T answering(Class<T> type, Map<String, Object> answers) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
        (proxy, method, arguments) -> answers.get(method.getName())));
  }

  private MemberImpl staticMember() throws IOException {
    StaticMember member = new StaticMember("127.0.0.1", 4002, 0);
    member.setUniqueId(here.getUniqueId());
    return member;
  }

  private static byte[] diff() throws IOException {
    DeltaRequest request = new DeltaRequest(Messages.ID, false);
    request.setAttribute("count", 3);
    request.removeAttribute("gone");
    var bytes = new ByteArrayOutputStream();
    try (var stream = new ObjectOutputStream(bytes)) {
      request.writeExternal(stream);
    }
    return bytes.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static MapMessage message(int type, String key, Serializable value, byte[] diff,
      Member primary, Member[] nodes) {
    return new MapMessage(bytes(MAP), type, diff != null, key, value, diff, primary, nodes);
  }

  private void write(String name, MapMessage message) throws IOException {
    Map<String, Object> description = Output.describe("kind", "map", "type", message.getMsgType(),
        "diff", message.isDiff(), "map", new String(message.getMapId(), StandardCharsets.ISO_8859_1),
        "key", orNothing(message.getKeyData()), "value", orNothing(settle(message.getValueData())),
        "diff-value", orNothing(message.getDiffValue()), "primary", describe(message.getPrimary()),
        "nodes", message.getBackupNodes() == null ? "null" : message.getBackupNodes().length);
    for (int i = 0; message.getBackupNodes() != null && i < message.getBackupNodes().length; i++) {
      description.put("node." + i, describe(message.getBackupNodes()[i]));
    }
    if (message.getValue() instanceof List) {
      description.put("entries", ((List<?>) message.getValue()).size());
    }
    out.write("map-" + name, settle(XByteBuffer.serialize(message)), description);
  }

  private static String orNothing(byte[] bytes) {
    return bytes == null ? "null" : hex(bytes);
  }

  private static String describe(Member member) {
    return member == null ? "null" : ((MemberImpl) member).getHostname() + " " + member.getPort();
  }

  /** Members say how long they have been alive, by the clock. */
  private static byte[] settle(byte[] bytes) {
    byte[] begin = MemberImpl.TRIBES_MBR_BEGIN;
    for (int at = 0; bytes != null && at + begin.length + 12 <= bytes.length; at++) {
      if (java.util.Arrays.equals(begin, 0, begin.length, bytes, at, at + begin.length)) {
        XByteBuffer.toBytes(ALIVE, bytes, at + begin.length + 4);
      }
    }
    return bytes;
  }
}
