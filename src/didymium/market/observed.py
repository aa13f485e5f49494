"""What was observed through time, out of the tables: monthly exports by destination and prices on days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from didymium.market.without_tax import usd_without_tax
from didymium.world import World

__all__ = ["PRODUCT", "Export", "PriceSeen", "monthly_exports", "oxide_of", "prices_seen"]

MONTH = re.compile(r"(\d{4})-(\d{2})")
PRODUCT = "RE permanent magnets"


@dataclass(frozen=True)
class Export:
    """Gross tonnes of magnets that left ``reporter`` for ``partner`` (WLD for all) in one month."""

    month: str
    reporter: str
    partner: str
    tonnes: float
    grade: str
    source: str
    derived: bool


@dataclass(frozen=True)
class PriceSeen:
    """USD/kg of oxide without tax on a day, inside China or in Europe."""

    day: date
    element: str
    inside: bool
    usd_per_kg: float
    grade: str
    source: str


def monthly_exports(world: World, reporter: str = "CHN") -> tuple[Export, ...]:
    """Monthly magnet exports by partner; reported figures go before derived ones, rejected ones are left out."""
    found: dict[tuple[str, str], Export] = {}
    rows = world.rows("trade", flow="export", reporter=reporter, product=PRODUCT)
    for row in sorted(rows, key=lambda r: r.text("method") != "reported"):
        period = row.text("period")
        if not MONTH.fullmatch(period) or row.text("method") == "rejected" or row.optional("quantity_t") is None:
            continue
        seen = Export(
            period,
            reporter,
            row.text("partner"),
            row.number("quantity_t"),
            row.text("grade"),
            row.text("source"),
            row.text("method") != "reported",
        )
        found.setdefault((period, seen.partner), seen)
    return tuple(sorted(found.values(), key=lambda e: (e.month, e.partner)))


def oxide_of(world: World, element: str) -> str:
    """Name of an element's oxide in the price table."""
    return {r.text("element"): r.text("oxide") for r in world.rows("elements")}[element]


def prices_seen(world: World, element: str, first: date, last: date) -> tuple[PriceSeen, ...]:
    """Prices of one day of an element's oxide, ``first`` <= day <= ``last``, in time order.

    A price worked back to a month stands on its first day.
    """
    found = []
    for row in world.rows("prices", material=oxide_of(world, element)):
        if row.text("frequency") not in ("spot", "derived"):
            continue
        stated = "early" if row.text("frequency") == "derived" else row.text("observed_on")
        day = _day(stated, row.text("period"))
        market = row.text("market")
        if day is None or not first <= day <= last or market not in ("China domestic", "Rotterdam/Europe"):
            continue
        usd = usd_without_tax(world, row)
        found.append(PriceSeen(day, element, market == "China domestic", usd, row.text("grade"), row.text("source")))
    return tuple(sorted(found, key=lambda p: (p.day, not p.inside)))


def _day(stated: str, period: str) -> date | None:
    """The day of an observation; one dated early in a month stands on its first, one without a day on none."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", stated):
        return date.fromisoformat(stated)
    month = MONTH.fullmatch(period)
    if month and stated.startswith("early"):
        return date(int(month[1]), int(month[2]), 1)
    return None
