// SPDX-License-Identifier: Apache-2.0
package shop;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
// The laboratory replaces the package for versions before Tomcat 10.
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import labnode.Json;
import labnode.SessionId;

/**
 * Does the steps in the body of one request, one a line, and answers with JSON.
 *
 * <p>A step is a word and its percent-encoded arguments. All of them act on the session of the
 * request's cookie, so several changes reach the cluster as one message.
 */
public final class Steps extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final String INCLUDED = "shop.included";
  private static final String RESULT = "shop.result";

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    String included = (String) request.getAttribute(INCLUDED);
    if (included != null) {
      request.removeAttribute(INCLUDED);
      request.setAttribute(RESULT, step(request, response, included.split(" ")));
      return;
    }
    List<Object> results = new ArrayList<>();
    int status = HttpServletResponse.SC_OK;
    try {
      for (String line : request.getReader().lines().toList()) {
        results.add(step(request, response, line.split(" ")));
      }
    } catch (IllegalArgumentException | IllegalStateException | ServletException e) {
      results.add(e.toString());
      status = HttpServletResponse.SC_BAD_REQUEST;
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    HttpSession session = request.getSession(false);
    answer.put("session", session == null ? null : session.getId());
    answer.put("results", results);
    response.setStatus(status);
    response.setContentType("application/json");
    response.getWriter().println(Json.of(answer));
  }

  private static Object step(HttpServletRequest request, HttpServletResponse response, String[] words)
      throws IOException, ServletException {
    switch (words[0]) {
      case "in":
        return inOther(request, response, words);
      case "create":
        return request.getSession(true).getId();
      case "change-id":
        return SessionId.change(request);
      case "login":
        request.login(argument(words, 1), argument(words, 2));
        return request.getRemoteUser();
      case "logout":
        request.logout();
        return null;
      case "auth-type":
        return request.getAuthType();
      case "user":
        return user(request, words);
      case "application-set":
        request.getServletContext().setAttribute(argument(words, 1), Values.parse(argument(words, 2)));
        return null;
      case "application-get":
        return request.getServletContext().getAttribute(argument(words, 1));
      case "application-remove":
        request.getServletContext().removeAttribute(argument(words, 1));
        return null;
      default:
        return sessionStep(existing(request), words);
    }
  }

  /** Does a step in another web application of this host, in the same request. */
  private static Object inOther(HttpServletRequest request, HttpServletResponse response, String[] words)
      throws IOException, ServletException {
    request.setAttribute(INCLUDED, String.join(" ", Arrays.copyOfRange(words, 2, words.length)));
    request.getServletContext().getContext(argument(words, 1)).getRequestDispatcher("/steps")
        .include(request, response);
    return request.getAttribute(RESULT);
  }

  private static Object sessionStep(HttpSession session, String[] words) {
    switch (words[0]) {
      case "set":
        session.setAttribute(argument(words, 1), Values.parse(argument(words, 2)));
        return null;
      case "get":
        return session.getAttribute(argument(words, 1));
      case "note":
        return ((LineItem) session.getAttribute(argument(words, 1))).note();
      case "remove":
        session.removeAttribute(argument(words, 1));
        return null;
      case "names":
        return Collections.list(session.getAttributeNames());
      case "max-inactive":
        session.setMaxInactiveInterval(Integer.parseInt(argument(words, 1)));
        return null;
      case "sleep":
        try {
          Thread.sleep(Long.parseLong(argument(words, 1)));
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        return null;
      case "invalidate":
        session.invalidate();
        return null;
      default:
        throw new IllegalArgumentException("unknown step " + words[0]);
    }
  }

  /** The user's name and which of the named roles they have. */
  private static Object user(HttpServletRequest request, String[] words) {
    List<Object> roles = new ArrayList<>();
    for (int i = 1; i < words.length; i++) {
      if (request.isUserInRole(argument(words, i))) {
        roles.add(argument(words, i));
      }
    }
    Map<String, Object> user = new LinkedHashMap<>();
    user.put("name", request.getRemoteUser());
    user.put("roles", roles);
    return user;
  }

  private static HttpSession existing(HttpServletRequest request) {
    HttpSession session = request.getSession(false);
    if (session == null) {
      throw new IllegalStateException("no session");
    }
    return session;
  }

  private static String argument(String[] words, int index) {
    return URLDecoder.decode(words[index], StandardCharsets.UTF_8);
  }
}
