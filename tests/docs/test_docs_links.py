"""Links of the documents lead somewhere, and no document tells of a machine it was written on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from blocks import DOCUMENTS, ROOT, name_of

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_SOURCE = re.compile(r"`((?:src|benchmarks|docs)/[\w/.]+\.\w+)`")

# Written in parts, so that this file does not hold what it looks for.
MACHINES = ["/" + "work", "/" + "tmp", "/" + "root", "/" + "home/"]
KILOBYTES = 300


def prose(document: Path) -> str:
    """The text without its fenced blocks and inline code."""
    return _CODE.sub("", _FENCED.sub("", document.read_text(encoding="utf-8")))


def anchor(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().casefold()).replace(" ", "-")


def anchors(document: Path) -> set[str]:
    text = _FENCED.sub("", document.read_text(encoding="utf-8"))
    return {anchor(h.replace("`", "")) for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_relative_links_resolve(document: Path) -> None:
    broken = []
    for target in _LINK.findall(prose(document)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, part = target.partition("#")
        at = (document.parent / path).resolve() if path else document
        if not at.exists() or not at.is_relative_to(ROOT) or (part and at.suffix == ".md" and part not in anchors(at)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_tests_and_files_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    missing = [path for path in _SOURCE.findall(text) if not (ROOT / path).exists()]
    for path, function in _TEST.findall(text):
        file = ROOT / path
        if not file.is_file() or (function and f"def {function}(" not in file.read_text(encoding="utf-8")):
            missing.append(f"{path}::{function}")
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_no_document_names_a_path_of_a_machine(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert [m for m in MACHINES if m in text] == []


def test_every_document_is_reached_from_the_readme() -> None:
    reached, queue = set(), [ROOT / "README.md"]
    while queue:
        document = queue.pop()
        if document in reached or document.suffix != ".md":
            continue
        reached.add(document)
        links = (t.split("#")[0] for t in _LINK.findall(prose(document)) if not t.startswith("http"))
        queue += [(document.parent / t).resolve() for t in links if t]
    assert [name_of(d) for d in DOCUMENTS if d not in reached] == []


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert {p.name for p in pictures} >= {"race.png", "flows.png"}
    assert {p.name: p.stat().st_size for p in pictures if p.stat().st_size > KILOBYTES * 1000} == {}
