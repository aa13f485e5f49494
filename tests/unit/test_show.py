"""Rows by what their cells say, and their export."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from didymium.errors import TableError, UnknownName
from didymium.world import World
from didymium.world.reader import read_table
from didymium.world.schema import schemas, table_schema
from didymium.world.show import cell_text, select, to_csv, to_records


@pytest.mark.parametrize("name", ["Russia", "RUS", "rus", "俄罗斯"])
def test_places_go_by_any_name(world: World, name: str) -> None:
    rows = select(world, "plants", {"country": name})
    assert rows == world.rows("plants", country="RUS")
    assert select(world, "production", {"place": name}) == world.rows("production", place="RUS")


def test_a_bloc_stands_for_its_countries(world: World) -> None:
    rows = select(world, "plants", {"country": "EUU"})
    countries = {row.text("country") for row in rows}
    assert len(countries) > 2
    assert {world.bloc_of(c) for c in countries} == {"EUU"}
    assert len(rows) == sum(world.bloc_of(r.text("country")) == "EUU" for r in world.rows("plants"))


def test_a_column_of_blocs_takes_blocs_only(world: World) -> None:
    assert select(world, "countries", {"bloc": "Russia"}) == world.rows("countries", bloc="RUS")
    with pytest.raises(UnknownName, match="unknown bloc 'Germany'"):
        select(world, "countries", {"bloc": "Germany"})
    with pytest.raises(UnknownName, match="unknown country 'World'"):
        select(world, "plants", {"country": "World"})


def test_all_conditions_must_hold(world: World) -> None:
    rows = select(world, "plants", {"country": "China", "stage": "magnet"})
    assert rows == world.rows("plants", country="CHN", stage="magnet")
    assert 0 < len(rows) < len(world.rows("plants", country="CHN"))


@pytest.mark.parametrize(
    ("table", "column", "text", "value"),
    [
        ("production", "year", "2024", 2024),
        ("production", "latest", "yes", True),
        ("shares", "share_pct", "91", 91.0),
        ("shares", "share_pct", " 91.0 ", 91.0),
        ("reserves", "value_t", "3.8e6", 3.8e6),
        ("plants", "unit", "t REO/y", "t REO/y"),
        ("elements", "element", "nd", "Nd"),
        ("reserves", "deposit", "TOMTOR", "Tomtor"),
    ],
)
def test_a_text_is_read_as_the_column_reads_it(world: World, table: str, column: str, text: str, value: object) -> None:
    rows = select(world, table, {column: text})
    assert rows
    assert {row[column] for row in rows} == {value}
    assert len(rows) == sum(row[column] == value for row in world.rows(table))


def test_a_list_column_fits_when_it_holds_the_word(world: World) -> None:
    rows = select(world, "projects", {"stages": "separate"})
    assert rows and all("separate" in row.words("stages") for row in rows)
    assert len(rows) == sum("separate" in row.words("stages") for row in world.rows("projects"))
    with pytest.raises(UnknownName) as caught:
        select(world, "projects", {"stages": "seperate"})
    assert caught.value.cure == "did you mean separate?"


def test_an_empty_text_finds_gaps(world: World) -> None:
    gaps = select(world, "plants", {"capacity": ""})
    assert gaps and all(row["capacity"] is None for row in gaps)
    with pytest.raises(TableError, match="this column has no empty cells"):
        select(world, "plants", {"name": ""})


def test_without_conditions_all_rows(world: World) -> None:
    assert select(world, "blocs") == select(world, "blocs", {}) == world.table("blocs").rows


def test_a_number_that_nobody_has_gives_no_rows(world: World) -> None:
    assert select(world, "production", {"year": "1850"}) == ()


def test_an_unknown_column_offers_the_nearest(world: World) -> None:
    with pytest.raises(UnknownName) as caught:
        select(world, "plants", {"contry": "RUS"})
    assert caught.value.cure == "did you mean country?"


@pytest.mark.parametrize(
    ("table", "column", "text", "expected", "cure"),
    [
        ("trade", "form", "magnets", "one of concentrate", "did you mean 'magnet'?"),
        ("production", "year", "24", "a year of four digits", ""),
        ("production", "latest", "true", "yes or no", ""),
        ("reserves", "value_t", "many", "a number, for instance", ""),
        ("reserves", "value_t", "nan", "a finite number", ""),
        ("plants", "unit", "tons", "a unit: ", ""),
    ],
)
def test_a_text_that_does_not_fit(world: World, table: str, column: str, text: str, expected: str, cure: str) -> None:
    with pytest.raises(TableError) as caught:
        select(world, table, {column: text})
    error = caught.value
    assert (error.what, error.where, error.cure) == (f"{text!r} does not fit", f"{table}, {column}", cure)
    assert error.expected.startswith(expected)


def test_an_unknown_word_or_place_offers_the_nearest(world: World) -> None:
    with pytest.raises(UnknownName) as caught:
        select(world, "reserves", {"deposit": "Tomtr"})
    assert caught.value.cure.startswith("did you mean Tomtor")
    with pytest.raises(UnknownName) as caught:
        select(world, "plants", {"country": "Kazakstan"})
    assert "Kazakhstan" in caught.value.cure
    with pytest.raises(UnknownName) as caught:
        select(world, "plants", {"source": "usgs_mcs_2052"})
    assert "usgs_mcs_20" in caught.value.cure


@pytest.mark.parametrize("name", list(schemas()))
def test_csv_has_the_header_of_the_table_and_reads_back_equal(world: World, tmp_path: Path, name: str) -> None:
    rows = world.rows(name)
    text = to_csv(table_schema(name), rows)
    assert text.split("\n")[0] == (world.directory / f"{name}.csv").read_text("utf-8-sig").split("\n")[0].strip()
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    again = read_table(tmp_path / f"{name}.csv", table_schema(name)).rows
    assert [dict(row) for row in again] == [dict(row) for row in rows]


def test_json_is_typed_and_a_gap_is_null(world: World) -> None:
    records = json.loads(json.dumps(to_records(select(world, "projects", {"country": "RUS"})), allow_nan=False))
    row = world.rows("projects", country="RUS")[0]
    assert list(records[0]) == [c.name for c in table_schema("projects").columns]
    assert records[0]["stages"] == list(row.words("stages"))
    assert records[0]["pipeline"] is row.flag("pipeline")
    gaps = [c for c in row if row[c] is None]
    assert gaps and all(records[0][c] is None for c in gaps)


def test_csv_of_no_rows_is_the_header(world: World) -> None:
    assert list(csv.reader(io.StringIO(to_csv(table_schema("blocs"), ())))) == [
        ["bloc", "name", "name_zh", "aliases", "order"]
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "yes"), (False, "no"), (("a", "b"), "a; b"), (3.8e6, "3800000"), (0.1, "0.1"),
        (2024, "2024"), (0.0, "0"), (1e300, "1e+300"), ("俄", "俄"),
    ],
)  # fmt: skip
def test_cell_text(value: None, text: str) -> None:
    assert cell_text(value) == text
