"""A firm's shock in tables for people: what happens, which part binds, what would have helped."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

import numpy as np

from didymium.ensemble.firm_shock import RemedyResult, Shock
from didymium.market.firm_read import figures
from didymium.report.numbers import amount, mass, money, percent
from didymium.report.page import Cell, TableData
from didymium.report.shock_rows import (
    QUANTILES,
    first_stops,
    lost_units,
    part_rows,
    plan_units,
    quantiles,
    remedy_rows,
    stop_chance,
)
from didymium.words import Say
from didymium.world.distributions import plain_number
from didymium.yaml_lines import dump_flow

__all__ = [
    "figure_table",
    "firm_unit",
    "headline",
    "how_made",
    "key_table",
    "part_names",
    "part_table",
    "remedy_note",
    "remedy_table",
    "weeks_text",
]

LATE = 0.05
"""A remedy that acts before the stop in fewer of the stopping runs than this cannot act in time."""


def weeks_text(say: Say, weeks: float, shock: Shock) -> str:
    """Weeks to one decimal; beyond the end of the run as such, a gap as a gap."""
    if math.isnan(weeks):
        return say("number.gap")
    return say("number.beyond", year=shock.weeks) if math.isinf(weeks) else f"{weeks:.1f}"


def headline(shock: Shock, say: Say) -> str:
    """The shock in one sentence."""
    chance, stopped = stop_chance(shock.outcome.first_stop), first_stops(shock)
    values = {"firm": say.data(shock.firm.title), "scenario": shock.scenario.name, "date": shock.control.isoformat()}
    if not len(stopped):
        return say("shock.headline.runs_on", weeks=shock.weeks, **values)
    low, middle, high = (weeks_text(say, w, shock) for w in quantiles(stopped, (0.05, 0.5, 0.95)))
    return say("shock.headline.stops", chance=percent(say, chance), low=low, middle=middle, high=high, **values)


def how_made(shock: Shock, say: Say) -> str:
    """Runs, members and weeks; where the scenario goes on after them, that it does."""
    how = say("shock.how", runs=shock.runs, members=shock.members, weeks=shock.weeks)
    if not shock.cut_short:
        return how
    last = shock.scenario.past_end - dt.timedelta(days=1)
    return how + say("shock.cut_short", ends=shock.ends.isoformat(), weeks=shock.weeks, last=last.isoformat())


def key_table(shock: Shock, say: Say) -> TableData:
    """First stop, recovery, weeks stopped and losses: quantiles over the runs."""
    o = shock.outcome
    lost = lost_units(shock, o.lost)
    stopped, none = np.isfinite(o.first_stop), np.array([math.nan])
    first, recovery = (first_stops(shock), o.recovery[stopped]) if stopped.any() else (none, none)
    week, units = say("shock.unit.weeks"), firm_unit(shock, say)
    rows: list[tuple[Cell, ...]] = []
    for key, values, unit in (
        ("first_stop_where_stopped", first, week),
        ("first_stop", o.first_stop, week),
        ("recovery", recovery, week),
        ("stopped", o.weeks_stopped, week),
        ("lost", lost, units),
        ("lost_share", 100 * lost / plan_units(shock), "%"),
    ):
        whole = key in ("first_stop_where_stopped", "first_stop", "recovery")
        shown = [weeks_text(say, v, shock) if whole else amount(say, v) for v in quantiles(values)]
        rows.append((say(f"shock.key.{key}", date=shock.control.isoformat()), unit, *shown))
    columns = (say("shock.column.what"), say("shock.column.unit"), *(_share_name(say, q) for q in QUANTILES))
    return TableData(columns, tuple(rows), stacked=True)


def _share_name(say: Say, share: float) -> str:
    return say("shock.column.median") if share == 0.5 else say("number.percent", value=f"{100 * share:g}")


def firm_unit(shock: Shock, say: Say) -> str:
    """What the firm makes, as a unit."""
    return say("number.comma").join(dict.fromkeys(say.data(p.unit) for p in shock.firm.products))


def part_table(shock: Shock, say: Say) -> TableData:
    """Every part: use, stock, whether it needs a licence, and how often it is the first to be out."""
    rows: list[tuple[Cell, ...]] = []
    for name, facts, row in zip(part_names(shock, say), shock.numbers.parts, part_rows(shock), strict=True):
        rows.append(
            (
                name,
                " ".join(e for e, f in facts.composition.items() if f > 0),
                amount(say, _number(row, "use_kg_per_week")),
                amount(say, _number(row, "stock_weeks")),
                amount(say, _number(row, "reach_weeks")),
                say("shock.yes") if row["needs_licence"] else say("shock.no"),
                percent(say, _number(row, "out_first")),
            )
        )
    names = ("part", "elements", "kg", "cover", "reach", "licence", "binds")
    week = say("shock.unit.weeks")
    units = ("", "", say("shock.unit.kg"), week, week, "", "")
    return TableData(tuple(say(f"shock.column.{n}") for n in names), tuple(rows), units, stacked=True)


def part_names(shock: Shock, say: Say) -> tuple[str, ...]:
    """Names of the parts, with that of the product where another product has a part of the same name."""
    names = [say.data(p.part.name) for p in shock.numbers.parts]
    products = [say.data(shock.firm.products[p.line].name) for p in shock.numbers.parts]
    return tuple(
        f"{product} / {name}" if names.count(name) > 1 else name for product, name in zip(products, names, strict=True)
    )


def remedy_note(result: RemedyResult, shock: Shock, say: Say) -> str:
    """Why a remedy does not do more, in words."""
    if not result.known:
        return say("shock.note.no_general") if result.remedy.general else say("shock.note.not_in_file")
    if math.isnan(result.in_time) or result.acts_weeks == 0 or result.remedy.stock_weeks > 0:
        return ""
    weeks = weeks_text(say, result.acts_weeks, shock)
    if result.in_time < LATE:
        return say("shock.note.late", weeks=weeks)
    return say("shock.note.partly", weeks=weeks, share=percent(say, result.in_time))


def remedy_table(shock: Shock, say: Say) -> TableData:
    """What would have helped: each remedy alone on the same draws."""
    rows: list[tuple[Cell, ...]] = []
    notes = {r.remedy.key: remedy_note(r, shock, say) for r in shock.remedies}
    for row in remedy_rows(shock):
        key = str(row["remedy"])
        if row["stop_chance"] is None:
            rows.append((say(f"shock.remedy.{key}"), *(say("number.gap"),) * 6, notes[key]))
            continue
        first = row["first_stop_median_weeks"]
        rows.append(
            (
                say(f"shock.remedy.{key}"),
                percent(say, _number(row, "stop_chance")),
                weeks_text(say, math.inf if first is None else _number(row, "first_stop_median_weeks"), shock),
                amount(say, _number(row, "lost_median_units")),
                amount(say, _number(row, "lost_90_units")),
                say("number.gap") if key == "nothing" else percent(say, _number(row, "saved_share")),
                _stock(row, say),
                notes.get(key) or say("number.gap"),
            )
        )
    names = ("remedy", "chance", "first", "lost_median", "lost_90", "saved", "stock", "note")
    units = firm_unit(shock, say)
    return TableData(
        tuple(say(f"shock.column.{n}") for n in names),
        tuple(rows),
        ("", "", say("shock.unit.weeks"), units, units, say("shock.unit.of_lost"), "", ""),
        stacked=True,
    )


def _number(row: Mapping[str, object], key: str) -> float:
    value = row[key]
    return float(value) if isinstance(value, int | float) else math.nan


def _stock(row: Mapping[str, object], say: Say) -> str:
    """The stock that a remedy ties up, in mass and at the firm's prices, else those of oxide; the cost of a design."""
    if row["extra_stock_kg"] is None:
        return say("number.gap") if row["cost_usd"] is None else money(say, _number(row, "cost_usd"))
    words = [mass(say, _number(row, "extra_stock_kg"))]
    if row["stock_worth_usd"] is not None:
        words.append(say("shock.at_price", usd=money(say, _number(row, "stock_worth_usd"))))
    elif row["rare_earths_in_it_usd"] is not None:
        words.append(say("shock.worth", usd=money(say, _number(row, "rare_earths_in_it_usd"))))
    if row["holding_usd_per_y"] is not None:
        words.append(say("shock.holding", usd=money(say, _number(row, "holding_usd_per_y"))))
    return say("number.comma").join(words)


def figure_table(shock: Shock, say: Say) -> TableData:
    """Every figure of the firm with its source, or that it is assumed."""
    rows = []
    for f in figures(shock.firm):
        source = say("shock.assumed") if f.assumed else f.source or say("shock.own")
        rows.append((_named(shock, f.name, say), dump_flow(plain_number(f.value)), say.data(f.unit), source))
    names = ("figure", "value", "unit", "source")
    return TableData(tuple(say(f"shock.column.{n}") for n in names), tuple(rows), stacked=True)


def _named(shock: Shock, name: str, say: Say) -> str:
    """The way to a figure with names in place of numbers: ``cars / steering / supplier: cover_weeks``."""
    entry: object = shock.firm
    words: list[str] = []
    *way, field = name.split(".")
    for step in way:
        if step.isdigit() and isinstance(entry, tuple):
            entry = entry[int(step)]
            words.append(say.data(str(getattr(entry, "name", step))))
        else:
            entry = getattr(entry, step)
            if not isinstance(entry, tuple):
                words.append(step)
    return f"{' / '.join(words)}{say('page.colon')}{field}" if words else field
