// SPDX-License-Identifier: Apache-2.0
package labnode;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.apache.catalina.Manager;
import org.apache.catalina.Session;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.RequestFacade;

/**
 * Gives the session of a request another id, in every version of Tomcat: since Servlet 3.1 a web
 * application asks for it, in 7.0 only Tomcat's authenticators do.
 */
public final class SessionId {
  private SessionId() {}

  /** Takes what a servlet is given; returns the new id. */
  public static String change(Object facade) {
    try {
      for (Method method : RequestFacade.class.getMethods()) {
        if (method.getName().equals("changeSessionId")) {
          return (String) method.invoke(facade);
        }
      }
      return changeAsAuthenticators(
          (Request) Json.read(RequestFacade.class.getDeclaredField("request"), facade));
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String changeAsAuthenticators(Request request) throws ReflectiveOperationException {
    Session session = request.getSessionInternal(false);
    if (session == null) {
      throw new IllegalStateException("no session");
    }
    Manager.class.getMethod("changeSessionId", Session.class)
        .invoke(request.getContext().getManager(), session);
    request.changeSessionId(session.getId());
    return session.getId();
  }
}
