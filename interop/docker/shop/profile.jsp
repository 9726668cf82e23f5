<%@ page contentType="text/plain;charset=UTF-8" session="false" trimDirectiveWhitespaces="true" %>
<%
    HttpSession session = request.getSession(false);
    Object user = session == null ? null : session.getAttribute("user");
    String host = java.net.InetAddress.getLocalHost().getHostName();
    String item = request.getParameter("add");
    if (user == null) {
        response.setStatus(401);
        out.println("nobody is logged in, says " + host);
        return;
    }
    @SuppressWarnings("unchecked")
    java.util.List<String> cart = (java.util.List<String>) session.getAttribute("cart");
    if (item != null) {
        cart = new java.util.ArrayList<>(cart);
        cart.add(item);
        session.setAttribute("cart", cart);
    }
%>
<%= user %> has <%= cart %>, says <%= host %>
