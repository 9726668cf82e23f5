# SPDX-License-Identifier: Apache-2.0
"""Two Tomcats and a peer, and what tests of their sessions have in common."""
from .waiting import until, until_equal

# What a state transfer carries. Access times are the receiver's own business.
CARRIED = ("creationTime", "maxInactiveInterval", "isValid", "principal", "roles", "attributes")


class Together:
    """The nodes of one cluster: what different nodes send arrives in any order, and so does what
    one sends asynchronously. Before anybody writes again, everybody must have what was written.
    """

    def __init__(self, first, second, peer, asynchronous):
        self.first, self.second, self.peer = first, second, peer
        self.everyone = (first, second, peer)
        self.asynchronous = asynchronous

    def until_session(self, node, session_id, matches, what):
        """Waits until a node's session satisfies the condition, and returns it."""
        return until(lambda: node.session(session_id), lambda seen: seen and matches(seen),
                     f"{node.name}: {what}")

    def until_all(self, session_id, matches, what):
        """Waits until the session satisfies the condition everywhere; returns the peer's."""
        return [self.until_session(node, session_id, matches, what) for node in self.everyone][-1]

    def until_attributes(self, session_id, expected, nodes=None):
        for node in nodes or self.everyone:
            until_equal(lambda node=node: node.attributes(session_id), expected,
                        f"attributes in {node.name}")

    def until_typed_attributes(self, session_id, expected):
        """Their Java classes, too, as only the Tomcats tell them."""
        for tomcat in (self.first, self.second):
            until_equal(lambda tomcat=tomcat: tomcat.typed_attributes(session_id), expected,
                        f"attributes in {tomcat.name}")

    def until_gone(self, session_id):
        for node in self.everyone:
            until(node.session_ids, lambda seen: session_id not in seen,
                  f"{node.name} has forgotten {session_id}")

    def session_with(self, *steps):
        """A browser of the first Tomcat whose new session everybody has.

        It is for the caller to wait for what the steps do.
        """
        browser = self.first.browser()
        browser.steps("create")
        self.until_attributes(browser.session, {})
        if steps:
            browser.steps(*steps)
        return browser

    def log_in(self, browser):
        """Logs in, which changes the session's id, and returns the peer's session.

        With asynchronous sending the principal may get to the other Tomcat before the new id, and
        is then lost there.
        """
        browser.steps(("login", "ada", "engine"))
        surely = (self.peer,) if self.asynchronous else (self.second, self.peer)
        self.until_all(browser.session, lambda _: True, "the session under its new id")
        return [self.until_session(node, browser.session, lambda session: session["principal"],
                                   "the principal") for node in surely][-1]


def carried(node):
    """Session id -> what every node that holds the session must say of it."""
    sessions = {session_id: node.session(session_id) for session_id in node.session_ids()}
    return {session_id: {key: session[key] for key in CARRIED}
            for session_id, session in sessions.items() if session}
