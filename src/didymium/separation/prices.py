"""What rare earth in process is worth: the latest price of each oxide in the world table, its definition kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from didymium.world import ELEMENTS, Row, World

__all__ = ["OxidePrice", "oxide_prices", "value_usd"]

MARKETS = ("FOB China", "China domestic")
"""Markets asked, in this order, by choice of this project; asks outside China cover a small share of volume."""

SHARED = {"Pr": "NdPr oxide", "Nd": "NdPr oxide"}
"""Where an oxide has no price of its own, that of the mixture it is sold in."""

YEARS = 3
"""A price older than this by the newest of the table is not used; an assumption of this project (grade D)."""


@dataclass(frozen=True)
class OxidePrice:
    """One price as published: USD/kg of oxide, when, where, with or without tax, source and grade."""

    element: str
    usd_per_kg: float
    period: str
    market: str
    vat_included: bool
    source: str
    grade: str


def oxide_prices(world: World) -> dict[str, OxidePrice]:
    """The latest price of each element's oxide on the first market that has one; elements without one are absent."""
    rows = world.rows("prices")
    newest = max(int(r.text("period")[:4]) for r in rows)
    oxide = {r.text("element"): r.text("oxide") for r in world.rows("elements")}
    found = {}
    for element in ELEMENTS:
        for material in (oxide[element], SHARED.get(element)):
            row = _latest(rows, material, newest) if material else None
            if row is not None:
                found[element] = OxidePrice(
                    element,
                    row.number("price_usd_per_kg"),
                    row.text("period"),
                    row.text("market"),
                    row.flag("vat_included"),
                    row.text("source"),
                    row.text("grade"),
                )
                break
    return found


def _latest(rows: tuple[Row, ...], material: str, newest: int) -> Row | None:
    for market in MARKETS:
        kept = [
            r
            for r in rows
            if r.text("material") == material
            and r.text("market") == market
            and int(r.text("period")[:4]) > newest - YEARS
        ]
        if kept:
            return max(kept, key=lambda r: (r.text("period")[:4], r.text("period")))
    return None


def value_usd(tonnes: Mapping[str, float], prices: Mapping[str, OxidePrice]) -> tuple[float, float]:
    """USD of the priced part of ``tonnes`` of oxide by element, and the share of the tonnage that has a price."""
    total = sum(tonnes.values())
    priced = {e: t for e, t in tonnes.items() if e in prices}
    worth = sum(1000 * t * prices[e].usd_per_kg for e, t in priced.items())
    return worth, (sum(priced.values()) / total if total else 0.0)
