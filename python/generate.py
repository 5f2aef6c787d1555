"""Writes what follows from the manager and its parts: `release_management/_aio` (every method as a coroutine, every stream as an
async one, a file for each part) and the reference page.

`python generate.py` writes them; `python generate.py --check` says whether they are up to date (a test does).
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = HERE / "release_management" / "_parts"
#: In the order of the reference page; the methods of each stand in its one class.
SOURCES = [
    HERE / "release_management" / "manager.py",
    *(
        PARTS / f"{part}.py"
        for part in (
            "configuration", "releases", "notes", "plans", "scope", "deployments", "gates", "calendar", "evidence", "people", "secrets",
            "webhooks", "inbound", "flags", "looking", "measures", "announcements", "bundles",
        )
    ),
]
TARGET = HERE / "release_management" / "_aio"

HEAD = '''"""{title} for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

{imports}

class {name}(Base):
    """{title}."""

'''

#: Where the words of signatures come from.
WORDS = {
    "asyncio": (), "os": (),
    "collections.abc": ("AsyncIterator", "Callable", "Iterable", "Iterator", "Mapping", "Sequence"),
    "datetime": ("date", "datetime", "timedelta"),
    "pathlib": ("Path",),
    "typing": ("Any", "Literal"),
    "..manager": ("AnyDeployment", "AnyRelease", "FlagFormat", "FlagKind", "Grant", "Occasion", "Progress", "Reaches", "Report"),
}

BY_HAND = {"close", "wait"}


def public(source: Path) -> list[ast.FunctionDef]:
    classes = [node for node in ast.parse(source.read_text()).body if isinstance(node, ast.ClassDef)]
    found = [node for node in classes[-1].body if isinstance(node, ast.FunctionDef)]
    return [node for node in found if not node.name.startswith("_")]


def is_property(node: ast.FunctionDef) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "property" for mark in node.decorator_list)


def passed(arguments: ast.arguments) -> str:
    words = [one.arg for one in arguments.args[1:]]
    words += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    words += [f"{one.arg}={one.arg}" for one in arguments.kwonlyargs]
    words += [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
    return ", ".join(words)


def without_stop(arguments: ast.arguments) -> None:
    kept = [pair for pair in zip(arguments.kwonlyargs, arguments.kw_defaults) if pair[0].arg != "stop"]
    arguments.kwonlyargs = [argument for argument, _ in kept]
    arguments.kw_defaults = [default for _, default in kept]


def method(node: ast.FunctionDef) -> str:
    told = (ast.get_docstring(node) or "").strip().splitlines()[0]
    answer = ast.unparse(node.returns) if node.returns else "None"
    if is_property(node):
        return f'    @property\n    def {node.name}(self) -> {answer}:\n        """{told}"""\n        return self.manager.{node.name}\n'
    arguments = node.args
    if answer.startswith("Iterator["):
        without_stop(arguments)
        words = ", ".join(word for word in (passed(arguments), "stop=stop") if word)
        inner = answer.removeprefix("Iterator[").removesuffix("]")
        return (
            f"    def {node.name}({ast.unparse(arguments)}) -> AsyncIterator[{inner}]:\n"
            f'        """{told}"""\n'
            f"        return self._stream(lambda stop: self.manager.{node.name}({words}))\n"
        )
    words = ", ".join(word for word in (f"self.manager.{node.name}", passed(arguments)) if word)
    return (
        f"    async def {node.name}({ast.unparse(arguments)}) -> {answer}:\n"
        f'        """{told}"""\n'
        f"        return await self._run({words})\n"
    )


PAGE = HERE.parent / "docs" / "reference" / "python.md"

PAGE_HEAD = """# The Python package

Every method of `release_management.ReleaseManager`; `AsyncReleaseManager` has the same as coroutines, and streams as asynchronous
generators. The [guide](../guides/python.md) tells how they go together. Written by `python/generate.py`.
"""


def sections() -> list[tuple[str, list[ast.FunctionDef]]]:
    """The methods under the headings of the sources (`# --- gates`)."""
    told = []
    for source in SOURCES:
        lines = source.read_text().splitlines()
        marks = [(index, line.split("---", 1)[1].strip()) for index, line in enumerate(lines, 1) if "# ---" in line]
        for place, (line, title) in enumerate(marks):
            end = marks[place + 1][0] if place + 1 < len(marks) else len(lines) + 1
            told.append((title, [node for node in public(source) if line < node.lineno < end]))
    return [(title, nodes) for title, nodes in told if nodes]


def described(node: ast.FunctionDef) -> str:
    arguments = ast.unparse(node.args).removeprefix("self").removeprefix(", ")
    for name in ("r.", "configure."):
        arguments = arguments.replace(name, "")
    answer = (ast.unparse(node.returns) if node.returns else "None").replace("r.", "")
    head = f"{node.name} -> {answer}" if is_property(node) else f"{node.name}({arguments}) -> {answer}"
    told = (ast.get_docstring(node) or "").replace("``", "`")
    for role in (":meth:", ":class:"):
        told = told.replace(role, "")
    lines = [line.replace(":param ", "- `", 1).replace(": ", "`: ", 1) if ":param " in line else line for line in told.splitlines()]
    return f"### `{node.name}`\n\n```python\n{head}\n```\n\n" + "\n".join(lines) + "\n"


def page() -> str:
    text = PAGE_HEAD
    for title, nodes in sections():
        text += f"\n## {title[:1].upper()}{title[1:]}\n\n" + "\n".join(described(node) for node in nodes)
    return text


def imports(body: str) -> str:
    known = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    lines = []
    for module, words in WORDS.items():
        if not words and module in known:
            lines.append(f"import {module}")
        used = [word for word in words if word in known]
        if used:
            lines.append(f"from {module} import {', '.join(used)}")
    own = [line for line in lines if "from ." in line]
    others = [line for line in lines if line not in own]
    if "r" in known:
        own.insert(0, "from .. import records as r")
    return "\n".join([*others, "", *own, "from ._base import Base", ""]).lstrip("\n")


def files() -> dict[str, str]:
    """Each part, by the name of its file."""
    written = {}
    for source in SOURCES:
        told = [node for node in public(source) if node.name not in BY_HAND]
        module = ast.parse(source.read_text())
        kind = [node for node in module.body if isinstance(node, ast.ClassDef)][-1]
        title = "Its own life" if kind.name == "ReleaseManager" else (ast.get_docstring(kind) or "").rstrip(".")
        name = "Life" if kind.name == "ReleaseManager" else kind.name
        body = "\n".join(method(node) for node in told)
        head = HEAD.format(title=title, name=name, imports=imports(f"class It:\n{body}"))
        written["life" if name == "Life" else source.stem] = head + body
    return written


def main() -> int:
    # Compared as programs: `ast` writes quotes and blanks as it pleases from version to version.
    every = files()
    if "--check" in sys.argv:
        there = {path.stem for path in TARGET.glob("[a-z]*.py")}
        same = there == set(every) and all(
            ast.dump(ast.parse((TARGET / f"{part}.py").read_text())) == ast.dump(ast.parse(text)) for part, text in every.items()
        )
        known = all(f"### `{node.name}`" in PAGE.read_text() for _, nodes in sections() for node in nodes)
        return 0 if same and known else 1
    for part, text in every.items():
        (TARGET / f"{part}.py").write_text(text)
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
