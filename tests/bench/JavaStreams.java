/* SPDX-License-Identifier: Apache-2.0 */
import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Writes the streams bench-java reads, and measures Java on them: a state transfer of 100,000 small
 * sessions, and 20,000 deltas. Prints "NAME READ WRITE" in MB per second of CPU.
 */
public final class JavaStreams {
    private static final int SESSIONS = 100_000;
    private static final int DELTAS = 20_000;
    private static final int ROUNDS = 6;

    private JavaStreams() {
    }

    private static byte[] state() throws IOException {
        Random random = new Random(1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(Integer.valueOf(SESSIONS));
            for (int i = 0; i < SESSIONS; i++) {
                out.writeObject(1_700_000_000_000L + i);
                out.writeObject(1_700_000_100_000L + i);
                out.writeObject(1800);
                out.writeObject(Boolean.FALSE);
                out.writeObject(Boolean.TRUE);
                out.writeObject(1_700_000_200_000L + i);
                out.writeObject((long) i);
                out.writeBoolean(false);
                out.writeObject(String.format("%032X", random.nextLong()));
                out.writeObject(null);
                out.writeObject(null);
                out.writeObject(1);
                out.writeObject("visits");
                out.writeObject(Integer.valueOf(1000 + i));
                out.writeObject(0);
            }
        }
        return bytes.toByteArray();
    }

    private static Object attribute(Random random, int kind) {
        switch (kind % 4) {
        case 0:
            return "value " + random.nextInt();
        case 1:
            return random.nextInt();
        case 2:
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                list.add("item " + random.nextInt(1000));
            }
            return list;
        default:
            Map<String, Object> map = new HashMap<>();
            for (int i = 0; i < 5; i++) {
                map.put("key " + i, random.nextLong());
            }
            return map;
        }
    }

    private static byte[] delta(Random random) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            int actions = 2 + random.nextInt(3);
            out.writeUTF(String.format("%032X", random.nextLong()));
            out.writeBoolean(false);
            out.writeInt(actions);
            for (int i = 0; i < actions; i++) {
                out.writeInt(0);
                out.writeInt(0);
                out.writeUTF("attribute" + i);
                out.writeBoolean(true);
                out.writeObject(attribute(random, i));
            }
        }
        return bytes.toByteArray();
    }

    /** Reads as Tomcat does; keeps what it read in order, the primitives boxed in arrays. */
    private static List<Object> readState(byte[] bytes) throws Exception {
        List<Object> all = new ArrayList<>(SESSIONS * 15);
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            all.add(in.readObject());
            for (int i = 0; i < SESSIONS; i++) {
                for (int j = 0; j < 7; j++) {
                    all.add(in.readObject());
                }
                in.readBoolean();
                for (int j = 0; j < 7; j++) {
                    all.add(in.readObject());
                }
            }
        }
        return all;
    }

    private static int writeState(List<Object> all) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(16 << 20);
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            int at = 0;
            out.writeObject(all.get(at++));
            for (int i = 0; i < SESSIONS; i++) {
                for (int j = 0; j < 7; j++) {
                    out.writeObject(all.get(at++));
                }
                out.writeBoolean(false);
                for (int j = 0; j < 7; j++) {
                    out.writeObject(all.get(at++));
                }
            }
        }
        return bytes.size();
    }

    private static List<Object> readDelta(byte[] bytes) throws Exception {
        List<Object> all = new ArrayList<>();
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            all.add(in.readUTF());
            in.readBoolean();
            int actions = in.readInt();
            for (int i = 0; i < actions; i++) {
                in.readInt();
                in.readInt();
                all.add(in.readUTF());
                in.readBoolean();
                all.add(in.readObject());
            }
        }
        return all;
    }

    private static int writeDelta(List<Object> all) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeUTF((String) all.get(0));
            out.writeBoolean(false);
            out.writeInt(all.size() / 2);
            for (int i = 1; i < all.size(); i += 2) {
                out.writeInt(0);
                out.writeInt(0);
                out.writeUTF((String) all.get(i));
                out.writeBoolean(true);
                out.writeObject(all.get(i + 1));
            }
        }
        return bytes.size();
    }

    /** Of the whole process, so that other work on the machine does not count. */
    private static long cpuTime() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime();
    }

    private static double speed(long bytes, long nanos) {
        return bytes / 1e6 / (nanos / 1e9);
    }

    private static void measureState(byte[] bytes) throws Exception {
        double read = 0;
        double write = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long start = cpuTime();
            List<Object> all = readState(bytes);
            long middle = cpuTime();
            int size = writeState(all);
            read = Math.max(read, speed(bytes.length, middle - start));
            write = Math.max(write, speed(size, cpuTime() - middle));
        }
        System.out.println("state " + read + " " + write);
    }

    private static void measureDeltas(List<byte[]> deltas) throws Exception {
        double read = 0;
        double write = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long total = 0;
            List<List<Object>> all = new ArrayList<>(deltas.size());
            long start = cpuTime();
            for (byte[] delta : deltas) {
                all.add(readDelta(delta));
            }
            long middle = cpuTime();
            for (List<Object> one : all) {
                total += writeDelta(one);
            }
            read = Math.max(read, speed(total, middle - start));
            write = Math.max(write, speed(total, cpuTime() - middle));
        }
        System.out.println("deltas " + read + " " + write);
    }

    public static void main(String[] args) throws Exception {
        byte[] state = state();
        Random random = new Random(2);
        List<byte[]> deltas = new ArrayList<>();
        for (int i = 0; i < DELTAS; i++) {
            deltas.add(delta(random));
        }
        try (DataOutputStream file = new DataOutputStream(new FileOutputStream(args[0]))) {
            file.writeInt(state.length);
            file.write(state);
            for (byte[] delta : deltas) {
                file.writeInt(delta.length);
                file.write(delta);
            }
        }
        measureState(state);
        measureDeltas(deltas);
    }
}
