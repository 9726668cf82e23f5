// SPDX-License-Identifier: Apache-2.0
package labconfig;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.apache.catalina.LifecycleListener;
import org.apache.catalina.Valve;
import org.apache.catalina.ha.ClusterListener;
import org.apache.catalina.ha.ClusterManager;
import org.apache.catalina.ha.tcp.SimpleTcpCluster;
import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.ChannelInterceptor;
import org.apache.catalina.tribes.group.GroupChannel;
import org.apache.catalina.tribes.transport.ReplicationTransmitter;

/** The objects of a cluster as elements with attributes, in the order of their classes' lists. */
final class Tree {
  private Tree() {}

  static Map<String, Object> of(SimpleTcpCluster cluster) throws ReflectiveOperationException {
    List<Object> children = new ArrayList<>();
    children.add(manager(cluster.getManagerTemplate()));
    children.add(channel(cluster.getChannel()));
    for (Valve valve : cluster.getValves()) {
      children.add(node("Valve", valve));
    }
    if (cluster.getClusterDeployer() != null) {
      children.add(node("Deployer", cluster.getClusterDeployer()));
    }
    for (ClusterListener listener : cluster.findClusterListeners()) {
      children.add(node("ClusterListener", listener));
    }
    for (LifecycleListener listener : cluster.findLifecycleListeners()) {
      children.add(node("Listener", listener));
    }
    return node("Cluster", cluster, children);
  }

  private static Map<String, Object> manager(ClusterManager manager) {
    List<Object> children = new ArrayList<>();
    // Without one in the file it is made when the manager starts.
    if (manager.getSessionIdGenerator() != null) {
      children.add(node("SessionIdGenerator", manager.getSessionIdGenerator()));
    }
    return node("Manager", manager, children);
  }

  private static Map<String, Object> channel(Channel channel) throws ReflectiveOperationException {
    List<Object> children = new ArrayList<>();
    if (channel instanceof GroupChannel group) {
      children.add(withMembers("Membership", group.getMembershipService()));
      children.add(node("Receiver", group.getChannelReceiver()));
      children.add(sender(group.getChannelSender()));
      for (Iterator<ChannelInterceptor> i = group.getInterceptors(); i.hasNext();) {
        children.add(withMembers("Interceptor", i.next()));
      }
    }
    return node("Channel", channel, children);
  }

  private static Map<String, Object> sender(Object sender) {
    List<Object> children = new ArrayList<>();
    if (sender instanceof ReplicationTransmitter transmitter) {
      children.add(node("Transport", transmitter.getTransport()));
    }
    return node("Sender", sender, children);
  }

  private static Map<String, Object> withMembers(String element, Object holder)
      throws ReflectiveOperationException {
    List<Object> children = new ArrayList<>();
    if (Beans.hidden(holder, "localMember") != null) {
      children.add(node("LocalMember", Beans.hidden(holder, "localMember")));
    }
    for (Object member : staticMembers(holder)) {
      children.add(node("Member", member));
    }
    return node(element, holder, children);
  }

  /** The listed members of an interceptor or a membership service. */
  static Collection<?> staticMembers(Object holder) throws ReflectiveOperationException {
    boolean interceptor = holder.getClass().getSimpleName().equals("StaticMembershipInterceptor");
    Object members = Beans.hidden(holder, interceptor ? "members" : "staticMembers");
    return members instanceof Collection<?> collection ? collection : List.of();
  }

  private static Map<String, Object> node(String element, Object bean) {
    return node(element, bean, List.of());
  }

  private static Map<String, Object> node(String element, Object bean, List<Object> children) {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("element", element);
    node.put("class", bean.getClass().getName());
    node.put("attributes", Beans.properties(bean));
    node.put("children", children);
    return node;
  }
}
