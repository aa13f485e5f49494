"""The world: all tables, read on demand and checked against each other."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol, runtime_checkable

from didymium.errors import TableError, UnknownName, nearest
from didymium.world.reader import Row, Table, read_table
from didymium.world.schema import Value, table_schema

__all__ = ["ELEMENTS", "WORLD", "HasSources", "World", "load_world"]

ELEMENTS = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y")
"""The fifteen rare earths in the order of every element vector; scandium is kept apart."""

WORLD = "WLD"
"""The place code of the whole world."""


@runtime_checkable
class HasSources(Protocol):
    """A result that knows the keys of the sources it stands on."""

    @property
    def sources(self) -> frozenset[str]:
        """Source keys."""
        ...


class World:
    """Tables of facts in one directory; each is read, validated and cross-checked when first asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._tables: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """Table ``name``; raises UnknownName or TableError."""
        if name not in self._tables:
            schema = table_schema(name)
            table = read_table(self.directory / f"{name}.csv", schema)
            self._tables[name] = table
            try:
                self._check_references(table)
            except TableError:
                del self._tables[name]
                raise
        return self._tables[name]

    def rows(self, name: str, **where: Value) -> tuple[Row, ...]:
        """Rows of table ``name`` whose columns equal ``where``."""
        table = self.table(name)
        for column in where:
            table.schema.column(column)
        return tuple(row for row in table.rows if all(row[c] == v for c, v in where.items()))

    def _check_references(self, table: Table) -> None:
        for column in table.schema.columns:
            if column.kind == "place":
                valid, kind = self.countries | self.blocs_set | {WORLD}, "country, bloc or WLD"
                home = "countries"
            elif column.refers_to and column.refers_to != table.schema.name:
                valid, home = self.table(column.refers_to).keys(), column.refers_to
                kind = f"key of table {home}"
            else:
                continue
            for row in table.rows:
                key = row.text(column.name)
                if key and key not in valid:
                    near = nearest(key, valid)
                    raise TableError(
                        f"{key!r} is not known",
                        where=f"{table.schema.name}.csv:{row.line}, {column.name}",
                        expected=f"a {kind}",
                        cure=f"did you mean {near[0]!r}?" if near else f"add it to {home}.csv",
                    )

    @cached_property
    def blocs(self) -> tuple[str, ...]:
        """Bloc codes in table order."""
        return tuple(r.text("bloc") for r in sorted(self.table("blocs").rows, key=lambda r: r.integer("order")))

    @cached_property
    def blocs_set(self) -> frozenset[str]:
        """Bloc codes as a set."""
        return self.table("blocs").keys()

    @cached_property
    def countries(self) -> frozenset[str]:
        """ISO 3166 alpha-3 codes."""
        return self.table("countries").keys()

    def bloc_of(self, place: str) -> str:
        """The bloc that country or bloc ``place`` belongs to; raises UnknownName."""
        if place in self.blocs_set:
            return place
        found = self._bloc_by_country.get(place)
        if found is None:
            raise UnknownName("place", place, self.place_names(), listed=(*self.blocs, "or any country"))
        return found

    @cached_property
    def _bloc_by_country(self) -> dict[str, str]:
        return {r.text("country"): r.text("bloc") for r in self.table("countries").rows}

    def place_names(self) -> dict[str, str]:
        """Every accepted name of a place (codes, names, aliases, both languages) with its code."""
        names: dict[str, str] = {WORLD: WORLD, "World": WORLD}
        for row in self.table("countries").rows:
            code = row.text("country")
            for name in (code, row.text("name"), row.text("name_zh"), *row.words("aliases")):
                if name:
                    names[name] = code
        for row in self.table("blocs").rows:
            for name in (row.text("bloc"), row.text("name"), row.text("name_zh"), *row.words("aliases")):
                names.setdefault(name, row.text("bloc"))
        return names

    def place(self, name: str) -> str:
        """The code of the place called ``name`` in any accepted way; raises UnknownName with the nearest names."""
        names = self.place_names()
        by_fold = {n.casefold(): code for n, code in names.items()}
        code = by_fold.get(name.strip().casefold())
        if code is None:
            raise UnknownName("place", name, names, listed=(*self.blocs, "or any country"))
        return code

    def place_name(self, code: str, lang: str = "en") -> str:
        """The name of a country or bloc in ``lang``; the code itself for a place without one."""
        column = "name_zh" if lang == "zh" else "name"
        for table, key in (("blocs", "bloc"), ("countries", "country")):
            for row in self.table(table).rows:
                if row.text(key) == code:
                    return row.text(column) or row.text("name")
        return code

    def element(self, symbol: str) -> str:
        """The element symbol written as ``symbol`` in any case; raises UnknownName."""
        by_fold = {e.casefold(): e for e in ELEMENTS}
        for row in self.table("elements").rows:
            if row.text("element") in ELEMENTS:
                by_fold[row.text("name").casefold()] = row.text("element")
        found = by_fold.get(symbol.strip().casefold())
        if found is None:
            raise UnknownName("element", symbol, (*by_fold.values(), *by_fold), listed=ELEMENTS)
        return found

    def source(self, key: str) -> Row:
        """The row of source ``key``; raises UnknownName."""
        found = self._sources.get(key)
        if found is None:
            raise UnknownName("source", key, self._sources)
        return found

    def assumption(self, key: str) -> Row:
        """The row of assumption ``key``; raises UnknownName."""
        found = {row.text("assumption"): row for row in self.table("assumptions").rows}
        if key not in found:
            raise UnknownName("assumption", key, found, where="assumptions.csv")
        return found[key]

    @cached_property
    def _sources(self) -> dict[str, Row]:
        return {row.text("source"): row for row in self.table("sources").rows}

    def bibliography(self, result: HasSources | Iterable[str]) -> tuple[Row, ...]:
        """Exactly the sources that ``result`` stands on, ordered by key."""
        keys = result.sources if isinstance(result, HasSources) else frozenset(result)
        return tuple(self.source(key) for key in sorted(keys))


@lru_cache(maxsize=4)
def load_world(directory: Path | None = None) -> World:
    """The shipped world, or the one in ``directory``; raises TableError when a table is missing a file."""
    if directory is not None:
        if not directory.is_dir():
            raise TableError("there is no such directory", where=str(directory), expected="a directory of tables")
        return World(directory)
    return World(Path(str(files("didymium.world").joinpath("tables"))))
