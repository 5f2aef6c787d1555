"""Projects, people and how they prove who they are for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import records as r
from ..manager import Grant
from ._base import Base


class People(Base):
    """Projects, people and how they prove who they are."""

    async def projects(self) -> list[str]:
        """The projects of the installation, as far as we may see them; ``ReleaseManager(project=…)`` is about one."""
        return await self._run(self.manager.projects)

    async def add_project(self, name: str) -> None:
        """Adds a project, with components, environments, releases and a history of its own."""
        return await self._run(self.manager.add_project, name)

    async def whoami(self) -> dict[str, Any]:
        """Who the server takes us for, and what we may do."""
        return await self._run(self.manager.whoami)

    async def people(self) -> r.Records[r.Person]:
        """People and service accounts, with what they may do."""
        return await self._run(self.manager.people)

    async def person(self, name: str) -> r.Person:
        """One of them."""
        return await self._run(self.manager.person, name)

    async def add_person(self, name: str, *, display: str | None=None, grants: Iterable[Grant]=(), service: bool=False) -> r.Person:
        """Adds somebody, or with ``service`` an account for a program."""
        return await self._run(self.manager.add_person, name, display=display, grants=grants, service=service)

    async def set_grants(self, person: str, grants: Iterable[Grant]) -> r.Person:
        """Gives exactly these roles."""
        return await self._run(self.manager.set_grants, person, grants)

    async def set_groups(self, person: str, groups: Iterable[str]) -> r.Person:
        """Puts somebody into exactly these groups."""
        return await self._run(self.manager.set_groups, person, groups)

    async def set_links(self, person: str, links: Iterable[Mapping[str, str]]) -> r.Person:
        """Who they are at identity providers, in the place of all before: ``[{"issuer": "https://…", "subject": "2482"}]``."""
        return await self._run(self.manager.set_links, person, links)

    async def disable_person(self, person: str, reason: str) -> r.Person:
        """Sessions and tokens of theirs stop, and approvals that still wait do not count."""
        return await self._run(self.manager.disable_person, person, reason)

    async def enable_person(self, person: str) -> r.Person:
        """Lets somebody in again."""
        return await self._run(self.manager.enable_person, person)

    async def groups(self) -> list[dict[str, Any]]:
        """Groups, with their roles and who is in them."""
        return await self._run(self.manager.groups)

    async def set_group(self, group: str, grants: Iterable[Grant]) -> dict[str, Any]:
        """Gives a group exactly these roles."""
        return await self._run(self.manager.set_group, group, grants)

    async def tokens(self, person: str) -> r.Records[r.Token]:
        """Tokens of somebody, with when each was last used."""
        return await self._run(self.manager.tokens, person)

    async def issue_token(self, person: str, label: str, *, expires_seconds: int | None=None, scope: Iterable[Grant] | None=None) -> tuple[r.Token, str]:
        """Makes a token; its secret is answered this once. With a scope it may do no more than that."""
        return await self._run(self.manager.issue_token, person, label, expires_seconds=expires_seconds, scope=scope)

    async def revoke_token(self, person: str, token: str) -> None:
        """Ends a token at once, by its id."""
        return await self._run(self.manager.revoke_token, person, token)
