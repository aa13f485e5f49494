"""Extractants as data: which there are, and one of them with its constants, sources and ranges.

The tables are ``data/extractants.csv`` (one row per extractant and medium) and ``data/extraction_constants.csv`` (one
row
per component, with source and grade). To add an extractant, add its rows; the reader refuses what does not fit.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import cast

from didymium.errors import TableError, UnknownName
from didymium.separation.chemistry import Constant, Extractant, Medium

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
_MEDIA = ("chloride", "nitrate", "sulfate")
_GRADES = ("A", "B", "C", "D")


@lru_cache(maxsize=1)
def extractants() -> dict[str, Extractant]:
    """All extractants by key; raises TableError with file and line for a row that does not fit."""
    constants: dict[str, dict[str, Constant]] = {}
    for where, row in _rows("extraction_constants.csv"):
        constants.setdefault(row["extractant"], {})[row["component"]] = _constant(where, row)
    out = {}
    for where, row in _rows("extractants.csv"):
        key = row["extractant"]
        if row["medium"] not in _MEDIA or row["level_known"] not in ("yes", "no") or key not in constants:
            raise TableError(
                f"{key}: medium {row['medium']!r}, level_known {row['level_known']!r}, "
                f"{len(constants.get(key, {}))} constants",
                where=where,
                expected=f"a medium of {', '.join(_MEDIA)}, yes or no, at least one row of constants",
            )
        out[key] = Extractant(
            key,
            row["name"],
            cast(Medium, row["medium"]),
            constants.pop(key),
            ph_range=(_number(where, row, "ph_low", -math.inf), _number(where, row, "ph_high", math.inf)),
            dimer_range_mol_per_l=(
                _number(where, row, "dimer_low_mol_per_l", 0.0),
                _number(where, row, "dimer_high_mol_per_l", math.inf),
            ),
            activity_slope=_number(where, row, "activity_slope", 0.0),
            level_known=row["level_known"] == "yes",
            note=row["note"],
        )
    if constants:
        raise TableError(f"constants of {', '.join(constants)} without a row", where="extractants.csv")
    return out


def extractant(key: str) -> Extractant:
    """One extractant by key or trade name (P507, P204, Cyanex 272 ...); raises UnknownName with the nearest."""
    found = extractants()
    name = _ALIASES.get(key.casefold(), key.casefold())
    if name not in found:
        raise UnknownName("extractant", key, [*found, *_ALIASES])
    return found[name]


def _rows(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    text = (files("didymium.separation") / "data" / name).read_text(encoding="utf-8")
    for k, row in enumerate(csv.DictReader(text.splitlines()), 2):
        if None in row or None in row.values():
            raise TableError("too many or too few cells", where=f"{name}:{k}")
        yield f"{name}:{k}", row


def _number(where: str, row: dict[str, str], column: str, empty: float | None = None) -> float:
    cell = row[column]
    if not cell and empty is not None:
        return empty
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TableError(f"{cell!r} is no number", where=f"{where}, {column}", expected="a finite number")
    return value


def _constant(where: str, row: dict[str, str]) -> Constant:
    if row["grade"] not in _GRADES or not row["source_title"]:
        raise TableError(
            f"grade {row['grade']!r}, source {row['source_title']!r}", where=where, expected="both filled in"
        )
    return Constant(
        row["component"],
        log_k=_number(where, row, "log_k"),
        ph_slope=_number(where, row, "ph_slope"),
        dimer_slope=_number(where, row, "dimer_slope"),
        protons=_number(where, row, "protons"),
        dimers=_number(where, row, "dimers"),
        ph_slope_per_dimer=_number(where, row, "ph_slope_per_dimer"),
        sd_log_k=_number(where, row, "sd_log_k", 0.0),
        basis=row["basis"],
        source_title=row["source_title"],
        source_address=row["source_address"],
        grade=row["grade"],
    )
