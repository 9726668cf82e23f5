// SPDX-License-Identifier: Apache-2.0
package labvectors;

import static labvectors.Output.counting;
import static labvectors.Output.hex;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.ChannelException;
import org.apache.catalina.tribes.ChannelMessage;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.UniqueId;
import org.apache.catalina.tribes.group.ChannelInterceptorBase;
import org.apache.catalina.tribes.group.InterceptorPayload;
import org.apache.catalina.tribes.group.interceptors.FragmentationInterceptor;
import org.apache.catalina.tribes.group.interceptors.NonBlockingCoordinator;
import org.apache.catalina.tribes.group.interceptors.OrderInterceptor;
import org.apache.catalina.tribes.group.interceptors.TwoPhaseCommitInterceptor;
import org.apache.catalina.tribes.io.ChannelData;
import org.apache.catalina.tribes.io.XByteBuffer;
import org.apache.catalina.tribes.membership.MemberImpl;

/** What interceptors send of their own, and what they put behind the messages of others. */
final class Interceptors {
  private static final byte[] ID = counting(0x60, 16);
  /** Longer than the buffer that the coordinator's message starts with, 4096 bytes. */
  private static final int MANY = 100;

  private final Output out;

  Interceptors(Output out) {
    this.out = out;
  }

  /** Below the one that is looked at. */
  private static final class Last extends ChannelInterceptorBase {
    private final List<byte[]> sent = new ArrayList<>();

    @Override
    public void sendMessage(Member[] to, ChannelMessage message, InterceptorPayload payload) {
      sent.add(message.getMessage().getBytes());
    }
  }

  /** Lends what Tomcat shows to subclasses only. */
  private static final class Types extends NonBlockingCoordinator {
    private static final byte[] REQUEST = COORD_REQUEST;
    private static final byte[] CONFIRMATION = COORD_CONF;
    private static final byte[] ALIVE = COORD_ALIVE;
  }

  void writeAll() throws IOException, ChannelException {
    writeTwoPhase();
    writeOrders();
    writeFragments();
    writeCoordination("request", members(1), Types.REQUEST);
    writeCoordination("confirmation", members(3), Types.CONFIRMATION);
    writeCoordination("request-long", members(MANY), Types.REQUEST);
    writeCoordination("confirmation-long", members(MANY), Types.CONFIRMATION);
    out.write("coordination-alive", Types.ALIVE, Output.describe("kind", "coordination-alive"));
  }

  private static byte[] plain() throws IOException {
    return XByteBuffer.serialize("The quick brown fox jumps over the lazy dog.");
  }

  private static ChannelData message() throws IOException {
    return Wire.data(Channel.SEND_OPTIONS_ASYNCHRONOUS, plain());
  }

  private static Member[] somebody() throws IOException {
    return new Member[] {Wire.member("127.0.0.1", 4001)};
  }

  private void writeTwoPhase() throws IOException, ChannelException {
    TwoPhaseCommitInterceptor two = new TwoPhaseCommitInterceptor();
    Last last = new Last();
    two.setNext(last);
    ChannelData message = message();
    two.sendMessage(somebody(), message, null);
    out.write("two-phase-commit", last.sent.get(1), Output.describe("kind", "two-phase-commit",
        "unique-id", hex(message.getUniqueId())));
  }

  /** The first ones, and one whose number has two bytes. */
  private void writeOrders() throws IOException, ChannelException {
    OrderInterceptor order = new OrderInterceptor();
    Last last = new Last();
    order.setNext(last);
    while (last.sent.size() < 300) {
      order.sendMessage(somebody(), message(), null);
    }
    for (int number : new int[] {1, 2, 300}) {
      out.write("wrapped-order-" + number, last.sent.get(number - 1), Output.describe("kind", "order",
          "number", number, "payload", hex(plain())));
    }
  }

  private void writeFragments() throws IOException, ChannelException {
    byte[] plain = plain();
    FragmentationInterceptor fragmentation = new FragmentationInterceptor();
    Last last = new Last();
    fragmentation.setNext(last);
    fragmentation.setMaxSize(plain.length);
    fragmentation.sendMessage(somebody(), message(), null);
    out.write("wrapped-fragment-whole", last.sent.get(0), Output.describe("kind", "fragment",
        "max-size", plain.length, "is-piece", false, "payload", hex(plain)));
    last.sent.clear();
    fragmentation.setMaxSize(20);
    fragmentation.sendMessage(somebody(), message(), null);
    for (int i = 0; i < last.sent.size(); i++) {
      out.write("wrapped-fragment-" + i, last.sent.get(i), Output.describe("kind", "fragment",
          "max-size", 20, "is-piece", true, "number", i, "count", last.sent.size(),
          "payload", hex(plain)));
    }
  }

  private static MemberImpl[] members(int n) throws IOException {
    MemberImpl[] members = new MemberImpl[n];
    for (int i = 0; i < n; i++) {
      members[i] = Wire.settle(Wire.member("10.1.0." + i, 4000 + i));
    }
    return members;
  }

  private void writeCoordination(String name, MemberImpl[] view, byte[] type) throws IOException {
    MemberImpl leader = view[0];
    MemberImpl source = Wire.member("192.0.2.9", 4100);
    source.setDomain("east".getBytes(StandardCharsets.US_ASCII));
    source.setPayload(counting(0, 30));
    Wire.settle(source);
    var message = new NonBlockingCoordinator.CoordinationMessage(leader, source, view,
        new UniqueId(ID, 0, ID.length), type);
    Map<String, Object> description = Output.describe("kind", "coordination", "id", hex(ID),
        "is-confirmation", type == Types.CONFIRMATION);
    Wire.describeMember(description, "leader-", leader);
    Wire.describeMember(description, "source-", source);
    StringJoiner places = new StringJoiner(",");
    for (MemberImpl member : view) {
      places.add(member.getHostname() + ":" + member.getPort());
    }
    description.put("view", places);
    out.write("coordination-" + name, message.getBuffer().getBytes(), description);
  }
}
