// SPDX-License-Identifier: Apache-2.0
package labvectors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import labnode.Json;
import org.apache.catalina.Session;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.ha.session.DeltaManager;
import org.apache.catalina.ha.session.DeltaSession;
import org.apache.catalina.session.StandardSession;

/** What one node hands another that asks for all sessions of a context. */
final class State {
  private static final long CREATED = 1_700_000_000_000L;

  private final Output out;
  private final OpenManager manager = new OpenManager();

  State(Output out) {
    this.out = out;
    StandardContext context = new StandardContext();
    context.setName("/shop");
    manager.setContext(context);
  }

  /** Makes the method that writes the stream callable. */
  private static final class OpenManager extends DeltaManager {
    byte[] write(List<DeltaSession> sessions) throws IOException {
      return serializeSessions(sessions.toArray(new Session[0]));
    }
  }

  void writeAll() throws IOException, ReflectiveOperationException {
    write("empty", List.of(), true);
    write("one", List.of(session(1)), true);

    DeltaSession full = session(2);
    Messages.values().forEach((name, value) -> full.setAttribute(name, value, false, false));
    full.setMaxInactiveInterval(90, false);
    DeltaSession login = session(3);
    login.setPrincipal(Messages.principal(), false);
    login.setAuthType("BASIC", false);
    login.setAttribute("text", "hello", false, false);
    write("several", List.of(full, login, session(4)), true);

    DeltaSession broken = session(5);
    broken.setAttribute("before", 1, false, false);
    broken.setAttribute("broken", new ArrayList<>(List.of(new Object())), false, false);
    broken.setAttribute("later", "still here", false, false);
    // The exception in the stream names lines of the JDK's source.
    write("exception", List.of(broken), false);
  }

  DeltaSession session(int number) throws ReflectiveOperationException {
    DeltaSession session = new DeltaSession(manager);
    session.setValid(true);
    session.setId(String.format("%032X.node1", number), false);
    session.setCreationTime(CREATED);
    session.setNew(number % 2 == 1, false);
    session.setMaxInactiveInterval(1800, false);
    setTime(StandardSession.class, session, "lastAccessedTime", CREATED + 1000 * number);
    setTime(StandardSession.class, session, "thisAccessedTime", CREATED + 2000 * number);
    setTime(DeltaSession.class, session, "version", number);
    setTime(DeltaSession.class, session, "lastTimeReplicated", CREATED + 3000 * number);
    return session;
  }

  private static void setTime(Class<?> type, Object session, String name, long value)
      throws ReflectiveOperationException {
    var field = type.getDeclaredField(name);
    field.setAccessible(true);
    field.setLong(session, value);
  }

  private void write(String name, List<DeltaSession> sessions, boolean deterministic)
      throws IOException {
    Map<String, Object> description = Output.describe("kind", "session-state",
        "deterministic", deterministic, "sessions", sessions.size());
    byte[] bytes = manager.write(sessions);
    for (int i = 0; i < sessions.size(); i++) {
      describe(description, "session." + i + ".", sessions.get(i));
    }
    out.write("state-" + name, bytes, description);
  }

  private static void describe(Map<String, Object> description, String prefix,
      DeltaSession session) {
    description.put(prefix + "id", session.getIdInternal());
    description.put(prefix + "creation-time", session.getCreationTimeInternal());
    description.put(prefix + "last-accessed-time", session.getLastAccessedTimeInternal());
    description.put(prefix + "this-accessed-time", session.getThisAccessedTimeInternal());
    description.put(prefix + "max-inactive-interval", session.getMaxInactiveInterval());
    description.put(prefix + "is-new", session.isNew());
    description.put(prefix + "version", session.getVersion());
    description.put(prefix + "last-time-replicated", session.getLastTimeReplicated());
    var principal = session.getPrincipal();
    description.put(prefix + "principal", principal == null ? "" : principal.getName());
    Map<String, Object> attributes = new TreeMap<>();
    for (String name : java.util.Collections.list(session.getAttributeNames())) {
      if (!name.equals("broken")) {
        attributes.put(name, session.getAttribute(name));
      }
    }
    description.put(prefix + "attributes", Json.of(attributes));
  }
}
