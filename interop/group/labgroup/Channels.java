// SPDX-License-Identifier: Apache-2.0
package labgroup;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import labnode.Json;
import org.apache.catalina.tribes.ByteMessage;
import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.ChannelException;
import org.apache.catalina.tribes.ChannelInterceptor;
import org.apache.catalina.tribes.ChannelListener;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.MembershipListener;
import org.apache.catalina.tribes.group.ChannelInterceptorBase;
import org.apache.catalina.tribes.group.GroupChannel;
import org.apache.catalina.tribes.membership.McastService;
import org.apache.catalina.tribes.transport.MultiPointSender;
import org.apache.catalina.tribes.transport.ReceiverBase;
import org.apache.catalina.tribes.transport.ReplicationTransmitter;

/**
 * Tomcat's own channels without a Tomcat, several in one process: one JSON object a line answers
 * each line of standard input, whose end ends the process.
 *
 * <p>A message is random in length and says how it is to be checked: its number, whether whoever
 * gets it is to fail, and a byte that all the rest of it is made of.
 */
public final class Channels {
  private static final int HEAD = 6;
  private static final String INTERCEPTORS = "org.apache.catalina.tribes.group.interceptors.";

  private final List<One> channels = new ArrayList<>();

  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err);
    Channels self = new Channels();
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
    String question;
    while ((question = questions.readLine()) != null) {
      answers.println(Json.of(self.answer(question.split(" "))));
    }
    Runtime.getRuntime().halt(0);
  }

  private Object answer(String[] words) {
    try {
      if (words[0].equals("new")) {
        channels.add(new One(words));
        return channels.size() - 1;
      }
      if (words[0].equals("option-flags")) {
        return new Flags().conflicts(words);
      }
      One one = channels.get(Integer.parseInt(words[1]));
      return switch (words[0]) {
        case "start" -> one.start(Integer.parseInt(words[2]));
        case "stop" -> one.stop(Integer.parseInt(words[2]));
        case "keep-alive" -> one.keepAlive(Integer.parseInt(words[2]), Long.parseLong(words[3]));
        case "members" -> one.members();
        case "told" -> one.told();
        case "received" -> one.received();
        case "send" -> one.send(Integer.parseInt(words[2]), Integer.parseInt(words[3]),
            Integer.parseInt(words[4]), Integer.parseInt(words[5]));
        default -> Map.of("error", "unknown question " + words[0]);
      };
    } catch (Exception e) {
      return Map.of("error", e.toString());
    }
  }

  /** A channel of interceptors that do nothing and have flags. */
  private static final class Flags extends GroupChannel {
    private static final Pattern CONFLICT =
        Pattern.compile("\\[[\\w.$]+:(-?\\d+) == [\\w.$]+:(-?\\d+)\\]");

    /** "option-flags FLAG..."; the pairs of flags that are a conflict, in the order of their report. */
    List<Object> conflicts(String[] words) {
      for (int i = 1; i < words.length; i++) {
        ChannelInterceptorBase interceptor = new ChannelInterceptorBase() {};
        interceptor.setOptionFlag(Integer.parseInt(words[i]));
        addInterceptor(interceptor);
      }
      List<Object> pairs = new ArrayList<>();
      try {
        checkOptionFlags();
      } catch (ChannelException e) {
        Matcher matcher = CONFLICT.matcher(e.getMessage());
        while (matcher.find()) {
          pairs.add(List.of(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))));
        }
      }
      return pairs;
    }
  }

  /** One channel, and what came of it. */
  private static final class One implements ChannelListener, MembershipListener {
    private final GroupChannel channel = new GroupChannel();
    private final List<Object> present = new ArrayList<>();
    private int whole;
    private int torn;
    private int failed;

    /** "new PORT GROUP GROUP-PORT PAYLOAD INTERCEPTOR..."; no multicast with the port 0. */
    One(String[] words) throws ReflectiveOperationException {
      ReceiverBase receiver = (ReceiverBase) channel.getChannelReceiver();
      receiver.setAddress("127.0.0.1");
      receiver.setPort(Integer.parseInt(words[1]));
      receiver.setAutoBind(0);
      McastService service = (McastService) channel.getMembershipService();
      service.setAddress(words[2]);
      service.setPort(Integer.parseInt(words[3]));
      service.setBind("127.0.0.1");
      service.setFrequency(100);
      service.setDropTime(1000);
      service.setPayload(words[4].getBytes(StandardCharsets.US_ASCII));
      for (int i = 5; i < words.length; i++) {
        channel.addInterceptor((ChannelInterceptor) Class.forName(INTERCEPTORS + words[i])
            .getDeclaredConstructor().newInstance());
      }
      channel.addChannelListener(this);
      channel.addMembershipListener(this);
    }

    Object start(int services) {
      try {
        channel.start(services);
        return true;
      } catch (ChannelException e) {
        return false;
      }
    }

    Object stop(int services) {
      try {
        channel.stop(services);
        return true;
      } catch (ChannelException e) {
        return false;
      }
    }

    Object keepAlive(int count, long time) {
      MultiPointSender transport =
          ((ReplicationTransmitter) channel.getChannelSender()).getTransport();
      transport.setKeepAliveCount(count);
      transport.setKeepAliveTime(time);
      return true;
    }

    Object members() {
      List<Object> ports = new ArrayList<>();
      for (Member member : channel.getMembers()) {
        ports.add(member.getPort());
      }
      return ports;
    }

    /** Who is there by what the listener was told, with the payload. */
    Object told() {
      synchronized (present) {
        return new ArrayList<>(present);
      }
    }

    synchronized Object received() {
      Map<String, Object> counts = new LinkedHashMap<>();
      counts.put("whole", whole);
      counts.put("torn", torn);
      counts.put("failed", failed);
      return counts;
    }

    /** Messages to all members, of which one of so many is to fail; the numbers of those that did. */
    Object send(int count, int options, int size, int every) {
      Random random = new Random(count);
      List<Object> errors = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        byte[] bytes = new byte[HEAD + random.nextInt(size)];
        byte key = (byte) random.nextInt(256);
        Arrays.fill(bytes, key);
        ByteBuffer.wrap(bytes).putInt(i).put((byte) (every > 0 && i % every == 0 ? 1 : 0)).put(key);
        try {
          channel.send(channel.getMembers(), new ByteMessage(bytes), options);
        } catch (ChannelException e) {
          errors.add(i);
        }
      }
      return errors;
    }

    @Override
    public boolean accept(Serializable message, Member sender) {
      return message instanceof ByteMessage;
    }

    @Override
    public synchronized void messageReceived(Serializable message, Member sender) {
      byte[] bytes = ((ByteMessage) message).getMessage();
      boolean intact = bytes.length >= HEAD;
      for (int i = HEAD; intact && i < bytes.length; i++) {
        intact = bytes[i] == bytes[HEAD - 1];
      }
      if (!intact) {
        torn++;
      } else if (bytes[HEAD - 2] != 0) {
        failed++;
        throw new IllegalArgumentException("as the message demands");
      } else {
        whole++;
      }
    }

    private static String describe(Member member) {
      return member.getPort() + " " + new String(member.getPayload(), StandardCharsets.US_ASCII);
    }

    @Override
    public void memberAdded(Member member) {
      synchronized (present) {
        present.add(describe(member));
      }
    }

    @Override
    public void memberDisappeared(Member member) {
      synchronized (present) {
        present.remove(describe(member));
      }
    }
  }
}
