"""Projects, people and how they prove who they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import records as r
from .base import Grant, Part, present


def grant_bodies(grants: Iterable[Grant]) -> list[dict[str, Any]]:
    return [{"role": grant} if isinstance(grant, str) else dict(grant) for grant in grants]


class People(Part):
    """Projects, people and how they prove who they are."""

    # --- projects

    def projects(self) -> list[str]:
        """The projects of the installation, as far as we may see them; ``ReleaseManager(project=…)`` is about one."""
        return [str(project["name"]) for project in self._transport.get("projects")["items"]]

    def add_project(self, name: str) -> None:
        """Adds a project, with components, environments, releases and a history of its own."""
        self._transport.post("projects", body={"name": name})

    # --- people and tokens

    def whoami(self) -> dict[str, Any]:
        """Who the server takes us for, and what we may do."""
        found: dict[str, Any] = self._transport.get("session")
        return found

    def people(self) -> r.Records[r.Person]:
        """People and service accounts, with what they may do."""
        return self._list(r.Person, ("people",), {})

    def person(self, name: str) -> r.Person:
        """One of them."""
        return self._of(r.Person, self._transport.get("people", name))

    def add_person(
        self, name: str, *, display: str | None = None, grants: Iterable[Grant] = (), service: bool = False
    ) -> r.Person:
        """Adds somebody, or with ``service`` an account for a program.

        A grant is a role (``"developer"``), or ``{"role": "approver", "environment": "production"}``.
        """
        kind = "service" if service else "person"
        body = present(name=name, kind=kind, display=display) | {"grants": grant_bodies(grants)}
        return self._of(r.Person, self._transport.post("people", body=body))

    def set_grants(self, person: str, grants: Iterable[Grant]) -> r.Person:
        """Gives exactly these roles."""
        return self._of(r.Person, self._transport.put("people", person, "grants", body={"grants": grant_bodies(grants)}))

    def set_groups(self, person: str, groups: Iterable[str]) -> r.Person:
        """Puts somebody into exactly these groups."""
        return self._of(r.Person, self._transport.put("people", person, "groups", body={"groups": list(groups)}))

    def set_links(self, person: str, links: Iterable[Mapping[str, str]]) -> r.Person:
        """Who they are at identity providers, in the place of all before: ``[{"issuer": "https://…", "subject": "2482"}]``."""
        body = {"links": [dict(link) for link in links]}
        return self._of(r.Person, self._transport.put("people", person, "links", body=body))

    def disable_person(self, person: str, reason: str) -> r.Person:
        """Sessions and tokens of theirs stop, and approvals that still wait do not count."""
        return self._of(r.Person, self._transport.post("people", person, "disable", body={"reason": reason}))

    def enable_person(self, person: str) -> r.Person:
        """Lets somebody in again."""
        return self._of(r.Person, self._transport.post("people", person, "enable", body={}))

    def groups(self) -> list[dict[str, Any]]:
        """Groups, with their roles and who is in them."""
        return list(self._transport.get("groups")["items"])

    def set_group(self, group: str, grants: Iterable[Grant]) -> dict[str, Any]:
        """Gives a group exactly these roles."""
        found: dict[str, Any] = self._transport.put("groups", group, body={"grants": grant_bodies(grants)})
        return found

    def tokens(self, person: str) -> r.Records[r.Token]:
        """Tokens of somebody, with when each was last used."""
        return self._list(r.Token, ("people", person, "tokens"), {})

    def issue_token(
        self,
        person: str,
        label: str,
        *,
        expires_seconds: int | None = None,
        scope: Iterable[Grant] | None = None,
    ) -> tuple[r.Token, str]:
        """Makes a token; its secret is answered this once. With a scope it may do no more than that."""
        body = present(label=label, expires_seconds=expires_seconds)
        if scope is not None:
            body["scope"] = grant_bodies(scope)
        found = self._transport.post("people", person, "tokens", body=body)
        return self._with_secret(r.Token, "token", found)

    def revoke_token(self, person: str, token: str) -> None:
        """Ends a token at once, by its id."""
        self._transport.delete("people", person, "tokens", token)
