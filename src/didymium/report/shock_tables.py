"""A firm's shock as numbers for people and programs: what happens, which part binds, what would have helped."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from didymium.chain.structure import Array
from didymium.ensemble.firm_shock import RemedyResult, Shock
from didymium.market.firm_read import figures
from didymium.report.numbers import amount, percent
from didymium.report.page import Cell, TableData
from didymium.words import Say
from didymium.world import World
from didymium.world.distributions import plain_number
from didymium.yaml_lines import dump_flow

__all__ = [
    "QUANTILES",
    "figure_table",
    "firm_unit",
    "headline",
    "key_table",
    "lost_units",
    "part_table",
    "quantiles",
    "remedy_note",
    "remedy_rows",
    "remedy_table",
    "shock_record",
    "stop_chance",
    "weeks_text",
]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
LATE = 0.05
"""A remedy that acts before the stop in fewer of the stopping runs than this cannot act in time."""


def quantiles(values: Array, shares: tuple[float, ...] = QUANTILES) -> list[float]:
    """Quantiles of values some of which may be infinite: always one of the values."""
    return [float(v) for v in np.quantile(values, shares, method="lower")]


def stop_chance(first_stop: Array) -> float:
    """Share of runs with a stop."""
    return float(np.isfinite(first_stop).mean())


def lost_units(shock: Shock, lost: Array) -> Array:
    """(K,) units lost, of weeks of plan lost by line (K, Q)."""
    return np.asarray((lost * shock.numbers.per_week).sum(axis=1))


def plan_units(shock: Shock) -> Array:
    """(K,) units planned over all weeks."""
    return np.asarray(shock.numbers.per_week.sum(axis=1) * shock.weeks)


def weeks_text(say: Say, weeks: float, shock: Shock) -> str:
    """Weeks to one decimal; beyond the end of the run as such, a gap as a gap."""
    if math.isnan(weeks):
        return say("number.gap")
    return say("number.beyond", year=shock.weeks) if math.isinf(weeks) else f"{weeks:.1f}"


def headline(shock: Shock, say: Say) -> str:
    """The shock in one sentence."""
    first = shock.outcome.first_stop
    chance, stopped = stop_chance(first), first[np.isfinite(first)]
    values = {"firm": say.data(shock.firm.title), "scenario": shock.scenario.name, "date": shock.control.isoformat()}
    if not len(stopped):
        return say("shock.headline.runs_on", weeks=shock.weeks, **values)
    low, middle, high = (weeks_text(say, w, shock) for w in quantiles(stopped, (0.05, 0.5, 0.95)))
    return say("shock.headline.stops", chance=percent(say, chance), low=low, middle=middle, high=high, **values)


def key_table(shock: Shock, say: Say) -> TableData:
    """First stop, recovery, weeks stopped and losses: quantiles over the runs."""
    o = shock.outcome
    lost = lost_units(shock, o.lost)
    stopped = np.isfinite(o.first_stop)
    recovery = o.recovery[stopped] if stopped.any() else np.array([math.nan])
    week, units = say("shock.unit.weeks"), firm_unit(shock, say)
    rows: list[tuple[Cell, ...]] = []
    for key, values, unit in (
        ("first_stop", o.first_stop, week),
        ("recovery", recovery, week),
        ("stopped", o.weeks_stopped, week),
        ("lost", lost, units),
        ("lost_share", 100 * lost / plan_units(shock), "%"),
    ):
        whole = key in ("first_stop", "recovery")
        shown = [weeks_text(say, v, shock) if whole else amount(say, v) for v in quantiles(values)]
        rows.append((say(f"shock.key.{key}"), unit, *shown))
    columns = (say("shock.column.what"), say("shock.column.unit"), *(_share_name(say, q) for q in QUANTILES))
    return TableData(columns, tuple(rows), stacked=True)


def _share_name(say: Say, share: float) -> str:
    return say("shock.column.median") if share == 0.5 else say("number.percent", value=f"{100 * share:g}")


def firm_unit(shock: Shock, say: Say) -> str:
    """What the firm makes, as a unit."""
    return say("number.comma").join(dict.fromkeys(say.data(p.unit) for p in shock.firm.products))


def part_table(shock: Shock, say: Say) -> TableData:
    """Every part: use, stock, whether it needs a licence, and how often it is the first to be out."""
    numbers, o = shock.numbers, shock.outcome
    stopped = o.binding >= 0
    rows: list[tuple[Cell, ...]] = []
    for p, facts in enumerate(numbers.parts):
        lanes = numbers.lines.lane_part == p
        needs = bool(shock.supply.controlled[:, :, lanes & ~numbers.second].any())
        binds = float((o.binding[stopped] == p).mean()) if stopped.any() else 0.0
        rows.append(
            (
                say.data(facts.part.name),
                " ".join(e for e, f in facts.composition.items() if f > 0),
                amount(say, float(np.median(facts.kg_per_week))),
                amount(say, float(np.median(numbers.lines.cover[:, p]))),
                amount(say, float(np.median(_reach(shock, p)))),
                say("shock.yes") if needs else say("shock.no"),
                percent(say, binds),
            )
        )
    names = ("part", "elements", "kg", "cover", "reach", "licence", "binds")
    week = say("shock.unit.weeks")
    units = ("", "", say("shock.unit.kg"), week, week, "", "")
    return TableData(tuple(say(f"shock.column.{n}") for n in names), tuple(rows), units, stacked=True)


def _reach(shock: Shock, part: int) -> Array:
    """(K,) weeks for which stocks at the plant, at makers before it and on the way last, lanes by their share."""
    lines = shock.numbers.lines
    own = lines.lane_part == part
    before = (lines.transit + lines.tier_cover + lines.tier_delay)[:, own] * lines.share[:, own]
    return np.asarray(lines.cover[:, part] + before.sum(axis=1))


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


def remedy_rows(shock: Shock) -> list[dict[str, object]]:
    """Flat records of what each remedy changes; None where it is not known to the firm or the scenario."""
    base = lost_units(shock, shock.outcome.lost)
    rows = [_row("nothing", shock, shock.outcome.first_stop, base, base)]
    for r in shock.remedies:
        if r.outcome is None:
            rows.append(dict.fromkeys(rows[0]) | {"remedy": r.remedy.key})
            continue
        row = _row(r.remedy.key, shock, r.outcome.first_stop, lost_units(shock, r.outcome.lost), base)
        rows.append(
            row | _price(r, shock) | {"acts_in_time": _known(r.in_time), "acts_after_weeks": _known(r.acts_weeks)}
        )
    return rows


def _row(key: str, shock: Shock, first_stop: Array, lost: Array, base: Array) -> dict[str, object]:
    saved = float(base.mean() - lost.mean())
    return {
        "remedy": key,
        "stop_chance": stop_chance(first_stop),
        "first_stop_median_weeks": _known(quantiles(first_stop, (0.5,))[0]),
        "lost_median_units": quantiles(lost, (0.5,))[0],
        "lost_90_units": quantiles(lost, (0.9,))[0],
        "saved_mean_units": saved,
        "saved_share": saved / float(base.mean()) if base.mean() > 0 else None,
        "acts_in_time": None,
        "acts_after_weeks": None,
        "extra_stock_kg": None,
        "rare_earths_in_it_usd": None,
        "holding_usd_per_y": None,
        "cost_usd": None,
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _price(result: RemedyResult, shock: Shock) -> dict[str, object]:
    """What the remedy ties up and costs, as far as the file and the prices of the base year tell."""
    remedy, numbers = result.remedy, shock.numbers
    out: dict[str, object] = {}
    if remedy.stock_weeks > 0:
        kg = [remedy.stock_weeks * float(np.median(p.kg_per_week)) for p in numbers.parts]
        worth = [shock.oxide_usd_per_kg(p.composition) for p in numbers.parts]
        out["extra_stock_kg"] = sum(kg)
        known = [k * w for k, w in zip(kg, worth, strict=True) if w is not None]
        out["rare_earths_in_it_usd"] = sum(known) if len(known) == len(kg) else None
        rate = numbers.holding_per_y
        paid = [k * p for k, p in zip(kg, numbers.price_usd_per_kg, strict=True) if p is not None]
        if rate is not None and len(paid) == len(kg):
            out["holding_usd_per_y"] = rate * sum(paid)
    if remedy.heavy_free is not None and numbers.heavy_free_usd is not None:
        out["cost_usd"] = float(np.median(numbers.heavy_free_usd))
    return out


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
    """The stock that a remedy ties up, in mass and in money as far as known; the cost of a design."""
    if row["extra_stock_kg"] is None:
        known = row["cost_usd"] is not None
        return say("shock.cost", usd=amount(say, _number(row, "cost_usd"))) if known else say("number.gap")
    words = [say("shock.stock", tonnes=amount(say, _number(row, "extra_stock_kg") / 1000))]
    if row["rare_earths_in_it_usd"] is not None:
        words.append(say("shock.worth", musd=amount(say, _number(row, "rare_earths_in_it_usd") / 1e6)))
    if row["holding_usd_per_y"] is not None:
        words.append(say("shock.holding", usd=amount(say, _number(row, "holding_usd_per_y"))))
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


def shock_record(world: World, shock: Shock) -> dict[str, object]:
    """All of it for programs; null is beyond the end of the run."""
    o = shock.outcome
    lost = lost_units(shock, o.lost)
    made = (shock.course.made * shock.numbers.per_week).sum(axis=2) / shock.numbers.per_week.sum(axis=1)

    def spread(values: Array) -> dict[str, float | None]:
        return {f"{100 * q:g}": _known(v) for q, v in zip(QUANTILES, quantiles(values), strict=True)}

    stopped = o.binding >= 0
    return {
        "scenario": shock.scenario.name,
        "firm": shock.firm.name,
        "control": shock.control.isoformat(),
        "weeks": shock.weeks,
        "runs": shock.runs,
        "members": shock.members,
        "seed": shock.seed,
        "stop_chance": stop_chance(o.first_stop),
        "first_stop_weeks": spread(o.first_stop),
        "recovery_weeks": spread(o.recovery[stopped]) if stopped.any() else spread(np.array([math.nan])),
        "weeks_stopped": spread(o.weeks_stopped),
        "lost_units": spread(lost),
        "lost_share": spread(lost / plan_units(shock)),
        "binding": {
            facts.part.name: float((o.binding[stopped] == p).mean()) if stopped.any() else 0.0
            for p, facts in enumerate(shock.numbers.parts)
        },
        "remedies": remedy_rows(shock),
        "output_share_by_week": [spread(week) for week in made],
        "sources": [dict(row) for row in world.bibliography(shock.sources)],
    }
