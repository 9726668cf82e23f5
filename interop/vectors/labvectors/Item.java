// SPDX-License-Identifier: Apache-2.0
package labvectors;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.LocalDate;

/** A class only the application knows, with a java.time field and a transient one. */
@SuppressWarnings("unused")
final class Item implements Serializable {
  private static final long serialVersionUID = 20240229L;

  private final String article = "cup";
  private final int quantity = 3;
  private final BigDecimal price = new BigDecimal("4.50");
  private final LocalDate ordered = LocalDate.of(2024, 2, 29);
  private final transient String note = "lost on the way";
}
