/* SPDX-License-Identifier: Apache-2.0 */
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** Reads what build-streams.c wrote, compares it with Java's own values, and writes it again. */
public final class Built {
    private Built() {
    }

    private static void check(boolean ok, Object what) {
        if (!ok) {
            throw new AssertionError("not as expected: " + what);
        }
    }

    private static List<Object> expected() {
        Set<Object> many = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            many.add(i);
        }
        Map<Object, Object> map = new LinkedHashMap<>();
        map.put("one", 1);
        map.put(1, null);
        return Arrays.asList(null, "J\u00fcrgen \ud83d\ude00", "a\0b", "x".repeat(70000), true,
            (byte) -1, (short) -2, '\u20ac', Integer.MIN_VALUE, Long.MAX_VALUE, 1.5f, -0.1,
            new BigInteger("-123456789012345678901234567890"), BigInteger.ZERO,
            new BigDecimal("1.50"), new BigDecimal("-12e30"), new Date(1700000000123L),
            new UUID(0x0123456789abcdefL, 0xfedcba9876543210L), new byte[] { 0, -1, 127 },
            Shapes.Color.GREEN, LocalDate.of(2024, 2, 29), LocalDateTime.of(-1, 12, 31, 23, 0),
            LocalDateTime.of(2024, 1, 2, 3, 4, 5, 6), Instant.ofEpochSecond(-1, 999999999),
            Duration.ofSeconds(3600, 5), new ArrayList<>(Arrays.asList(1, "one", null, "one")),
            new ArrayList<>(), new HashSet<>(Arrays.asList(1, "one", null)), many, map,
            new LinkedHashMap<>(), new String[] { "one", null });
    }

    private static void checkPrimitives(ObjectInputStream in) throws Exception {
        byte[] block = new byte[2100];
        check(in.readBoolean(), "boolean");
        check(in.readByte() == -3, "byte");
        check(in.readChar() == 'c', "char");
        check(in.readShort() == -4, "short");
        check(in.readInt() == 5, "int");
        check(in.readLong() == -6, "long");
        check(in.readFloat() == 0.25f, "float");
        check(in.readDouble() == -0.5, "double");
        check(in.readUTF().equals("utf \u00e4"), "utf");
        in.readFully(block);
        for (int i = 0; i < block.length; i++) {
            check(block[i] == (byte) i, "block");
        }
        check(in.read() < 0, "end");
    }

    /** A collection that was read has tables of another size than one that was filled. */
    private static Object fresh(Object object) {
        if (object instanceof HashSet<?> set) {
            Set<Object> filled = new HashSet<>();
            set.forEach(filled::add);
            return filled;
        }
        if (object instanceof LinkedHashMap<?, ?> map) {
            Map<Object, Object> filled = new LinkedHashMap<>();
            map.forEach(filled::put);
            return filled;
        }
        return object;
    }

    /** The same objects, written by Java: their identities are kept. */
    private static byte[] again(List<Object> read, byte[] block) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            for (Object object : read) {
                out.writeObject(fresh(object));
            }
            out.reset();
            out.writeBoolean(true);
            out.writeByte(-3);
            out.writeChar('c');
            out.writeShort(-4);
            out.writeInt(5);
            out.writeLong(-6);
            out.writeFloat(0.25f);
            out.writeDouble(-0.5);
            out.writeUTF("utf \u00e4");
            out.write(block);
        }
        return bytes.toByteArray();
    }

    public static void main(String[] args) throws Exception {
        List<Object> read = new ArrayList<>();
        byte[] block = new byte[2100];
        for (int i = 0; i < block.length; i++) {
            block[i] = (byte) i;
        }
        try (ObjectInputStream in = new ObjectInputStream(new FileInputStream(args[0]))) {
            for (Object expected : expected()) {
                Object found = in.readObject();
                check(Objects.deepEquals(found, expected), expected + ", found " + found);
                check(found == null || found.getClass() == expected.getClass(), found);
                read.add(found);
            }
            Shapes.Node node = (Shapes.Node) in.readObject();
            check(node.next.content.equals("end") && node.content == node.next, "identity");
            read.add(node);
            checkPrimitives(in);
        }
        byte[] stream = Files.readAllBytes(Path.of(args[0]));
        byte[] again = again(read, block);
        int at = Arrays.mismatch(stream, again);
        check(at < 0, "Java writes other bytes from offset " + at);
        System.out.println(read.size() + " values are equal, and Java writes the same "
            + again.length + " bytes");
    }
}
