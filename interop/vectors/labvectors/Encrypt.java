// SPDX-License-Identifier: Apache-2.0
package labvectors;

import static labvectors.Output.counting;
import static labvectors.Output.hex;

import java.security.Provider;
import java.security.SecureRandomSpi;
import java.security.Security;
import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.ChannelMessage;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.group.ChannelInterceptorBase;
import org.apache.catalina.tribes.group.InterceptorPayload;
import org.apache.catalina.tribes.group.interceptors.EncryptInterceptor;
import org.apache.catalina.tribes.io.ChannelData;
import org.apache.catalina.tribes.io.XByteBuffer;

/** What the EncryptInterceptor makes of one message, for every cipher it takes. */
final class Encrypt {
  private static final long NOW = 1_700_000_000_123L;
  private static final String[] ALGORITHMS = {
    "AES/CBC/PKCS5Padding", "AES/CFB/PKCS5Padding", "AES/GCM/NoPadding", "AES/OFB/PKCS5Padding"
  };

  private final Output out;

  Encrypt(Output out) {
    this.out = out;
  }

  /** Random bytes that are the same every time: they become the initialization vector. */
  public static final class Counting extends SecureRandomSpi {
    private static final long serialVersionUID = 1L;

    @Override
    protected void engineSetSeed(byte[] seed) {}

    @Override
    protected void engineNextBytes(byte[] bytes) {
      System.arraycopy(counting(0xa0, bytes.length), 0, bytes, 0, bytes.length);
    }

    @Override
    protected byte[] engineGenerateSeed(int size) {
      return counting(0, size);
    }
  }

  private static final class Foreseeable extends Provider {
    private static final long serialVersionUID = 1L;

    Foreseeable() {
      super("Foreseeable", "1", "for vectors");
      put("SecureRandom.Counting", Counting.class.getName());
    }
  }

  private static final class Last extends ChannelInterceptorBase {
    private byte[] sent;

    @Override
    public void start(int services) {}

    @Override
    public void sendMessage(Member[] to, ChannelMessage message, InterceptorPayload payload) {
      sent = message.getMessage().getBytes();
    }
  }

  void writeAll() throws Exception {
    Security.insertProviderAt(new Foreseeable(), 1);
    for (String algorithm : ALGORITHMS) {
      for (int bits = 128; bits <= 256; bits += 64) {
        write(algorithm, bits);
      }
    }
    Security.removeProvider("Foreseeable");
  }

  private void write(String algorithm, int bits) throws Exception {
    byte[] plain = XByteBuffer.serialize("The quick brown fox jumps over the lazy dog.");
    byte[] key = counting(0x10, bits / 8);
    EncryptInterceptor encrypt = new EncryptInterceptor();
    encrypt.setEncryptionAlgorithm(algorithm);
    encrypt.setEncryptionKey(key);
    Last last = new Last();
    encrypt.setNext(last);
    encrypt.start(Channel.SND_TX_SEQ);
    ChannelData message = new ChannelData(true);
    message.setTimestamp(NOW);
    message.setMessage(new XByteBuffer(plain, false));
    encrypt.sendMessage(new Member[0], message, null);
    out.write("encrypt-" + algorithm.split("/")[1].toLowerCase() + "-" + bits, last.sent,
        Output.describe("kind", "encrypted", "algorithm", algorithm, "key", hex(key), "timestamp", NOW,
            "payload", hex(plain)));
  }
}
