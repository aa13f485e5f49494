"""The error tree: every message says what is wrong, where, what was expected and what to do.

::

    DidymiumError                 base; ``exit_code`` 2
    ├── TableError                a world table breaks its contract (file, line, column)
    ├── UnknownName               a bloc, element, mine, table ... that does not exist
    ├── RecordError               a YAML record breaks its contract (file, line, key)
    ├── UnitError                 a unit that does not parse, or a conversion between unlike units
    ├── SolveError                a solver did not reach an answer that may be shown
    ├── StoreError                a folder of an ensemble's members that is broken or belongs to another run
    ├── MemberError               members of an ensemble failed, or a process died; ``exit_code`` 3
    └── OutputError               a result that cannot be written
"""

from __future__ import annotations

import copyreg
import difflib
from collections.abc import Iterable

__all__ = [
    "DidymiumError",
    "MemberError",
    "OutputError",
    "RecordError",
    "SolveError",
    "StoreError",
    "TableError",
    "UnitError",
    "UnknownName",
    "counted",
    "nearest",
]


def counted(n: int, noun: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def nearest(name: str, valid: Iterable[str], n: int = 3) -> list[str]:
    """The up to ``n`` valid names that look most like ``name``, best first, case ignored."""
    by_fold = {v.casefold(): v for v in valid}
    found = difflib.get_close_matches(name.casefold(), by_fold, n=n, cutoff=0.6)
    return [by_fold[f] for f in found]


class DidymiumError(Exception):
    """An error for people: what is wrong, where, what was expected, and the cure."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", expected: str = "", cure: str = "") -> None:
        self.what, self.where, self.expected, self.cure = what, where, expected, cure
        super().__init__(self.render())

    def render(
        self, at: str = "{where}: {what}", expected: str = "expected: {text}", cure: str = "cure: {text}"
    ) -> str:
        """The message as lines of text, empty parts left out; the templates are those of a language."""
        lines = [at.format(where=self.where, what=self.what) if self.where else self.what]
        lines += ["  " + t.format(text=text) for t, text in ((expected, self.expected), (cure, self.cure)) if text]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # By default a copy is made by calling the class with the rendered text, which is no argument of a subclass.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class TableError(DidymiumError):
    """A world table breaks its contract; ``where`` is file:line, column."""


class UnknownName(DidymiumError):
    """A name that is not in the world; the nearest valid names are offered."""

    def __init__(
        self, kind: str, name: str, valid: Iterable[str], *, where: str = "", listed: Iterable[str] | None = None
    ) -> None:
        """``valid`` are the names to compare with, ``listed`` those to show when they are fewer or better known."""
        self.kind, self.name = kind, name
        names = list(dict.fromkeys(valid))
        near = nearest(name, names)
        listing = names if listed is None else list(dict.fromkeys(listed))
        shown = ", ".join(listing[:20]) + (" ..." if len(listing) > 20 else "")
        cure = f"did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"unknown {kind} {name!r}", where=where, expected=f"one of {shown}", cure=cure)


class RecordError(DidymiumError):
    """A YAML record breaks its contract; ``where`` is file:line, key."""


class UnitError(DidymiumError):
    """A unit that does not parse, or a conversion between unlike units."""


class SolveError(DidymiumError):
    """A solver did not reach an answer that may be shown."""

    exit_code = 3


class StoreError(DidymiumError):
    """A folder of an ensemble's members that is broken or belongs to another run; ``where`` is the folder or file."""


class MemberError(DidymiumError):
    """Members of an ensemble failed, or a process died; those that ran are kept."""

    exit_code = 3


class OutputError(DidymiumError):
    """A result that cannot be written."""
