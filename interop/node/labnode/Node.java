// SPDX-License-Identifier: Apache-2.0
package labnode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Service;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.ha.session.DeltaManager;
import org.apache.catalina.ha.session.DeltaSession;
import org.apache.catalina.startup.Catalina;
import org.apache.catalina.util.ServerInfo;

/**
 * Starts Tomcat from conf/server.xml as its own start script does, and answers questions about it.
 *
 * <p>One JSON object a line goes to standard output: first "ready" with the ports, then an answer
 * to each line read from standard input. Logs go to standard error. The end of standard input ends
 * the process at once, so that a node never outlives the program that started it.
 */
public final class Node {
  private final PrintStream answers;
  private final Catalina catalina = new Catalina();
  private InsideView view;

  private Node(PrintStream answers) {
    this.answers = answers;
  }

  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err);
    Node node = new Node(answers);
    if (!node.start()) {
      answers.println(Json.of(Map.of("event", "failed")));
      Runtime.getRuntime().halt(1);
    }
    node.answerUntilEnd();
    Runtime.getRuntime().halt(1);
  }

  private boolean start() {
    catalina.setParentClassLoader(Node.class.getClassLoader());
    catalina.load();
    if (catalina.getServer() == null) {
      return false;
    }
    catalina.start();
    if (catalina.getServer() == null
        || catalina.getServer().getState() != LifecycleState.STARTED) {
      return false;
    }
    view = new InsideView(catalina.getServer());
    Map<String, Object> ready = new LinkedHashMap<>();
    ready.put("event", "ready");
    ready.put("pid", ProcessHandle.current().pid());
    ready.put("server", ServerInfo.getServerInfo());
    ready.put("http", httpPort());
    ready.put("local", view.localMember());
    answers.println(Json.of(ready));
    return true;
  }

  private int httpPort() {
    for (Service service : catalina.getServer().findServices()) {
      for (Connector connector : service.findConnectors()) {
        return connector.getLocalPort();
      }
    }
    return 0;
  }

  private void answerUntilEnd() throws IOException {
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
    String question;
    while ((question = questions.readLine()) != null) {
      answers.println(Json.of(answer(question)));
    }
  }

  private Object answer(String question) {
    try {
      String[] words = question.split(" ");
      return switch (words[0]) {
        case "contexts" -> view.contexts();
        case "members" -> view.members();
        case "coordinator" -> view.coordinator();
        case "counters" -> view.counters();
        case "maps" -> view.maps();
        case "count" -> view.firstContext().getManager().getActiveSessions();
        case "fill" -> fill(view.firstContext(), words);
        case "undeploy" -> view.undeploy(words[1]);
        default -> Map.of("error", "unknown question " + question);
      };
    } catch (RuntimeException e) {
      return Map.of("error", e.toString());
    }
  }

  /**
   * Makes sessions that nobody is told of, for state transfers of any size: "fill COUNT [EVERY
   * TYPED]". One of EVERY gets a value of the web application's, in which %d is the number.
   */
  private static int fill(Context context, String[] words) {
    DeltaManager manager = (DeltaManager) context.getManager();
    int count = Integer.parseInt(words[1]);
    int every = words.length > 3 ? Integer.parseInt(words[2]) : 0;
    for (int i = 0; i < count; i++) {
      DeltaSession session = (DeltaSession) manager.createSession(null, false);
      session.setNew(false, false);
      session.setAttribute("number", i, false, false);
      if (every > 0 && i % every == 0) {
        session.setAttribute("value", value(context, String.format(words[3], i)), false, false);
      }
    }
    return manager.getActiveSessions();
  }

  private static Object value(Context context, String typed) {
    try {
      Method parse = Class.forName("shop.Values", true,
          context.getLoader().getClassLoader())
          .getDeclaredMethod("parse", String.class);
      parse.setAccessible(true);
      return parse.invoke(null, typed);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
