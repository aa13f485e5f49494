"""Stoichiometry: oxide and metal factors from atomic masses, never typed in."""

from __future__ import annotations

import re
from functools import lru_cache

from didymium.errors import TableError
from didymium.world import ELEMENTS, World

__all__ = ["metal_fraction", "metal_fractions", "parse_formula"]

_PART = re.compile(r"([A-Z][a-z]?)(\d*)")


def parse_formula(formula: str) -> dict[str, int]:
    """Atoms by symbol in a plain formula such as Pr6O11; raises ValueError for anything else."""
    parts = _PART.findall(formula)
    if not parts or "".join(s + n for s, n in parts) != formula:
        raise ValueError(f"{formula!r} is not a plain chemical formula such as Nd2O3")
    atoms: dict[str, int] = {}
    for symbol, count in parts:
        if count.startswith("0"):
            raise ValueError(f"{formula!r} counts {count} atoms of {symbol}")
        atoms[symbol] = atoms.get(symbol, 0) + int(count or 1)
    return atoms


@lru_cache(maxsize=8)
def metal_fractions(world: World) -> dict[str, float]:
    """Mass of metal per mass of its oxide (REO convention) for every element of the elements table that has one."""
    rows = world.rows("elements")
    masses = {row.text("element"): row.number("atomic_mass_g_per_mol") for row in rows}
    fractions: dict[str, float] = {}
    for row in rows:
        symbol, formula = row.text("element"), row.text("oxide")
        if not formula:
            continue
        try:
            atoms = parse_formula(formula)
            total = sum(masses[s] * n for s, n in atoms.items())
            fractions[symbol] = masses[symbol] * atoms[symbol] / total
        except (ValueError, KeyError) as error:
            raise TableError(
                f"oxide {formula!r} of {symbol} cannot be weighed: {error}",
                where=f"elements.csv:{row.line}, oxide",
                expected=f"a formula of {symbol} and O such as {symbol}2O3",
            ) from None
    missing = [e for e in ELEMENTS if e not in fractions]
    if missing:
        raise TableError(f"no oxide for {', '.join(missing)}", where="elements.csv", expected="all fifteen")
    return fractions


def metal_fraction(world: World, element: str) -> float:
    """Mass of metal per mass of oxide of one element; raises UnknownName."""
    return metal_fractions(world)[world.element(element)]
