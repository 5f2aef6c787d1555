"""Values that instances get and nobody sees."""

from __future__ import annotations

from .. import records as r
from .base import Part


class Secrets(Part):
    """Values that instances get and nobody sees."""

    # --- secrets

    def secrets(self, environment: str) -> r.Records[r.Secret]:
        """Which secrets an environment has or asks for; never their values."""
        return self._list(r.Secret, ("environments", environment, "secrets"), {})

    def set_secret(self, environment: str, name: str, value: str | bytes) -> r.Secret:
        """Sets a secret: instances that start from now on get it. The same value again changes nothing."""
        content = value.encode() if isinstance(value, str) else value
        return self._of(r.Secret, self._transport.put_content("environments", environment, "secrets", name, content=content))

    def remove_secret(self, environment: str, name: str) -> None:
        """Removes a secret that nothing asks for any more."""
        self._transport.delete("environments", environment, "secrets", name)

    def rotate_secrets_key(self) -> int:
        """Seals every secret under a new key and forgets the old one; answers how many."""
        return int(self._transport.post("secrets", "rotation", body={})["secrets"])
