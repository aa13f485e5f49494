"""The tables of separation: read by the rules of the world's, with an attribute table and sources of their own.

Nothing is read half: a row without a source, a grade or a definition is an error that names file, line and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from didymium.errors import TableError, nearest
from didymium.world.reader import Row, Table, read_table
from didymium.world.schema import TableSchema, schemas_of

__all__ = ["read_all", "rows", "separation_schemas", "source"]


def shipped() -> Path:
    """The directory of the tables that come with the package."""
    return Path(str(files("didymium.separation").joinpath("data")))


@lru_cache(maxsize=1)
def separation_schemas() -> dict[str, TableSchema]:
    """All tables of separation by name."""
    return schemas_of((shipped() / "attributes.csv").read_text(encoding="utf-8"))


def read_all(directory: Path | None = None) -> dict[str, Table]:
    """All tables, in ``directory`` or as shipped; raises TableError for a cell that does not fit or a dangling key."""
    folder = directory or shipped()
    tables = {name: read_table(folder / f"{name}.csv", schema) for name, schema in separation_schemas().items()}
    keys = {name: table.keys() for name, table in tables.items()}
    for table in tables.values():
        for row in table.rows:
            _check(row, table.schema, keys)
    return tables


def _check(row: Row, schema: TableSchema, keys: Mapping[str, frozenset[str]]) -> None:
    for column in schema.columns:
        key = row.text(column.name)
        if column.refers_to and key and key not in keys[column.refers_to]:
            near = nearest(key, keys[column.refers_to])
            raise TableError(
                f"{key!r} is not in {column.refers_to}.csv",
                where=f"{schema.name}.csv:{row.line}, {column.name}",
                expected="a key of that table",
                cure=f"did you mean {near[0]!r}?" if near else "add its row",
            )
    if schema.name == "economics" and row["value"] is None and not row.text("note"):
        raise TableError(
            "a gap without a reason",
            where=f"{schema.name}.csv:{row.line}, note",
            expected="a value, or a note that says why there is none",
            cure="fill one of the two",
        )


@lru_cache(maxsize=1)
def _tables() -> dict[str, Table]:
    return read_all()


def rows(table: str) -> tuple[Row, ...]:
    """The rows of a shipped table."""
    return _tables()[table].rows


@lru_cache(maxsize=1)
def _sources() -> dict[str, Row]:
    return {row.text("source"): row for row in rows("sources")}


def source(key: str) -> Row:
    """The row of a source; the key exists, since reading has checked it."""
    return _sources()[key]
