"""Complexing agents that part rare earths on a resin: stability constants, and the factors that follow from them.

The resin is taken to prefer no rare earth to another, so that the factor of a pair is the ratio of its constants.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from didymium.errors import UnknownName
from didymium.separation.economics import Estimate
from didymium.separation.tables import rows, source

__all__ = ["Complex", "complexes", "factor_range"]

ROUNDING = 0.05
"""Constants are printed to one decimal of log10, so that each may be this much off."""


@dataclass(frozen=True)
class Complex:
    """One element with a complexing agent: log10 of its stability constant, where it was found, source and grade."""

    element: str
    log_k: float
    figure: Estimate


@lru_cache(maxsize=8)
def complexes(ligand: str) -> dict[str, Complex]:
    """Every element with ``ligand``; raises UnknownName for one without constants."""
    found = {}
    for row in rows("stability_constants"):
        if row.text("ligand") == ligand:
            cited = source(row.text("source"))
            value = row.number("log_k")
            figure = Estimate(
                f"{row.text('element')}-{ligand}",
                value,
                "log10",
                row.text("medium"),
                row.text("grade"),
                value - ROUNDING,
                value + ROUNDING,
                source=row.text("source"),
                title=cited.text("title"),
                address=cited.text("address"),
                note=row.text("note"),
                note_zh=row.text("note_zh"),
            )
            found[row.text("element")] = Complex(row.text("element"), value, figure)
    if not found:
        raise UnknownName("complexing agent", ligand, {r.text("ligand") for r in rows("stability_constants")})
    return found


def factor_range(ligand: str, faster: str, slower: str) -> tuple[float, float, float]:
    """Low, value and high of the factor of two elements; the low end is below 1 where rounding hides the order."""
    known = complexes(ligand)
    # One decimal each: the difference is rounded to it, so that 0.2 is 0.2 and not 0.1999.
    step = round(known[faster].log_k - known[slower].log_k, 6)
    low, value, high = (10.0 ** (step + off * 2 * ROUNDING) for off in (-1, 0, 1))
    return low, value, high
