"""Reports about the artifacts of a release for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .. import records as r
from ..manager import AnyRelease, Report
from ._base import Base


class Evidence(Base):
    """Reports about the artifacts of a release."""

    async def add_evidence(self, release: AnyRelease, report: Report, *, artifact: str | None=None, gate: str | None=None, name: str | None=None, format: str | None=None) -> r.Evidence:
        """Adds a report: SARIF, Trivy, JUnit, axe, k6 and others, told by its content."""
        return await self._run(self.manager.add_evidence, release, report, artifact=artifact, gate=gate, name=name, format=format)

    async def evidence(self, release: AnyRelease) -> r.EvidenceList:
        """Reports and waivers of a release."""
        return await self._run(self.manager.evidence, release)

    async def evidence_report(self, release: AnyRelease, report: r.Evidence | str, limit: int | None=None) -> r.EvidenceShown:
        """A report with its findings, the worst first."""
        return await self._run(self.manager.evidence_report, release, report, limit)

    async def evidence_file(self, release: AnyRelease, report: r.Evidence | str) -> bytes:
        """The file of a report, where it is kept: of smoke tests, with what they wrote."""
        return await self._run(self.manager.evidence_file, release, report)

    async def waive(self, release: AnyRelease, finding: str, why: str, until: datetime | timedelta) -> r.EvidenceList:
        """Lets a finding pass, with a reason and an end."""
        return await self._run(self.manager.waive, release, finding, why, until)
