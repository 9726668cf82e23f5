// SPDX-License-Identifier: Apache-2.0
package labvectors;

import static labvectors.Output.counting;
import static labvectors.Output.hex;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import labnode.Json;
import org.apache.catalina.ha.session.DeltaRequest;
import org.apache.catalina.ha.session.SessionMessage;
import org.apache.catalina.ha.session.SessionMessageImpl;
import org.apache.catalina.realm.GenericPrincipal;
import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.io.ChannelData;
import org.apache.catalina.tribes.io.XByteBuffer;

/** Session messages and delta requests. */
final class Messages {
  static final String ID = "0123456789ABCDEF0123456789ABCDEF.node1";
  private static final String CONTEXT = "localhost#/shop";

  private final Output out;

  Messages(Output out) {
    this.out = out;
  }

  void writeAll() throws IOException, ReflectiveOperationException {
    byte[] delta = writeRequests();
    byte[] content = counting(0, 40);
    writeEvent("created", SessionMessage.EVT_SESSION_CREATED, null, ID, ID + "-" + 1700000000000L);
    writeEvent("expired", SessionMessage.EVT_SESSION_EXPIRED, null, ID, ID + "-EXPIRED-MSG");
    writeEvent("accessed", SessionMessage.EVT_SESSION_ACCESSED, null, ID, ID + "-1700000000001");
    writeEvent("get-all", SessionMessage.EVT_GET_ALL_SESSIONS, null, "GET-ALL", "GET-ALL-" + CONTEXT);
    writeEvent("delta", SessionMessage.EVT_SESSION_DELTA, delta, ID, ID + "-1700000000002");
    writeEvent("all-data", SessionMessage.EVT_ALL_SESSION_DATA, content, "SESSION-STATE",
        "SESSION-STATE-" + CONTEXT);
    writeEvent("transfer-complete", SessionMessage.EVT_ALL_SESSION_TRANSFERCOMPLETE, null,
        "SESSION-STATE-TRANSFERRED", "SESSION-STATE-TRANSFERRED" + CONTEXT);
    writeEvent("change-id", SessionMessage.EVT_CHANGE_SESSION_ID, content, ID, ID + "-1700000000003");
    writeEvent("no-context-manager", SessionMessage.EVT_ALL_SESSION_NOCONTEXTMANAGER, null,
        "NO-CONTEXT-MANAGER", "NO-CONTEXT-MANAGER" + CONTEXT);
  }

  private void writeEvent(String name, int event, byte[] content, String session, String unique)
      throws IOException {
    SessionMessageImpl message = new SessionMessageImpl(CONTEXT, event, content, session, unique);
    message.setTimestamp(1_700_000_000_456L);
    byte[] bytes = XByteBuffer.serialize(message);
    Map<String, Object> description = Output.describe("kind", "session-message", "event", event,
        "context", CONTEXT, "session-id", session, "unique-id", unique,
        "timestamp", message.getTimestamp());
    if (content != null) {
      description.put("content", hex(content));
    }
    out.write("session-" + name, bytes, description);
    if (event == SessionMessage.EVT_SESSION_DELTA) {
      ChannelData data = Wire.data(Channel.SEND_OPTIONS_ASYNCHRONOUS, bytes);
      Map<String, Object> frame = Wire.describeData(data);
      frame.put("kind", "frame");
      out.write("frame-session-delta", XByteBuffer.createDataPackage(data), frame);
    }
  }

  /** Every type a web application commonly stores, in a fixed order. */
  static Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("text", "na\u00efve \u20ac \ud83d\ude00 \u0000");
    values.put("count", -7);
    values.put("big", Long.MIN_VALUE);
    values.put("ratio", 0.1);
    values.put("flag", true);
    values.put("when", new Date(1_709_209_800_250L));
    values.put("raw", counting(0x7e, 5));
    values.put("list", new ArrayList<>(List.of(1, "two", false)));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("b", 1L);
    map.put("a", "x");
    values.put("map", map);
    values.put("item", new Item());
    return values;
  }

  /** The two versions' constructors differ by a password. */
  static GenericPrincipal principal() throws ReflectiveOperationException {
    List<String> roles = List.of("author", "reader");
    for (Constructor<?> constructor : GenericPrincipal.class.getConstructors()) {
      Class<?>[] types = constructor.getParameterTypes();
      if (types.length == 2 && types[1] == List.class) {
        return (GenericPrincipal) constructor.newInstance("ada", roles);
      }
      if (types.length == 3 && types[2] == List.class) {
        return (GenericPrincipal) constructor.newInstance("ada", null, roles);
      }
    }
    throw new NoSuchMethodException("GenericPrincipal");
  }

  /** Collects the actions of one delta and their description. */
  private static final class Request {
    final DeltaRequest request = new DeltaRequest(ID, true);
    final Map<String, Object> description = Output.describe("kind", "delta-request",
        "session-id", ID, "record-all-actions", true);
    private int actions;

    Request note(int type, int action, String name, Object value) {
      String prefix = "action." + actions++ + ".";
      description.put(prefix + "type", type);
      description.put(prefix + "action", action);
      description.put(prefix + "name", name);
      description.put(prefix + "value", Json.of(value));
      return this;
    }

    Request set(String name, Object value) {
      request.setAttribute(name, value);
      return note(DeltaRequest.TYPE_ATTRIBUTE, DeltaRequest.ACTION_SET, name, value);
    }

    Request remove(String name) {
      request.removeAttribute(name);
      return note(DeltaRequest.TYPE_ATTRIBUTE, DeltaRequest.ACTION_REMOVE, name, null);
    }

    byte[] write(Output out, String name) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream stream = new ObjectOutputStream(bytes)) {
        request.writeExternal(stream);
      }
      description.put("actions", actions);
      out.write("delta-" + name, bytes.toByteArray(), description);
      return bytes.toByteArray();
    }
  }

  private byte[] writeRequests() throws IOException, ReflectiveOperationException {
    new Request().write(out, "empty");
    for (Map.Entry<String, Object> entry : values().entrySet()) {
      new Request().set(entry.getKey(), entry.getValue()).write(out, "set-" + entry.getKey());
    }
    new Request().remove("count").write(out, "remove");

    Request several = new Request();
    values().forEach(several::set);
    several.remove("count").set("text", "again");
    several.write(out, "several");

    Object shared = new ArrayList<>(List.of("one", "list"));
    new Request().set("first", shared).set("second", shared).write(out, "shared");
    return writeNamedActions();
  }

  private byte[] writeNamedActions() throws IOException, ReflectiveOperationException {
    Request isNew = new Request();
    isNew.request.setNew(false);
    isNew.note(DeltaRequest.TYPE_ISNEW, DeltaRequest.ACTION_SET, DeltaRequest.NAME_ISNEW, false);
    isNew.write(out, "is-new");

    Request interval = new Request();
    interval.request.setMaxInactiveInterval(90);
    interval.note(DeltaRequest.TYPE_MAXINTERVAL, DeltaRequest.ACTION_SET,
        DeltaRequest.NAME_MAXINTERVAL, 90);
    interval.write(out, "max-inactive");

    Request login = new Request();
    login.request.setPrincipal(principal());
    login.note(DeltaRequest.TYPE_PRINCIPAL, DeltaRequest.ACTION_SET, DeltaRequest.NAME_PRINCIPAL,
        Output.describe("name", "ada", "roles", List.of("author", "reader")));
    login.request.setAuthType("BASIC");
    login.note(DeltaRequest.TYPE_AUTHTYPE, DeltaRequest.ACTION_SET, DeltaRequest.NAME_AUTHTYPE,
        "BASIC");
    login.write(out, "login");

    Request logout = new Request();
    logout.request.setPrincipal(null);
    logout.note(DeltaRequest.TYPE_PRINCIPAL, DeltaRequest.ACTION_REMOVE,
        DeltaRequest.NAME_PRINCIPAL, null);
    logout.request.setAuthType(null);
    logout.note(DeltaRequest.TYPE_AUTHTYPE, DeltaRequest.ACTION_REMOVE,
        DeltaRequest.NAME_AUTHTYPE, null);
    logout.write(out, "logout");

    Request notes = new Request();
    notes.request.setNote("note", "kept");
    notes.note(DeltaRequest.TYPE_NOTE, DeltaRequest.ACTION_SET, "note", "kept");
    notes.request.removeNote("old");
    notes.note(DeltaRequest.TYPE_NOTE, DeltaRequest.ACTION_REMOVE, "old", null);
    notes.write(out, "notes");

    Request usual = new Request();
    usual.request.setNew(false);
    usual.note(DeltaRequest.TYPE_ISNEW, DeltaRequest.ACTION_SET, DeltaRequest.NAME_ISNEW, false);
    return usual.set("text", "hello").write(out, "usual");
  }
}
