"""The strict reader: a table is read whole and right, or one error says what, where, what else, and the cure."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from didymium.errors import TableError
from didymium.world import World
from didymium.world.reader import read_table
from didymium.world.schema import table_schema

Write = Callable[..., str]
HEADER = ",".join(c.name for c in table_schema("reserves").columns)
COUNTRY = "RUS,Russia,,RUS,"


def refused(path: Path, name: str) -> TableError:
    with pytest.raises(TableError) as caught:
        read_table(path, table_schema(name))
    error = caught.value
    assert error.what and error.where and error.expected and error.cure, error
    return error


def error_of(tmp_path: Path, name: str, text: str | bytes) -> TableError:
    path = tmp_path / f"{name}.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return refused(path, name)


@pytest.mark.parametrize(
    ("table", "cells", "what", "where", "expected", "cure"),
    [
        ("reserves", {"value_t": "-5"}, "'-5' does not fit", "2, value_t", "a number >= 0", "leave it empty"),
        ("reserves", {"value_t": "NaN"}, "'NaN' does not fit", "2, value_t", "a finite number", "leave it empty"),
        ("production", {"value_t_reo": "inf"}, "'inf' does not fit", "2, value_t_reo", "a finite", "remove the row"),
        ("reserves", {"source": " "}, "the cell is empty", "2, source", "Key of the source", "name the source"),
        ("reserves", {"grade": ""}, "the cell is empty", "2, grade", "one_of(A|B|C|D)", "fill the cell"),
        ("plants", {"unit": "tonns/y"}, "'tonns/y' does not fit", "2, unit", "does not parse at 'tonns'", "correct"),
        ("uses", {"unit": "t REOO"}, "'t REOO' does not fit", "2, unit", "did you mean t REO?", "correct"),
        ("mines", {"status": "operatng"}, "'operatng' does not fit", "2, status", "one of", "mean 'operating'?"),
        ("shares", {"share_pct": "130"}, "'130' does not fit", "2, share_pct", "between 0 and 100", "correct"),
        ("prices", {"period": "2024-13"}, "'2024-13' does not fit", "2, period", "a period such as", "correct"),
        ("sources", {"address": "usgs.gov"}, "'usgs.gov' does not fit", "2, address", "http://", "correct"),
        ("assays", {"Ce": "95", "La": "35"}, "the assay sums to 130.0 %", "2", "between 90 and 106", "of ore"),
        ("assays", {"Ce": "9", "preferred": "yes"}, "sums to 9.0 %", "2", "between 90 and 106", "of ore"),
        ("activity", {"low": "5", "value": "1", "high": "9"}, "out of order", "2", "low <= value <= high", "in order"),
    ],
)
def test_a_bad_cell(
    tmp_path: Path,
    table_text: Write,
    table: str,
    cells: dict[str, str],
    what: str,
    where: str,
    expected: str,
    cure: str,
) -> None:
    error = error_of(tmp_path, table, table_text(table, **cells))
    assert what in error.what
    assert error.where == f"{table}.csv:{where}"
    assert expected in error.expected
    assert cure in error.cure


def test_the_sample_row_itself_is_read(tmp_path: Path, table_text: Write) -> None:
    for name in ("reserves", "plants", "mines", "prices", "assays", "projects"):
        path = tmp_path / f"{name}.csv"
        path.write_text(table_text(name), encoding="utf-8")
        assert len(read_table(path, table_schema(name)).rows) == 1


def test_an_assay_in_part_is_read_unless_it_is_preferred(tmp_path: Path, table_text: Write) -> None:
    path = tmp_path / "assays.csv"
    path.write_text(table_text("assays", Ce="40"), encoding="utf-8")
    assert read_table(path, table_schema("assays")).rows[0]["La"] is None


def test_an_unknown_column_offers_the_nearest(tmp_path: Path) -> None:
    error = error_of(tmp_path, "reserves", HEADER.replace("publisher", "publishr") + "\n")
    assert error.what == "unknown column 'publishr'"
    assert error.where == "reserves.csv:1"
    assert "publisher" in error.expected
    assert error.cure == "did you mean 'publisher'?"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    error = error_of(tmp_path, "reserves", HEADER.replace(",grade", "") + "\n")
    assert (error.what, error.where, error.expected) == ("columns missing: grade", "reserves.csv:1", HEADER)


def test_columns_out_of_order(tmp_path: Path) -> None:
    error = error_of(tmp_path, "blocs", "bloc,name_zh,name,aliases,order\n")
    assert error.what == "columns out of order or repeated"
    assert error.expected == "bloc,name,name_zh,aliases,order"


@pytest.mark.parametrize("text", ["", HEADER + "\n", HEADER + "\n\n\n", "\ufeff" + HEADER])
def test_an_empty_table(tmp_path: Path, text: str) -> None:
    error = error_of(tmp_path, "reserves", text)
    assert (error.what, error.where) == ("the table is empty", "reserves.csv")
    assert error.expected == "a header and at least one row"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = refused(tmp_path / "reserves.csv", "reserves")
    assert error.what == "there is no such file"
    assert error.where == str(tmp_path / "reserves.csv")
    assert "check the path" in error.cure


def test_a_directory_instead_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "reserves.csv").mkdir()
    error = refused(tmp_path / "reserves.csv", "reserves")
    assert error.what.startswith("cannot be read: ")
    assert error.where == str(tmp_path / "reserves.csv")
    assert "permissions" in error.cure


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "reserves.csv").write_text(HEADER, encoding="utf-8")
    (tmp_path / "reserves.csv").chmod(0)
    assert refused(tmp_path / "reserves.csv", "reserves").what == "cannot be read: Permission denied"


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    error = error_of(tmp_path, "blocs", b"bloc,name,name_zh,aliases,order\nRUS,\xd0\xee\xf1,x,1\n")
    assert error.what == "byte 36 is not UTF-8"
    assert (error.where, error.expected) == ("blocs.csv", "a UTF-8 text file")
    assert error.cure == "save it as UTF-8"


@pytest.mark.parametrize(("row", "n"), [(COUNTRY + "x,y", 6), ("RUS,Russia", 2)])
def test_too_many_or_too_few_cells(tmp_path: Path, row: str, n: int) -> None:
    error = error_of(tmp_path, "countries", f"country,name,name_zh,bloc,aliases\n{row}\n")
    assert error.what == f"{n} cells in a table of 5 columns"
    assert error.where == "countries.csv:2"
    assert error.expected == "country,name,name_zh,bloc,aliases"
    assert error.cure == "quote cells that hold commas"


def test_a_key_used_twice(tmp_path: Path) -> None:
    error = error_of(tmp_path, "countries", f"country,name,name_zh,bloc,aliases\n{COUNTRY}\n{COUNTRY}\n")
    assert error.what == "key 'RUS' is already used in line 2"
    assert error.where == "countries.csv:3, country"
    assert error.expected == "each key once"


@pytest.mark.parametrize("row", ['RUS,"Rus"sia,,RUS,', 'RUS,"Russia,,RUS,\nKAZ,Kazakhstan,,KAZ,\n'])
def test_broken_quotes(tmp_path: Path, row: str) -> None:
    error = error_of(tmp_path, "countries", f"country,name,name_zh,bloc,aliases\n{row}\n")
    assert error.what.startswith("not well-formed CSV: ")
    assert error.where.startswith("countries.csv:")
    assert "quote" in error.cure


def test_an_unknown_bloc_offers_the_nearest(changed_world: Callable[..., World], world: World) -> None:
    line = world.rows("countries", country="RUS")[0].line
    with pytest.raises(TableError) as caught:
        changed_world("countries", line, "bloc", "RUSS").table("countries")
    assert caught.value.what == "'RUSS' is not known"
    assert caught.value.where == f"countries.csv:{line}, bloc"
    assert caught.value.expected == "a key of table blocs"
    assert caught.value.cure == "did you mean 'RUS'?"


def test_an_unknown_place_and_an_unknown_source(changed_world: Callable[..., World]) -> None:
    with pytest.raises(TableError) as caught:
        changed_world("reserves", 2, "place", "ZZZ").table("reserves")
    assert caught.value.where == "reserves.csv:2, place"
    assert caught.value.expected == "a country, bloc or WLD"
    with pytest.raises(TableError) as caught:
        changed_world("reserves", 2, "source", "zzzzzz").table("reserves")
    assert caught.value.where == "reserves.csv:2, source"
    assert caught.value.cure == "add it to sources.csv"


def test_a_table_that_failed_fails_again(changed_world: Callable[..., World]) -> None:
    broken = changed_world("reserves", 2, "source", "zzzzzz")
    for _ in range(2):
        with pytest.raises(TableError):
            broken.table("reserves")


def test_lines_are_counted_in_the_file_and_only_newlines_part_them(tmp_path: Path) -> None:
    path = tmp_path / "countries.csv"
    path.write_bytes(
        'country,name,name_zh,bloc,aliases\r\n\r\nRUS,"Rus\nsia",,RUS,\r\nKAZ,Kaz\u2028akh,,KAZ,a; b ;\r\n'.encode()
    )
    rows = read_table(path, table_schema("countries")).rows
    assert [(row.line, row.text("name")) for row in rows] == [(4, "Rus\nsia"), (5, "Kaz\u2028akh")]
    assert rows[1].words("aliases") == ("a", "b")


def test_a_row_knows_what_it_lacks(world: World) -> None:
    row = world.rows("elements", element="O")[0]
    assert row["oxide"] is None and row.text("oxide") == "" and row.words("oxide") == ()
    assert row.number("atomic_mass_g_per_mol") == pytest.approx(15.999)
    with pytest.raises(TableError) as caught:
        row.number("oxide")
    assert caught.value.where == f"elements.csv:{row.line}"


def test_rows_are_equal_by_table_line_and_cells(world: World) -> None:
    first, second = world.rows("blocs")[:2]
    assert first == first and first != second and first != "RUS"
    assert len({first, second, first}) == 2
    assert repr(first) == "Row(blocs:2)"
