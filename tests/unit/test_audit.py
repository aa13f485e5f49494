"""The audit counts what is there: against counts made by hand, and on worlds spoiled on purpose."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

import pytest

from didymium.errors import TableError
from didymium.world import World, belief
from didymium.world.audit import CONFLICT_PCT, Audit, audit, conflicts, last_day
from didymium.world.schema import schemas

ON = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def found(world: World) -> Audit:
    return audit(world, ON)


def test_no_row_is_without_a_source_and_nothing_dangles(found: Audit) -> None:
    assert found.without_source == 0
    assert found.dangling == ()
    assert found.unused_sources == ()


def test_every_table_is_audited_once_in_order(found: Audit, world: World) -> None:
    assert [t.table for t in found.tables] == list(schemas())
    assert {t.table: t.rows for t in found.tables} == {name: len(world.rows(name)) for name in schemas()}
    assert found.rows == sum(t.rows for t in found.tables)


def test_grades_and_unverified_rows_are_counted(found: Audit, world: World) -> None:
    for t in found.tables:
        if t.grades is None:
            assert t.table in ("blocs", "countries", "sources", "stages")
            assert t.share_unverified is None and t.without_source is None
            continue
        rows = world.rows(t.table)
        assert t.grades == {g: sum(r["grade"] == g for r in rows) for g in "ABCD"}
        assert sum(t.grades.values()) == t.rows
        doubtful = [r for r in rows if r["grade"] == "D" or "recalled" in r.text("source")]
        assert t.unverified == len(doubtful)
        assert t.share_unverified == pytest.approx(len(doubtful) / len(rows), rel=1e-12)


def test_sources_are_those_that_rows_cite(found: Audit, world: World) -> None:
    cited = {row.text("source") for t in found.tables if t.grades for row in world.rows(t.table)}
    assert found.sources == cited
    assert [r.text("source") for r in world.bibliography(found)] == sorted(cited)


def test_gaps_are_empty_optional_cells_remarks_apart(found: Audit, world: World) -> None:
    optional = ["name_zh", "aliases"]
    rows = world.rows("countries")
    countries = next(t for t in found.tables if t.table == "countries")
    assert countries.gaps == sum(row[c] is None for row in rows for c in optional)
    assert countries.optional_cells == 2 * len(rows)
    assert next(t for t in found.tables if t.table == "production").share_gaps is None


def test_conflicts_compare_one_definition_place_and_year(world: World) -> None:
    for c in [c for each in conflicts(world).values() for c in each]:
        group = [f for f in belief(world, c.quantity, c.place).of(c.definition) if (f.year, f.unit) == (c.year, c.unit)]
        values = [f.value for f in group if f.value is not None]
        assert (min(values), max(values), len(values)) == (c.low, c.high, c.rivals)
        assert c.gap_pct == pytest.approx(100 * (c.high - c.low) / c.high, rel=1e-12)
        assert c.gap_pct > CONFLICT_PCT


def test_the_worst_conflict_is_the_widest(found: Audit) -> None:
    for t in found.tables:
        if t.conflicts:
            assert t.worst is not None
            assert t.worst.gap_pct == max(c.gap_pct for c in t.conflicts)
        else:
            assert t.worst is None


def test_tables_that_no_belief_reads_have_no_conflicts_to_count(found: Audit) -> None:
    counted = {t.table for t in found.tables if t.conflicts is not None}
    assert counted == {"reserves", "production", "shares", "quotas", "statements"}


def test_a_known_revision_is_a_conflict(found: Audit) -> None:
    production = next(t for t in found.tables if t.table == "production")
    assert production.conflicts is not None
    nigeria = [c for c in production.conflicts if (c.place, c.year) == ("NGA", 2024)]
    assert [(c.low, c.high) for c in nigeria] == [(1500.0, 13000.0)]


@pytest.mark.parametrize(
    ("on", "newest", "days"),
    [((2026, 11, 22), "2024", 691), ((2024, 12, 31), "2024", 0), ((2022, 6, 30), "2022", 0), ((2008, 12, 31), None, 0)],
)
def test_age_runs_from_the_newest_period_that_has_begun(
    world: World, on: tuple[int, int, int], newest: str | None, days: int
) -> None:
    quotas = next(t for t in audit(world, dt.date(*on)).tables if t.table == "quotas")
    assert quotas.newest == newest
    assert quotas.age_y == (None if newest is None else pytest.approx(days / 365.25, rel=1e-12))


@pytest.mark.parametrize("year", [1990, 2026])
def test_rows_without_a_date_of_their_own_are_as_old_as_their_newest_source(world: World, year: int) -> None:
    """The year in which a mine starts, or is to start, says nothing about when that was known."""
    mines = next(t for t in audit(world, dt.date(year, 12, 31)).tables if t.table == "mines")
    dates = {world.source(row.text("source")).text("date") for row in world.rows("mines")} - {""}
    past = [last_day(d) for d in dates if int(d[:4]) <= year]
    assert (last_day(mines.newest) if mines.newest else None) == max(past, default=None)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2024", (2024, 12, 31)), ("2024-02", (2024, 2, 29)), ("2024-Q2", (2024, 6, 30)), ("2024-H1", (2024, 6, 30)),
        ("2024-05-07", (2024, 5, 7)), ("2024-01/2024-06", (2024, 6, 30)), ("2023-02-31", (2023, 2, 28)),
    ],
)  # fmt: skip
def test_last_day_of_a_period(period: str, day: tuple[int, int, int]) -> None:
    assert last_day(period) == dt.date(*day)


def test_a_dangling_source_is_listed_with_its_cell(changed_world: Callable[..., World]) -> None:
    broken = audit(changed_world("plants", 3, "source", "no_such_source"), ON)
    assert [(d.table, d.line, d.column, d.key) for d in broken.dangling] == [("plants", 3, "source", "no_such_source")]
    assert all(t.conflicts is None for t in broken.tables)


def test_an_unused_source_is_listed(changed_world: Callable[..., World], world: World) -> None:
    citing = [s.name for s in schemas().values() if any(c.refers_to == "sources" for c in s.columns)]
    uses = Counter(row.text("source") for name in citing for row in world.rows(name))
    row = next(r for r in world.rows("plants") if uses[r.text("source")] == 1)
    changed = audit(changed_world("plants", row.line, "source", "usgs_mcs_2025"), ON)
    assert changed.unused_sources == (row.text("source"),)


def test_a_row_without_a_source_stops_the_audit(changed_world: Callable[..., World]) -> None:
    with pytest.raises(TableError) as caught:
        audit(changed_world("plants", 3, "source", ""), ON)
    assert caught.value.where == "plants.csv:3, source"
