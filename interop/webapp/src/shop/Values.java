// SPDX-License-Identifier: Apache-2.0
package shop;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes attribute values from "type:text", for example "int:3" or "list:int:1|string:a". */
final class Values {
  private Values() {}

  static Object parse(String typed) {
    int colon = typed.indexOf(':');
    String text = typed.substring(colon + 1);
    return switch (typed.substring(0, colon)) {
      case "string" -> text;
      case "int" -> Integer.valueOf(text);
      case "long" -> Long.valueOf(text);
      case "double" -> Double.valueOf(text);
      case "boolean" -> Boolean.valueOf(text);
      case "date" -> Date.from(Instant.parse(text));
      case "bytes" -> Base64.getDecoder().decode(text);
      case "list" -> list(text);
      case "map" -> map(text);
      case "item" -> item(text);
      case "plain" -> new Object();
      case "fragile" -> new Fragile(Integer.parseInt(text));
      default -> throw new IllegalArgumentException(typed);
    };
  }

  private static List<Object> list(String text) {
    List<Object> list = new ArrayList<>();
    for (String element : text.split("\\|")) {
      list.add(parse(element));
    }
    return list;
  }

  private static Map<String, Object> map(String text) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (String entry : text.split("\\|")) {
      String[] parts = entry.split("=", 2);
      map.put(parts[0], parse(parts[1]));
    }
    return map;
  }

  /** article/quantity/price/date/note. */
  private static LineItem item(String text) {
    String[] parts = text.split("/");
    return new LineItem(parts[0], Integer.parseInt(parts[1]), new BigDecimal(parts[2]),
        LocalDate.parse(parts[3]), parts[4]);
  }
}
