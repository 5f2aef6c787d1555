"""Reports about the artifacts of a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from .. import records as r
from .base import AnyRelease, Part, Report, present, version_of


def report_bytes(report: Report) -> tuple[str | None, bytes]:
    if isinstance(report, bytes):
        return None, report
    if isinstance(report, Mapping):
        return None, json.dumps(report).encode()
    path = Path(report)
    return path.name, path.read_bytes()


class Evidence(Part):
    """Reports about the artifacts of a release."""

    # --- evidence

    def add_evidence(
        self,
        release: AnyRelease,
        report: Report,
        *,
        artifact: str | None = None,
        gate: str | None = None,
        name: str | None = None,
        format: str | None = None,
    ) -> r.Evidence:
        """Adds a report: SARIF, Trivy, JUnit, axe, k6 and others, told by its content.

        :param report: its path, its content, or what ``json`` would write
        :param artifact: the component it is about, where it does not say so itself
        :param gate: the kind of gate it is for, where its content fits several
        :param name: a later report with the same name, format and tool takes its place
        """
        file_name, content = report_bytes(report)
        query = {"name": name, "file_name": file_name, "gate": gate, "artifact": artifact, "format": format}
        found = self._transport.upload("releases", version_of(release), "evidence", query=query, content=content)
        return self._of(r.Evidence, found)

    def evidence(self, release: AnyRelease) -> r.EvidenceList:
        """Reports and waivers of a release."""
        return self._of(r.EvidenceList, self._transport.get("releases", version_of(release), "evidence"))

    def evidence_report(
        self, release: AnyRelease, report: r.Evidence | str, limit: int | None = None
    ) -> r.EvidenceShown:
        """A report with its findings, the worst first.

        :param report: it, or its id
        :param limit: so many findings at most; 200 where absent
        """
        id = report if isinstance(report, str) else report["id"]
        path = ("releases", version_of(release), "evidence", id)
        return self._of(r.EvidenceShown, self._transport.get(*path, query={"limit": limit}))

    def evidence_file(self, release: AnyRelease, report: r.Evidence | str) -> bytes:
        """The file of a report, where it is kept: of smoke tests, with what they wrote."""
        id = report if isinstance(report, str) else report["id"]
        return self._transport.content("releases", version_of(release), "evidence", id, "file")

    def waive(
        self, release: AnyRelease, finding: str, why: str, until: datetime | timedelta
    ) -> r.EvidenceList:
        """Lets a finding pass, with a reason and an end."""
        end = datetime.now(timezone.utc) + until if isinstance(until, timedelta) else until
        body = {"finding": finding, "why": why, "until_ms": round(end.timestamp() * 1000)}
        return self._of(r.EvidenceList, self._transport.post("releases", version_of(release), "waivers", body=body))
