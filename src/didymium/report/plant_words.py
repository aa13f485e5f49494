"""Words of a plant in one language: figures with their definitions and remarks, warnings, spans of time, purities."""

from __future__ import annotations

import math

from didymium.report.numbers import amount
from didymium.report.page import Cell, TableData
from didymium.separation.economics import Estimate
from didymium.separation.plant_data import Plant
from didymium.separation.remarks import Remark
from didymium.words import Say
from didymium.world import Row, World

__all__ = ["assay_of", "assay_words", "definition_of", "folded", "note_of", "purity_percent", "remark_text", "span"]

DAYS_PER_MONTH = 365.25 / 12
SHORT_MONTHS = 2.0
"""Below this, months are told in days."""


def definition_of(e: Estimate, say: Say) -> str:
    """What a figure is: of a derived one from the catalogue, of a row in the words of its table."""
    if e.medium:
        return say("plant.factor_beside" if e.beside else "plant.factor", pair=e.key, medium=e.medium)
    if e.unit == "log10":
        return say("plant.constant", pair=e.key)
    if say.has(f"plant.estimate.{e.key}"):
        return say(f"plant.estimate.{e.key}")
    return e.definition_zh if say.lang == "zh" and e.definition_zh else e.definition


def note_of(e: Estimate, say: Say) -> str:
    """What must be known before using a figure; empty where there is nothing to say."""
    if e.value is not None and say.has(f"plant.remark.{e.key}"):
        return say(f"plant.remark.{e.key}")
    return e.note_zh if say.lang == "zh" and e.note_zh else e.note


def folded(table: TableData, say: Say) -> TableData:
    """A table that ends in what, low, value, high, unit and remark, its words in one column: a phone shows it whole."""
    rows: list[tuple[Cell, ...]] = []
    for *head, what, low, value, high, unit, remark in table.rows:
        text = say("plant.folded.unit", what=what, unit=unit) if unit else str(what)
        for before in head:
            text = say("plant.folded.remark", what=before, remark=text)
        text = say("plant.folded.remark", what=text, remark=remark) if remark else text
        rows.append((text, low, value, high))
    return TableData(table.columns[-6:-2], tuple(rows))


def months_note(plant: Plant, say: Say) -> str:
    """What the months until purity are, or which cascades do not get there."""
    if plant.months_to_purity.value is None:
        slow = [run.name for run in plant.start_up if not math.isfinite(run.days_to_purity)]
        return say("plant.never", cuts=", ".join(slow), n=len(slow))
    return note_of(plant.months_to_purity, say)


def remark_text(remark: Remark, say: Say) -> str:
    """A warning as a sentence."""
    values = dict(remark.values)
    if say.lang == "zh" and values.get("note_zh"):
        values["note"] = values["note_zh"]
    if remark.key == "sized_as":
        values["names"] = ", ".join(say(f"plant.extractant.{name}") for name in values["names"].split(", "))
    return say("plant.products.warning", text=say(f"plant.mind.{remark.key}", **values))


def span(low: float | None, high: float | None, say: Say) -> tuple[str, str]:
    """A range of months and its unit: days where months would be a small fraction."""
    if low is None or high is None:
        return amount(say, None), ""
    short = high < SHORT_MONTHS
    scale = DAYS_PER_MONTH if short else 1.0
    shown = amount(say, low * scale), amount(say, high * scale)
    unit = say("plant.unit.days" if short else "plant.unit.months")
    return (shown[0] if shown[0] == shown[1] else "–".join(shown)), unit


def purity_percent(fraction: float) -> str:
    """A purity in percent with as many digits as its impurity needs, cut and not rounded: 99.9899 is not 99.99."""
    digits = max(1, math.ceil(-math.log10(max(1 - fraction, 1e-9)) - 1e-6) - 1)
    scale = 10**digits
    return f"{math.floor(100 * fraction * scale + 1e-6) / scale:.{digits}f}".rstrip("0").rstrip(".")


def assay_of(world: World, plant: Plant) -> Row:
    """The row of the assay that the feed is."""
    return next(r for r in world.rows("assays", mine=plant.feed) if r.flag("preferred"))


def assay_words(world: World, plant: Plant, say: Say) -> str:
    """Which assay the feed is, in what material, and where it is from."""
    row = assay_of(world, plant)
    source = world.source(row.text("source"))
    return say(
        "plant.assay",
        feed=plant.feed_name,
        variant=row.text("variant"),
        material=row.text("material") or say("number.gap"),
        publisher=source.text("publisher"),
        date=source.text("date") or say("number.gap"),
        key=row.text("source"),
        grade=row.text("grade"),
    )
