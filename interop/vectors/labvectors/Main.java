// SPDX-License-Identifier: Apache-2.0
package labvectors;

import java.nio.file.Path;

/** Writes all vectors into the folder named on the command line. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Output out = new Output(Path.of(arguments[0]));
    new Wire(out).writeAll();
    new Messages(out).writeAll();
    State state = new State(out);
    state.writeAll();
    new Maps(out, state).writeAll();
    new Rpc(out).writeAll();
    new Encrypt(out).writeAll();
    new Interceptors(out).writeAll();
    new Deploy(out).writeAll();
    System.exit(0);
  }
}
