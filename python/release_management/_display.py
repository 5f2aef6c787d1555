"""Records in a notebook: small tables, nothing from outside, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_TABLE = '<table style="border-collapse:collapse;font-size:90%">'
_CELL = 'style="text-align:left;padding:2px 10px 2px 0;vertical-align:top"'
_ROWS_MAX = 200
_GOOD = {"succeeded", "verified", "open", "pass", "ready", "ok"}
_BAD = {"rolled-back", "gone-back", "closed", "fail", "broken", "returning"}


def card(kind: str, says: str, fields: Mapping[str, Any]) -> str:
    """One thing: its line, and its fields below."""
    rows = "".join(
        f"<tr><th {_CELL}>{escape(str(name))}</th><td {_CELL}>{_value(value)}</td></tr>"
        for name, value in fields.items()
        if value not in (None, [], {})
    )
    below = f"{_TABLE}{rows}</table>" if rows else ""
    return f"<div><b>{escape(kind)}</b> {escape(says)}{below}</div>"


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Many of one kind."""
    if not rows:
        return "<div><i>nothing</i></div>"
    shown = list(columns) if columns else _columns(rows)
    head = "".join(f"<th {_CELL}>{escape(name)}</th>" for name in shown)
    body = "".join(
        "<tr>" + "".join(f"<td {_CELL}>{_value(row.get(name))}</td>" for name in shown) + "</tr>"
        for row in rows[:_ROWS_MAX]
    )
    more = f"<div>and {len(rows) - _ROWS_MAX} more</div>" if len(rows) > _ROWS_MAX else ""
    return f"{_TABLE}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is one value each; what is deeper is left to the record itself."""
    names: dict[str, None] = {}
    for row in rows[:_ROWS_MAX]:
        for name, value in row.items():
            if not isinstance(value, list | dict | Mapping):
                names.setdefault(str(name))
    return list(names)


def _value(value: Any) -> str:
    if value is True or value is False:
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "<br>".join(f"{escape(str(name))}: {_value(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "<br>".join(_value(part) for part in value[:_ROWS_MAX])
    text = escape(str(value))
    if value in _GOOD:
        return f'<span style="color:#187a3c">{text}</span>'
    if value in _BAD:
        return f'<span style="color:#b3261e">{text}</span>'
    return text
