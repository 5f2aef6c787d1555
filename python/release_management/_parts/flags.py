"""Feature flags of the control plane: what they are, and how they stand where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timezone
from typing import Any, Literal, TypeAlias

from .. import records as r
from ..errors import refused
from .base import Part, present

FlagKind: TypeAlias = Literal["release", "experiment", "operations", "permission"]
FlagFormat: TypeAlias = Literal["flagd", "unleash", "launchdarkly"]
#: What most flags begin as.
_SWITCH = {"state": "DISABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on", "offVariant": "off"}


class Flags(Part):
    """Feature flags of the control plane: what they are, and how they stand where."""

    # --- feature flags

    def flags(
        self,
        *,
        kind: FlagKind | None = None,
        owner: str | None = None,
        archived: bool = False,
        stale: bool = False,
        stale_days: int | None = None,
    ) -> r.Records[r.Flag]:
        """Flags, without their definitions.

        :param archived: those that were archived, rather than the others
        :param stale: only those that look as if nobody needed them any more
        :param stale_days: how long is long enough for that: 30 unless given
        """
        query = present(kind=kind, owner=owner, stale_days=stale_days)
        switches = {name: "true" for name, wanted in (("archived", archived), ("stale", stale)) if wanted}
        return self._list(r.Flag, ("flags",), {**query, **switches})

    def flag(self, key: str) -> r.Flag:
        """One flag, with its definitions, how it is used, and what waits for a second person."""
        return self._of(r.Flag, self._transport.get("flags", key))

    def create_flag(
        self,
        key: str,
        environments: Iterable[str] = (),
        definition: Mapping[str, Any] | None = None,
        *,
        kind: FlagKind = "release",
        owner: str | None = None,
        description: str | None = None,
        remove_by: date | None = None,
        release: str | None = None,
        reason: str | None = None,
    ) -> r.Flag:
        """A new flag, in environments that are not protected. Without a definition it is a switch that is off.

        :param definition: in flagd's format
        :param remove_by: when it should be gone from the code: the end of that day in UTC, or a time
        :param release: the release that it belongs to
        """
        places = list(environments)
        body = present(
            key=key, kind=kind, owner=owner, description=description, remove_by_ms=_milliseconds(remove_by),
            release=release, environments=places, reason=reason,
            definition=definition if definition is not None or not places else _SWITCH,
        )
        return self._of(r.Flag, self._transport.post("flags", body=body))

    def describe_flag(
        self,
        key: str,
        *,
        kind: FlagKind | None = None,
        owner: str | None = None,
        description: str | None = None,
        remove_by: date | None = None,
        release: str | None = None,
    ) -> r.Flag:
        """Says something else about a flag; what is not given stays."""
        stands = self.flag(key).as_dict()
        given = present(
            kind=kind, owner=owner, description=description, remove_by_ms=_milliseconds(remove_by), release=release
        )
        kept = {name: stands[name] for name in ("kind", "owner", "description", "remove_by_ms", "release")}
        return self._of(r.Flag, self._transport.put("flags", key, body={**kept, **given}))

    def set_flag(
        self, key: str, environment: str, definition: Mapping[str, Any], reason: str | None = None
    ) -> r.Flag:
        """Defines a flag anew in one environment that is not protected; see :meth:`propose_flag` for others."""
        body = {"definition": dict(definition), **present(reason=reason)}
        return self._of(r.Flag, self._transport.put("flags", key, "environments", environment, body=body))

    def flag_off(self, key: str, environment: str, reason: str | None = None) -> r.Flag:
        """Everybody gets the off variant, at once. This needs nobody else, also where it is protected."""
        return self._at(key, environment, "switch", on=False, reason=reason)

    def flag_on(self, key: str, environment: str, reason: str | None = None) -> r.Flag:
        """Its rules are asked again."""
        return self._at(key, environment, "switch", on=True, reason=reason)

    def revert_flag(
        self, key: str, environment: str, edition: int | None = None, reason: str | None = None
    ) -> r.Flag:
        """Makes the definition of an earlier edition the newest one: of the one before, unless given."""
        return self._at(key, environment, "revert", edition=edition, reason=reason)

    def propose_flag(
        self,
        key: str,
        environment: str,
        definition: Mapping[str, Any] | None = None,
        *,
        on: bool | None = None,
        edition: int | None = None,
        reason: str | None = None,
    ) -> r.Flag:
        """Asks a second person for a change: another definition, on or off, or an earlier edition; one of the three."""
        return self._at(key, environment, "proposals", definition=definition, on=on, edition=edition, reason=reason)

    def approve_flag(
        self, key: str, environment: str, proposal: int | None = None, reason: str | None = None
    ) -> r.Flag:
        """Says yes to what somebody else proposed; it happens now. Without a number, to the one that waits there."""
        return self._decide((key, environment), proposal, "approve", reason)

    def reject_flag(
        self, key: str, environment: str, proposal: int | None = None, reason: str | None = None
    ) -> r.Flag:
        """Says no to what was proposed."""
        return self._decide((key, environment), proposal, "reject", reason)

    def withdraw_flag(
        self, key: str, environment: str, proposal: int | None = None, reason: str | None = None
    ) -> r.Flag:
        """Takes back what you proposed."""
        return self._decide((key, environment), proposal, "withdraw", reason)

    def flag_history(self, key: str, environment: str | None = None) -> r.Records[r.FlagChange]:
        """Each change, newest first, place by place."""
        return self._list(r.FlagChange, ("flags", key, "history"), present(environment=environment))

    def flag_exposure(self, key: str, environment: str, *, hours: int = 24, points: int = 24) -> r.FlagExposure:
        """What was given of a flag over time.

        :param hours: how far back, at most 336 (two weeks)
        :param points: in how many steps; fewer come where a step would be shorter than five minutes
        """
        path = ("flags", key, "environments", environment, "exposure")
        return self._of(r.FlagExposure, self._transport.get(*path, query={"hours": hours, "points": points}))

    def archive_flag(self, key: str, reason: str | None = None) -> r.Flag:
        """Serves it nowhere any more: programs get their own defaults."""
        return self._of(r.Flag, self._transport.post("flags", key, "archive", body=present(reason=reason)))

    def restore_flag(self, key: str, reason: str | None = None) -> r.Flag:
        """Serves it again, as it stood."""
        return self._of(r.Flag, self._transport.post("flags", key, "restore", body=present(reason=reason)))

    def import_flags(
        self,
        environment: str,
        document: Mapping[str, Any],
        *,
        format: FlagFormat = "flagd",
        dry_run: bool = False,
        kind: FlagKind = "release",
        owner: str | None = None,
        reason: str | None = None,
    ) -> r.FlagsImported:
        """Takes every flag of a document that can be served; says of the others why not.

        :param dry_run: only say what would happen
        :param kind: of flags that are new, and so is ``owner``
        """
        body = {"document": dict(document), "format": format, "dry_run": dry_run, "kind": kind}
        body |= present(owner=owner, reason=reason)
        return self._of(r.FlagsImported, self._transport.post("environments", environment, "flags", "import", body=body))

    def export_flags(self, environment: str) -> dict[str, Any]:
        """All flags of an environment in flagd's format."""
        return dict(self._transport.get("environments", environment, "flags.json"))

    def try_flags(
        self,
        environment: str,
        subject: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        definition: Mapping[str, Any] | None = None,
    ) -> r.Records[r.FlagEvaluation]:
        """What somebody gets, and why: of one flag or of all; with a definition, what they would get by it."""
        context = {**(attributes or {}), **present(targetingKey=subject)}
        body = {"context": context, **present(key=key, definition=definition)}
        told = self._transport.post("environments", environment, "flags", "evaluate", body=body)
        return r.Records(self._of(r.FlagEvaluation, item) for item in told["items"])

    def flag_keys(self, environment: str) -> r.Records[r.FlagKey]:
        """By what programs may ask for the flags of an environment."""
        return self._list(r.FlagKey, ("environments", environment, "flag-keys"), {})

    def issue_flag_key(
        self,
        environment: str,
        label: str,
        kind: Literal["server", "client"] = "server",
        *,
        expires_seconds: int | None = None,
    ) -> tuple[r.FlagKey, str]:
        """A new key, and its text, which is shown this once.

        :param kind: ``server`` for your own programs, which may read rules; ``client`` for pages and apps
        """
        body = present(kind=kind, label=label, expires_seconds=expires_seconds)
        return self._with_secret(
            r.FlagKey, "key", self._transport.post("environments", environment, "flag-keys", body=body)
        )

    def revoke_flag_key(self, environment: str, id: str) -> r.FlagKey:
        """From now on it opens nothing."""
        return self._of(r.FlagKey, self._transport.delete("environments", environment, "flag-keys", id))

    def _at(self, key: str, environment: str, verb: str, **fields: Any) -> r.Flag:
        path = ("flags", key, "environments", environment, verb)
        return self._of(r.Flag, self._transport.post(*path, body=present(**fields)))

    def _decide(self, at: tuple[str, str], proposal: int | None, verb: str, reason: str | None) -> r.Flag:
        key, environment = at
        number = self._only(key, environment) if proposal is None else proposal
        path = ("flags", key, "environments", environment, "proposals", str(number), verb)
        return self._of(r.Flag, self._transport.post(*path, body=present(reason=reason)))

    def _only(self, key: str, environment: str) -> int:
        """The one change that waits there."""
        waiting = [change.id for change in self.flag(key).proposals or () if change.environment == environment]
        if len(waiting) == 1:
            return waiting[0]
        if not waiting:
            detail = f"no change of `{key}` waits in {environment}"
            raise refused("unknown-flag-change", detail, "see what was decided: rm.flag_history(key)")
        detail = f"changes {', '.join(map(str, waiting))} wait there"
        raise refused("which-change", detail, "name one: proposal=…")


def _milliseconds(at: date | None) -> int | None:
    if at is None:
        return None
    if not isinstance(at, datetime):
        # A day counts until its end.
        at = datetime.combine(at, time(23, 59, 59), timezone.utc)
    return round(at.timestamp() * 1000)


__all__ = ["FlagFormat", "FlagKind", "Flags"]
