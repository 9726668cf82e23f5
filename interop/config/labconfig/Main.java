// SPDX-License-Identifier: Apache-2.0
package labconfig;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import labnode.Json;
import org.apache.catalina.Cluster;
import org.apache.catalina.Container;
import org.apache.catalina.Engine;
import org.apache.catalina.Service;
import org.apache.catalina.ha.tcp.SimpleTcpCluster;
import org.apache.catalina.startup.Catalina;
import org.apache.catalina.tribes.ChannelException;
import org.apache.catalina.tribes.ChannelInterceptor;
import org.apache.catalina.tribes.group.GroupChannel;
import org.apache.catalina.tribes.membership.McastService;
import org.apache.catalina.tribes.membership.StaticMember;
import org.apache.catalina.tribes.membership.cloud.CloudMembershipService;
import org.apache.catalina.tribes.transport.ReceiverBase;
import org.apache.tomcat.util.digester.Digester;
import org.xml.sax.SAXException;

/**
 * Asks a Tomcat what it makes of server.xml files: whether it can read them, what it logs, which
 * objects it has afterwards with which values, and whether the channel starts.
 *
 * <p>Arguments: a folder for catalina.base, {@code name=value} properties, files. Prints one JSON
 * object a line and file.
 */
public final class Main {
  private static final List<String> log = new ArrayList<>();

  private Main() {}

  /** Opens what Tomcat uses itself but does not make public. */
  private static final class Reader extends Catalina {
    Digester digester() {
      return createStartDigester();
    }
  }

  private static final class Collector extends Handler {
    @Override
    public void publish(LogRecord record) {
      if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
        synchronized (log) {
          log.add(record.getMessage());
        }
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ENGLISH);
    System.setProperty("java.net.preferIPv4Stack", "true");
    System.setProperty("catalina.home", arguments[0]);
    System.setProperty("catalina.base", arguments[0]);
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    root.addHandler(new Collector());
    for (int i = 1; i < arguments.length; i++) {
      int equals = arguments[i].indexOf('=');
      if (equals > 0) {
        System.setProperty(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
      } else {
        System.out.println(Json.of(ask(new File(arguments[i]))));
      }
    }
    System.out.flush();
    // Threads of a channel that failed half way must not keep the program alive.
    Runtime.getRuntime().halt(0);
  }

  private static Map<String, Object> ask(File file) throws ReflectiveOperationException {
    Map<String, Object> answer = new LinkedHashMap<>();
    log.clear();
    answer.put("file", file.getName());
    Reader reader = new Reader();
    try {
      Digester digester = reader.digester();
      digester.push(reader);
      digester.parse(file);
    } catch (IOException | SAXException e) {
      answer.put("unreadable", String.valueOf(e.getMessage()));
      answer.put("log", copyOfLog());
      return answer;
    }
    answer.put("log", copyOfLog());
    SimpleTcpCluster cluster = find(reader);
    if (cluster != null) {
      Beans.call(cluster, "checkDefaults");
      Beans.call(cluster.getChannel(), "setupDefaultStack");
      answer.put("cluster", Tree.of(cluster));
      log.clear();
      answer.put("start", start(cluster));
      answer.put("startLog", copyOfLog());
    }
    return answer;
  }

  private static List<String> copyOfLog() {
    synchronized (log) {
      return new ArrayList<>(log);
    }
  }

  private static SimpleTcpCluster find(Catalina reader) {
    for (Service service : reader.getServer().findServices()) {
      Engine engine = service.getContainer();
      if (engine.getCluster() instanceof SimpleTcpCluster cluster) {
        return cluster;
      }
      for (Container host : engine.findChildren()) {
        Cluster cluster = host.getCluster();
        if (cluster instanceof SimpleTcpCluster own) {
          return own;
        }
      }
    }
    return null;
  }

  /** Starts and stops the channel on loopback; null if it started, or why it did not. */
  private static Object start(SimpleTcpCluster cluster) throws ReflectiveOperationException {
    GroupChannel channel = (GroupChannel) cluster.getChannel();
    String membership = channel.getMembershipService().getClass().getSimpleName();
    if (membership.equals("StaticMembershipService")
        || channel.getMembershipService() instanceof CloudMembershipService cloud
            && isProvider(cloud.getMembershipProviderClassName())) {
      return "not tried";
    }
    stayAtHome(channel);
    ScheduledExecutorService executor = Executors.newScheduledThreadPool(1);
    channel.setUtilityExecutor(executor);
    int options = cluster.getChannelStartOptions();
    String failure = null;
    try {
      channel.start(options);
    } catch (ChannelException | RuntimeException e) {
      failure = String.valueOf(e.getMessage());
    }
    stop(channel, options);
    executor.shutdownNow();
    return failure;
  }

  /** Whether it would go and ask a cloud. */
  private static boolean isProvider(String name) {
    return name == null || name.contains(".") || name.equals("kubernetes") || name.equals("dns");
  }

  private static void stop(GroupChannel channel, int options) {
    try {
      channel.stop(options);
    } catch (ChannelException | RuntimeException e) {
      log.add("stop: " + e.getMessage());
    }
  }

  private static boolean isAnyAddress(String bind) {
    return bind != null && bind.equals("0.0.0.0");
  }

  /** Ports of the kernel's choice, nothing beyond loopback, no waiting for nobody. */
  private static void stayAtHome(GroupChannel channel) throws ReflectiveOperationException {
    if (channel.getChannelReceiver() instanceof ReceiverBase receiver) {
      // What is no address at all stays what it is, and stops the start.
      if (!receiver.getAddress().matches(".*[\\[ ].*|AUTO|.*\\.256")) {
        receiver.setAddress("127.0.0.1");
        receiver.setBind(InetAddress.getLoopbackAddress());
      }
      if (receiver.getPort() >= 0 && receiver.getPort() <= 65535) {
        receiver.setPort(0);
      }
      receiver.setUdpPort(-1);
    }
    if (channel.getMembershipService() instanceof McastService multicast) {
      if (!isAnyAddress(multicast.getBind())) {
        multicast.setBind("127.0.0.1");
      }
      if (multicast.getTtl() <= 255) {
        multicast.setTtl(0);
      }
      if (multicast.getFrequency() >= 0) {
        multicast.setFrequency(10);
      }
    }
    for (Iterator<ChannelInterceptor> i = channel.getInterceptors(); i.hasNext();) {
      for (Object member : Tree.staticMembers(i.next())) {
        ((StaticMember) member).setHost("127.0.0.1");
        ((StaticMember) member).setPort(9);
      }
    }
  }
}
