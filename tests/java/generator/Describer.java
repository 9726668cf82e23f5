/* SPDX-License-Identifier: Apache-2.0 */
import java.io.ObjectStreamClass;
import java.io.ObjectStreamField;
import java.io.Serializable;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Java's own account of an object, in the form tribes_java_value_to_json() has. */
final class Describer {
    private static final int MAX_DEPTH = 256;

    private final StringBuilder out = new StringBuilder();
    private final Map<Object, Integer> visits = new IdentityHashMap<>();
    private final Map<Object, Integer> ids = new IdentityHashMap<>();
    private boolean counting;
    private boolean isUnshared;

    static String describe(Object object) {
        return describe(object, false);
    }

    /** An object written unshared is written again where it refers to itself. */
    static String describe(Object object, boolean isUnshared) {
        Describer describer = new Describer();
        describer.counting = true;
        describer.isUnshared = isUnshared;
        describer.value(object, 0);
        describer.out.setLength(0);
        describer.counting = false;
        describer.isUnshared = isUnshared;
        describer.value(object, 0);
        return describer.out.toString();
    }

    static byte[] bytesOf(int number) {
        return ByteBuffer.allocate(4).putInt(number).array();
    }

    /** Ends a line, or tells a terminal to do something or to write backwards. */
    private static boolean steers(char c) {
        return c < 0x20 || c >= 0x7f && c < 0xa0 || c >= 0x2028 && c <= 0x202e
            || c >= 0x2066 && c <= 0x2069;
    }

    static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (steers(c) || (Character.isSurrogate(c) && !pair)) {
                out.append(String.format("\\u%04x", (int) c));
            } else if (pair) {
                out.append(c).append(text.charAt(++i));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private void quote(String text) {
        quote(out, text);
    }

    /** As printf does it, with the fewest of so many digits that give the number back. */
    private static String decimal(BigDecimal exact, double value, boolean single) {
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        int last = single ? 9 : 17;
        for (int digits = single ? 6 : 15;; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            boolean same = single ? rounded.floatValue() == (float) value
                : rounded.doubleValue() == value;
            if (!same && digits < last) {
                continue;
            }
            int exponent = rounded.precision() - rounded.scale() - 1;
            String text;
            if (exponent < -4 || exponent >= digits) {
                String all = rounded.unscaledValue().abs().toString().replaceAll("0+$", "");
                text = all.charAt(0) + (all.length() > 1 ? "." + all.substring(1) : "")
                    + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
                return value < 0 ? "-" + text : text;
            }
            text = rounded.stripTrailingZeros().toPlainString();
            return text.contains(".") ? text : text + ".0";
        }
    }

    private void number(double value, BigDecimal exact, String box) {
        if (exact == null) {
            out.append("{\"@class\":\"").append(box).append("\",\"@value\":\"").append(value)
                .append("\"}");
        } else {
            out.append(decimal(exact, value, box.equals("java.lang.Float")));
        }
    }

    private void single(float value) {
        boolean finite = Float.isFinite(value);
        number(value, finite ? new BigDecimal(value) : null, "java.lang.Float");
    }

    private void precise(double value) {
        boolean finite = Double.isFinite(value);
        number(value, finite ? new BigDecimal(value) : null, "java.lang.Double");
    }

    private boolean scalar(Object o) {
        if (o == null) {
            out.append("null");
        } else if (o instanceof String s) {
            quote(s);
        } else if (o instanceof Character c) {
            quote(c.toString());
        } else if (o instanceof Float f) {
            single(f);
        } else if (o instanceof Double d) {
            precise(d);
        } else if (o instanceof Boolean || o instanceof Byte || o instanceof Short
            || o instanceof Integer || o instanceof Long
            || o.getClass() == BigInteger.class || o.getClass() == BigDecimal.class) {
            out.append(o);
        } else if (o.getClass() == Date.class) {
            quote(Instant.ofEpochMilli(((Date) o).getTime()).toString());
        } else if (o instanceof UUID || o.getClass().getName().startsWith("java.time.")) {
            quote(o.toString());
        } else if (o instanceof Enum<?> e) {
            out.append("{\"@class\":");
            quote(e.getDeclaringClass().getName());
            out.append(",\"@enum\":");
            quote(e.name());
            out.append('}');
        } else if (o instanceof byte[] b) {
            quote(Base64.getEncoder().encodeToString(b));
        } else if (o instanceof char[] c) {
            quote(new String(c));
        } else if (o instanceof Class<?> c) {
            out.append("{\"@class\":\"java.lang.Class\",\"name\":");
            quote(c.getName());
            out.append('}');
        } else if (o instanceof ObjectStreamClass c) {
            out.append("{\"@class\":\"java.io.ObjectStreamClass\",\"name\":");
            quote(c.getName());
            out.append(",\"serialVersionUID\":").append(c.getSerialVersionUID()).append('}');
        } else {
            return false;
        }
        return true;
    }

    /** What is written instead of an object: the same thing each time. */
    private static Object replacement(Object o) {
        if (o instanceof Shapes.Replaced r) {
            return r.writeReplace();
        }
        return o instanceof Shapes.Task ? serializedLambda(o) : o;
    }

    private void value(Object o, int depth) {
        if (scalar(o)) {
            return;
        }
        if (depth >= MAX_DEPTH) {
            out.append("{\"@truncated\":\"depth\"}");
            return;
        }
        boolean identified = !isUnshared;
        isUnshared = false;
        if (identified && counting && visits.merge(o, 1, Integer::sum) > 1) {
            return;
        }
        boolean shared = identified && !counting && visits.getOrDefault(o, 1) > 1;
        if (shared && ids.containsKey(o)) {
            out.append("{\"@ref\":").append(ids.get(o)).append('}');
            return;
        }
        Integer id = null;
        if (shared) {
            id = ids.size() + 1;
            ids.put(o, id);
        }
        container(replacement(o), id, depth);
    }

    private static Object serializedLambda(Object task) {
        try {
            Method method = task.getClass().getDeclaredMethod("writeReplace");
            method.setAccessible(true);
            return method.invoke(task);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private void container(Object o, Integer id, int depth) {
        boolean isArray = o.getClass().isArray();
        Object wrapped = unwrap(o);
        if (id != null && wrapped instanceof Map
            && o.getClass().getName().startsWith("java.util.Collections$")) {
            out.append("{\"@id\":").append(id).append(",\"@value\":");
            container(o, null, depth);
            out.append('}');
            return;
        }
        if (isArray || wrapped != null && !(wrapped instanceof Map)) {
            if (id != null) {
                out.append("{\"@id\":").append(id).append(",\"@value\":");
            }
            array(isArray ? o : wrapped, depth);
            if (id != null) {
                out.append('}');
            }
            return;
        }
        out.append('{');
        int start = out.length();
        if (id != null) {
            out.append("\"@id\":").append(id);
        }
        if (wrapped != null) {
            map((Map<?, ?>) wrapped, start, depth);
        } else {
            object(o, start, depth);
        }
        out.append('}');
    }

    private static final Set<String> COLLECTIONS = Set.of("java.util.ArrayList",
        "java.util.LinkedList", "java.util.ArrayDeque", "java.util.HashSet",
        "java.util.LinkedHashSet", "java.util.TreeSet", "java.util.PriorityQueue",
        "java.util.HashMap", "java.util.LinkedHashMap", "java.util.TreeMap", "java.util.EnumMap",
        "java.util.Hashtable", "java.util.Arrays$ArrayList",
        "java.util.concurrent.ConcurrentHashMap",
        "java.util.concurrent.CopyOnWriteArrayList");

    /** The elements of a collection as the stream has them, or null. */
    private static Object unwrap(Object o) {
        String name = o.getClass().getName();
        if (o instanceof EnumSet || name.startsWith("java.util.Collections$")
            && !name.startsWith("java.util.Collections$Rev")) {
            return o;
        }
        if (name.startsWith("java.util.ImmutableCollections") || COLLECTIONS.contains(name)) {
            return o;
        }
        return null;
    }

    private void array(Object o, int depth) {
        boolean first = true;
        out.append('[');
        if (o instanceof Collection<?> c) {
            for (Object element : c) {
                out.append(first ? "" : ",");
                value(element, depth + 1);
                first = false;
            }
        } else {
            for (int i = 0; i < Array.getLength(o); i++) {
                out.append(first ? "" : ",");
                value(Array.get(o, i), depth + 1);
                first = false;
            }
        }
        out.append(']');
    }

    private void comma(int start) {
        if (out.length() > start) {
            out.append(',');
        }
    }

    private void map(Map<?, ?> map, int start, int depth) {
        boolean plain = map.keySet().stream().allMatch(k -> k instanceof String);
        if (!plain) {
            comma(start);
            out.append("\"@entries\":[");
        }
        int inner = out.length();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            comma(plain ? start : inner);
            if (plain) {
                String key = (String) entry.getKey();
                quote(key.startsWith("@") ? "@" + key : key);
                out.append(':');
                value(entry.getValue(), depth + 1);
            } else {
                out.append('[');
                value(entry.getKey(), depth + 1);
                out.append(',');
                value(entry.getValue(), depth + 1);
                out.append(']');
            }
        }
        if (!plain) {
            out.append(']');
        }
    }

    private void object(Object o, int start, int depth) {
        comma(start);
        out.append("\"@class\":");
        if (Proxy.isProxyClass(o.getClass())) {
            quote("java.lang.reflect.Proxy");
            out.append(",\"@interfaces\":[");
            Class<?>[] interfaces = o.getClass().getInterfaces();
            for (int i = 0; i < interfaces.length; i++) {
                out.append(i > 0 ? "," : "");
                quote(interfaces[i].getName());
            }
            out.append("],\"h\":");
            InvocationHandler handler = Proxy.getInvocationHandler(o);
            value(handler, depth + 1);
            return;
        }
        quote(o.getClass().getName());
        if (o instanceof Shapes.External e) {
            data(e.written(Shapes.External.class), "@data", Shapes.External.class, false, depth);
            return;
        }
        level(o, o.getClass(), depth);
    }

    private static Object get(Object o, Class<?> level, String name) {
        if (level == Shapes.Put.class && name.equals("total")) {
            return ((Shapes.Put) o).sum;
        }
        try {
            Field field = level.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(o);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isHidden(Class<?> actual, Class<?> level, String name) {
        for (Class<?> c = actual; c != level; c = c.getSuperclass()) {
            ObjectStreamClass descriptor = ObjectStreamClass.lookup(c);
            if (descriptor != null && descriptor.getField(name) != null) {
                return true;
            }
        }
        return false;
    }

    private void level(Object o, Class<?> level, int depth) {
        ObjectStreamClass descriptor = ObjectStreamClass.lookup(level);
        if (descriptor == null || level == null || !Serializable.class.isAssignableFrom(level)) {
            return;
        }
        if (level.getSuperclass() != null) {
            level(o, level.getSuperclass(), depth);
        }
        if (level == Shapes.Late.class) {
            data(((Shapes.Late) o).before(), "@data", level, false, depth);
        }
        if (level != Shapes.Silent.class) {
            ObjectStreamField[] fields = descriptor.getFields();
            for (ObjectStreamField field : fields) {
                out.append(',');
                quote((isHidden(o.getClass(), level, field.getName()) ? level.getName() + "." : "")
                    + field.getName());
                out.append(':');
                value(get(o, level, field.getName()), depth + 1);
            }
        }
        if (level == Shapes.Late.class) {
            out.append(",\"@reading\":\"late\"");
            data(((Shapes.Late) o).after(), "@after", level, false, depth);
        } else if (o instanceof Shapes.Custom c && Arrays.stream(level.getDeclaredMethods())
            .anyMatch(m -> m.getName().equals("writeObject"))) {
            data(c.written(level), "@data", level, level != o.getClass(), depth);
        }
        if (level == Shapes.Silent.class) {
            out.append(",\"@reading\":\"data\"");
        }
    }

    private void data(List<Object> written, String mark, Class<?> level, boolean isMore,
        int depth) {
        StringBuilder block = new StringBuilder();
        int start = -1;
        byte[] pending = {};
        for (Object item : written) {
            if (item instanceof Shapes.Block b) {
                byte[] joined = Arrays.copyOf(pending, pending.length + b.bytes().length);
                System.arraycopy(b.bytes(), 0, joined, pending.length, b.bytes().length);
                pending = joined;
                continue;
            }
            start = begin(start, mark, level, isMore);
            flush(pending, start);
            pending = new byte[0];
            comma(start);
            value(item, depth + 1);
        }
        if (pending.length > 0) {
            start = begin(start, mark, level, isMore);
            flush(pending, start);
        }
        if (start >= 0) {
            out.append(']');
        }
    }

    private int begin(int start, String mark, Class<?> level, boolean isMore) {
        if (start >= 0) {
            return start;
        }
        out.append(",");
        quote(isMore ? mark + ":" + level.getName() : mark);
        out.append(":[");
        return out.length();
    }

    private void flush(byte[] pending, int start) {
        if (pending.length == 0) {
            return;
        }
        comma(start);
        out.append("{\"@bytes\":");
        quote(Base64.getEncoder().encodeToString(pending));
        out.append('}');
    }
}
