// SPDX-License-Identifier: Apache-2.0
package labvectors;

import static labvectors.Output.counting;
import static labvectors.Output.hex;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.catalina.tribes.group.RpcMessage;
import org.apache.catalina.tribes.io.XByteBuffer;

/** Questions of an RPC channel, and the answer of a member that has no such channel. */
final class Rpc {
  private static final byte[] UUID = counting(0x40, 16);
  private static final byte[] ID = "localhost#/shop-map".getBytes(StandardCharsets.ISO_8859_1);
  /** Longer than a block of data in a stream. */
  private static final byte[] LONG_ID = counting(0, 1500);

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
    write("no-channel", true, ID, new RpcMessage.NoRpcChannelReply(ID, UUID));
    write("no-channel-long", true, LONG_ID, new RpcMessage.NoRpcChannelReply(LONG_ID, UUID));
  }

  private void write(String name, boolean reply, byte[] id, Serializable message)
      throws IOException {
    Map<String, Object> description = Output.describe("kind", "rpc", "reply", reply, "uuid",
        hex(UUID), "id", hex(id));
    out.write("rpc-" + name, XByteBuffer.serialize(message), description);
  }
}
