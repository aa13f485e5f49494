"""Worlds to test on: the shipped one, and copies in which one table is replaced."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from didymium.report.standing import Race, race
from didymium.world import World, load_world
from didymium.world.schema import schemas, table_schema

SAMPLE_CELL = {
    "text": "a word",
    "place": "RUS",
    "ref": "a_key",
    "key": "a_key",
    "period": "2024-05",
    "url": "https://example.org/page",
    "number": "1",
    "integer": "1",
    "year": "2024",
    "flag": "no",
    "one_of": "",
    "unit": "t REO",
    "list": "one; two",
}


@pytest.fixture(scope="session")
def world() -> World:
    """The shipped world."""
    return load_world()


@pytest.fixture(scope="session")
def raced(world: World) -> Race:
    """The race of the shipped world, worked out once."""
    return race(world, 0)


@pytest.fixture
def table_text() -> Callable[..., str]:
    """A function that writes a table of one valid row, with the given cells put in."""

    def write(name: str, **cells: str) -> str:
        columns = table_schema(name).columns
        sample = {c.name: (c.choices or (SAMPLE_CELL[c.kind],))[0] if c.required else "" for c in columns}
        text = io.StringIO()
        writer = csv.DictWriter(text, [c.name for c in columns], lineterminator="\n")
        writer.writeheader()
        writer.writerow(sample | cells)
        return text.getvalue()

    return write


@pytest.fixture
def changed_world(tmp_path: Path) -> Callable[..., World]:
    """A function that makes a copy of the shipped tables in which one cell of a table reads otherwise."""
    shipped = load_world().directory

    def change(name: str, line: int, column: str, cell: str) -> World:
        for other in schemas():
            if other != name and not (tmp_path / f"{other}.csv").exists():
                (tmp_path / f"{other}.csv").symlink_to(shipped / f"{other}.csv")
        rows = list(csv.reader((shipped / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        rows[line - 1][rows[0].index(column)] = cell
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        return World(tmp_path)

    return change
