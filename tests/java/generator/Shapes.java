/* SPDX-License-Identifier: Apache-2.0 */
import java.io.Externalizable;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamField;
import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Classes that write themselves in every way the protocol knows. */
final class Shapes {
    private Shapes() {
    }

    /** Primitive data among the things a class wrote itself. */
    record Block(byte[] bytes) {
    }

    /** Classes with data of their own tell what they wrote: blocks and objects. */
    interface Custom {
        List<Object> written(Class<?> level);
    }

    enum Color { RED, GREEN, BLUE }

    enum Shape {
        ROUND { @Override int corners() { return 0; } },
        SQUARE { @Override int corners() { return 4; } };

        abstract int corners();
    }

    record Point(int x, int y, String label) implements Serializable {
    }

    interface Named {
        String name();
    }

    interface Tagged {
    }

    static class Handler implements InvocationHandler, Serializable {
        private static final long serialVersionUID = 5;
        Object answer;

        @Override
        public Object invoke(Object proxy, Method method, Object[] args) {
            return switch (method.getName()) {
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == args[0];
                default -> answer;
            };
        }
    }

    /** All primitive types and some objects. */
    static class Base implements Serializable {
        private static final long serialVersionUID = 1;
        boolean flag;
        byte small;
        char letter;
        short medium;
        int number;
        long wide;
        float single;
        double precise;
        String text;
        Object any;
        int[] numbers;
        transient int lost = 7;
    }

    static class Middle extends Base {
        private static final long serialVersionUID = 2;
        String text;
        Base[] others;
    }

    static class Leaf extends Middle {
        private static final long serialVersionUID = -3;
        Color color;
        long wide;
    }

    static class NoFields implements Serializable {
        private static final long serialVersionUID = 4;
    }

    static class NotSerializableParent {
        int forgotten = 3;
    }

    static class Orphan extends NotSerializableParent implements Serializable {
        private static final long serialVersionUID = 6;
        int kept;
    }

    static class Node implements Serializable {
        private static final long serialVersionUID = 7;
        Node next;
        Object content;
    }

    /** Fields first, then data: as the documentation asks for. */
    static class Proper extends Base implements Custom {
        private static final long serialVersionUID = 8;
        int count;
        transient byte[] data = {};
        transient Object extra;

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
            out.write(data);
            out.writeObject(extra);
            out.writeInt(data.length);
        }

        private void readObject(ObjectInputStream in) throws InvalidObjectException {
            throw new InvalidObjectException("never read");
        }

        @Override
        public List<Object> written(Class<?> level) {
            List<Object> items = new ArrayList<>();
            items.add(new Block(data));
            items.add(extra);
            items.add(new Block(Describer.bytesOf(data.length)));
            return items;
        }
    }

    /** A super class with data of its own below one that has none. */
    static class Deeper extends Proper {
        private static final long serialVersionUID = 9;
        String last;
    }

    /** Fields with primitives, and none of them written. */
    static class Silent implements Serializable, Custom {
        /** Where in a block a third field would begin: the primitive fields have 12 bytes, its head 2 or 5. */
        private static final int THIRD_IN_SHORT = 10;
        private static final int THIRD_IN_LONG = 7;
        private static final long serialVersionUID = 10;
        int first;
        long second;
        String third;
        transient byte[] data = {};
        transient Object extra;

        /** The same bytes, but never ones that could be the fields and so would have two readings. */
        static byte[] unmistakable(byte[] data) {
            byte[] result = Arrays.copyOf(data, Math.max(data.length, THIRD_IN_SHORT + 1));
            result[THIRD_IN_SHORT] = 0;
            result[THIRD_IN_LONG] = 0;
            return result;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.write(data);
            out.writeObject(extra);
        }

        @Override
        public List<Object> written(Class<?> level) {
            List<Object> items = new ArrayList<>();
            items.add(new Block(data));
            items.add(extra);
            return items;
        }
    }

    /** Fields behind other data, which the documentation forbids and Java reads. */
    static class Late implements Serializable {
        private static final long serialVersionUID = 11;
        int number;
        String text;
        transient byte[] data = { 1 };

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.write(data);
            out.defaultWriteObject();
            out.writeInt(5);
        }

        List<Object> before() {
            return List.of(new Block(data));
        }

        List<Object> after() {
            return List.of(new Block(Describer.bytesOf(5)));
        }
    }

    /** Only object fields: the same bytes with and without defaultWriteObject. */
    static class Objects implements Serializable, Custom {
        private static final long serialVersionUID = 12;
        Object a;
        String b;

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
            out.writeShort(1);
        }

        @Override
        public List<Object> written(Class<?> level) {
            return List.of(new Block(new byte[] { 0, 1 }));
        }
    }

    /** Fields that the class does not have, written one by one. */
    static class Put implements Serializable {
        private static final long serialVersionUID = 13;
        private static final ObjectStreamField[] serialPersistentFields = {
            new ObjectStreamField("total", int.class),
            new ObjectStreamField("title", String.class),
            new ObjectStreamField("list", List.class),
        };
        transient int sum;
        transient String title;
        transient List<Object> list;

        private void writeObject(ObjectOutputStream out) throws IOException {
            ObjectOutputStream.PutField fields = out.putFields();
            fields.put("total", sum);
            fields.put("title", title);
            fields.put("list", list);
            out.writeFields();
        }
    }

    static class External implements Externalizable, Custom {
        private static final long serialVersionUID = 14;
        byte[] head = {};
        Object middle;
        byte[] tail = {};

        public External() {
        }

        @Override
        public void writeExternal(ObjectOutput out) throws IOException {
            out.write(head);
            out.writeObject(middle);
            out.write(tail);
        }

        @Override
        public void readExternal(ObjectInput in) throws IOException {
            throw new InvalidObjectException("never read");
        }

        @Override
        public List<Object> written(Class<?> level) {
            List<Object> items = new ArrayList<>();
            items.add(new Block(head));
            items.add(middle);
            items.add(new Block(tail));
            return items;
        }
    }

    /** Cannot be written: the stream has an exception in the middle of whatever holds one. */
    static class Broken {
    }

    static class Replaced implements Serializable {
        private static final long serialVersionUID = 15;
        final int seed;

        Replaced(int seed) {
            this.seed = seed;
        }

        Object writeReplace() {
            return new Point(seed, -seed, "replaced");
        }
    }

    interface Task extends Runnable, Serializable {
    }
}
