"""Prices without value added tax: Chinese prices at home are stated with the tax of their day."""

from __future__ import annotations

from didymium.errors import RecordError
from didymium.world import Row, World
from didymium.world.audit import last_day

__all__ = ["usd_without_tax"]

PLACE = "CHN"


def usd_without_tax(world: World, row: Row) -> float:
    """USD/kg of a row of the prices, less the tax of the last day of its period where the row includes it.

    Raises RecordError for a day before the first rate in the table.
    """
    usd = row.number("price_usd_per_kg")
    if not row.flag("vat_included"):
        return usd
    day = last_day(row.text("period")).isoformat()
    rates = [r for r in world.rows("taxes", tax="value_added", place=PLACE) if r.text("start") <= day]
    if not rates:
        raise RecordError(
            f"no rate of value added tax in {PLACE} for {day}",
            where=f"prices, {row.text('material')} of {row.text('period')}",
            expected="a row of the table taxes that starts before it",
            cure="add the rate to taxes",
        )
    return usd / (1 + max(rates, key=lambda r: r.text("start")).number("rate_pct") / 100)
