/* SPDX-License-Identifier: Apache-2.0 */

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.catalina.tribes.ChannelMessage;
import org.apache.catalina.tribes.MessageListener;
import org.apache.catalina.tribes.group.GroupChannel;
import org.apache.catalina.tribes.transport.nio.NioReceiver;

/** Tomcat's receiver alone. Says its port; answers every line with messages received and CPU in ms. */
public final class ReceiverServer {
    public static void main(String[] arguments) throws Exception {
        AtomicLong received = new AtomicLong();
        NioReceiver receiver = new NioReceiver();
        receiver.setAddress("127.0.0.1");
        receiver.setPort(Integer.parseInt(arguments[0]));
        receiver.setAutoBind(1000);
        receiver.setMessageListener(new MessageListener() {
            @Override
            public void messageReceived(ChannelMessage message) {
                received.incrementAndGet();
            }

            @Override
            public boolean accept(ChannelMessage message) {
                return true;
            }
        });
        receiver.setChannel(new GroupChannel());
        receiver.start();
        System.out.println(receiver.getPort());
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        while (System.in.read() == '\n') {
            System.out.println(received.get() + " " + system.getProcessCpuTime() / 1000000);
        }
        System.exit(0);
    }
}
