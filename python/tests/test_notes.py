"""Notes that a release keeps, edited and told again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import component, free_port
from release_management import Refused, ReleaseManager


def told(name: str, text: str) -> dict[str, object]:
    return {"id": name, "words": {"section": "fixes", "text": text}, "pull_requests": ["#7"]}


def test_what_people_wrote_stays_when_notes_are_told_again(rm: ReleaseManager, build: Callable[..., Path]) -> None:
    rm.configure_environments({"production": {}})
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
    rm.setup_release_pipeline("main")
    release = rm.create_release("2.1.0", {"api": build("2.1.0")})
    assert rm.release_notes(release).notes == []
    first = rm.renew_release_notes(release, [told("a1", "fix: round"), told("b2", "nights")])
    assert first.new == ["a1", "b2"] and first.notes.notes[0].words.audiences == ["users", "support"]
    mine = {"id": "a1", "words": {"section": "fixes", "text": "Sums are right"}}
    known = {"words": {"section": "known-issues", "text": "Printing is slow", "audiences": ["support"]}}
    written = rm.write_release_notes("2.1.0", [mine, known])
    assert written.left_out == ["b2"] and written.notes[1].id == "h.1"
    again = rm.renew_release_notes("2.1.0", [told("a1", "fix: round half up"), told("b2", "nights")])
    assert again.waiting == ["a1"] and again.new == []
    source = again.notes.notes[0].source
    assert source is not None and source.text == "fix: round half up"
    assert rm.release_notes_text("2.1.0", "users") == "## 2.1.0\n\n### Fixes\n\n- Sums are right (#7)\n"
    assert "Printing is slow" in rm.release_notes_text("2.1.0", "support", markdown=False)
    # What was read can be written as it is.
    assert rm.write_release_notes("2.1.0", again.notes.notes).notes[0].words.text == "Sums are right"
    with pytest.raises(Refused) as refused:
        rm.write_release_notes("2.1.0", [{"words": {"section": "fixes", "text": "two\nlines"}}])
    assert refused.value.code == "notes-unfit"
