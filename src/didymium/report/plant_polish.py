"""Displacement columns of a plant in words and as a table: what the resin takes, beside what the cascades take."""

from __future__ import annotations

from didymium.report.numbers import amount
from didymium.report.page import Cell, TableData
from didymium.report.plant_words import definition_of, note_of, purity_percent
from didymium.separation.economics import Estimate, estimate
from didymium.separation.plant_data import Plant
from didymium.separation.polish import Polish
from didymium.words import Say

__all__ = ["polish_lines", "polish_table", "refusal"]

BESIDE = ("ion_exchange_cycle", "ion_exchange_productivity", "resin_price", "eluant_price")
"""Figures of others, and gaps, that stand below all columns."""


def polish_lines(plant: Plant, say: Say) -> tuple[str, ...]:
    """One sentence for every product that a column could finish, or why none is shown."""
    return tuple(_line(p, say) for p in plant.polish)


def _line(p: Polish, say: Say) -> str:
    about = {"product": p.product, "start": purity_percent(p.start), "purity": purity_percent(p.purity)}
    if p.refused is not None:
        return say("plant.polish.refused", **about, why=refusal(p, say))
    column, cascades = ({e.key: e for e in part} for part in (p.column, p.cascades))
    resin = column["polish_resin"]
    return say(
        "plant.polish.made",
        **about,
        resin=amount(say, resin.value),
        low=amount(say, resin.low),
        high=amount(say, resin.high),
        cycle=amount(say, column["polish_cycle"].value),
        stages=amount(say, cascades["polish_stages"].value),
        pairs=say("number.comma").join(f"{e.key} {amount(say, e.value)}" for e in p.factors),
    )


def refusal(p: Polish, say: Say) -> str:
    """Why no column is shown for a product; empty where one is."""
    return "" if p.refused is None else say(f"plant.polish.why.{p.refused.key}", **p.refused.values)


def polish_table(plant: Plant, say: Say) -> TableData:
    """Every product with its factors, its column, and the stages, days and tonnes of the cascades for the same nine."""
    rows: list[tuple[Cell, ...]] = []
    for p in plant.polish:
        if p.refused is not None:
            rows.append((p.product, say("plant.polish.none"), None, None, None, "", refusal(p, say)))
        rows += [_row(p.product, say("plant.polish.factor", pair=e.key), e, say) for e in p.factors]
        rows += [_row(p.product, definition_of(e, say), e, say) for e in p.column]
        rows += [_row(p.product, definition_of(e, say), e, say, _never(e, say)) for e in p.cascades]
    if any(p.refused is None for p in plant.polish):
        beside = [estimate(key) for key in BESIDE]
        rows += [_row(say("plant.polish.all"), definition_of(e, say), e, say, note_of(e, say)) for e in beside]
    names = ("product", "what", "low", "value", "high", "unit", "remark")
    return TableData(tuple(say(f"plant.column.{n}") for n in names), tuple(rows))


def _row(product: str, what: str, e: Estimate, say: Say, note: str = "") -> tuple[Cell, ...]:
    named = {"1": "", "count": "", "d": say("plant.unit.days"), "month": say("plant.unit.months")}
    return (product, what, e.low, e.value, e.high, named.get(e.unit, e.unit), note)


def _never(e: Estimate, say: Say) -> str:
    return say("plant.polish.never") if e.value is None else ""
