"""The chain of the market out of the reconciled base year, and plants to come as further links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from didymium.chain.flows import Flows
from didymium.chain.in_use import InUse, initial_in_use
from didymium.chain.structure import FORMS, STAGES, Array
from didymium.market.base_prices import base_prices
from didymium.market.behaviour import Behaviour
from didymium.market.lanes import read_lanes, transit_y
from didymium.market.structure import (
    CONCENTRATE,
    HEAVY,
    LIGHT,
    MIXED,
    OTHER,
    OXIDE,
    PRODUCT,
    Chain,
    Ints,
    Links,
)
from didymium.world import ELEMENTS, World

__all__ = ["Model", "build_model", "with_behaviour"]

LEAST_LINK = 1e-3
"""Links of less than this, t/y, are rounding of the reconciliation."""

GROUPS = {"Nd": LIGHT, "Pr": LIGHT, "Dy": HEAVY, "Tb": HEAVY}

INSIDE_BLOC = "CHN"


@dataclass(frozen=True)
class Model:
    """The chain ready to be simulated: blocs, links and what stands behind them."""

    year: int
    blocs: tuple[str, ...]
    chain: Chain
    links: Links
    way: Array
    """(L,) length of each link's lane over the one of reference; zero at home."""
    running: NDArray[np.bool_]
    """(6, N) stages at work in the base year; the others belong to plants to come."""
    sources: frozenset[str]


@dataclass(frozen=True)
class _Base:
    """Rates of the base year, t/y: made and taken in by stage, (stages, N, 15), and trade by form (N, N, 15)."""

    made: Array
    taken: Array
    trade: Array
    capacity: Array


def build_model(
    world: World,
    flows: Flows,
    behaviour: Behaviour,
    *,
    years: int,
    sites: Mapping[tuple[str, str], float] | None = None,
) -> Model:
    """The model of ``flows`` for a run of ``years``.

    ``sites`` gives nameplates, t REO-equivalent per year, of plants to come by (stage, bloc); where a bloc does not do
    the stage in the base year they get links: home first, then everybody who uses what they make.
    """
    base = _base(flows)
    running = base.capacity > 0
    first = base.trade.copy()
    base = _with_sites(flows, base, sites or {}, behaviour.values["home_weight"])
    use = initial_in_use(world, flows)
    prices = base_prices(world, flows.year)
    worth = np.array([prices[e].usd_per_kg if e in prices else 0.0 for e in ELEMENTS])
    sources = flows.sources | use.sources | behaviour.sources | {p.source for p in prices.values()}
    chain = Chain(
        inside=np.array([b == INSIDE_BLOC for b in flows.blocs]),
        worth=worth,
        group=np.array([GROUPS.get(e, OTHER) for e in ELEMENTS]),
        capacity=base.capacity,
        output=base.made,
        intake=base.taken,
        **_uses(flows),
        **_scrap(flows),
        **_in_use(flows, use, behaviour.values["eol_recovered"], years),
    )
    links, lanes = _links(base, first), read_lanes(world, flows.blocs)
    way = lanes.over_reference[links.origin, links.to]
    links = links._replace(transit_y=transit_y(way, behaviour))
    return Model(flows.year, flows.blocs, chain, links, way, running, sources | lanes.sources)


def with_behaviour(model: Model, built: Behaviour, behaviour: Behaviour) -> Model:
    """The model, ``built`` with one behaviour, for another: transit and what is taken out of old goods."""
    links, chain = model.links._replace(transit_y=transit_y(model.way, behaviour)), model.chain
    if behaviour.values["eol_recovered"] != built.values["eol_recovered"]:
        more = behaviour.values["eol_recovered"] / built.values["eol_recovered"]
        chain = chain._replace(collected=chain.collected * more, past_collected=chain.past_collected * more)
    return replace(model, chain=chain, links=links)


def _uses(flows: Flows) -> dict[str, Any]:
    mixed = flows.trade["mixed"].sum(axis=(0, 2))
    aside = flows.nodes["unseparated"].sum(axis=1)
    yields = np.stack([np.ones_like(flows.nodes["mine"]), *(flows.recipes.yields[s] for s in STAGES[1:])])
    return {
        "yields": yields,
        "final_use": flows.use(),
        "other_use": flows.nodes["other_use"].copy(),
        "unseparated": np.divide(aside, mixed, out=np.zeros_like(mixed), where=mixed > 0),
    }


def _scrap(flows: Flows) -> dict[str, Any]:
    trade = flows.trade["scrap"]
    made, arrived, back = trade.sum(axis=1), trade.sum(axis=0), flows.nodes["recycled"]
    ways = np.argwhere(trade.sum(axis=2) > LEAST_LINK)
    share = np.array([np.divide(trade[i, j], made[i], out=np.zeros(len(ELEMENTS)), where=made[i] > 0) for i, j in ways])
    return {
        "scrap_from": ways[:, 0].copy(),
        "scrap_to": ways[:, 1].copy(),
        "scrap_share": share.reshape(-1, len(ELEMENTS)),
        "recovered": np.divide(back, arrived, out=np.zeros_like(back), where=arrived > 0),
        "recycled": back.copy(),
    }


def _in_use(flows: Flows, use: InUse, recovered: float, years: int) -> dict[str, Any]:
    """What retires of the goods already in use, year by year, and the shares by age of those to come."""
    taken = use.classes.collection * recovered
    old, leave = use.cohorts[:, :, :-1], use.leave
    leaving = np.zeros((years, *flows.use().shape))
    back = np.zeros_like(leaving)
    vintages, ages = old.shape[2], leave.shape[1]
    for y in range(years):
        age = vintages - np.arange(vintages) + y
        share = np.where(age < ages, leave[:, np.minimum(age, ages - 1)], 0.0)
        leaving[y] = np.einsum("cbve,cv->be", old, share)
        back[y] = np.einsum("cbve,cv,c->be", old, share, taken)
    # Goods leave from the year after they came: what would leave within the year, under 1 %, does so in the next.
    later = leave[:, 1:].copy()
    later[:, 0] += leave[:, 0]
    stay = np.cumsum(later[:, ::-1], axis=1)[:, ::-1]
    oldest_first = stay[:, np.minimum(vintages - 1 - np.arange(vintages), stay.shape[1] - 1)]
    return {
        "leave": np.einsum("cb,ca->ba", use.classes.by_bloc, later),
        "collected": np.einsum("cb,ca,c->ba", use.classes.by_bloc, later, taken),
        "past_leaving": leaving,
        "past_collected": back,
        "in_use": np.einsum("cbve,cv->be", old, oldest_first),
    }


def _base(flows: Flows) -> _Base:
    trade = np.stack([flows.trade[f] for f in FORMS])
    trade[trade.sum(axis=3) <= LEAST_LINK] = 0.0
    taken = trade[:-1].sum(axis=1)
    made = np.stack([flows.output(s) for s in STAGES])
    made[OXIDE] = np.maximum(made[OXIDE] - flows.nodes["recycled"], 0.0)
    # Who makes oxide from scrap alone has no plant: what is left over is rounding, and rounding must not grow.
    made[made.sum(axis=2) <= LEAST_LINK] = 0.0
    return _Base(made, taken, trade, made.sum(axis=2))


def _with_sites(flows: Flows, base: _Base, sites: Mapping[tuple[str, str], float], home: float) -> _Base:
    """Adds plants to come where a bloc does not do the stage; they make the world's mix and buy from whoever makes."""
    new = {
        (STAGES.index(s), flows.blocs.index(b)): t
        for (s, b), t in sites.items()
        if t > 0 and base.capacity[STAGES.index(s), flows.blocs.index(b)] <= 0
    }
    for (s, i), tonnes in new.items():
        mix = base.made[s].sum(axis=0)
        base.made[s, i] = tonnes * mix / mix.sum()
        base.capacity[s, i] = tonnes
        if s > 0:
            base.taken[s - 1, i] += base.made[s, i] / (flows.recipes.yields[STAGES[s]][i])
    for s, i in new:
        if s < PRODUCT:
            users = base.taken[s].sum(axis=1)
            users[i] *= home
            base.trade[s, i] += base.made[s, i] * (users / users.sum())[:, None]
        else:
            base.trade[s, i, i] += base.made[s, i]
        if s > 0 and base.trade[s - 1][:, i].sum() <= LEAST_LINK:
            makers = base.made[s - 1].sum(axis=1)
            makers[i] *= home
            base.trade[s - 1][:, i] += base.taken[s - 1, i] * (makers / makers.sum())[:, None]
    return base


def _goods(form: Ints, offered: Array) -> Ints:
    """By form, one more than the place of the last element that any of its links offers."""
    carried = np.zeros((len(FORMS), offered.shape[1]))
    np.add.at(carried, form, offered)
    places = np.arange(1, offered.shape[1] + 1)
    return np.asarray(np.where(carried > 0, places, 0).max(axis=1), dtype=np.int64)


def _links(base: _Base, first_trade: Array) -> Links:
    """Links of the trade there is and of the trade to come, at no distance yet."""
    n = base.trade.shape[1]
    form, to, origin = (a.astype(np.int64) for a in np.nonzero(base.trade.sum(axis=3).transpose(0, 2, 1) > LEAST_LINK))
    offered, first = (trade[form, origin, to].copy() for trade in (base.trade, first_trade))
    bulk = (form == CONCENTRATE) | (form == MIXED)
    # Parts are those of the trade that goes on: what plants to come would buy must not thin them.
    sold = first_trade.sum(axis=2)[form, origin]
    part = np.divide(first, sold, out=np.zeros_like(first), where=sold > 0)
    part[~bulk | (first.sum(axis=1) <= 0)] = 1.0
    for rates in (offered, first):
        rates[bulk] = rates[bulk].sum(axis=1)[:, None]
    by_origin = np.lexsort((to, origin, form)).astype(np.int64)
    ends = np.arange(len(FORMS) * n + 1)
    return Links(
        form=form,
        goods=_goods(form, offered),
        origin=origin,
        to=to,
        offered=offered,
        first=first,
        part=part,
        into=np.searchsorted(form * n + to, ends).astype(np.int64),
        out=np.searchsorted((form * n + origin)[by_origin], ends).astype(np.int64),
        by_origin=by_origin,
        transit_y=np.zeros(len(form)),
    )
