"""The audit: for each table what it holds, how good it is, how old, where it disagrees and where it has gaps."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from didymium.world.belief import Belief
from didymium.world.quantities import QUANTITIES, TABLE_OF, belief
from didymium.world.reader import Row, Table, read_table
from didymium.world.schema import TableSchema, schemas
from didymium.world.world import World

__all__ = ["CONFLICT_PCT", "Audit", "Conflict", "Dangling", "TableAudit", "audit", "conflicts", "last_day"]

CONFLICT_PCT = 5.0
"""Rivals of one definition, place and year conflict when the lowest lies more than this below the highest."""

REMARKS = frozenset({"note", "formula"})
"""Columns whose empty cells are no gap: there was nothing to remark."""

_RECALLED = re.compile("recalled", re.IGNORECASE)


@dataclass(frozen=True)
class Conflict:
    """Rivals of one definition, place and year that lie apart; ``gap_pct`` is (high - low) / high x 100."""

    table: str
    quantity: str
    place: str
    definition: str
    year: int
    unit: str
    low: float
    high: float
    rivals: int
    gap_pct: float


@dataclass(frozen=True)
class Dangling:
    """A cell that refers to a key which its table does not hold."""

    table: str
    line: int
    column: str
    key: str


@dataclass(frozen=True)
class TableAudit:
    """One table. Counts are None where the table carries no such column or the question does not arise.

    ``unverified`` counts rows of grade D or of a source that is recalled; ``newest`` is the newest date in the table
    that is not after the reference date, ``age_y`` its age in years; ``gaps`` counts empty cells among
    ``optional_cells``.
    """

    table: str
    rows: int
    grades: Mapping[str, int] | None
    unverified: int | None
    without_source: int | None
    conflicts: tuple[Conflict, ...] | None
    newest: str | None
    age_y: float | None
    gaps: int
    optional_cells: int
    cited: frozenset[str]

    @property
    def share_unverified(self) -> float | None:
        """Share of rows that are unverified, 0 to 1."""
        return None if self.unverified is None else self.unverified / self.rows

    @property
    def share_gaps(self) -> float | None:
        """Share of optional cells that are empty, 0 to 1; None for a table without optional columns."""
        return self.gaps / self.optional_cells if self.optional_cells else None

    @property
    def worst(self) -> Conflict | None:
        """The conflict with the widest gap."""
        return max(self.conflicts or (), key=lambda c: c.gap_pct, default=None)


@dataclass(frozen=True)
class Audit:
    """All tables, sources that nobody cites, and references to keys that do not exist."""

    on: dt.date
    tables: tuple[TableAudit, ...]
    unused_sources: tuple[str, ...]
    dangling: tuple[Dangling, ...]

    @property
    def sources(self) -> frozenset[str]:
        """Keys of the sources that at least one row cites."""
        return frozenset[str]().union(*(t.cited for t in self.tables))

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(t.rows for t in self.tables)

    @property
    def without_source(self) -> int:
        """Rows that ought to name a source and do not."""
        return sum(t.without_source or 0 for t in self.tables)


def audit(world: World, on: dt.date, beside: Mapping[str, Mapping[str, Table]] | None = None) -> Audit:
    """Audit all tables of ``world`` as seen on the date ``on``; raises TableError for a table that cannot be read.

    References are checked here and listed rather than raised, so that one bad key does not hide the rest. ``beside``
    holds sets of tables that have sources of their own, by the name of the set, which then stands before their names.
    """
    tables = {name: read_table(world.directory / f"{name}.csv", schema) for name, schema in schemas().items()}
    dangling = tuple(_dangling(tables))
    source_rows = {row.text("source"): row for row in tables["sources"].rows}
    clash = None if dangling else conflicts(world)
    audits = tuple(_audit_table(table, source_rows, clash, on) for table in tables.values())
    audits += tuple(t for name, others in (beside or {}).items() for t in _audit_beside(name, others, on))
    known = source_rows.keys() | {
        f"{name}/{key}" for name, others in (beside or {}).items() for key in sorted(others["sources"].keys())
    }
    cited = frozenset[str]().union(*(t.cited for t in audits))
    return Audit(on, audits, tuple(sorted(known - cited)), dangling)


def _audit_beside(name: str, tables: Mapping[str, Table], on: dt.date) -> Iterator[TableAudit]:
    sources = {row.text("source"): row for row in tables["sources"].rows}
    for table in tables.values():
        found = _audit_table(table, sources, {}, on)
        cited = frozenset(f"{name}/{key}" for key in found.cited)
        yield replace(found, table=f"{name}/{found.table}", cited=cited)


def _audit_table(
    table: Table, sources: Mapping[str, Row], clash: Mapping[str, tuple[Conflict, ...]] | None, on: dt.date
) -> TableAudit:
    columns = {c.name: c for c in table.schema.columns}
    cites = [c.name for c in table.schema.columns if c.refers_to == "sources"]
    graded = "grade" in columns
    cited = frozenset(row.text(c) for row in table.rows for c in cites) - {""}
    newest = _newest(table, sources, cited, on)
    optional = [c.name for c in table.schema.columns if not c.required and c.name not in REMARKS]
    name = table.schema.name
    asked = name in TABLE_OF.values()
    return TableAudit(
        table=name,
        rows=len(table.rows),
        grades=_grades(table.rows) if graded else None,
        unverified=sum(_unverified(row, cites, sources) for row in table.rows) if graded or cites else None,
        without_source=sum(not all(row.text(c) for c in cites) for row in table.rows) if cites else None,
        conflicts=(clash.get(name, ()) if clash is not None else None) if asked else None,
        newest=newest[0] if newest else None,
        age_y=_age_y(newest[0], on) if newest else None,
        gaps=sum(row[c] is None for row in table.rows for c in optional),
        optional_cells=len(table.rows) * len(optional),
        cited=cited,
    )


def _grades(rows: Iterable[Row]) -> dict[str, int]:
    found = Counter(row.text("grade") for row in rows)
    return {grade: found[grade] for grade in "ABCD"}


def _unverified(row: Row, cites: Iterable[str], sources: Mapping[str, Row]) -> bool:
    if "grade" in row and row.text("grade") == "D":
        return True
    keys = [row.text(c) for c in cites]
    return any(_RECALLED.search(k) or (k in sources and sources[k].text("kind") == "assumption") for k in keys)


def _dangling(tables: Mapping[str, Table]) -> Iterator[Dangling]:
    keys = {name: table.keys() for name, table in tables.items()}
    for name, table in tables.items():
        for column in table.schema.columns:
            if column.refers_to:
                for row in table.rows:
                    key = row.text(column.name)
                    if key and key not in keys[column.refers_to]:
                        yield Dangling(name, row.line, column.name, key)


def conflicts(world: World) -> dict[str, tuple[Conflict, ...]]:
    """Conflicts of every quantity by table, the widest first; each compares rivals of one belief only."""
    found: dict[str, list[Conflict]] = {}
    for quantity in QUANTITIES:
        for place in _places(world, quantity):
            found.setdefault(TABLE_OF[quantity], []).extend(_conflicts_of(belief(world, quantity, place)))
    return {table: tuple(sorted(each, key=lambda c: -c.gap_pct)) for table, each in found.items()}


def _places(world: World, quantity: str) -> tuple[str, ...]:
    """What beliefs of ``quantity`` can be asked about: places, and deposits where rows name one."""
    rows = world.rows(TABLE_OF[quantity])
    deposit = [(row.text("deposit") if "deposit" in row else "") or row.text("place") for row in rows]
    return tuple(dict.fromkeys(deposit))


def _conflicts_of(rivals: Belief) -> Iterator[Conflict]:
    groups: dict[tuple[str, int, str], list[float]] = {}
    for figure in rivals.figures:
        if figure.value is not None:
            groups.setdefault((figure.definition, figure.year, figure.unit), []).append(figure.value)
    for (definition, year, unit), values in groups.items():
        low, high = min(values), max(values)
        largest = max(abs(low), abs(high))
        gap_pct = 100 * (high - low) / largest if largest else 0.0
        if gap_pct > CONFLICT_PCT and not math.isclose(gap_pct, CONFLICT_PCT):
            table = TABLE_OF[rivals.quantity]
            place, n = rivals.place, len(values)
            yield Conflict(table, rivals.quantity, place, definition, year, unit, low, high, n, gap_pct)


def _date_columns(schema: TableSchema) -> tuple[str, ...]:
    """Columns that date a row: required ones; an optional one (a start, an end) tells of the thing, not the row."""
    dated = [c for c in schema.columns if c.kind in ("year", "period")]
    cites = any(c.refers_to == "sources" for c in schema.columns)
    return tuple(c.name for c in dated if c.required or not cites)


def _newest(table: Table, sources: Mapping[str, Row], cited: Iterable[str], on: dt.date) -> tuple[str, dt.date] | None:
    """The newest date not after ``on``: of the rows, or of the sources they cite where rows are not dated."""
    columns = _date_columns(table.schema)
    texts = {str(row[c]) for row in table.rows for c in columns if row[c] is not None}
    if not columns:
        texts = {sources[k].text("date") for k in cited if k in sources} - {""}
    dated = [(text, _first_day(text)) for text in texts]
    past = [(text, last_day(text)) for text, first in dated if first <= on]
    return max(past, key=lambda p: (p[1], p[0]), default=None)


def _age_y(text: str, on: dt.date) -> float:
    """Years from the end of the period to ``on``; a period that is still running is of age zero."""
    return max(0.0, (on - last_day(text)).days / 365.25)


def _first_day(period: str) -> dt.date:
    year, start, _ = _span(period.split("/")[0])
    return dt.date(year, *start)


def last_day(period: str) -> dt.date:
    """The last day of a period such as 2024, 2024-05, 2024-Q2, 2024-H1, 2024-05-01 or 2024-01/2024-06."""
    year, _, end = _span(period.split("/")[-1])
    return dt.date(year, *end)


def _span(part: str) -> tuple[int, tuple[int, int], tuple[int, int]]:
    """Year, first (month, day) and last (month, day) of one part of a period."""
    year, _, rest = part.partition("-")
    y = int(year)
    if rest[:1] == "Q":
        first, last = 3 * int(rest[1]) - 2, 3 * int(rest[1])
    elif rest[:1] == "H":
        first, last = 6 * int(rest[1]) - 5, 6 * int(rest[1])
    elif "-" in rest:
        month, day = (int(n) for n in rest.split("-"))
        day = min(day, calendar.monthrange(y, month)[1])
        return y, (month, day), (month, day)
    else:
        first, last = (int(rest), int(rest)) if rest else (1, 12)
    return y, (first, 1), (last, calendar.monthrange(y, last)[1])
