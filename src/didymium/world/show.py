"""Rows of a table chosen by what their cells say, and their export as CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping

from didymium.errors import TableError, UnknownName, nearest
from didymium.world.reader import Row
from didymium.world.schema import Column, TableSchema, Value, table_schema
from didymium.world.world import WORLD, World

__all__ = ["JsonValue", "cell_text", "select", "to_csv", "to_records"]

JsonValue = str | float | int | bool | list[str] | None

Test = Callable[[Row], bool]


def select(world: World, table: str, where: Mapping[str, str] | None = None) -> tuple[Row, ...]:
    """Rows of ``table`` whose cells fit all of ``where``, each text read as a cell of its column would be.

    Places go by any name (Russia, RUS, 俄罗斯), and a bloc stands for its countries in a column of countries; a list
    column fits when it holds the word; an empty text finds gaps. Raises UnknownName for a column or word that does
    not exist, TableError for a text that does not fit the column's type.
    """
    schema = table_schema(table)
    wanted = {schema.column(_column_name(schema, name)): text.strip() for name, text in (where or {}).items()}
    rows = world.rows(table)
    for column, text in wanted.items():
        fits = _test(world, column, text)
        rows = tuple(row for row in rows if fits(row))
    return rows


def _column_name(schema: TableSchema, name: str) -> str:
    """``country`` and ``place`` stand for each other where a table has only one of them."""
    names = {c.name for c in schema.columns}
    other = {"country": "place", "place": "country"}.get(name)
    return other if other in names and name not in names else name


def _test(world: World, column: Column, text: str) -> Test:
    name = column.name
    if not text:
        return _gap(column)
    if column.kind == "place" or column.refers_to in ("countries", "blocs"):
        return _place(world, column, text)
    if column.kind in ("text", "key", "ref", "list"):
        return _word(world, column, text)
    try:
        value = column.parse(text)
    except ValueError as error:
        near = nearest(text, column.choices)
        raise TableError(
            f"{text!r} does not fit",
            where=f"{column.table}, {name}",
            expected=str(error),
            cure=f"did you mean {near[0]!r}?" if near else "",
        ) from None
    return lambda row: row[name] == value


def _gap(column: Column) -> Test:
    if column.required:
        raise TableError(
            "this column has no empty cells",
            where=f"{column.table}, {column.name}",
            expected=f"{column.type}: {column.description}",
            cure="give a value after the =",
        )
    return lambda row: row[column.name] is None


def _place(world: World, column: Column, text: str) -> Test:
    name, code = column.name, world.place(text)
    home = {"countries": world.countries, "blocs": world.blocs_set}.get(column.refers_to or "")
    if home is None or code in home:
        return lambda row: row[name] == code
    if column.refers_to == "countries" and code != WORLD:
        return lambda row: world.bloc_of(row.text(name)) == code
    raise UnknownName("country" if column.refers_to == "countries" else "bloc", text, sorted(home))


def _word(world: World, column: Column, text: str) -> Test:
    name = column.name
    if column.refers_to:
        known = {key.casefold(): key for key in sorted(world.table(column.refers_to).keys())}
    else:
        known = {word.casefold(): word for row in world.rows(column.table) for word in _words(row, name)}
    folded = text.casefold()
    if folded not in known:
        raise UnknownName(f"{name} in table {column.table}", text, known.values())
    return lambda row: folded in (word.casefold() for word in _words(row, name))


def _words(row: Row, name: str) -> tuple[str, ...]:
    return row.words(name) or ((row.text(name),) if row.text(name) else ())


def cell_text(value: Value) -> str:
    """A cell as it stands in a table file: empty for a gap, yes or no, list parts joined by a semicolon."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value)
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def to_csv(schema: TableSchema, rows: Iterable[Row]) -> str:
    """CSV text with the header of the table's own file; it reads back to the same values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [c.name for c in schema.columns]
    writer.writerow(names)
    writer.writerows([cell_text(row[n]) for n in names] for row in rows)
    return text.getvalue()


def to_records(rows: Iterable[Row]) -> list[dict[str, JsonValue]]:
    """One dictionary per row with typed values, None for a gap; ready for JSON."""
    return [{name: list(v) if isinstance(v, tuple) else v for name, v in row.items()} for row in rows]
