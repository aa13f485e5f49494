"""A firm's shock as records for programs: English keys, plain numbers, None where nothing is known or in the run."""

from __future__ import annotations

import math

import numpy as np

from didymium.chain.structure import Array
from didymium.ensemble.firm_shock import RemedyResult, Shock
from didymium.report.remarks import remark_text
from didymium.words import say_in
from didymium.world import World

__all__ = [
    "QUANTILES",
    "first_stops",
    "lost_units",
    "part_rows",
    "plan_units",
    "quantiles",
    "remedy_rows",
    "shock_record",
    "stop_chance",
]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def quantiles(values: Array, shares: tuple[float, ...] = QUANTILES) -> list[float]:
    """Quantiles of values some of which may be infinite: always one of the values."""
    return [float(v) for v in np.quantile(values, shares, method="lower")]


def stop_chance(first_stop: Array) -> float:
    """Share of runs with a stop."""
    return float(np.isfinite(first_stop).mean())


def first_stops(shock: Shock) -> Array:
    """Weeks to the first stop in the runs that stop: what headlines tell; empty where none does."""
    first = shock.outcome.first_stop
    return np.asarray(first[np.isfinite(first)])


def lost_units(shock: Shock, lost: Array) -> Array:
    """(K,) units lost, of weeks of plan lost by line (K, Q)."""
    return np.asarray((lost * shock.numbers.per_week).sum(axis=1))


def plan_units(shock: Shock) -> Array:
    """(K,) units planned over all weeks."""
    return np.asarray(shock.numbers.per_week.sum(axis=1) * shock.weeks)


def part_rows(shock: Shock) -> list[dict[str, object]]:
    """Flat records of the parts, in file order: medians over the runs, and how often each is the first to be out.

    ``reach_weeks`` counts the stock at the plant, at makers before it, and what is on the way; ``out_first`` is a share
    of the runs that stop, None where none does.
    """
    numbers, o = shock.numbers, shock.outcome
    stopped = o.binding >= 0
    rows: list[dict[str, object]] = []
    for p, facts in enumerate(numbers.parts):
        lanes = numbers.lines.lane_part == p
        rows.append(
            {
                "product": shock.firm.products[facts.line].name,
                "part": facts.part.name,
                "form": facts.part.form,
                "composition": {e: f for e, f in facts.composition.items() if f > 0},
                "use_kg_per_week": float(np.median(facts.kg_per_week)),
                "stock_weeks": float(np.median(numbers.lines.cover[:, p])),
                "reach_weeks": float(np.median(_reach(shock, p))),
                "needs_licence": bool(shock.supply.controlled[:, :, lanes & ~numbers.second].any()),
                "out_first": float((o.binding[stopped] == p).mean()) if stopped.any() else None,
            }
        )
    return rows


def _reach(shock: Shock, part: int) -> Array:
    """(K,) weeks for which stocks at the plant, at makers before it and on the way last, lanes by their share."""
    lines = shock.numbers.lines
    own = lines.lane_part == part
    before = (lines.transit + lines.tier_cover + lines.tier_delay)[:, own] * lines.share[:, own]
    return np.asarray(lines.cover[:, part] + before.sum(axis=1))


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
        "stock_worth_usd": None,
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
        paid = [k * p for k, p in zip(kg, numbers.price_usd_per_kg, strict=True) if p is not None]
        if len(paid) == len(kg):
            out["stock_worth_usd"] = sum(paid)
            out["holding_usd_per_y"] = None if numbers.holding_per_y is None else numbers.holding_per_y * sum(paid)
    if remedy.heavy_free is not None and numbers.heavy_free_usd is not None:
        out["cost_usd"] = float(np.median(numbers.heavy_free_usd))
    return out


def shock_record(world: World, shock: Shock) -> dict[str, object]:
    """All of it for programs; null is beyond the end of the run."""
    o = shock.outcome
    lost = lost_units(shock, o.lost)
    made = (shock.course.made * shock.numbers.per_week).sum(axis=2) / shock.numbers.per_week.sum(axis=1)

    def spread(values: Array) -> dict[str, float | None]:
        found = quantiles(values) if len(values) else [math.nan] * len(QUANTILES)
        return {f"{100 * q:g}": _known(v) for q, v in zip(QUANTILES, found, strict=True)}

    stopped = o.binding >= 0
    return {
        "scenario": shock.scenario.name,
        "firm": shock.firm.name,
        "control": shock.control.isoformat(),
        "weeks": shock.weeks,
        "ends": shock.ends.isoformat(),
        "runs": shock.runs,
        "members": shock.members,
        "seed": shock.seed,
        "stop_chance": stop_chance(o.first_stop),
        "first_stop_weeks": spread(o.first_stop),
        "first_stop_where_stopped_weeks": spread(first_stops(shock)),
        "recovery_weeks": spread(o.recovery[stopped]),
        "weeks_stopped": spread(o.weeks_stopped),
        "lost_units": spread(lost),
        "lost_share": spread(lost / plan_units(shock)),
        "parts": part_rows(shock),
        "remedies": remedy_rows(shock),
        "output_share_by_week": [spread(week) for week in made],
        "warnings": [remark_text(r, say_in("en")) for r in shock.remarks],
        "sources": [dict(row) for row in world.bibliography(shock.sources)],
    }
