"""The house: small files, short functions, documented doors, enough rows, and nothing that does not belong here."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from didymium.world import World

ROOT = Path(__file__).parents[2]
PYTHON = sorted(path for part in ("src", "tests") for path in (ROOT / part).rglob("*.py"))
SOURCE = [path for path in PYTHON if path.is_relative_to(ROOT / "src")]

LONGEST_FILE = 500
LONGEST_FUNCTION = 60

# Written in parts, so that this file does not hold what it looks for.
HOSTS = ["pypi." + "org/simple", "registry." + "npmjs", "files.python" + "hosted"]
STRANGERS = ["/" + "work/", "/tmp/" + "curate", *HOSTS]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def public(body: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    """Public functions and classes of a module, and public methods of those classes."""
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def tracked() -> list[Path]:
    """Files that git keeps; the test is skipped where the project did not come from git."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_the_house_is_found() -> None:
    assert ROOT / "src/didymium/errors.py" in SOURCE
    assert Path(__file__).resolve() in PYTHON


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_no_function_is_long(path: Path) -> None:
    functions = [node for node in ast.walk(parsed(path)) if isinstance(node, Function)]
    lengths = {f.name: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", SOURCE, ids=name_of)
def test_every_public_door_has_a_docstring(path: Path) -> None:
    module = parsed(path)
    bare = [f"{node.name}:{node.lineno}" for node in public(module.body) if not ast.get_docstring(node)]
    assert bare == []
    assert ast.get_docstring(module) or path.name == "__init__.py"


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_tracked_file_tells_of_the_workshop_or_a_registry(stranger: str) -> None:
    found = [name_of(path) for path in tracked() if stranger.encode() in path.read_bytes()]
    assert found == []


@pytest.mark.parametrize(
    ("table", "least"), [("mines", 70), ("assays", 35), ("plants", 100), ("projects", 100), ("events", 60)]
)
def test_tables_hold_enough_rows(world: World, table: str, least: int) -> None:
    assert len(world.rows(table)) >= least


def test_there_are_18_blocs(world: World) -> None:
    assert len(world.rows("blocs")) == 18


@pytest.mark.parametrize("place", ["WLD", "CHN", "USA"])
def test_production_covers_2010_to_2025_with_one_latest_edition_a_year(world: World, place: str) -> None:
    latest = [row.integer("year") for row in world.rows("production", place=place, latest=True)]
    assert sorted(latest) == list(range(2010, 2026))
