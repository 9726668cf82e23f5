# SPDX-License-Identifier: Apache-2.0
"""The clusters every interop test can be run with."""

# name: (multicast, unique ids in the file, versions of the Tomcats)
VARIANTS = {
    "static-10": (False, True, (10, 10)),
    "static-9": (False, True, (9, 9)),
    "static-mixed": (False, True, (9, 10)),
    "static-10-no-ids": (False, False, (10, 10)),
    "multicast-10": (True, False, (10, 10)),
    "multicast-9": (True, False, (9, 9)),
    "multicast-mixed": (True, False, (9, 10)),
}
