"""The series of a run that are kept: prices, output, exports from China, shortage, cover, licences, dependence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from didymium.chain.flows import basket_weights
from didymium.chain.reconcile import BASKETS
from didymium.chain.structure import FORMS, Array
from didymium.market.base_prices import base_prices
from didymium.market.build import INSIDE_BLOC, Model
from didymium.market.licence_paths import reo_per_gross
from didymium.market.shortage import Covers, read_covers, stopped
from didymium.market.simulate import Run
from didymium.market.structure import CONCENTRATE, MAGNET
from didymium.market.year_flows import Home, dependence, home_of
from didymium.world import ELEMENTS, World
from didymium.world.scenario_carried import PRICED

__all__ = ["BASKET_NAMES", "EXPORTED", "STANDS_ALONE", "Scale", "results", "scale_of"]

BASKET_NAMES = ("ndpr", "dytb")
EXPORTED = ("oxide", "metal", "magnet")

STANDS_ALONE = 0.5
"""Dependence at or below which a bloc counts as standing alone, as in the outside view."""

LEAST_USE_T_PER_Y = 0.5
"""Use below which nothing is said about how a bloc meets it, as in the outside view; t REO-equivalent."""

MAGNET_BASKET = basket_weights(BASKETS["magnet"])
MAGNET_ELEMENTS = tuple(ELEMENTS.index(e) for e in BASKETS["magnet"])


@dataclass(frozen=True)
class Scale:
    """What turns the units of the kernel into those of people, for one model."""

    usd_per_kg: Array
    """(PRICED,) prices of the base year; NaN where none is known."""
    gross_per_reo: Array
    """(6,) gross t of each form per t REO-equivalent."""
    china: int
    exports: Mapping[str, NDArray[np.intp]]
    """Links out of China by form."""
    covers: Covers
    sources: frozenset[str]


def scale_of(world: World, model: Model) -> Scale:
    """The scale of ``model``."""
    prices = base_prices(world, model.year)
    links, china = model.links, model.blocs.index(INSIDE_BLOC)
    abroad = (links.origin == china) & (links.to != china)
    return Scale(
        usd_per_kg=np.array([prices[e].usd_per_kg if e in prices else np.nan for e in PRICED]),
        gross_per_reo=1 / reo_per_gross(world, model),
        china=china,
        exports={f: np.flatnonzero(abroad & (links.form == FORMS.index(f))) for f in EXPORTED},
        covers=read_covers(world),
        sources=frozenset(prices[e].source for e in PRICED if e in prices),
    )


def results(run: Run, scale: Scale) -> Mapping[str, Array]:
    """Every series of ``run`` by name; see ``ensemble.market_task`` for dimensions and units."""
    record, per_y = run.record, run.paths.steps_per_y
    at = [ELEMENTS.index(e) for e in PRICED]
    found: dict[str, Array] = {
        "price_inside": record.price[:, 0, at] * scale.usd_per_kg,
        "price_ask": record.price[:, 1, at] * scale.usd_per_kg,
        "price_paid": record.paid[:, at] * scale.usd_per_kg,
        "price_base": scale.usd_per_kg,
    }
    output = record.output @ MAGNET_BASKET * per_y
    world = output.sum(axis=2)
    found["output"] = world
    found["china_share"] = _ratio(output[:, :, scale.china], world)
    found["magnets"] = output[:, MAGNET]
    found["mined"] = record.output[:, CONCENTRATE].sum(axis=2) * per_y
    return found | _exports(run, scale) | _shortage(run) | _licences(run, scale) | _standing(run)


def _exports(run: Run, scale: Scale) -> dict[str, Array]:
    """Gross t a month that left China, by form, and magnets by destination."""
    record, links, per_month = run.record, run.model.links, run.paths.steps_per_y / 12
    by_form = np.zeros((len(record.stock), len(EXPORTED)))
    magnets = np.zeros((len(record.stock), len(run.model.blocs)))
    for k, form in enumerate(EXPORTED):
        sent = record.shipped[:, scale.exports[form]].sum(axis=2) * scale.gross_per_reo[FORMS.index(form)] * per_month
        by_form[:, k] = sent.sum(axis=1)
        if form == "magnet":
            magnets[:, links.to[scale.exports[form]]] = sent
    return {"exports": by_form, "magnet_exports": magnets}


def _shortage(run: Run) -> dict[str, Array]:
    """What users of goods with magnets did not get, and for how many days the magnets at makers of goods last."""
    record, chain = run.record, run.model.chain
    wanted, used = record.wanted @ MAGNET_BASKET, record.used @ MAGNET_BASKET
    unmet = np.where(wanted * run.paths.steps_per_y >= LEAST_USE_T_PER_Y, 1 - _ratio(used, wanted), np.nan)
    total = wanted.sum(axis=1)
    need = chain.intake[MAGNET] @ MAGNET_BASKET * (total / total[0])[:, None]
    held = record.feed[:, MAGNET] @ MAGNET_BASKET
    cover = np.where(need >= LEAST_USE_T_PER_Y, 365 * _ratio(held, need), np.nan)
    return {"unmet": unmet, "unmet_world": 1 - used.sum(axis=1) / total, "cover": cover}


def _licences(run: Run, scale: Scale) -> dict[str, Array]:
    """Share of the magnets from China to each bloc whose trade is licensed, a gap where no licence is asked for, and
    of the makers of goods who stand still for want of one."""
    at = scale.exports["magnet"]
    at = at[run.paths.regime_of[at] >= 0]
    share = np.full((len(run.record.stock), len(run.model.blocs)), np.nan)
    now = np.stack([run.paths.licensed[:, run.paths.regime_of[k]] for k in at], axis=1) if len(at) else None
    if now is not None:
        share[:, run.model.links.to[at]] = np.where(now > 0, run.record.licensed[:, at], np.nan)
    return {"licensed": share, "stopped": stopped(run, scale.covers)}


def _standing(run: Run) -> dict[str, Array]:
    """Dependence and home-made shares by calendar year, first years of standing alone, weakest stages at the end."""
    home = home_of(run, MAGNET_ELEMENTS)
    steps, per_y = len(run.record.stock), run.paths.steps_per_y
    years, lengths = np.arange(steps) // per_y, _length_y(steps, per_y)
    depends, first, weakest = [], [], []
    for name in BASKET_NAMES:
        weights = basket_weights(BASKETS[name])[list(MAGNET_ELEMENTS)]
        enough = (home.use @ weights).T / lengths >= LEAST_USE_T_PER_Y
        by_year = np.where(enough, dependence(home, weights), np.nan)
        alone = by_year <= STANDS_ALONE
        reached = np.where(alone.any(axis=0), run.model.year + alone.argmax(axis=0).astype(float), np.inf)
        # Weighed by what the bloc uses, not by what arrived: a stage where nothing arrives carries nothing home.
        carried = (home.made[:, :, -1] * home.use[:, -1]) @ weights
        least = (carried <= carried.min(axis=0) * (1 + 1e-9)).astype(float)
        depends.append(by_year[years])
        first.append(np.where(enough.any(axis=0), reached, np.nan))
        weakest.append(np.where(enough[-1], least, np.nan))
    return {
        "dependence": np.stack(depends, axis=2),
        "home_made": _home_made(home, lengths)[years],
        "first_year": np.stack(first, axis=1),
        "weakest": np.stack(weakest, axis=2),
    }


def _home_made(home: Home, lengths: Array) -> Array:
    """Share (years, 6, N) made at home of what arrived of each form; a gap where next to nothing did."""
    weights = MAGNET_BASKET[list(MAGNET_ELEMENTS)]
    arrived, kept = home.arrived @ weights, (home.made * home.arrived) @ weights
    share: Array = np.where(arrived / lengths[:, 0] >= LEAST_USE_T_PER_Y, _ratio(kept, arrived), np.nan)
    return share.transpose(2, 0, 1)


def _length_y(steps: int, per_y: int) -> Array:
    """Lengths (years, 1) of the calendar years of a run: one, and a part for the last."""
    lengths = np.ones((-(-steps // per_y), 1))
    lengths[-1] = (steps - per_y * (len(lengths) - 1)) / per_y
    return lengths


def _ratio(part: Array, whole: Array) -> Array:
    found: Array = np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)
    return found
