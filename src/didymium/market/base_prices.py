"""Prices of the base year: what weighs the elements of a joint product against each other, and what 1.0 stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from didymium.market.without_tax import usd_without_tax
from didymium.world import ELEMENTS, Row, World

__all__ = ["BasePrice", "base_prices"]

MARKETS = ("FOB China", "China domestic")
SHARED = {"Pr": "NdPr oxide", "Nd": "NdPr oxide"}
REACH_Y = 2
"""Prices further than this from the base year do not stand for it."""

FREQUENCY = ("annual", "year-end")


@dataclass(frozen=True)
class BasePrice:
    """USD/kg of oxide without tax, the year and market it was seen in, and its source."""

    element: str
    usd_per_kg: float
    period: str
    market: str
    source: str
    grade: str


def base_prices(world: World, year: int) -> Mapping[str, BasePrice]:
    """A price of each element near ``year``: yearly averages before single days, FOB before home; gaps are absent."""
    oxide = {r.text("element"): r.text("oxide") for r in world.rows("elements")}
    found = {}
    for element in ELEMENTS:
        for material in (oxide[element], SHARED.get(element)):
            rows = [r for r in world.rows("prices") if r.text("material") == material and _near(r, year)]
            if rows:
                found[element] = _as_price(world, element, min(rows, key=lambda r: _rank(r, year)))
                break
    return found


def _near(row: Row, year: int) -> bool:
    return row.text("market") in MARKETS and abs(int(row.text("period")[:4]) - year) <= REACH_Y


def _rank(row: Row, year: int) -> tuple[int, int, int, str]:
    seen = row.text("frequency")
    return (
        abs(int(row.text("period")[:4]) - year),
        MARKETS.index(row.text("market")),
        FREQUENCY.index(seen) if seen in FREQUENCY else len(FREQUENCY),
        row.text("period"),
    )


def _as_price(world: World, element: str, row: Row) -> BasePrice:
    usd = usd_without_tax(world, row)
    return BasePrice(element, usd, row.text("period"), row.text("market"), row.text("source"), row.text("grade"))
