"""Whatever stands in a file: it is read, or one error for people says why; and what is written reads back."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from didymium.errors import DidymiumError, TableError
from didymium.world import World, load_world
from didymium.world.reader import Row, Table, read_table
from didymium.world.schema import TableSchema, Value, schemas, table_schema
from didymium.world.show import select, to_csv

SHIPPED = load_world().directory
NAMES = sorted(schemas())
fuzz = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

nasty = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", " ", "NaN", "-1", "1e999", "-inf", "130", "1_0", "٣", "0", "=1+1", "\x00", "\u2028", "\ufeff", "a\nb", '"',
         "2024-13", "RUSS", "recalled", "t RE0", "yes ", ";", ";;a", "9" * 400, "a,b", "\r", "''", "../etc"]
    ),
    st.floats().map(str),
    st.integers().map(str),
)  # fmt: skip


def read_or_refuse(path: Path, schema: TableSchema) -> Table | None:
    """The table, or None after an error that says what and where; any other exception fails the test."""
    try:
        return read_table(path, schema)
    except DidymiumError as error:
        assert error.what and path.name in error.where, error.render()
        return None


def check_whole(table: Table) -> None:
    """What the reader lets through keeps every promise of the attribute table."""
    for row in table.rows:
        assert list(row) == [c.name for c in table.schema.columns]
        for column in table.schema.columns:
            value = row[column.name]
            assert value is not None or not column.required
            if isinstance(value, float):
                assert math.isfinite(value)
                assert not column.type.endswith((">=0", ">0")) or value >= 0


@fuzz
@given(data=st.binary(max_size=300), name=st.sampled_from(NAMES))
def test_any_bytes(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_bytes(data)
    table = read_or_refuse(path, table_schema(name))
    assert table is None


@fuzz
@given(data=st.binary(max_size=200), name=st.sampled_from(NAMES))
def test_any_bytes_under_a_good_header(tmp_path: Path, data: bytes, name: str) -> None:
    schema = table_schema(name)
    path = tmp_path / f"{name}.csv"
    path.write_bytes(",".join(c.name for c in schema.columns).encode() + b"\n" + data)
    table = read_or_refuse(path, schema)
    if table is not None:
        check_whole(table)


@fuzz
@given(name=st.sampled_from(NAMES), data=st.data(), cell=nasty)
def test_one_cell_of_a_real_table_changed(tmp_path: Path, name: str, data: st.DataObject, cell: str) -> None:
    schema = table_schema(name)
    rows = list(csv.reader(io.StringIO((SHIPPED / f"{name}.csv").read_text(encoding="utf-8"), newline="")))
    line = data.draw(st.integers(0, len(rows) - 1), "line")
    column = data.draw(st.integers(0, len(rows[line]) - 1), "column")
    before, rows[line][column] = rows[line][column], cell
    path = tmp_path / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="", errors="replace") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    table = read_or_refuse(path, schema)
    if table is not None:
        check_whole(table)
        assert line > 0 or cell == before


@fuzz
@given(name=st.sampled_from(NAMES), data=st.data())
def test_bytes_of_a_real_table_cut_doubled_or_flipped(tmp_path: Path, name: str, data: st.DataObject) -> None:
    raw = (SHIPPED / f"{name}.csv").read_bytes()
    start = data.draw(st.integers(0, len(raw)), "start")
    end = data.draw(st.integers(start, min(len(raw), start + 50)), "end")
    middle = data.draw(st.sampled_from([b"", raw[start:end] * 2, bytes(b ^ 1 for b in raw[start:end])]), "middle")
    path = tmp_path / f"{name}.csv"
    path.write_bytes(raw[:start] + middle + raw[end:])
    table = read_or_refuse(path, table_schema(name))
    if table is not None:
        check_whole(table)


@fuzz
@given(name=st.sampled_from(NAMES), data=st.data())
def test_what_is_chosen_and_written_reads_back_equal(tmp_path: Path, name: str, data: st.DataObject) -> None:
    schema = table_schema(name)
    world = load_world()
    column = data.draw(st.sampled_from([c.name for c in schema.columns]), "column")
    row = data.draw(st.sampled_from(world.rows(name)), "row")
    rows = select(world, name, {column: one_cell(row, column)})
    assert row in rows
    path = tmp_path / f"{name}.csv"
    path.write_text(to_csv(schema, rows), encoding="utf-8")
    assert [dict(r) for r in read_table(path, schema).rows] == [dict(r) for r in rows]


def one_cell(row: Row, column: str) -> str:
    """The text to ask for so that ``row`` must be among the answers."""
    value = row[column]
    if isinstance(value, tuple):
        return value[0] if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


cells: dict[str, st.SearchStrategy[Value]] = {
    "name": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1).filter(str.strip),
    "number": st.floats(min_value=0, allow_nan=False, allow_infinity=False),
    "list": st.lists(st.text("ab, \"'é俄\n", min_size=1).map(str.strip).filter(bool), min_size=1).map(tuple),
}


@fuzz
@given(name=cells["name"], number=cells["number"], words=cells["list"])
def test_any_text_number_and_list_reads_back_equal(tmp_path: Path, name: str, number: float, words: Value) -> None:
    schema = table_schema("projects")
    shipped = load_world().rows("projects")[0]
    row = Row("projects", 2, dict(shipped) | {"name": name.strip(), "capacity": number, "stages": words})
    path = tmp_path / "projects.csv"
    path.write_text(to_csv(schema, [row]), encoding="utf-8", newline="")
    assert dict(read_table(path, schema).rows[0]) == dict(row)


@fuzz
@given(name=st.sampled_from(NAMES), column=st.text(max_size=10), text=nasty)
def test_any_condition_gives_rows_or_refuses(name: str, column: str, text: str) -> None:
    known = [c.name for c in table_schema(name).columns]
    for asked in (column, *known):
        try:
            rows = select(load_world(), name, {asked: text})
        except DidymiumError as error:
            assert error.what and error.expected
        else:
            assert set(rows) <= set(load_world().rows(name))


@fuzz
@given(cell=nasty)
def test_a_broken_table_is_never_half_there(tmp_path: Path, cell: str) -> None:
    for name in ("blocs", "countries"):
        (tmp_path / f"{name}.csv").write_bytes((SHIPPED / f"{name}.csv").read_bytes())
    rows = list(csv.reader((SHIPPED / "blocs.csv").read_text(encoding="utf-8").splitlines()))
    rows[2][rows[0].index("order")] = cell
    with (tmp_path / "blocs.csv").open("w", encoding="utf-8", newline="", errors="replace") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    world = World(tmp_path)
    try:
        assert len(world.blocs) == 18
    except TableError:
        with pytest.raises(TableError):
            world.table("countries")
