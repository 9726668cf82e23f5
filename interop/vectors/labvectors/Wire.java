// SPDX-License-Identifier: Apache-2.0
package labvectors;

import static labvectors.Output.counting;
import static labvectors.Output.hex;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.catalina.tribes.Channel;
import org.apache.catalina.tribes.Member;
import org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor;
import org.apache.catalina.tribes.group.interceptors.TcpFailureDetector;
import org.apache.catalina.tribes.io.ChannelData;
import org.apache.catalina.tribes.io.XByteBuffer;
import org.apache.catalina.tribes.membership.MemberImpl;
import org.apache.catalina.tribes.transport.Constants;

/** Member packages, heartbeats, channel data, frames and acknowledgements. */
final class Wire {
  private static final long NOW = 1_700_000_000_123L;

  private final Output out;

  Wire(Output out) {
    this.out = out;
  }

  void writeAll() throws IOException, ReflectiveOperationException {
    writeMembers();
    writeMessages();
    writeMarkerFrames();
    out.write("ack", Constants.ACK_COMMAND, Output.describe("kind", "ack"));
    out.write("fail-ack", Constants.FAIL_ACK_COMMAND, Output.describe("kind", "fail-ack"));
  }

  static MemberImpl member(String host, int port) throws IOException {
    MemberImpl member = new MemberImpl(host, port, 4711);
    member.setUniqueId(counting(0xf0, 16));
    return member;
  }

  private void writeMembers() throws IOException {
    writeMember("member-ipv4", member("127.0.0.1", 4000));
    writeMember("member-ipv6", member("2001:db8::7", 4001));

    MemberImpl ports = member("10.1.2.3", 65535);
    ports.setSecurePort(8443);
    ports.setUdpPort(4100);
    ports.setMemberAliveTime(Long.MAX_VALUE);
    writeMember("member-ports", ports);

    MemberImpl everything = member("192.0.2.9", 4000);
    everything.setDomain("caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    everything.setPayload(counting(0, 300));
    everything.setCommand(counting(1, 5));
    writeMember("member-everything", everything);

    writeMember("heartbeat", member("127.0.0.1", 4000));
    MemberImpl leaving = member("127.0.0.1", 4000);
    leaving.setCommand(Member.SHUTDOWN_PAYLOAD);
    writeMember("heartbeat-shutdown", leaving);
  }

  private void writeMember(String name, MemberImpl member) throws IOException {
    Map<String, Object> description = Output.describe("kind", "member");
    describeMember(description, "", member);
    out.write(name, settle(member).getData(false), description);
  }

  /** Puts the time the member says it has been alive into its package, which reads the clock. */
  static MemberImpl settle(MemberImpl member) {
    XByteBuffer.toBytes(member.getMemberAliveTime(), member.getData(false, true),
        MemberImpl.TRIBES_MBR_BEGIN.length + 4);
    return member;
  }

  static void describeMember(Map<String, Object> description, String prefix,
      MemberImpl member) {
    description.put(prefix + "host", member.getHostname());
    description.put(prefix + "host-bytes", hex(member.getHost()));
    description.put(prefix + "port", member.getPort());
    description.put(prefix + "secure-port", member.getSecurePort());
    description.put(prefix + "udp-port", member.getUdpPort());
    description.put(prefix + "alive-time", member.getMemberAliveTime());
    description.put(prefix + "unique-id", hex(member.getUniqueId()));
    description.put(prefix + "command", hex(member.getCommand()));
    description.put(prefix + "domain", hex(member.getDomain()));
    description.put(prefix + "payload", hex(member.getPayload()));
  }

  private void writeMessages() throws IOException {
    byte[] text = "hello".getBytes(StandardCharsets.US_ASCII);
    writeMessage("empty", Channel.SEND_OPTIONS_BYTE_MESSAGE, new byte[0]);
    writeMessage("bytes", Channel.SEND_OPTIONS_BYTE_MESSAGE, text);
    writeMessage("synchronous", Channel.SEND_OPTIONS_USE_ACK | Channel.SEND_OPTIONS_SYNCHRONIZED_ACK,
        text);
    writeMessage("long", Channel.SEND_OPTIONS_ASYNCHRONOUS, counting(0, 1500));
    // The frame's own markers inside the data must not confuse the reader of frames.
    writeMessage("markers", Channel.SEND_OPTIONS_BYTE_MESSAGE,
        XByteBuffer.createDataPackage(XByteBuffer.createDataPackage(text)));
  }

  private void writeMessage(String name, int options, byte[] content) throws IOException {
    ChannelData data = data(options, content);
    Map<String, Object> description = describeData(data);
    out.write("message-" + name, data.getDataPackage(), description);
    description.put("kind", "frame");
    out.write("frame-" + name, XByteBuffer.createDataPackage(data), description);
  }

  static ChannelData data(int options, byte[] content) throws IOException {
    XByteBuffer buffer = new XByteBuffer(content, false);
    ChannelData data = new ChannelData(counting(0x20, 16), buffer, NOW);
    data.setAddress(settle(member("127.0.0.1", 4000)));
    data.setOptions(options);
    return data;
  }

  static Map<String, Object> describeData(ChannelData data) {
    Map<String, Object> description = Output.describe("kind", "message", "options",
        data.getOptions(), "timestamp", data.getTimestamp(), "unique-id", hex(data.getUniqueId()));
    describeMember(description, "member-", (MemberImpl) data.getAddress());
    description.put("content", hex(data.getMessage().getBytes()));
    return description;
  }

  /** Frames whose content is a fixed marker that an interceptor looks for. */
  private void writeMarkerFrames() throws IOException, ReflectiveOperationException {
    int options = Channel.SEND_OPTIONS_BYTE_MESSAGE;
    writeMarker("static-start", options, marker(StaticMembershipInterceptor.class, "MEMBER_START"));
    writeMarker("static-stop", options, marker(StaticMembershipInterceptor.class, "MEMBER_STOP"));
    writeMarker("failure-detector", options,
        marker(TcpFailureDetector.class, "TCP_FAIL_DETECT"));
  }

  private static byte[] marker(Class<?> type, String name) throws ReflectiveOperationException {
    var field = type.getDeclaredField(name);
    field.setAccessible(true);
    return (byte[]) field.get(null);
  }

  private void writeMarker(String name, int options, byte[] content) throws IOException {
    ChannelData data = data(options, content);
    Map<String, Object> description = describeData(data);
    description.put("kind", "frame");
    out.write("frame-" + name, XByteBuffer.createDataPackage(data), description);
  }
}
