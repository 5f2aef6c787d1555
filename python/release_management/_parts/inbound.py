"""Other systems that tell us what happened there."""

from __future__ import annotations

from typing import Literal

from .. import records as r
from .base import Part

class Inbound(Part):
    """Other systems that tell us what happened there."""

    # --- other systems

    def inbound(self) -> r.Records[r.Inbound]:
        """The systems that deliveries are taken from, and which alerts fire."""
        return self._list(r.Inbound, ("inbound",), {})

    def add_inbound(
        self,
        name: str,
        kind: Literal["github", "gitlab", "alertmanager", "cdevents", "generic"],
        on_alert: Literal["record", "hold", "abort"] = "record",
    ) -> tuple[r.Inbound, str]:
        """Takes deliveries of another system, and answers it with its secret, which is never shown again.

        ``on_alert`` is what an alert that begins to fire does to rollouts where it fires.
        """
        body = {"name": name, "kind": kind, "on_alert": on_alert}
        return self._with_secret(r.Inbound, "inbound", self._transport.post("inbound", body=body))

    def rotate_inbound_secret(self, name: str) -> tuple[r.Inbound, str]:
        """A new secret; the one before counts for a day."""
        return self._with_secret(r.Inbound, "inbound", self._transport.post("inbound", name, "rotate", body={}))

    def remove_inbound(self, name: str) -> None:
        """Takes nothing more from it."""
        self._transport.delete("inbound", name)
