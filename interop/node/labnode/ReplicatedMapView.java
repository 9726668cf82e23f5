// SPDX-License-Identifier: Apache-2.0
package labnode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.catalina.Session;
import org.apache.catalina.authenticator.SingleSignOnEntry;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.tipis.AbstractReplicatedMap;
import org.apache.catalina.tribes.tipis.AbstractReplicatedMap.MapEntry;

/**
 * What a replicated map holds, as JSON: its entries with their roles, and the members it knows.
 *
 * <p>Reads the inner map only: the public get() of a replicated map takes an entry over.
 */
final class ReplicatedMapView {
  private ReplicatedMapView() {}

  static Map<String, Object> of(AbstractReplicatedMap<?, ?> map, Member local) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("self", name(local));
    view.put("state", field(map, "state").toString());
    view.put("stateTransferred", map.isStateTransferred());
    view.put("members", names(map.getMapMembers()));
    Map<String, Object> entries = new TreeMap<>();
    for (MapEntry<?, ?> entry
        : ((ConcurrentMap<?, MapEntry<?, ?>>) field(map, "innerMap")).values()) {
      entries.put(entry.getKey().toString(), describe(entry));
    }
    view.put("entries", entries);
    return view;
  }

  private static Map<String, Object> describe(MapEntry<?, ?> entry) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("role", entry.isProxy() ? "proxy" : entry.isBackup() ? "backup"
        : entry.isCopy() ? "copy" : "primary");
    view.put("primary", entry.getPrimary() == null ? null : name(entry.getPrimary()));
    view.put("backups", entry.getBackupNodes() == null ? List.of() : names(entry.getBackupNodes()));
    // What a proxy has is left over from when it was something else.
    view.put("value", entry.isProxy() ? null : value(entry.getValue()));
    return view;
  }

  private static Object value(Object value) {
    if (value instanceof Session session) {
      return InsideView.describe(session);
    }
    if (value instanceof SingleSignOnEntry entry) {
      // Not the password.
      Map<String, Object> view = new LinkedHashMap<>();
      view.put("authType", entry.getAuthType());
      view.put("username", entry.getUsername());
      view.put("canReauthenticate", entry.getCanReauthenticate());
      view.put("principal", entry.getPrincipal() == null ? null : entry.getPrincipal().getName());
      view.put("sessions", new ArrayList<>(entry.findSessions()));
      return view;
    }
    return value;
  }

  /** Address and unique id: a member that has come back may have another one. */
  private static String name(Member member) {
    Map<String, Object> described = InsideView.describe(member);
    return described.get("port") + "/" + described.get("uniqueId");
  }

  private static List<Object> names(Member[] members) {
    List<Object> names = new ArrayList<>();
    for (Member member : members) {
      names.add(name(member));
    }
    return names;
  }

  private static Object field(Object map, String name) {
    return InsideView.field(AbstractReplicatedMap.class, map, name);
  }
}
