# SPDX-License-Identifier: Apache-2.0
"""Real Tomcats, the demo web application and our own peer, as objects a test can drive."""
