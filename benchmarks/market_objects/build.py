"""Objects from the arrays of a model, its state at the start, and its paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from didymium.market.build import Model
from didymium.market.simulate import in_steps, start
from didymium.market.structure import MAGNET, METAL, MIXED, OXIDE, PRODUCT, Knobs, Paths, State
from market_objects.blocs import Bloc, Store
from market_objects.exchange import Exchange, Market
from market_objects.links import Carrier, Link
from market_objects.makers import Base, Maker
from market_objects.offices import Office, Quota
from market_objects.plants import Assembler, Cracker, Mine, Separator, Smelter
from market_objects.rules import Rules, zeros
from market_objects.users import Consumer, User

KINDS = (Mine, Cracker, Separator, Smelter, Assembler, Assembler)

Create = Callable[..., Any]
"""Makes an object of a kind: the kind itself, or what a framework makes of it."""


def as_is(kind: type, *args: Any, **fields: Any) -> Any:
    return kind(*args, **fields)


@dataclass
class Economy:
    """All objects by what they are; ``users`` holds makers and final users by stage and bloc."""

    model: Model
    paths: Paths
    rules: Rules
    exchange: Exchange
    blocs: list[Bloc]
    carrier: Carrier
    users: dict[tuple[int, int], User] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)
    quotas: list[Quota] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)

    @property
    def makers(self) -> list[Maker]:
        return [user for user in self.users.values() if isinstance(user, Maker)]


def build(model: Model, knobs: Knobs, paths: Paths, carrier: Carrier, create: Create = as_is) -> Economy:
    knobs = in_steps(knobs, paths.steps_per_y)
    rules, state = Rules(knobs, 1.0 / paths.steps_per_y, _goods(model, paths)), start(model, knobs, paths)
    inside, outside = Market(rules), Market(rules)
    exchange = create(Exchange, rules, inside, outside)
    blocs = [
        create(Bloc, **_bloc(model, paths, rules, i), market=inside if model.chain.inside[i] else outside)
        for i in range(len(model.blocs))
    ]
    economy = Economy(model, paths, rules, exchange, blocs, carrier)
    _add_users(economy, state, create)
    economy.offices += [create(Office, rules, paths, r) for r in range(paths.approved.shape[1])]
    economy.quotas += [create(Quota, q.tolist(), paths.steps_per_y) for q in paths.quota.T]
    _add_links(economy, state)
    _add_stores(economy, create)
    _open(economy)
    return economy


def _goods(model: Model, paths: Paths) -> list[int]:
    """Elements that metal, magnets or goods hold anywhere, now or ever."""
    chain, links = model.chain, model.links
    rates = (chain.output[METAL:], links.offered[links.form >= METAL], chain.final_use, chain.in_use)
    held = [a.reshape(-1, 15).any(axis=0) for a in (*rates, paths.reserve_start[METAL:])]
    return np.flatnonzero(np.any(held, axis=0)).tolist()


def _bloc(model: Model, paths: Paths, rules: Rules, i: int) -> dict[str, Any]:
    chain = model.chain
    by_year = {name: getattr(chain, name)[:, i, rules.goods] for name in ("past_leaving", "past_collected")}
    rows = {name: getattr(chain, name)[i] for name in ("other_use", "leave", "collected")}
    rows |= {name: getattr(chain, name)[i, rules.goods] for name in ("final_use", "in_use", "recovered")}
    shared = {"worth": chain.worth, "group": chain.group[rules.goods]}
    index = {"use_index": paths.use_index[:, i], "other_index": paths.other_index[:, i]}
    lists = {name: array.tolist() for name, array in {**by_year, **rows, **shared, **index}.items()}
    watch = 0.0 if chain.inside[i] else rules.knobs.caution
    return {**lists, "rules": rules, "watch": watch, "steps_per_y": paths.steps_per_y}


def _add_users(economy: Economy, state: State, create: Create) -> None:
    """Final users, and makers where there is something to make, take in or recover."""
    model, links = economy.model, economy.model.links
    busy = set(zip(links.form.tolist(), links.origin.tolist(), strict=True))
    busy |= set(zip((links.form + 1).tolist(), links.to.tolist(), strict=True))
    for stage in range(PRODUCT + 1):
        for i in range(len(economy.blocs)):
            recovers = stage == OXIDE and model.chain.recovered[i].any()
            if (stage, i) in busy or model.chain.capacity[stage, i] > 0 or recovers:
                fields = _maker(economy, state, stage, i)
                economy.users[stage, i] = create(KINDS[stage], **_user(economy, state, stage, i), **fields)
    for i, bloc in enumerate(economy.blocs):
        bloc.separator = economy.users.get((OXIDE, i))
        bloc.consumer = economy.users[PRODUCT + 1, i] = create(Consumer, **_user(economy, state, PRODUCT + 1, i))
    chain = model.chain
    for i, j, share in zip(chain.scrap_from, chain.scrap_to, chain.scrap_share, strict=True):
        economy.blocs[i].ways.append((economy.blocs[j], economy.rules.of_goods(share.tolist())))


def _user(economy: Economy, state: State, stage: int, i: int) -> dict[str, Any]:
    form = stage - 1
    elements = economy.rules.elements(form)
    return {
        "rules": economy.rules,
        "bloc": economy.blocs[i],
        "stage": stage,
        "feed": state.feed[form, i, elements].tolist() if 0 <= form < PRODUCT else [0.0] * len(elements),
        "transit": state.transit[form, i, elements].tolist() if form >= 0 else zeros(),
        "reserve": state.reserve[form, i, elements].tolist() if form >= 0 else zeros(),
    }


def _maker(economy: Economy, state: State, stage: int, i: int) -> dict[str, Any]:
    chain, paths, elements = economy.model.chain, economy.paths, economy.rules.elements(stage)
    base = Base(
        capacity=float(chain.capacity[stage, i]),
        output=chain.output[stage, i, elements].tolist(),
        intake=float(chain.intake[stage - 1, i].sum()) if stage > 0 else 0.0,
        yields=chain.yields[stage, i, elements].tolist(),
        built=paths.built[:, stage, i].tolist(),
        running=paths.running[:, stage, i].tolist(),
    )
    rows = {"made": state.made, "expected": state.expected}
    found: dict[str, Any] = {name: row[stage, i, elements].tolist() for name, row in rows.items()} | {"base": base}
    if stage == 0 and paths.floor[:, i].any():
        found["price_floor"] = paths.floor[:, i].tolist()
    if stage == OXIDE:
        found |= {"unseparated": float(chain.unseparated[i]), "recycled": state.recycled[i].tolist()}
    return found


def _add_links(economy: Economy, state: State) -> None:
    links, paths = economy.model.links, economy.paths
    for k, (f, i, j) in enumerate(zip(links.form.tolist(), links.origin.tolist(), links.to.tolist(), strict=True)):
        elements = economy.rules.elements(f)
        goods = elements if f > MIXED else [0]
        shut = (paths.open[:, k] < 1).any() and paths.banned[k].any()
        q, r = paths.quota_of[k], paths.regime_of[k]
        link = Link(
            rules=economy.rules,
            carrier=economy.carrier,
            supplier=economy.users[f, i],
            user=economy.users[f + 1, j],
            offered=links.offered[k, elements].tolist(),
            part=links.part[k, elements].tolist(),
            transit_y=float(links.transit_y[k]),
            share=state.share[k, goods].tolist(),
            reliability=state.reliability[k, goods].tolist(),
            banned=paths.banned[k, elements].tolist(),
            open=paths.open[:, k].tolist() if shut else None,
            tariff=paths.tariff[:, k].tolist() if (paths.tariff[:, k] > 0).any() else None,
            quota=economy.quotas[q] if q >= 0 else None,
            office=economy.offices[r] if r >= 0 else None,
        )
        economy.links.append(link)
        economy.users[f, i].users.append(link)
        economy.users[f + 1, j].suppliers.append(link)
        for group in (link.quota, link.office):
            if group is not None:
                group.links.append(link)
        for step in np.flatnonzero(state.ring[k].any(axis=1)).tolist():
            economy.carrier.bring(link.user, state.ring[k, step, elements].tolist(), step)


def _add_stores(economy: Economy, create: Create) -> None:
    paths = economy.paths
    for k, (f, i) in enumerate(zip(paths.reserve_form.tolist(), paths.reserve_bloc.tolist(), strict=True)):
        user = economy.users[f + 1, i]
        store = create(
            Store, user, paths.reserve_rate[:, k].tolist(), paths.reserve_what[k, economy.rules.elements(f)].tolist()
        )
        user.stores.append(store)
        economy.stores.append(store)


def _open(economy: Economy) -> None:
    """Tells the markets who trades there, and lets prices rest at the cover of the start."""
    exchange, inside = economy.exchange, economy.exchange.inside
    for bloc in economy.blocs:
        bloc.market.blocs.append(bloc)
        bloc.other = bloc.other_use
    for user in economy.users.values():
        market = user.bloc.market
        if OXIDE <= user.stage <= MAGNET:
            market.sellers.append(user)
        if METAL <= user.stage <= PRODUCT:
            market.buyers.append(user)
        if user.stage == PRODUCT:
            market.assemblers.append(user)
            user.intake = [x / y for x, y in zip(user.expected, user.base.yields, strict=True)]
    for link in economy.links:
        leaves = link.supplier.bloc.market is inside and link.user.bloc.market is not inside
        if leaves and OXIDE <= link.supplier.stage < MAGNET:
            exchange.border.append(link)
    for market in (inside, exchange.outside):
        market.rest = market.cover()
