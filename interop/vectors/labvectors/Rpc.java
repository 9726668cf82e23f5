// SPDX-License-Identifier: Apache-2.0
package labvectors;

import static labvectors.Output.counting;
import static labvectors.Output.hex;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.group.RpcMessage;
import org.apache.catalina.tribes.io.XByteBuffer;
import org.apache.catalina.tribes.membership.StaticMember;
import org.apache.catalina.tribes.membership.StaticMembershipProvider.MemberMessage;

/** Questions of an RPC channel, and the answer of a member that has no such channel. */
final class Rpc {
  private static final byte[] UUID = counting(0x40, 16);
  private static final byte[] ID = "localhost#/shop-map".getBytes(StandardCharsets.ISO_8859_1);
  /** Longer than a block of data in a stream. */
  private static final byte[] LONG_ID = counting(0, 1500);

  private static final byte[] MEMBERSHIP =
      "Catalina-Channel-StaticMembership".getBytes(StandardCharsets.ISO_8859_1);
  /** Of a member package, what stands in front of the time it is alive. */
  private static final byte[] PACKAGE = "TRIBES-B".getBytes(StandardCharsets.ISO_8859_1);
  private static final int ALIVE = 14;

  private final Output out;

  Rpc(Output out) {
    this.out = out;
  }

  void writeAll() throws IOException, ReflectiveOperationException {
    write("question", false, ID, new RpcMessage(ID, UUID, "anybody there?"));
    write("question-long", false, LONG_ID, new RpcMessage(LONG_ID, UUID, null));
    RpcMessage reply = new RpcMessage(ID, UUID, "somebody");
    var field = RpcMessage.class.getDeclaredField("reply");
    field.setAccessible(true);
    field.set(reply, true);
    write("reply", true, ID, reply);
    write("question-list", false, ID,
        new RpcMessage(ID, UUID, new ArrayList<>(List.of("one", 2, "one"))));
    writeMembers();
    write("no-channel", true, ID, new RpcMessage.NoRpcChannelReply(ID, UUID));
    write("no-channel-long", true, LONG_ID, new RpcMessage.NoRpcChannelReply(LONG_ID, UUID));
  }

  /** What the members of a StaticMembershipService ask and tell each other. */
  private void writeMembers() throws IOException, ReflectiveOperationException {
    StaticMember member = new StaticMember("10.1.2.3", 4000, 0);
    member.setUniqueId(counting(0x10, 16));
    member.setDomain("east");
    member.setSecurePort(8443);
    MemberMessage start = new MemberMessage(MEMBERSHIP, MemberMessage.MSG_START, member);
    writeMember("rpc-question-member", false, new RpcMessage(MEMBERSHIP, UUID, start));
    RpcMessage reply = new RpcMessage(MEMBERSHIP, UUID,
        new MemberMessage(MEMBERSHIP, MemberMessage.MSG_PING, member));
    var field = RpcMessage.class.getDeclaredField("reply");
    field.setAccessible(true);
    field.set(reply, true);
    writeMember("rpc-reply-member", true, reply);
    member.setCommand(Member.SHUTDOWN_PAYLOAD);
    writeMember("static-stop", false, new MemberMessage(MEMBERSHIP, MemberMessage.MSG_STOP, member));
  }

  /** Always alive for the same time. */
  private void writeMember(String name, boolean reply, Serializable message) throws IOException {
    byte[] bytes = XByteBuffer.serialize(message);
    int at = XByteBuffer.firstIndexOf(bytes, 0, PACKAGE);
    XByteBuffer.toBytes(1234L, bytes, at + ALIVE);
    out.write(name, bytes, Output.describe("kind", "rpc", "reply", reply,
        "uuid", hex(UUID), "id", hex(MEMBERSHIP)));
  }

  private void write(String name, boolean reply, byte[] id, Serializable message)
      throws IOException {
    Map<String, Object> description = Output.describe("kind", "rpc", "reply", reply, "uuid",
        hex(UUID), "id", hex(id));
    out.write("rpc-" + name, XByteBuffer.serialize(message), description);
  }
}
