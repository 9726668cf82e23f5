# SPDX-License-Identifier: Apache-2.0
"""The clusters every interop test can be run with."""
from dataclasses import dataclass

from .cluster import Layout


@dataclass(frozen=True)
class Variant:
    """Configuration 1 or 2, with which Tomcats, and what else differs."""
    tomcats: tuple
    multicast: bool = False
    ids: bool = True
    cluster_in_host: bool = False

    @property
    def context(self):
        """What the cluster calls the web application."""
        return "/shop" if self.cluster_in_host else "localhost#/shop"

    def layout(self, size):
        return Layout(size, multicast=self.multicast, ids=self.ids and not self.multicast,
                      cluster_in_host=self.cluster_in_host)


VARIANTS = {
    "static-10": Variant((10, 10)),
    "static-9": Variant((9, 9)),
    "static-mixed": Variant((9, 10)),
    "static-10-no-ids": Variant((10, 10), ids=False),
    "static-10-host": Variant((10, 10), cluster_in_host=True),
    "multicast-10": Variant((10, 10), multicast=True),
    "multicast-9": Variant((9, 9), multicast=True),
    "multicast-mixed": Variant((9, 10), multicast=True),
}
