/* SPDX-License-Identifier: Apache-2.0 */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.group.GroupChannel;
import org.apache.catalina.tribes.group.Response;
import org.apache.catalina.tribes.group.RpcCallback;
import org.apache.catalina.tribes.group.RpcChannel;
import org.apache.catalina.tribes.membership.StaticMember;
import org.apache.catalina.tribes.transport.nio.NioReceiver;

/**
 * Tomcat's own RpcChannel. Its arguments are its port and its name; each line of standard input is a
 * question: how many replies (1 to 4), milliseconds, what, and the ports of whom to ask.
 */
public final class RpcPeer implements RpcCallback {

    private final String name;

    private RpcPeer(String name) {
        this.name = name;
    }

    public static void main(String[] args) throws Exception {
        GroupChannel channel = new GroupChannel();
        NioReceiver receiver = (NioReceiver) channel.getChannelReceiver();
        receiver.setAddress("127.0.0.1");
        receiver.setPort(Integer.parseInt(args[0]));
        receiver.setAutoBind(1);
        channel.start(Channel.SND_RX_SEQ | Channel.SND_TX_SEQ);
        RpcChannel rpc = new RpcChannel("talk".getBytes("ISO-8859-1"), channel, new RpcPeer(args[1]));
        rpc.setReplyMessageOptions(Channel.SEND_OPTIONS_USE_ACK);
        say("ready");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            ask(rpc, line.split(" "));
        }
        System.exit(0);
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static void ask(RpcChannel rpc, String[] words) throws Exception {
        List<Member> members = new ArrayList<>();
        for (String port : Arrays.asList(words).subList(3, words.length)) {
            members.add(new StaticMember("127.0.0.1", Integer.parseInt(port), 0));
        }
        long start = System.nanoTime();
        Response[] responses = rpc.send(members.toArray(new Member[0]), words[2],
                Integer.parseInt(words[0]), Channel.SEND_OPTIONS_USE_ACK, Long.parseLong(words[1]));
        List<String> texts = new ArrayList<>();
        for (Response response : responses) {
            texts.add(String.valueOf(response.getMessage()));
        }
        texts.sort(null);
        boolean soon = System.nanoTime() - start < Long.parseLong(words[1]) * 1_000_000;
        say(words[2] + " " + (soon ? "soon" : "late") + " " + texts);
    }

    @Override
    public Serializable replyRequest(Serializable message, Member sender) {
        if ("null".equals(message)) {
            return null;
        }
        if ("later".equals(message)) {
            try {
                Thread.sleep(500);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return name + " heard " + message;
    }

    @Override
    public void leftOver(Serializable message, Member sender) {
        say("left over: " + message);
    }
}
