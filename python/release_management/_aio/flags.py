"""Feature flags of the control plane: what they are, and how they stand where for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from .. import records as r
from ..manager import FlagFormat, FlagKind
from ._base import Base


class Flags(Base):
    """Feature flags of the control plane: what they are, and how they stand where."""

    async def flags(self, *, kind: FlagKind | None=None, owner: str | None=None, archived: bool=False, stale: bool=False, stale_days: int | None=None) -> r.Records[r.Flag]:
        """Flags, without their definitions."""
        return await self._run(self.manager.flags, kind=kind, owner=owner, archived=archived, stale=stale, stale_days=stale_days)

    async def flag(self, key: str) -> r.Flag:
        """One flag, with its definitions, how it is used, and what waits for a second person."""
        return await self._run(self.manager.flag, key)

    async def create_flag(self, key: str, environments: Iterable[str]=(), definition: Mapping[str, Any] | None=None, *, kind: FlagKind='release', owner: str | None=None, description: str | None=None, remove_by: date | None=None, release: str | None=None, reason: str | None=None) -> r.Flag:
        """A new flag, in environments that are not protected. Without a definition it is a switch that is off."""
        return await self._run(self.manager.create_flag, key, environments, definition, kind=kind, owner=owner, description=description, remove_by=remove_by, release=release, reason=reason)

    async def describe_flag(self, key: str, *, kind: FlagKind | None=None, owner: str | None=None, description: str | None=None, remove_by: date | None=None, release: str | None=None) -> r.Flag:
        """Says something else about a flag; what is not given stays."""
        return await self._run(self.manager.describe_flag, key, kind=kind, owner=owner, description=description, remove_by=remove_by, release=release)

    async def set_flag(self, key: str, environment: str, definition: Mapping[str, Any], reason: str | None=None) -> r.Flag:
        """Defines a flag anew in one environment that is not protected; see :meth:`propose_flag` for others."""
        return await self._run(self.manager.set_flag, key, environment, definition, reason)

    async def flag_off(self, key: str, environment: str, reason: str | None=None) -> r.Flag:
        """Everybody gets the off variant, at once. This needs nobody else, also where it is protected."""
        return await self._run(self.manager.flag_off, key, environment, reason)

    async def flag_on(self, key: str, environment: str, reason: str | None=None) -> r.Flag:
        """Its rules are asked again."""
        return await self._run(self.manager.flag_on, key, environment, reason)

    async def revert_flag(self, key: str, environment: str, edition: int | None=None, reason: str | None=None) -> r.Flag:
        """Makes the definition of an earlier edition the newest one: of the one before, unless given."""
        return await self._run(self.manager.revert_flag, key, environment, edition, reason)

    async def propose_flag(self, key: str, environment: str, definition: Mapping[str, Any] | None=None, *, on: bool | None=None, edition: int | None=None, reason: str | None=None) -> r.Flag:
        """Asks a second person for a change: another definition, on or off, or an earlier edition; one of the three."""
        return await self._run(self.manager.propose_flag, key, environment, definition, on=on, edition=edition, reason=reason)

    async def approve_flag(self, key: str, environment: str, proposal: int | None=None, reason: str | None=None) -> r.Flag:
        """Says yes to what somebody else proposed; it happens now. Without a number, to the one that waits there."""
        return await self._run(self.manager.approve_flag, key, environment, proposal, reason)

    async def reject_flag(self, key: str, environment: str, proposal: int | None=None, reason: str | None=None) -> r.Flag:
        """Says no to what was proposed."""
        return await self._run(self.manager.reject_flag, key, environment, proposal, reason)

    async def withdraw_flag(self, key: str, environment: str, proposal: int | None=None, reason: str | None=None) -> r.Flag:
        """Takes back what you proposed."""
        return await self._run(self.manager.withdraw_flag, key, environment, proposal, reason)

    async def flag_history(self, key: str, environment: str | None=None) -> r.Records[r.FlagChange]:
        """Each change, newest first, place by place."""
        return await self._run(self.manager.flag_history, key, environment)

    async def flag_exposure(self, key: str, environment: str, *, hours: int=24, points: int=24) -> r.FlagExposure:
        """What was given of a flag over time."""
        return await self._run(self.manager.flag_exposure, key, environment, hours=hours, points=points)

    async def archive_flag(self, key: str, reason: str | None=None) -> r.Flag:
        """Serves it nowhere any more: programs get their own defaults."""
        return await self._run(self.manager.archive_flag, key, reason)

    async def restore_flag(self, key: str, reason: str | None=None) -> r.Flag:
        """Serves it again, as it stood."""
        return await self._run(self.manager.restore_flag, key, reason)

    async def import_flags(self, environment: str, document: Mapping[str, Any], *, format: FlagFormat='flagd', dry_run: bool=False, kind: FlagKind='release', owner: str | None=None, reason: str | None=None) -> r.FlagsImported:
        """Takes every flag of a document that can be served; says of the others why not."""
        return await self._run(self.manager.import_flags, environment, document, format=format, dry_run=dry_run, kind=kind, owner=owner, reason=reason)

    async def export_flags(self, environment: str) -> dict[str, Any]:
        """All flags of an environment in flagd's format."""
        return await self._run(self.manager.export_flags, environment)

    async def try_flags(self, environment: str, subject: str | None=None, attributes: Mapping[str, Any] | None=None, *, key: str | None=None, definition: Mapping[str, Any] | None=None) -> r.Records[r.FlagEvaluation]:
        """What somebody gets, and why: of one flag or of all; with a definition, what they would get by it."""
        return await self._run(self.manager.try_flags, environment, subject, attributes, key=key, definition=definition)

    async def flag_keys(self, environment: str) -> r.Records[r.FlagKey]:
        """By what programs may ask for the flags of an environment."""
        return await self._run(self.manager.flag_keys, environment)

    async def issue_flag_key(self, environment: str, label: str, kind: Literal['server', 'client']='server', *, expires_seconds: int | None=None) -> tuple[r.FlagKey, str]:
        """A new key, and its text, which is shown this once."""
        return await self._run(self.manager.issue_flag_key, environment, label, kind, expires_seconds=expires_seconds)

    async def revoke_flag_key(self, environment: str, id: str) -> r.FlagKey:
        """From now on it opens nothing."""
        return await self._run(self.manager.revoke_flag_key, environment, id)
