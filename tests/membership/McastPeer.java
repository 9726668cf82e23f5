/* SPDX-License-Identifier: Apache-2.0 */
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.ChannelMessage;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.MembershipListener;
import org.apache.catalina.tribes.MessageListener;
import org.apache.catalina.tribes.group.GroupChannel;
import org.apache.catalina.tribes.io.ChannelData;
import org.apache.catalina.tribes.io.XByteBuffer;
import org.apache.catalina.tribes.membership.McastService;

/**
 * Tomcat's own multicast membership, driven through standard input, telling on standard output.
 * Arguments: group, UDP port, address to bind to, port of the member.
 */
public final class McastPeer implements MembershipListener, MessageListener {

    private final McastService service = new McastService();

    public static void main(String[] args) throws Exception {
        new McastPeer().run(args);
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private void run(String[] args) throws Exception {
        service.setAddress(args[0]);
        service.setPort(Integer.parseInt(args[1]));
        service.setBind(args[2]);
        service.setFrequency(50);
        service.setDropTime(1000);
        GroupChannel channel = new GroupChannel();
        channel.setUtilityExecutor(Executors.newScheduledThreadPool(1));
        service.setChannel(channel);
        service.setLocalMemberProperties("127.0.0.1", Integer.parseInt(args[3]), -1, -1);
        service.setPayload("from Java".getBytes(StandardCharsets.UTF_8));
        service.setDomain("west");
        service.setMembershipListener(this);
        service.setMessageListener(this);
        service.start(Channel.MBR_RX_SEQ);
        service.start(Channel.MBR_TX_SEQ);
        say("started");
        obey();
    }

    private void obey() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            switch (line) {
                case "members":
                    StringBuilder ports = new StringBuilder("members");
                    for (Member member : service.getMembers()) {
                        ports.append(' ').append(member.getPort());
                    }
                    say(ports.toString());
                    break;
                case "broadcast":
                    broadcast();
                    break;
                case "payload":
                    service.setPayload("changed".getBytes(StandardCharsets.UTF_8));
                    break;
                case "stop":
                    service.stop(Channel.MBR_TX_SEQ);
                    service.stop(Channel.MBR_RX_SEQ);
                    say("stopped");
                    break;
                default:
                    throw new IOException(line);
            }
        }
        System.exit(0);
    }

    private void broadcast() throws Exception {
        ChannelData message = new ChannelData(true);
        byte[] bytes = "hello".getBytes(StandardCharsets.UTF_8);
        message.setAddress(service.getLocalMember(true));
        message.setOptions(Channel.SEND_OPTIONS_MULTICAST);
        message.setMessage(new XByteBuffer(bytes, bytes.length, false));
        service.broadcast(message);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void memberAdded(Member member) {
        say("added " + member.getPort() + " domain=" + text(member.getDomain()) + " payload=" + text(member.getPayload()));
    }

    @Override
    public void memberDisappeared(Member member) {
        say("disappeared " + member.getPort() + " command=" + text(member.getCommand()));
    }

    @Override
    public void messageReceived(ChannelMessage message) {
        say("message from " + message.getAddress().getPort() + ": " + text(message.getMessage().getBytes()));
    }

    @Override
    public boolean accept(ChannelMessage message) {
        return true;
    }
}
