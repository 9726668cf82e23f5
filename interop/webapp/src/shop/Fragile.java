// SPDX-License-Identifier: Apache-2.0
package shop;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;

/** A value that checks what it reads: every hundredth cannot be read back. */
public final class Fragile implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int number;

  public Fragile(int number) {
    this.number = number;
  }

  private void readObject(ObjectInputStream stream) throws IOException, ClassNotFoundException {
    stream.defaultReadObject();
    if (number % 100 == 0) {
      throw new InvalidObjectException("hundreds are not allowed");
    }
  }
}
