"""Small chains to simulate, drawn from a seed, and things that may happen in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from didymium.market.behaviour import knobs, read_behaviour
from didymium.market.build import GROUPS, Model, _Base, _links
from didymium.market.paths import still_paths
from didymium.market.structure import OTHER, Chain, Knobs, Links, Paths
from didymium.world import ELEMENTS, load_world

E = len(ELEMENTS)
TRANSIT_Y = 40 / 365
AGES = 6
Array = np.ndarray


def shipped_knobs() -> Knobs:
    """The central values of the shipped table."""
    return knobs(read_behaviour(load_world()))


def drawn_knobs(rng: np.random.Generator) -> Knobs:
    """The shipped parameters, each within a fifth of its value."""
    given = read_behaviour(load_world())
    return knobs(given.with_values({k: v * rng.uniform(0.8, 1.2) for k, v in given.values.items()}))


def small_model(seed: int, blocs: int = 4, years: int = 4, transit_y: float = TRANSIT_Y) -> Model:
    """A chain of ``blocs``, the first of them inside, whose metal to goods balance in the base year.

    Each user buys every form from one to three makers; mass closes in every step whatever the numbers are.
    """
    rng = np.random.default_rng(seed)
    yields = np.stack([np.ones((blocs, E)), *rng.uniform(0.6, 0.95, (5, blocs, E))])
    final_use = rng.lognormal(4, 1, (blocs, 1)) * rng.dirichlet(np.ones(E), blocs)
    other_use = rng.lognormal(4, 1, (blocs, 1)) * rng.dirichlet(np.ones(E), blocs)
    recovered, unseparated = rng.uniform(0, 0.4, (blocs, E)), rng.uniform(0, 0.1, blocs)
    made, taken, trade = np.zeros((6, blocs, E)), np.zeros((5, blocs, E)), np.zeros((6, blocs, blocs, E))
    need, recycled = final_use, np.zeros((blocs, E))
    for f in range(5, -1, -1):
        trade[f] = _suppliers(rng, blocs)[:, :, None] * need[None]
        made[f] = trade[f].sum(axis=1)
        if f == 2:
            recycled = np.minimum(recycled, 0.5 * made[f])
            made[f] -= recycled
        if f > 0:
            kept = (1 - unseparated)[:, None] if f == 2 else 1.0
            need = taken[f - 1] = made[f] / (yields[f] * kept)
            recycled = recovered * need * (1 - yields[4]) if f == 4 else recycled
            need = taken[2] = need + other_use if f == 3 else need
    links = _links(_Base(made, taken, trade, made.sum(axis=2)), trade)
    way = np.where(links.origin == links.to, 0.0, 1.0)
    return Model(
        year=2024,
        blocs=tuple(f"B{i}" for i in range(blocs)),
        chain=Chain(
            inside=np.arange(blocs) == 0,
            yields=yields,
            output=made,
            intake=taken,
            other_use=other_use,
            final_use=final_use,
            unseparated=unseparated,
            recovered=recovered,
            recycled=recycled,
            worth=rng.lognormal(2, 1.5, E),
            group=np.array([GROUPS.get(e, OTHER) for e in ELEMENTS]),
            capacity=made.sum(axis=2),
            **_home_scrap(blocs),
            **_goods(rng, final_use, years),
        ),
        links=links._replace(transit_y=way * transit_y),
        way=way,
        running=made.sum(axis=2) > 0,
        sources=frozenset(),
    )


def _suppliers(rng: np.random.Generator, blocs: int) -> Array:
    """Shares (makers, users) of one to three makers; all buy some from the first bloc."""
    share = rng.dirichlet(np.ones(blocs), blocs).T
    share[rng.random((blocs, blocs)) < 0.5] = 0.0
    share[0] += 0.2
    normal: Array = share / share.sum(axis=0)
    return normal


def _home_scrap(blocs: int) -> dict[str, Array]:
    every = np.arange(blocs)
    return {"scrap_from": every, "scrap_to": every[::-1].copy(), "scrap_share": np.full((blocs, E), 0.9)}


def _goods(rng: np.random.Generator, final_use: Array, years: int) -> dict[str, Array]:
    blocs = len(final_use)
    leave = rng.dirichlet(np.ones(AGES), blocs)
    past = final_use * rng.uniform(0.2, 0.8, (years, 1, 1))
    return {
        "leave": leave,
        "collected": 0.3 * leave,
        "past_leaving": past,
        "past_collected": 0.3 * past,
        "in_use": past.sum(axis=0) * 1.5,
    }


def _border(model: Model) -> Array:
    """Links out of the first bloc, oxide to magnets."""
    links = model.links
    return np.flatnonzero((links.origin == 0) & (links.to != 0) & (links.form >= 2) & (links.form <= 4))


def _when(paths: Paths) -> slice:
    """From the second quarter of the first year for a year."""
    return slice(paths.steps_per_y // 4, paths.steps_per_y // 4 + paths.steps_per_y)


def _licences(model: Model, paths: Paths) -> None:
    paths.regime_of[_border(model)] = 0
    since = np.arange(len(paths.licensed)) + 1 - 0.27 * paths.steps_per_y
    paths.licensed[:, 0] = np.clip(since, 0.0, 1.0)
    paths.controlled[:, 0, 2:5, ::2] = 1.0
    paths.controlled[:, 0, 4, 1::2] = 0.7
    paths.held[_when(paths), 0] = 0.02 * np.arange(6)
    paths.general[-paths.steps_per_y :, 0], paths.reviews[:, 0] = 0.2, 300.0
    paths.statutory_y[:, 0] = 63 / 365
    paths.approved[:, 0], paths.term_y[:, 0], paths.review_y[:, 0], paths.per_licence[:, 0] = 0.8, 0.5, 50 / 365, 0.05
    late = slice(2 * paths.steps_per_y, None)
    paths.statutory_y[late, 0], paths.approved[late, 0], paths.review_y[late, 0] = np.inf, 0.6, 20 / 365


def _ban(model: Model, paths: Paths) -> None:
    paths.open[_when(paths), :] = 0.3
    paths.banned[_border(model)[::2], ::3] = 1.0


def _quota(model: Model, paths: Paths) -> None:
    links = _border(model)
    paths.quota_of[links] = 0
    paths.quota[:, 0] = 0.5 * model.links.offered[links].sum()


def _halt(model: Model, paths: Paths) -> None:
    paths.running[_when(paths), :3, 0] = 0.4


def _tariff(model: Model, paths: Paths) -> None:
    paths.tariff[_when(paths), :] = np.where(model.links.origin == model.links.to, 0.0, 0.35)


def _floor(model: Model, paths: Paths) -> None:
    paths.floor[:, 1:, ::2] = 1.8


def _stockpile(model: Model, paths: Paths) -> None:
    paths.reserve_form[:], paths.reserve_bloc[:], paths.reserve_what[:] = (2, 4), (1, 0), 1 / E
    paths.reserve_start[4, 0] = 1.0
    paths.reserve_rate[_when(paths)] = (20.0, -15.0)


def _plants(model: Model, paths: Paths) -> None:
    paths.built[:, :, 1] = np.linspace(1, 2, len(paths.built))[:, None]
    paths.use_index[:] = 1.08 ** (np.arange(len(paths.built)) / paths.steps_per_y)[:, None]
    paths.other_index[:] = 1.03 ** (np.arange(len(paths.built)) / paths.steps_per_y)[:, None]


HAPPENINGS: Mapping[str, Callable[[Model, Paths], None]] = {
    "still": lambda model, paths: None,
    "licences": _licences,
    "ban": _ban,
    "quota": _quota,
    "halt": _halt,
    "tariff": _tariff,
    "floor": _floor,
    "stockpile": _stockpile,
    "plants": _plants,
}


def happening(model: Model, *names: str, years: int = 3, steps_per_y: int = 12) -> Paths:
    """Paths in which the ``names`` happen together."""
    paths = still_paths(model, years * steps_per_y, steps_per_y, regimes=1, quotas=1, reserves=2)
    for name in names:
        HAPPENINGS[name](model, paths)
    return paths


BLOC_AXIS = {"use_index": 1, "other_index": 1, "running": 2, "built": 2, "floor": 1, "reserve_start": 1}
LINK_AXIS = {"open": 1, "banned": 0, "tariff": 1, "quota_of": 0, "regime_of": 0}
CHAIN_AXIS = {name: 0 for name in ("inside", "other_use", "final_use", "unseparated", "recovered", "recycled", "leave")}
CHAIN_AXIS |= {"collected": 0, "in_use": 0, "past_leaving": 1, "past_collected": 1}
CHAIN_AXIS |= {name: 1 for name in ("yields", "output", "intake", "capacity")}
TONNAGES = ("output", "intake", "other_use", "final_use", "recycled", "past_leaving", "past_collected", "in_use")


def permuted(model: Model, paths: Paths, order: list[int]) -> tuple[Model, Paths, Array]:
    """The same with the blocs in another order, and for each new link the old one."""
    n, chain, links = len(order), model.chain, model.links
    new_place = np.argsort(order)
    origin, to = new_place[links.origin], new_place[links.to]
    old = np.lexsort((origin, to, links.form))
    form, origin, to = links.form[old], origin[old], to[old]
    by_origin = np.lexsort((to, origin, form))
    ends = np.arange(6 * n + 1)
    moved_links = Links(
        form=form,
        goods=links.goods,
        origin=origin,
        to=to,
        offered=links.offered[old],
        first=links.first[old],
        part=links.part[old],
        into=np.searchsorted(form * n + to, ends),
        out=np.searchsorted((form * n + origin)[by_origin], ends),
        by_origin=by_origin,
        transit_y=links.transit_y[old],
    )
    moved_chain = {name: np.take(getattr(chain, name), order, axis) for name, axis in CHAIN_AXIS.items()}
    moved_chain |= {"scrap_from": new_place[chain.scrap_from], "scrap_to": new_place[chain.scrap_to]}
    moved = {name: np.take(getattr(paths, name), order, axis) for name, axis in BLOC_AXIS.items()}
    moved |= {name: np.take(getattr(paths, name), old, axis) for name, axis in LINK_AXIS.items()}
    moved["reserve_bloc"] = new_place[paths.reserve_bloc]
    moved_model = replace(model, chain=chain._replace(**moved_chain), links=moved_links, way=model.way[old])
    return moved_model, paths._replace(**moved), old


def scaled(model: Model, knobs: Knobs, paths: Paths, by: float) -> tuple[Model, Knobs, Paths]:
    """The same with every tonnage ``by`` times as large."""
    chain = model.chain._replace(**{name: getattr(model.chain, name) * by for name in (*TONNAGES, "capacity")})
    links = model.links._replace(offered=model.links.offered * by, first=model.links.first * by)
    large = {name: getattr(paths, name) * by for name in ("quota", "per_licence", "reserve_start", "reserve_rate")}
    return replace(model, chain=chain, links=links), knobs, paths._replace(**large)
