"""Fenced blocks of the documents, and console output compared as doctest does with an ellipsis."""

from __future__ import annotations

import difflib
import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

__all__ = [
    "DOCUMENTS",
    "ROOT",
    "Block",
    "Command",
    "blocks",
    "commands",
    "files_of",
    "name_of",
    "printed_in",
    "refreshed",
    "same",
]

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\w+\.yaml)\n")
_EXIT = re.compile(r"\s+# exit (\d+)$")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text and the line of its first row."""

    document: Path
    language: str
    line: int
    text: str


@dataclass(frozen=True)
class Command:
    """One ``$`` line of a console block, the exit code it must leave with and the output that the document shows."""

    text: str
    exit_code: int
    output: str


def name_of(path: Path) -> str:
    """The path of a document from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def blocks(document: Path, language: str) -> list[Block]:
    """The fenced blocks of one language, in order."""
    return [b for b in _all(document) if b.language == language]


def _all(document: Path) -> list[Block]:
    text = document.read_text(encoding="utf-8")
    return [Block(document, m[1], text.count("\n", 0, m.start()) + 2, m[2]) for m in _FENCE.finditer(text)]


def printed_in(document: Path) -> dict[int, Block]:
    """For python blocks that a text block follows: the text, by the line of the python block."""
    every = [b for b in _all(document) if b.language in ("python", "text")]
    return {a.line: b for a, b in pairwise(every) if (a.language, b.language) == ("python", "text")}


def files_of(document: Path) -> dict[str, str]:
    """The yaml blocks that begin with a comment naming their file: name and text."""
    found = {}
    for block in blocks(document, "yaml"):
        name = _FILE.match(block.text)
        if name:
            found[name[1]] = block.text
    return found


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console block with what each prints; empty output is not compared."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        code = _EXIT.search(line)
        yield Command(_EXIT.sub("", line), int(code[1]) if code else 0, output)


def _bare(text: str) -> str:
    """The text without blanks at line ends and without empty lines."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines() if line.strip())


def same(shown: str, printed: str) -> bool:
    """Whether what a document shows fits what was printed; a line of ``...`` stands for any lines."""
    shown, printed = _bare(shown), _bare(printed)
    return not shown or doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)


def refreshed(shown: str, printed: str) -> str:
    """What a document shows with every line replaced by the later printed line most like it; ``...`` and gaps stay.

    What is shown whole is replaced whole.
    """
    if "...\n" not in shown:
        return _bare(printed)
    lines, kept = [line.rstrip() for line in printed.splitlines()], []
    for line in shown.splitlines():
        near = difflib.get_close_matches(line, lines, n=1, cutoff=0.5) if line.strip() not in ("", "...") else []
        if near:
            del lines[: lines.index(near[0]) + 1]
        kept.append(near[0] if near else line)
    return "".join(f"{line}\n" for line in kept)
