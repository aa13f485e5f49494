"""Tables of separation: every figure has source, date, definition and grade; a row that lacks one stops the reading."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path

import pytest

from didymium.errors import TableError
from didymium.separation.economics import economics
from didymium.separation.factors import SETS, factors
from didymium.separation.tables import read_all, rows, separation_schemas, shipped, source
from didymium.world import World
from didymium.world.audit import audit

FIGURES = ("economics", "neighbour_factors", "extractants", "extraction_constants", "stability_constants")
DEFINITION = {
    "economics": "definition", "neighbour_factors": "medium", "extractants": "note", "extraction_constants": "basis",
    "stability_constants": "medium",
}  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped tables in a directory that a test may spoil."""
    return Path(shutil.copytree(shipped(), tmp_path / "data"))


def spoil(path: Path, line: int, column: str, cell: str) -> None:
    """Write ``cell`` into one place of a table."""
    table = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    table[line - 1][table[0].index(column)] = cell
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)


def test_every_figure_has_source_date_definition_and_grade() -> None:
    assert set(FIGURES) | {"sources"} == set(separation_schemas())
    for name in FIGURES:
        assert len(rows(name)) >= 7
        for row in rows(name):
            assert row.text("grade") in tuple("ABCD") and row.text(DEFINITION[name])
            assert source(row.text("source")).text("date")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("column", ["source", "grade"])
def test_a_row_without_source_or_grade_fails(copy: Path, name: str, column: str) -> None:
    spoil(copy / f"{name}.csv", 5, column, "")
    with pytest.raises(TableError) as caught:
        read_all(copy)
    assert caught.value.where == f"{name}.csv:5, {column}" and caught.value.cure


@pytest.mark.parametrize(
    ("name", "line", "column", "cell", "expected"),
    [
        ("economics", 3, "source", "recaled", "did you mean 'recalled'"),
        ("sources", 3, "date", "", "fill the cell"),
        ("economics", 3, "low", "99", "order"),
        ("economics", 3, "value", "many", "a number"),
        ("economics", 3, "grade", "E", "one of A, B, C, D"),
        ("extraction_constants", 5, "log_k", "three", "a number"),
        ("extraction_constants", 5, "extractant", "pc88b", "did you mean 'pc88a'"),
        ("neighbour_factors", 2, "value", "0.9", ">= 1"),
        ("economics", 3, "definition", "", "fill the cell"),
    ],
)
def test_a_broken_cell_is_named_with_its_cure(
    copy: Path, name: str, line: int, column: str, cell: str, expected: str
) -> None:
    spoil(copy / f"{name}.csv", line, column, cell)
    with pytest.raises(TableError) as caught:
        read_all(copy)
    assert caught.value.where.startswith(f"{name}.csv:{line}")
    assert expected in caught.value.render()


def test_a_gap_needs_a_reason(copy: Path) -> None:
    line = next(row.line for row in rows("economics") if row["value"] is None)
    spoil(copy / "economics.csv", line, "note", "")
    with pytest.raises(TableError, match="a gap without a reason"):
        read_all(copy)


def test_the_audit_covers_them(world: World) -> None:
    plain = audit(world, dt.date(2026, 11, 22))
    found = audit(world, dt.date(2026, 11, 22), {"separation": read_all()})
    added = {t.table: t for t in found.tables[len(plain.tables) :]}
    assert set(added) == {f"separation/{name}" for name in separation_schemas()}
    assert found.unused_sources == () and found.without_source == 0
    for name in FIGURES:
        table, own = added[f"separation/{name}"], rows(name)
        assert table.rows == len(own) and table.newest
        assert table.grades == {g: sum(r.text("grade") == g for r in own) for g in "ABCD"}
        weak = {r.text("source") for r in rows("sources") if r.text("kind") == "assumption"}
        assert table.unverified == sum(r.text("grade") == "D" or r.text("source") in weak for r in own)


def test_figures_have_words_in_both_languages() -> None:
    for figure in economics().values():
        assert figure.definition_zh and bool(figure.note) == bool(figure.note_zh), figure.key
    for pair in (p for name in SETS for p in factors(name).pairs):
        assert bool(pair.note) == bool(pair.note_zh), (pair.heavier, pair.lighter)
