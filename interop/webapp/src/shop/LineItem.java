// SPDX-License-Identifier: Apache-2.0
package shop;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.LocalDate;

/** A value only the web application knows: a java.time field, a nested number, a transient field. */
public final class LineItem implements Serializable {
  private static final long serialVersionUID = 20240229L;

  private final String article;
  private final int quantity;
  private final BigDecimal price;
  private final LocalDate ordered;
  private final transient String note;

  public LineItem(String article, int quantity, BigDecimal price, LocalDate ordered, String note) {
    this.article = article;
    this.quantity = quantity;
    this.price = price;
    this.ordered = ordered;
    this.note = note;
  }

  /** Lost on the way to another node, as the field is transient. */
  public String note() {
    return note;
  }
}
