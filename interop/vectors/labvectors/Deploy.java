// SPDX-License-Identifier: Apache-2.0
package labvectors;

import static labvectors.Output.counting;
import static labvectors.Output.hex;

import java.io.IOException;
import org.apache.catalina.ha.deploy.FileMessage;
import org.apache.catalina.ha.deploy.UndeployMessage;
import org.apache.catalina.tribes.io.XByteBuffer;

/** What a FarmWarDeployer sends. */
final class Deploy {
  private final Output out;

  Deploy(Output out) {
    this.out = out;
  }

  void writeAll() throws IOException {
    writePart("first", "shop.war", "/shop", 1, 2, 10240);
    writePart("last", "shop.war", "/shop", 2, 2, 77);
    writePart("version", "a#b##7.war", "/a/b##7", 1, 1, 0);
    UndeployMessage message =
        new UndeployMessage(null, 1_700_000_000_456L, "Undeploy:/shop:1700000000456", "/shop");
    out.write("deploy-undeploy", XByteBuffer.serialize(message), Output.describe(
        "kind", "undeploy", "context", "/shop", "timestamp", message.getTimestamp()));
  }

  /** As FileMessageFactory does it the array is always as long. */
  private void writePart(String name, String file, String context, int number, long total, int length)
      throws IOException {
    FileMessage message = new FileMessage(null, file, context);
    message.setMessageNumber(number);
    message.setTotalNrOfMsgs(total);
    message.setData(counting(number, 10240), length);
    message.setTimestamp(1_700_000_000_456L);
    out.write("deploy-" + name, XByteBuffer.serialize(message), Output.describe("kind", "deploy-part",
        "file", file, "context", context, "number", number, "total", total, "data-size", length,
        "data", hex(counting(number, Math.min(length, 100))),
        "timestamp", message.getTimestamp()));
  }
}
