// SPDX-License-Identifier: Apache-2.0
package labvectors;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** A folder of vectors: NAME.bin has the bytes, NAME.txt one key=value a line about them. */
final class Output {
  private final Path folder;

  Output(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
  }

  void write(String name, byte[] bytes, Map<String, Object> description) throws IOException {
    StringBuilder text = new StringBuilder();
    description.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    Files.write(folder.resolve(name + ".bin"), bytes);
    Files.writeString(folder.resolve(name + ".txt"), text.toString(), StandardCharsets.UTF_8);
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** A description from alternating keys and values. */
  static Map<String, Object> describe(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }

  /** Bytes counting up from a start, so that a misplaced one is noticed. */
  static byte[] counting(int start, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (start + i);
    }
    return bytes;
  }
}
