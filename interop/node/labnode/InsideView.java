// SPDX-License-Identifier: Apache-2.0
package labnode;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.catalina.Container;
import org.apache.catalina.Context;
import org.apache.catalina.Manager;
import org.apache.catalina.Server;
import org.apache.catalina.Service;
import org.apache.catalina.Session;
import org.apache.catalina.ha.CatalinaCluster;
import org.apache.catalina.ha.session.DeltaSession;
import org.apache.catalina.realm.GenericPrincipal;
import org.apache.catalina.session.StandardSession;
import org.apache.catalina.tribes.ChannelInterceptor;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.group.GroupChannel;
import org.apache.catalina.tribes.tipis.AbstractReplicatedMap;

/**
 * What a node itself holds: its sessions and members, as JSON.
 *
 * <p>Reads fields and internal getters only. The public getters of a session count as an access or
 * expire it, and a request would be replicated; neither may happen because somebody looked.
 */
final class InsideView {
  private final Server server;

  InsideView(Server server) {
    this.server = server;
  }

  /** Context name (as the cluster knows it) to session id to session. */
  Map<String, Object> contexts() {
    Map<String, Object> contexts = new TreeMap<>();
    for (Container host : hosts()) {
      for (Container child : host.findChildren()) {
        Manager manager = ((Context) child).getManager();
        if (manager != null) {
          contexts.put(clusterName(host, (Context) child, manager), sessions(manager));
        }
      }
    }
    return contexts;
  }

  /** Context name to what its manager counts: the name of a getter without "get" to the number. */
  Map<String, Object> counters() {
    Map<String, Object> contexts = new TreeMap<>();
    for (Container host : hosts()) {
      for (Container child : host.findChildren()) {
        Manager manager = ((Context) child).getManager();
        if (manager != null) {
          contexts.put(clusterName(host, (Context) child, manager), counters(manager));
        }
      }
    }
    return contexts;
  }

  private static Map<String, Object> counters(Manager manager) {
    Map<String, Object> counters = new TreeMap<>();
    for (Method getter : manager.getClass().getMethods()) {
      String name = getter.getName();
      if (getter.getParameterCount() == 0
          && (name.startsWith("getCounter") || name.equals("getActiveSessions"))) {
        try {
          counters.put(name.substring("get".length()), getter.invoke(manager));
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    return counters;
  }

  Context firstContext() {
    return (Context) hosts().get(0).findChildren()[0];
  }

  /** Removes a web application, as the manager application does; whether there was one. */
  boolean undeploy(String path) {
    for (Container host : hosts()) {
      Container context = host.findChild(path);
      if (context != null) {
        host.removeChild(context);
        return true;
      }
    }
    return false;
  }

  /** The other members, in the order the channel lists them. */
  List<Object> members() {
    List<Object> members = new ArrayList<>();
    CatalinaCluster cluster = cluster();
    if (cluster != null) {
      for (Member member : cluster.getMembers()) {
        members.add(describe(member));
      }
    }
    return members;
  }

  /** Who leads, as the channel's interceptor for that says: the port of its receiver; null without one. */
  Object coordinator() {
    CatalinaCluster cluster = cluster();
    if (cluster == null) {
      return null;
    }
    Iterator<ChannelInterceptor> chain = ((GroupChannel) cluster.getChannel()).getInterceptors();
    while (chain.hasNext()) {
      ChannelInterceptor interceptor = chain.next();
      try {
        Member member =
            (Member) interceptor.getClass().getMethod("getCoordinator").invoke(interceptor);
        return member == null ? null : member.getPort();
      } catch (NoSuchMethodException e) {
        continue;
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    return null;
  }

  Map<String, Object> localMember() {
    CatalinaCluster cluster = cluster();
    return cluster == null ? null : describe(cluster.getLocalMember());
  }

  /** Map name to what it holds, of every replicated map: sessions, single sign-on, attributes. */
  Map<String, Object> maps() {
    Map<String, Object> maps = new TreeMap<>();
    CatalinaCluster cluster = cluster();
    if (cluster != null) {
      for (Object listener : (List<?>) field(GroupChannel.class, cluster.getChannel(),
          "channelListeners")) {
        if (listener instanceof AbstractReplicatedMap<?, ?> map) {
          maps.put((String) field(AbstractReplicatedMap.class, map, "mapname"),
              ReplicatedMapView.of(map, cluster.getLocalMember()));
        }
      }
    }
    return maps;
  }

  private List<Container> hosts() {
    List<Container> hosts = new ArrayList<>();
    for (Service service : server.findServices()) {
      hosts.addAll(List.of(service.getContainer().findChildren()));
    }
    return hosts;
  }

  private CatalinaCluster cluster() {
    for (Container host : hosts()) {
      if (((org.apache.catalina.Host) host).getCluster() instanceof CatalinaCluster cluster) {
        return cluster;
      }
    }
    return null;
  }

  private String clusterName(Container host, Context context, Manager manager) {
    CatalinaCluster cluster = cluster();
    return cluster == null ? context.getName() : cluster.getManagerName(context.getName(), manager);
  }

  private static Map<String, Object> sessions(Manager manager) {
    Map<String, Object> sessions = new TreeMap<>();
    for (Session session : manager.findSessions()) {
      sessions.put(session.getIdInternal(), describe(session));
    }
    return sessions;
  }

  static Map<String, Object> describe(Session session) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("creationTime", session.getCreationTimeInternal());
    view.put("lastAccessedTime", session.getLastAccessedTimeInternal());
    view.put("thisAccessedTime", session.getThisAccessedTimeInternal());
    view.put("maxInactiveInterval", session.getMaxInactiveInterval());
    view.put("isNew", field(session, "isNew"));
    view.put("isValid", field(session, "isValid"));
    if (session instanceof DeltaSession delta) {
      view.put("primary", delta.isPrimarySession());
    }
    view.put("authType", session.getAuthType());
    Principal principal = session.getPrincipal();
    view.put("principal", principal == null ? null : principal.getName());
    view.put("roles", principal instanceof GenericPrincipal p ? List.of(p.getRoles()) : List.of());
    view.put("notes", new ArrayList<>(((Map<?, ?>) field(session, "notes")).keySet()));
    view.put("attributes", attributes(session));
    return view;
  }

  private static Map<String, Object> attributes(Session session) {
    Map<String, Object> attributes = new TreeMap<>();
    ((Map<?, ?>) field(session, "attributes")).forEach((name, value) -> {
      Map<String, Object> typed = new LinkedHashMap<>();
      typed.put("class", value.getClass().getName());
      typed.put("value", value);
      attributes.put((String) name, typed);
    });
    return attributes;
  }

  private static Object field(Session session, String name) {
    return field(StandardSession.class, session, name);
  }

  static Object field(Class<?> type, Object owner, String name) {
    try {
      Field field = type.getDeclaredField(name);
      return Json.read(field, owner);
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }

  static Map<String, Object> describe(Member member) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", member.getName());
    view.put("port", member.getPort());
    StringBuilder id = new StringBuilder();
    for (byte b : member.getUniqueId()) {
      id.append(String.format("%02x", b));
    }
    view.put("uniqueId", id.toString());
    view.put("domain", new String(member.getDomain(), java.nio.charset.StandardCharsets.ISO_8859_1));
    return view;
  }
}
