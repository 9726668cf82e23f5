/* SPDX-License-Identifier: Apache-2.0 */
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.ChannelInterceptor;
import org.apache.catalina.tribes.ChannelMessage;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.group.ChannelInterceptorBase;
import org.apache.catalina.tribes.group.InterceptorPayload;
import org.apache.catalina.tribes.group.interceptors.EncryptInterceptor;
import org.apache.catalina.tribes.io.ChannelData;
import org.apache.catalina.tribes.io.XByteBuffer;
import org.apache.catalina.tribes.membership.MemberImpl;
import org.apache.catalina.tribes.util.UUIDGenerator;

/**
 * InterceptorLoop CLASS FILE KEY: sends what is in FILE through an interceptor of Tomcat and receives it
 * through another one, again and again. Prints how many nanoseconds of CPU a message costs both.
 */
public final class InterceptorLoop {
    private static final long WARM_UP = 2_000_000_000L;
    private static final long MEASURED = 2_000_000_000L;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static long received;

    private InterceptorLoop() {
    }

    /** Like a network: what arrives is another object. */
    private static final class Wire extends ChannelInterceptorBase {
        private final ChannelInterceptor receiver;

        Wire(ChannelInterceptor receiver) {
            this.receiver = receiver;
        }

        @Override
        public void sendMessage(Member[] destination, ChannelMessage message, InterceptorPayload payload) {
            receiver.messageReceived(copy((ChannelData) message, message.getMessage().getBytes()));
        }
    }

    private static ChannelData copy(ChannelData like, byte[] bytes) {
        ChannelData data = new ChannelData();
        data.setUniqueId(like.getUniqueId());
        data.setAddress(like.getAddress());
        data.setOptions(like.getOptions());
        data.setTimestamp(like.getTimestamp());
        data.setMessage(new XByteBuffer(bytes, false));
        return data;
    }

    private static ChannelInterceptorBase make(String name, String key) throws ReflectiveOperationException {
        if (name.equals("none")) {
            return new ChannelInterceptorBase() {
            };
        }
        ChannelInterceptorBase made = (ChannelInterceptorBase) Class
                .forName("org.apache.catalina.tribes.group.interceptors." + name).getConstructor().newInstance();
        if (made instanceof EncryptInterceptor) {
            ((EncryptInterceptor) made).setEncryptionKey(key);
        }
        return made;
    }

    public static void main(String[] args) throws Exception {
        byte[] bytes = Files.readAllBytes(Path.of(args[1]));
        MemberImpl member = new MemberImpl("127.0.0.1", 4000, 0);
        Member[] destination = { member };
        ChannelInterceptorBase sender = make(args[0], args[2]);
        ChannelInterceptorBase receiver = make(args[0], args[2]);
        sender.setNext(new Wire(receiver));
        receiver.setPrevious(new ChannelInterceptorBase() {
            @Override
            public void messageReceived(ChannelMessage message) {
                received++;
            }
        });
        sender.start(Channel.SND_TX_SEQ);
        receiver.start(Channel.SND_TX_SEQ);
        long begin = SYSTEM.getProcessCpuTime();
        long sent = 0;
        boolean warm = false;
        for (long now = begin; !warm || now - begin < MEASURED; now = SYSTEM.getProcessCpuTime()) {
            if (!warm && now - begin >= WARM_UP) {
                warm = true;
                begin = now;
                sent = received = 0;
            }
            for (int i = 0; i < 20; i++, sent++) {
                ChannelData data = new ChannelData();
                data.setUniqueId(UUIDGenerator.randomUUID(false));
                data.setAddress(member);
                data.setTimestamp(System.currentTimeMillis());
                data.setMessage(new XByteBuffer(bytes.clone(), false));
                sender.sendMessage(destination, data, null);
            }
        }
        if (received != sent) {
            throw new IllegalStateException(sent + " sent, " + received + " received");
        }
        System.out.println((SYSTEM.getProcessCpuTime() - begin) / sent);
    }
}
