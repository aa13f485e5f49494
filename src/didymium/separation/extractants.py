"""Extractants as data: which there are, and one of them with its constants, sources and ranges.

The tables are ``data/extractants.csv`` (one row per extractant and medium) and ``data/extraction_constants.csv`` (one
row per component, with source and grade). To add an extractant, add its rows; the reader refuses what does not fit.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import cast

from didymium.errors import TableError, UnknownName
from didymium.separation.chemistry import Constant, Extractant, Medium
from didymium.separation.tables import rows, source
from didymium.world.reader import Row

__all__ = ["extractant", "extractants"]

_ALIASES = {
    "p507": "pc88a",
    "ehehpa": "pc88a",
    "pc-88a": "pc88a",
    "p204": "d2ehpa",
    "hdehp": "d2ehpa",
    "dehpa": "d2ehpa",
    "cyanex 272": "cyanex272",
    "cyanex 572": "cyanex572_tbp",
    "naphthenic acid": "naphthenic_acid",
}


@lru_cache(maxsize=1)
def extractants() -> dict[str, Extractant]:
    """All extractants by key; raises TableError with file and line for a row that does not fit."""
    constants: dict[str, dict[str, Constant]] = {}
    for row in rows("extraction_constants"):
        constants.setdefault(row.text("extractant"), {})[row.text("component")] = _constant(row)
    out = {}
    for row in rows("extractants"):
        key = row.text("extractant")
        if key not in constants:
            raise TableError(
                f"{key} has no constants",
                where=f"extractants.csv:{row.line}",
                expected="at least one row in extraction_constants.csv",
                cure="add its constants, or remove the row",
            )
        out[key] = Extractant(
            key,
            row.text("name"),
            cast(Medium, row.text("medium")),
            constants[key],
            ph_range=(_bound(row, "ph_low", -math.inf), _bound(row, "ph_high", math.inf)),
            dimer_range_mol_per_l=(
                _bound(row, "dimer_low_mol_per_l", 0.0),
                _bound(row, "dimer_high_mol_per_l", math.inf),
            ),
            activity_slope=_bound(row, "activity_slope", 0.0),
            level_known=row.flag("level_known"),
            note=row.text("note"),
        )
    return out


def extractant(key: str) -> Extractant:
    """One extractant by key or trade name (P507, P204, Cyanex 272 ...); raises UnknownName with the nearest."""
    found = extractants()
    name = _ALIASES.get(key.casefold(), key.casefold())
    if name not in found:
        raise UnknownName("extractant", key, [*found, *_ALIASES])
    return found[name]


def _bound(row: Row, column: str, empty: float) -> float:
    value = row.optional(column)
    return empty if value is None else value


def _constant(row: Row) -> Constant:
    cited = source(row.text("source"))
    return Constant(
        row.text("component"),
        log_k=row.number("log_k"),
        ph_slope=row.number("ph_slope"),
        dimer_slope=row.number("dimer_slope"),
        protons=row.number("protons"),
        dimers=row.number("dimers"),
        ph_slope_per_dimer=row.number("ph_slope_per_dimer"),
        sd_log_k=_bound(row, "sd_log_k", 0.0),
        basis=row.text("basis"),
        source_title=cited.text("title"),
        source_address=cited.text("address"),
        grade=row.text("grade"),
    )
