/* SPDX-License-Identifier: Apache-2.0 */
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamConstants;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Writes random streams, each with Java's own description of it: for every stream the length of
 * the stream, the stream, the length of the description and the description (UTF-8).
 */
public final class Generator {
    private static final int[] BORDERS = { 0, 1, 2, 100, 254, 255, 256, 257, 1019, 1020, 1021, 1022,
        1023, 1024, 1025, 2047, 2048, 2049, 2100 };

    private final Random random;
    private final List<Object> pool = new ArrayList<>();
    private int budget;

    private Generator(long seed) {
        random = new Random(seed);
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    private byte[] block() {
        int size = chance(4) ? BORDERS[random.nextInt(BORDERS.length)] : random.nextInt(20);
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private String text() {
        switch (random.nextInt(12)) {
        case 0:
            return "";
        case 1:
            return "Ljava/lang/String;";
        case 2:
            return "[I";
        case 3:
            return "\0\1\t\n\"\\\u007f\u0080\u07ff\u0800\uffff";
        case 4:
            return "a\ud83d\ude00b\ud800c\udc00\ud800";
        case 5:
            return "x".repeat(chance(20) ? 65535 + random.nextInt(3) : random.nextInt(300));
        case 6:
            return "@class";
        default:
            return "text " + random.nextInt(50);
        }
    }

    private double fraction() {
        switch (random.nextInt(6)) {
        case 0:
            return random.nextInt(1000);
        case 1:
            return Double.longBitsToDouble(random.nextLong());
        case 2:
            return new double[] { 0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE,
                Double.MAX_VALUE, 1e15, 1e16, 1e-5, 123456789012345680.0 }[random.nextInt(10)];
        default:
            return random.nextInt(100000) / 100.0;
        }
    }

    private Object number() {
        switch (random.nextInt(8)) {
        case 0:
            return (byte) random.nextInt();
        case 1:
            return (short) random.nextInt();
        case 2:
            return random.nextInt();
        case 3:
            return random.nextLong();
        case 4:
            return (float) fraction();
        case 5:
            return fraction();
        case 6:
            return new BigInteger(1 + random.nextInt(300), random).subtract(BigInteger.valueOf(9));
        default:
            return new BigDecimal(new BigInteger(1 + random.nextInt(90), random),
                random.nextInt(40) - 20);
        }
    }

    private LocalDateTime dateTime() {
        LocalTime time = LocalTime.of(random.nextInt(24), chance(2) ? 0 : random.nextInt(60));
        if (chance(2)) {
            time = time.withSecond(random.nextInt(60));
        }
        if (chance(2)) {
            time = time.withNano(chance(2) ? 120_000_000 : random.nextInt(1_000_000_000));
        }
        int year = chance(6) ? random.nextInt(40000) - 20000 : 1900 + random.nextInt(200);
        return LocalDateTime.of(LocalDate.ofYearDay(year, 1 + random.nextInt(365)), time);
    }

    private ZoneOffset offset() {
        return ZoneOffset.ofTotalSeconds(chance(3) ? random.nextInt(129600) - 64800
            : 900 * (random.nextInt(97) - 48));
    }

    private Object time() {
        switch (random.nextInt(17)) {
        case 0:
            return dateTime().toLocalDate();
        case 1:
            return dateTime().toLocalTime();
        case 2:
            return dateTime();
        case 3:
            return dateTime().toInstant(ZoneOffset.UTC);
        case 4:
            return Duration.ofSeconds(random.nextInt(400000) - 200000,
                chance(2) ? 0 : random.nextInt(1_000_000_000));
        case 5:
            return ZonedDateTime.of(dateTime(), ZoneId.of("Europe/Berlin"));
        case 6:
            return ZonedDateTime.of(dateTime(), offset());
        case 7:
            return OffsetDateTime.of(dateTime(), offset());
        case 8:
            return OffsetTime.of(dateTime().toLocalTime(), offset());
        case 9:
            return Year.of(dateTime().getYear());
        case 10:
            return YearMonth.from(dateTime());
        case 11:
            return MonthDay.from(dateTime());
        case 12:
            return Period.of(random.nextInt(5) - 2, random.nextInt(30) - 15, random.nextInt(5) - 2);
        case 13:
            return offset();
        case 14:
            return ZoneId.of("America/New_York");
        case 15:
            return Instant.ofEpochSecond(random.nextLong() >> 28, random.nextInt(1_000_000_000));
        default:
            return new Date(chance(4) ? random.nextLong() : random.nextLong() >> 22);
        }
    }

    private Object scalar() {
        switch (random.nextInt(10)) {
        case 0:
            return null;
        case 1:
        case 2:
            return text();
        case 3:
        case 4:
            return number();
        case 5:
            return time();
        case 6:
            return random.nextBoolean();
        case 7:
            return chance(2) ? (Object) (char) random.nextInt(65536)
                : new UUID(random.nextLong(), random.nextLong());
        case 8:
            return chance(2) ? (Object) Shapes.Color.values()[random.nextInt(3)]
                : Shapes.Shape.values()[random.nextInt(2)];
        default:
            return switch (random.nextInt(4)) {
            case 0 -> new Class<?>[] { int.class, String[].class, Shapes.Leaf.class,
                Runnable.class, Shapes.Color.class }[random.nextInt(5)];
            case 1 -> ObjectStreamClass.lookup(Shapes.Middle.class);
            case 2 -> text().toCharArray();
            default -> block();
            };
        }
    }

    /** Nothing that is externalizable. */
    private Object plain() {
        return chance(2) ? number() : new ArrayList<>(List.of(text(), number()));
    }

    private Object array() {
        int size = random.nextInt(5);
        switch (random.nextInt(9)) {
        case 0:
            return random.ints(size).toArray();
        case 1:
            return random.longs(size).toArray();
        case 2:
            double[] doubles = new double[size];
            Arrays.setAll(doubles, i -> fraction());
            return doubles;
        case 3:
            return new float[] { (float) fraction() };
        case 4:
            return new boolean[] { true, false };
        case 5:
            return new short[][] { { 1, -2 }, null, {} };
        case 6:
            return new String[] { text(), null, text() };
        case 7:
            return new Object[][] { { value() }, { value(), value() } };
        default:
            Object[] objects = new Object[size];
            pool.add(objects);
            Arrays.setAll(objects, i -> value());
            return objects;
        }
    }

    /** Something that has a hash before it is complete. */
    private Object key() {
        return switch (random.nextInt(4)) {
        case 0 -> number();
        case 1 -> node();
        default -> text();
        };
    }

    private Map<Object, Object> fill(Map<Object, Object> map) {
        boolean plain = chance(2);
        pool.add(map);
        for (int i = random.nextInt(6); i > 0; i--) {
            map.put(plain ? text() : key(), value());
        }
        return map;
    }

    private Collection<Object> fill(Collection<Object> collection, boolean keys) {
        pool.add(collection);
        for (int i = random.nextInt(6); i > 0; i--) {
            Object value = keys ? key() : value();
            collection.add(value == null ? "null" : value);
        }
        return collection;
    }

    private Object special() {
        switch (random.nextInt(14)) {
        case 0:
            return List.of(text(), number());
        case 1:
            return Set.of(random.nextInt());
        case 2:
            return Map.of(text(), number());
        case 3:
            return Collections.unmodifiableList(new ArrayList<>(List.of(number())));
        case 4:
            return Collections.singletonList(value());
        case 5:
            return Collections.synchronizedMap(new HashMap<>(Map.of(text(), number())));
        case 6:
            return Collections.emptyList();
        case 7:
            return Collections.singletonMap(text(), value());
        case 8:
            return EnumSet.of(Shapes.Color.RED, Shapes.Color.BLUE);
        case 9:
            Map<Shapes.Color, Object> colors = new EnumMap<>(Shapes.Color.class);
            colors.put(Shapes.Color.GREEN, value());
            return colors;
        case 10:
            return new TreeSet<>(List.of(text(), text() + "b"));
        case 11:
            return new PriorityQueue<>(List.of(3, 1, random.nextInt()));
        case 12:
            return Arrays.asList(value(), value());
        default:
            Map<String, Object> safe = new ConcurrentHashMap<>();
            safe.put(text(), "one");
            safe.put(text(), "two");
            return safe;
        }
    }

    private Object collection() {
        switch (random.nextInt(11)) {
        case 0:
            return fill(new ArrayList<>(), false);
        case 1:
            return fill(new LinkedList<>(), false);
        case 2:
            return fill(new ArrayDeque<>(), false);
        case 3:
            return fill(new HashSet<>(), true);
        case 4:
            return fill(new LinkedHashSet<>(), true);
        case 5:
            return fill(new CopyOnWriteArrayList<>(), false);
        case 6:
            return fill(new HashMap<>());
        case 7:
            return fill(new LinkedHashMap<>());
        case 8:
            Map<Object, Object> sorted = new TreeMap<>();
            sorted.put(text(), value());
            sorted.put(text(), value());
            return sorted;
        default:
            return special();
        }
    }

    private Shapes.Node node() {
        Shapes.Node node = new Shapes.Node();
        pool.add(node);
        node.content = value();
        return node;
    }

    private <T extends Shapes.Base> T base(T base) {
        pool.add(base);
        base.flag = random.nextBoolean();
        base.small = (byte) random.nextInt();
        base.letter = (char) random.nextInt(0xd800);
        base.medium = (short) random.nextInt();
        base.number = random.nextInt();
        base.wide = random.nextLong();
        base.single = (float) fraction();
        base.precise = fraction();
        base.text = chance(3) ? null : text();
        base.any = value();
        base.numbers = chance(2) ? null : new int[] { random.nextInt() };
        if (base instanceof Shapes.Proper p) {
            /* A number that begins like a block can be one: then nobody can tell. */
            p.count = random.nextInt(ObjectStreamConstants.TC_BASE << 24);
            p.data = block();
            p.extra = value();
        }
        if (base instanceof Shapes.Middle m) {
            m.text = chance(2) ? null : text();
            m.others = chance(3) ? new Shapes.Base[] { base, null } : null;
        }
        if (base instanceof Shapes.Leaf l) {
            l.color = Shapes.Color.BLUE;
            l.wide = -1;
        }
        return base;
    }

    private Object ambiguous() {
        switch (random.nextInt(4)) {
        case 0:
            Shapes.Silent silent = new Shapes.Silent();
            pool.add(silent);
            silent.data = Shapes.Silent.unmistakable(block());
            silent.extra = value();
            return silent;
        case 1:
            Shapes.Late late = new Shapes.Late();
            late.number = random.nextInt();
            late.text = text();
            return late;
        case 2:
            Shapes.Objects objects = new Shapes.Objects();
            pool.add(objects);
            objects.a = value();
            objects.b = text();
            return objects;
        default:
            Shapes.Put put = new Shapes.Put();
            put.sum = random.nextInt(1 << 24);
            put.title = text();
            put.list = new ArrayList<>(Arrays.asList(value(), value()));
            return put;
        }
    }

    private Object external() {
        Shapes.External external = new Shapes.External();
        pool.add(external);
        external.head = block();
        external.middle = value();
        external.tail = block();
        return external;
    }

    private Object proxy() {
        Shapes.Handler handler = new Shapes.Handler();
        handler.answer = value();
        Class<?>[] interfaces = chance(2) ? new Class<?>[] { Shapes.Named.class }
            : new Class<?>[] { Shapes.Named.class, Shapes.Tagged.class };
        return Proxy.newProxyInstance(Generator.class.getClassLoader(), interfaces, handler);
    }

    private Object lambda() {
        int number = random.nextInt();
        String label = text();
        return chance(2) ? (Shapes.Task) () -> System.out.print(number + label)
            : (Shapes.Task) () -> System.out.print(label);
    }

    private Object object() {
        switch (random.nextInt(14)) {
        case 0:
            return base(new Shapes.Base());
        case 1:
            return base(new Shapes.Middle());
        case 2:
            return base(new Shapes.Leaf());
        case 3:
            return base(new Shapes.Proper());
        case 4:
            return base(new Shapes.Deeper());
        case 5:
        case 6:
            return ambiguous();
        case 7:
            return external();
        case 8:
            return proxy();
        case 9:
            return lambda();
        case 10:
            return new Shapes.Point(random.nextInt(), random.nextInt(), text());
        case 11:
            return chance(2) ? new Shapes.NoFields() : new Shapes.Orphan();
        case 12:
            return new Shapes.Replaced(random.nextInt());
        default:
            Throwable cause = chance(2) ? null : new Error(text());
            Exception exception = new IllegalStateException(text(), cause);
            if (chance(3)) {
                exception.addSuppressed(new RuntimeException("suppressed"));
            }
            return exception;
        }
    }

    private Object value() {
        if (--budget < 0) {
            return scalar();
        }
        int kind = random.nextInt(20);
        if (kind < 8) {
            return scalar();
        }
        if (kind < 11 && !pool.isEmpty()) {
            return pool.get(random.nextInt(pool.size()));
        }
        Object made = kind < 13 ? array() : kind < 16 ? collection() : kind < 17 ? node() : object();
        if (made != null && chance(2)) {
            pool.add(made);
        }
        return made;
    }

    private Object chain(int length) {
        Shapes.Node first = new Shapes.Node();
        Shapes.Node last = first;
        for (int i = 1; i < length; i++) {
            last.next = new Shapes.Node();
            last = last.next;
        }
        last.content = chance(2) ? first : "end";
        return first;
    }

    /** Writes something into the annotations of classes, as RMI does. */
    private static final class Annotating extends ObjectOutputStream {
        Annotating(OutputStream out) throws IOException {
            super(out);
        }

        @Override
        protected void annotateClass(Class<?> c) throws IOException {
            int kind = c.getName().length() % 4;
            if (kind == 0) {
                writeObject("somewhere");
            } else if (kind == 1) {
                writeInt(c.getName().length());
                writeObject(new Shapes.Point(1, 2, "note"));
            }
        }
    }

    private byte[] written;

    private void flushData(StringBuilder json, int start, ByteArrayOutputStream data) {
        if (data.size() > 0) {
            json.append(json.length() > start ? "," : "").append("{\"@bytes\":\"")
                .append(Base64.getEncoder().encodeToString(data.toByteArray())).append("\"}");
            data.reset();
        }
    }

    private void primitives(ObjectOutputStream out, ByteArrayOutputStream data) throws IOException {
        DataOutputStream copy = new DataOutputStream(data);
        for (int i = random.nextInt(6); i >= 0; i--) {
            switch (random.nextInt(6)) {
            case 0:
                byte[] bytes = block();
                out.write(bytes);
                copy.write(bytes);
                break;
            case 1:
                long wide = random.nextLong();
                out.writeLong(wide);
                copy.writeLong(wide);
                break;
            case 2:
                String text = "utf \u00e4\0\ud83d\ude00" + random.nextInt();
                out.writeUTF(text);
                copy.writeUTF(text);
                break;
            case 3:
                out.writeBoolean(true);
                copy.writeBoolean(true);
                break;
            case 4:
                out.writeInt(i);
                copy.writeInt(i);
                break;
            default:
                out.flush();
            }
        }
    }

    private String object(ObjectOutputStream out, Object value) throws IOException {
        try {
            boolean isUnshared = chance(8) && !(value instanceof String);
            if (isUnshared) {
                out.writeUnshared(value);
            } else {
                out.writeObject(value);
            }
            return Describer.describe(value, isUnshared);
        } catch (NotSerializableException e) {
            return "{\"@aborted\":true,\"@exception\":" + Describer.describe(e) + "}";
        }
    }

    private Object broken() {
        Object broken = new Shapes.Broken();
        switch (random.nextInt(5)) {
        case 0:
            return broken;
        case 1:
            return new Object[] { value(), broken };
        case 2:
            return new ArrayList<>(Arrays.asList(1, value(), broken, "never"));
        case 3:
            Shapes.External external = (Shapes.External) external();
            external.middle = broken;
            return external;
        default:
            Shapes.Base base = base(new Shapes.Leaf());
            base.any = broken;
            pool.remove(base);
            return base;
        }
    }

    private String stream() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ObjectOutputStream out = chance(10) ? new Annotating(bytes) : new ObjectOutputStream(bytes);
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        StringBuilder json = new StringBuilder("[");
        boolean isOld = chance(25);
        budget = chance(20) ? 200 : 25;
        if (isOld) {
            out.useProtocolVersion(ObjectStreamConstants.PROTOCOL_VERSION_1);
        }
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            int kind = random.nextInt(20);
            if (kind < 4) {
                primitives(out, data);
                continue;
            }
            flushData(json, 1, data);
            if (json.length() > 1) {
                json.append(',');
            }
            if (kind == 4) {
                out.reset();
                json.append("{\"@reset\":true}");
            } else if (kind == 5 && !isOld) {
                json.append(object(out, broken()));
                pool.clear();
            } else if (kind == 6 && chance(4)) {
                json.append(object(out, chain(1 + random.nextInt(1000))));
            } else {
                json.append(object(out, isOld ? plain() : value()));
            }
        }
        flushData(json, 1, data);
        if (isOld && chance(2)) {
            Shapes.External last = new Shapes.External();
            last.head = block();
            last.tail = block();
            out.writeObject(last);
            data.write(last.head);
            data.write(ObjectStreamConstants.TC_NULL);
            data.write(last.tail);
            json.append(json.length() > 1 ? "," : "").append("{\"@class\":\"Shapes$External\",\"@raw\":\"")
                .append(Base64.getEncoder().encodeToString(data.toByteArray())).append("\"}");
        }
        out.close();
        written = bytes.toByteArray();
        return json.append(']').toString();
    }

    private static void run(long seed, int count, String file) throws IOException {
        try (DataOutputStream file2 = new DataOutputStream(
            new BufferedOutputStream(new FileOutputStream(file)))) {
            for (int i = 0; i < count; i++) {
                Generator generator = new Generator(seed * 1_000_003L + i);
                byte[] json = generator.stream().getBytes(StandardCharsets.UTF_8);
                file2.writeInt(generator.written.length);
                file2.write(generator.written);
                file2.writeInt(json.length);
                file2.write(json);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        Throwable[] failed = { null };
        Thread thread = new Thread(null, () -> {
            try {
                run(Long.parseLong(args[0]), Integer.parseInt(args[1]), args[2]);
            } catch (Throwable e) {
                failed[0] = e;
            }
        }, "generator", 512L << 20);
        thread.start();
        thread.join();
        if (failed[0] != null) {
            failed[0].printStackTrace();
            System.exit(1);
        }
    }
}
