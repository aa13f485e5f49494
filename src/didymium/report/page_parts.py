"""What every page shares: its words, its source list, and writing it whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from didymium.errors import OutputError
from didymium.report.page import SourceEntry, Words
from didymium.words import Say
from didymium.world import World

__all__ = ["check_target", "page_words", "source_entries", "write_whole"]


def page_words(say: Say) -> Words:
    """The words of the page frame in one language."""
    names = Words.__dataclass_fields__
    return Words(**{name: say(f"page.{name}") if name != "figure" else say.phrases["page.figure"] for name in names})


def source_entries(world: World, keys: Iterable[str]) -> tuple[SourceEntry, ...]:
    """The bibliography of a page, ordered by key."""
    return tuple(
        SourceEntry(
            key=row.text("source"),
            title=row.text("title"),
            publisher=row.text("publisher"),
            date=row.text("date"),
            address=row.text("address"),
            note=row.text("note"),
        )
        for row in world.bibliography(frozenset(keys))
    )


def check_target(path: Path) -> Path:
    """The resolved ``path``, where a page may be written; raises OutputError before any work is spent on it."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OutputError(
            "this is not a regular file",
            where=str(path),
            expected="a file or a name not yet taken",
            cure="add the name of a file, such as plant.html",
        )
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise OutputError(
            "this directory may not be written to" if path.parent.is_dir() else "there is no such directory",
            where=str(path),
            expected="a directory that exists and is writable",
            cure=f"make {path.parent}, or choose another --page",
        )
    return path


def write_whole(path: Path, text: str) -> Path:
    """Write ``text`` to ``path`` at once: a failed write leaves what was there. Raises OutputError.

    A link is followed; a device, a pipe or a directory is refused rather than replaced.
    """
    path = check_target(path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise OutputError(
            f"cannot write here: {error.strerror}", where=str(path), expected="a directory that exists and is writable"
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise OutputError(f"cannot write: {error.strerror}", where=str(path), cure="choose another --page") from None
    finally:
        Path(name).unlink(missing_ok=True)
    return path
