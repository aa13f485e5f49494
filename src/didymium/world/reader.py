"""The strict reader: a table is read whole and right, or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from didymium.errors import TableError, nearest
from didymium.world.schema import Column, TableSchema, Value

__all__ = ["Row", "Table", "read_table"]

ASSAY_SUM_RANGE_PCT = (90.0, 106.0)


class Row(Mapping[str, Value]):
    """One row of a table: a read-only mapping that knows its file and line."""

    __slots__ = ("_values", "line", "table")

    def __init__(self, table: str, line: int, values: dict[str, Value]) -> None:
        self.table, self.line, self._values = table, line, values

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Row({self.table}:{self.line})"

    def __hash__(self) -> int:
        return hash((self.table, self.line))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and (self.table, self.line, self._values) == (
            other.table,
            other.line,
            other._values,
        )

    def text(self, name: str) -> str:
        """The cell as text, empty when absent."""
        value = self._values[name]
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> float:
        """The cell as a number; raises TableError when it is absent."""
        value = self._values[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TableError(
                f"{name} is not known here",
                where=f"{self.table}.csv:{self.line}",
                expected="a row with a number",
            )
        return float(value)

    def optional(self, name: str) -> float | None:
        """The cell as a number, or None when it is absent."""
        return None if self._values[name] is None else self.number(name)

    def integer(self, name: str) -> int:
        """The cell as a whole number."""
        return int(self.number(name))

    def flag(self, name: str) -> bool:
        """A yes/no cell."""
        return self._values[name] is True

    def words(self, name: str) -> tuple[str, ...]:
        """A list cell, empty when absent."""
        value = self._values[name]
        return value if isinstance(value, tuple) else ()


@dataclass(frozen=True)
class Table:
    """A table as read: its schema and its rows in file order."""

    schema: TableSchema
    rows: tuple[Row, ...]

    def keys(self) -> frozenset[str]:
        """The values of the key column (the first one)."""
        first = self.schema.columns[0].name
        return frozenset(row.text(first) for row in self.rows)


def read_table(path: Path, schema: TableSchema) -> Table:
    """Read ``path`` against ``schema``; raises TableError naming file, line, column, expectation and cure."""
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for line, cells in _lines(path, schema):
        row = Row(schema.name, line, _parse(path, line, cells, schema))
        _check_row(path, row, schema)
        if schema.columns[0].kind == "key" and schema.columns[0].name != "variable":
            _check_unique(path, row, schema.columns[0], seen)
        rows.append(row)
    if not rows:
        raise _empty(path)
    return Table(schema, tuple(rows))


def _empty(path: Path) -> TableError:
    return TableError(
        "the table is empty",
        where=path.name,
        expected="a header and at least one row",
        cure="restore the file, or write its header and rows",
    )


def _lines(path: Path, schema: TableSchema) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise TableError(
            "there is no such file",
            where=str(path),
            expected=f"the table {schema.name}",
            cure="check the path; tables end in .csv",
        ) from None
    except UnicodeDecodeError as error:
        raise TableError(
            f"byte {error.start} is not UTF-8",
            where=path.name,
            expected="a UTF-8 text file",
            cure="save it as UTF-8",
        ) from None
    except OSError as error:
        raise TableError(
            f"cannot be read: {error.strerror or error}",
            where=str(path),
            expected="a file that you may read",
            cure="check that it is a file and its permissions",
        ) from None
    # Only a newline ends a line: str.splitlines would also break at U+2028 and its like inside a cell.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
        if header is None:
            raise _empty(path)
        _check_header(path, header, schema)
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise TableError(
            f"not well-formed CSV: {error}",
            where=f"{path.name}:{reader.line_num}",
            expected="fields separated by commas, quotes doubled inside quoted fields",
            cure="close the quote that is open, or double the quotes inside the field",
        ) from None


def _check_header(path: Path, header: list[str], schema: TableSchema) -> None:
    names = [c.name for c in schema.columns]
    for name in header:
        if name not in names:
            near = nearest(name, names)
            raise TableError(
                f"unknown column {name!r}",
                where=f"{path.name}:1",
                expected=", ".join(names),
                cure=f"did you mean {near[0]!r}?" if near else "remove the column",
            )
    missing = [n for n in names if n not in header]
    if missing or header != names:
        raise TableError(
            f"columns {'missing: ' + ', '.join(missing) if missing else 'out of order or repeated'}",
            where=f"{path.name}:1",
            expected=",".join(names),
            cure="write the header exactly as expected",
        )


def _parse(path: Path, line: int, cells: list[str], schema: TableSchema) -> dict[str, Value]:
    if len(cells) != len(schema.columns):
        raise TableError(
            f"{len(cells)} cells in a table of {len(schema.columns)} columns",
            where=f"{path.name}:{line}",
            expected=",".join(c.name for c in schema.columns),
            cure="quote cells that hold commas",
        )
    values: dict[str, Value] = {}
    for column, cell in zip(schema.columns, cells, strict=True):
        where = f"{path.name}:{line}, {column.name}"
        if not cell.strip():
            if column.required:
                cited = "name the source" if column.refers_to == "sources" else "fill the cell"
                raise TableError(
                    "the cell is empty",
                    where=where,
                    expected=f"{column.type}: {column.description}",
                    cure=f"{cited}, or remove the row",
                )
            values[column.name] = None
            continue
        try:
            values[column.name] = column.parse(cell.strip())
        except ValueError as error:
            near = nearest(cell.strip(), column.choices)
            raise TableError(
                f"{cell.strip()!r} does not fit",
                where=where,
                expected=str(error),
                cure=f"did you mean {near[0]!r}?" if near else _cure(column),
            ) from None
    return values


def _cure(column: Column) -> str:
    return "correct the cell, or " + ("remove the row" if column.required else "leave it empty if it is not known")


def _check_unique(path: Path, row: Row, column: Column, seen: dict[str, int]) -> None:
    key = row.text(column.name)
    if key in seen:
        raise TableError(
            f"key {key!r} is already used in line {seen[key]}",
            where=f"{path.name}:{row.line}, {column.name}",
            expected="each key once",
            cure="rename one of the two, or remove it",
        )
    seen[key] = row.line


def _check_row(path: Path, row: Row, schema: TableSchema) -> None:
    """Rules that span cells: low <= value <= high, and an assay that is a whole."""
    if {"low", "value", "high"} <= set(row):
        given = [v for v in (row.optional("low"), row.optional("value"), row.optional("high")) if v is not None]
        if given != sorted(given):
            raise TableError(
                f"low, value and high are out of order: {given}",
                where=f"{path.name}:{row.line}",
                expected="low <= value <= high",
                cure="put the three cells in order",
            )
    if schema.name == "projects":
        _check_dates(path, row)
    if schema.name == "assays":
        total = sum(row.optional(c.name) or 0.0 for c in schema.columns if c.kind == "number")
        low, high = ASSAY_SUM_RANGE_PCT
        if total > high or (row.flag("preferred") and total < low):
            raise TableError(
                f"the assay sums to {total:.1f} %",
                where=f"{path.name}:{row.line}",
                expected=f"a sum between {low:g} and {high:g} % of TREO",
                cure="check units (percent of TREO, not of ore) and the decimal point",
            )


DATE_SLACK_Y = 0.5
"""A bare year is read as its middle, so two dates of one year may stand in the wrong order by this much."""


def _check_dates(path: Path, row: Row) -> None:
    """A project is announced before the start it promises, and before the date to which it was followed."""
    announced = row.optional("announced_y")
    for name in ("promised_start_y", "actual_start_y", "as_of_y"):
        later = row.optional(name)
        if announced is not None and later is not None and later < announced - DATE_SLACK_Y:
            raise TableError(
                f"{name} {later:g} lies before announced_y {announced:g}",
                where=f"{path.name}:{row.line}, {name}",
                expected="decimal years in order: announced, promised and actual start, followed to",
                cure="check the digits of both dates",
            )
