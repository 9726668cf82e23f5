// SPDX-License-Identifier: Apache-2.0
package labnode;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes values as JSON so that two views of one session can be compared as text.
 *
 * <p>Numbers of any size, strings and booleans are JSON's own; dates and times are ISO 8601, byte arrays base64,
 * collections arrays, maps objects. Objects of other classes list their serializable fields, super
 * class first, after an "@class" member; a constant of an enum has its name as "@enum" there.
 */
public final class Json {
  private final StringBuilder out = new StringBuilder();
  private final IdentityHashMap<Object, Integer> open = new IdentityHashMap<>();

  private Json() {}

  public static String of(Object value) {
    Json json = new Json();
    json.write(value);
    return json.out.toString();
  }

  private void write(Object value) {
    if (value == null || value instanceof Boolean || isPlainNumber(value)) {
      out.append(value);
    } else if (value instanceof String || value instanceof Character) {
      quote(value.toString());
    } else if (value instanceof Date date) {
      quote(Instant.ofEpochMilli(date.getTime()).toString());
    } else if (value instanceof byte[] bytes) {
      quote(Base64.getEncoder().encodeToString(bytes));
    } else if (value instanceof Enum<?> constant) {
      out.append("{\"@class\":");
      quote(constant.getDeclaringClass().getName());
      out.append(",\"@enum\":");
      quote(constant.name());
      out.append('}');
    } else if (value.getClass().getName().startsWith("java.") && !isContainer(value)) {
      quote(value.toString());
    } else {
      writeNested(value);
    }
  }

  /** Containers and foreign objects can contain themselves; a value already being written is cut. */
  private void writeNested(Object value) {
    if (open.put(value, 0) != null) {
      quote("@cycle");
      return;
    }
    if (value instanceof Map<?, ?> map) {
      writeMap(map);
    } else if (value instanceof Collection<?> items) {
      writeArray(items.toArray());
    } else if (value.getClass().isArray()) {
      Object[] items = new Object[Array.getLength(value)];
      for (int i = 0; i < items.length; i++) {
        items[i] = Array.get(value, i);
      }
      writeArray(items);
    } else {
      writeMap(fields(value));
    }
    open.remove(value);
  }

  private void writeMap(Map<?, ?> map) {
    String separator = "";
    out.append('{');
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      quote(String.valueOf(entry.getKey()));
      out.append(':');
      write(entry.getValue());
      separator = ",";
    }
    out.append('}');
  }

  private void writeArray(Object[] items) {
    out.append('[');
    for (int i = 0; i < items.length; i++) {
      out.append(i == 0 ? "" : ",");
      write(items[i]);
    }
    out.append(']');
  }

  private static Map<String, Object> fields(Object value) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("@class", value.getClass().getName());
    addFields(value, value.getClass(), map);
    return map;
  }

  private static void addFields(Object value, Class<?> type, Map<String, Object> map) {
    if (type == null || type == Object.class) {
      return;
    }
    addFields(value, type.getSuperclass(), map);
    for (Field field : type.getDeclaredFields()) {
      if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
        map.put(field.getName(), read(field, value));
      }
    }
  }

  static Object read(Field field, Object owner) {
    try {
      field.setAccessible(true);
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isContainer(Object value) {
    return value instanceof Map || value instanceof Collection || value.getClass().isArray();
  }

  private static boolean isPlainNumber(Object value) {
    return value instanceof Integer || value instanceof Long || value instanceof Short
        || value instanceof Byte || value instanceof BigInteger || value instanceof BigDecimal
        || value instanceof Double d && !d.isNaN() && !d.isInfinite()
        || value instanceof Float f && !f.isNaN() && !f.isInfinite();
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || c > 0x7e) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
