// SPDX-License-Identifier: Apache-2.0
package labconfig;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.apache.catalina.tribes.transport.ReceiverBase;

/** The properties that a Digester can set on an object, and what they are now. */
final class Beans {
  private Beans() {}

  /** What IntrospectionUtils knows how to convert a text to. */
  private static boolean isSettable(Class<?> type) {
    return List.of(String.class, int.class, Integer.class, long.class, Long.class, boolean.class,
        Boolean.class, InetAddress.class).contains(type);
  }

  /** Property name to value as text, of all setters whose parameter a text can become. */
  static Map<String, Object> properties(Object bean) {
    Map<String, Object> found = new TreeMap<>();
    for (Method method : bean.getClass().getMethods()) {
      String name = method.getName();
      if (name.startsWith("set") && name.length() > 3 && method.getParameterCount() == 1
          && isSettable(method.getParameterTypes()[0])
          && !Modifier.isStatic(method.getModifiers())) {
        found.put(Character.toLowerCase(name.charAt(3)) + name.substring(4),
            valueOf(bean, name.substring(3)));
      }
    }
    return found;
  }

  /** A field where there is one, as some getters change what they tell of. */
  private static Object valueOf(Object bean, String capitalized) {
    String name = Character.toLowerCase(capitalized.charAt(0)) + capitalized.substring(1);
    // A receiver looks its address up when it is asked for it, and keeps what it found.
    boolean address = bean instanceof ReceiverBase && name.equals("address");
    Field field = field(bean.getClass(), address ? "host" : name);
    try {
      if (field != null) {
        return text(field.get(bean));
      }
      for (String prefix : List.of("get", "is")) {
        Method getter = getter(bean.getClass(), prefix + capitalized);
        if (getter != null) {
          return text(getter.invoke(bean));
        }
      }
    } catch (IllegalAccessException | InvocationTargetException e) {
      return "@unreadable";
    }
    return "@unreadable";
  }

  private static Object text(Object value) {
    if (value instanceof byte[] bytes) {
      return Arrays.toString(bytes);
    }
    return value == null ? null : value.toString();
  }

  private static Method getter(Class<?> type, String name) {
    try {
      return type.getMethod(name);
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  private static Field field(Class<?> type, String name) {
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      try {
        Field field = c.getDeclaredField(name);
        field.setAccessible(true);
        return field;
      } catch (NoSuchFieldException e) {
        continue;
      }
    }
    return null;
  }

  /** The value of a private field, or null where the class has none of this name. */
  static Object hidden(Object bean, String name) throws IllegalAccessException {
    Field field = field(bean.getClass(), name);
    return field == null ? null : field.get(bean);
  }

  /** Calls a method without parameters that is not public. */
  static void call(Object bean, String name) throws ReflectiveOperationException {
    for (Class<?> c = bean.getClass(); c != null; c = c.getSuperclass()) {
      for (Method method : c.getDeclaredMethods()) {
        if (method.getName().equals(name) && method.getParameterCount() == 0) {
          method.setAccessible(true);
          method.invoke(bean);
          return;
        }
      }
    }
    throw new NoSuchMethodException(name);
  }
}
