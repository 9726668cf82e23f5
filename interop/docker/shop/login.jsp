<%@ page contentType="text/plain;charset=UTF-8" session="false" trimDirectiveWhitespaces="true" %>
<%
    String user = request.getParameter("user");
    if (user == null || user.isEmpty()) {
        response.sendError(400, "user=NAME is needed");
        return;
    }
    HttpSession session = request.getSession();
    if (!session.isNew()) {
        request.changeSessionId();
    }
    session.setAttribute("user", user);
    session.setAttribute("cart", new java.util.ArrayList<String>());
%>
<%= user %> is logged in at <%= java.net.InetAddress.getLocalHost().getHostName() %>
