"""One member through time: the state at the start, the kernel, and its record."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from didymium.chain.structure import Array
from didymium.errors import RecordError
from didymium.market.build import Model
from didymium.market.structure import MIXED, PRODUCT, Chain, Ints, Knobs, Links, Paths, Record, State, Work

__all__ = ["Run", "in_steps", "new_record", "new_work", "simulate", "start"]


@dataclass(frozen=True)
class Run:
    """What a member did: its model, knobs and paths, the record of every step, and the state at the end."""

    model: Model
    knobs: Knobs
    paths: Paths
    record: Record
    state: State


def simulate(model: Model, knobs: Knobs, paths: Paths) -> Run:
    """Runs ``paths`` from the base year on.

    Raises RecordError when a step is longer than every transit, or the run longer than the model was built for.
    """
    from didymium.market.kernel import advance

    knobs = in_steps(knobs, paths.steps_per_y)
    state = start(model, knobs, paths)
    record = new_record(model, paths)
    advance(model.chain, model.links, knobs, paths, state, record, new_work(model, paths.quota.shape[1]))
    return Run(model, knobs, paths, record, state)


def in_steps(knobs: Knobs, steps_per_y: int) -> Knobs:
    """``knobs`` whose time to order back a gap makes a step of the kernel close the part 1 - exp(-step/time) of it."""
    dt = 1.0 / steps_per_y
    return knobs._replace(order_adjust_y=dt / -math.expm1(-dt / knobs.order_adjust_y))


def new_record(model: Model, paths: Paths) -> Record:
    """A record of as many steps as ``paths`` has; what the kernel adds to is zero, what it writes is not set."""
    steps, (n, e), links = len(paths.use_index), model.chain.final_use.shape, len(model.links.form)
    return Record(
        shipped=np.empty((steps, links, e)),
        output=np.zeros((steps, 6, n, e)),
        used=np.zeros((steps, n, e)),
        wanted=np.empty((steps, n, e)),
        other=np.empty((steps, n, e)),
        other_wanted=np.empty((steps, n, e)),
        price=np.empty((steps, 2, e)),
        paid=np.empty((steps, e)),
        feed=np.empty((steps, 5, n, e)),
        licensed=np.empty((steps, links)),
        stock=np.zeros((steps, e)),
        mined=np.zeros((steps, e)),
        lost=np.zeros((steps, e)),
    )


def new_work(model: Model, quotas: int) -> Work:
    """Room for what the phases of a step hand on; prices start at those of the base year."""
    (n, e), links = model.chain.final_use.shape, len(model.links.form)
    by_bloc = [np.zeros((n, e)) for _ in range(6)]
    by_link = [np.zeros((links, e)) for _ in range(4)]
    return Work(
        use=by_bloc[0],
        other=by_bloc[1],
        paid=np.zeros((2, e)),
        level=np.ones((2, e)),
        growth=np.ones((6, n)),
        limit=np.zeros((6, n)),
        wished=np.zeros((6, n)),
        plan=np.zeros((6, n, e)),
        intake=np.zeros((5, n, e)),
        need=by_bloc[2],
        cheap=by_bloc[3],
        pull=by_link[0],
        orders=by_link[1],
        busy=np.zeros(links, dtype=bool),
        allowed=by_link[2],
        sent=by_link[3],
        scrap=by_bloc[4],
        years=np.zeros((2, e)),
        passed=np.ones(e),
        stock=np.zeros((2, e)),
        back=by_bloc[5],
        licensed=np.zeros(links),
        capped=np.ones((2, quotas)),
        groups=np.zeros((2, 3)),
        rows=np.zeros((2, e)),
    )


def start(model: Model, knobs: Knobs, paths: Paths) -> State:
    """The state of a base year that goes on: stocks at their targets, links full, prices at those of the base year."""
    chain, links = model.chain, model.links
    dt = 1.0 / paths.steps_per_y
    _check_transit(links, dt)
    n, e = chain.final_use.shape
    steps = max(1, math.ceil(max(float(links.transit_y.max(initial=0.0)), dt) / dt - 1e-9))
    years = math.ceil(len(paths.use_index) / paths.steps_per_y)
    if years > len(chain.past_leaving):
        raise RecordError(
            f"a run of {years} years on a model of {len(chain.past_leaving)}",
            where="paths",
            expected=f"at most {len(chain.past_leaving)} years",
            cure="build the model for more years",
        )
    review = float(paths.review_y.max(initial=0.0))
    law = float(paths.statutory_y.max(initial=0.0, where=np.isfinite(paths.statutory_y)))
    rates = _bulk_as_mix(chain, links)
    share = _shares(links)
    ring, transit = _in_transit(links, rates, dt, steps + 2, n)
    sent, arriving = (_sums(links, rates, end, n) for end in (links.origin, links.to))
    users = np.full((5, 1, 1), knobs.cover_users_y)
    users[: MIXED + 1] = knobs.cover_bulk_y
    return State(
        feed=arriving[:-1] * users,
        made=sent * knobs.cover_made_y,
        ring=ring,
        transit=transit,
        expected=sent,
        share=share,
        awake=np.asarray(share.any(axis=1)),
        reliability=np.ones((len(links.form), e)),
        price=np.zeros((2, e)),
        thrift=np.zeros((2, e)),
        caution=np.zeros(e),
        cover=np.zeros((2, e)),
        mines=np.zeros(n),
        plants=np.zeros((6, n)),
        recycled=chain.recycled.copy(),
        licence=np.zeros((len(links.form), 4)),
        review=np.zeros((len(links.form), math.ceil(review / dt) + 2)),
        due=np.zeros((len(links.form), math.ceil(law / dt) + 2)),
        quota_used=np.zeros(paths.quota.shape[1]),
        reserve=paths.reserve_start.copy(),
        inflow=np.zeros((years, n, e)),
        in_use=chain.in_use.copy(),
        retiring=np.zeros((n, e)),
        collecting=np.zeros((n, e)),
    )


def _check_transit(links: Links, dt: float) -> None:
    """A lane may be shorter than a step; where all are, a step blurs what it is to show."""
    longest = float(links.transit_y.max(initial=0.0))
    if 0.0 < longest < dt * (1 - 1e-9):
        raise RecordError(
            f"a step of {dt * 365:.0f} days is longer than the longest transit, of {longest * 365:.0f} days",
            where="transit_abroad",
            expected="a transit of at least one step",
            cure="choose weekly steps, or a longer transit",
        )


def _bulk_as_mix(chain: Chain, links: Links) -> Array:
    """Rates (L, 15) at the start by link, t/y; ore and mixed compounds of the parts that their maker sells there."""
    rates, bulk = links.first.copy(), links.form <= MIXED
    mix = links.part[bulk] * chain.output[links.form[bulk], links.origin[bulk]]
    whole = mix.sum(axis=1, keepdims=True)
    rates[bulk] *= np.divide(mix, whole, out=np.zeros_like(mix), where=whole > 0)
    return rates


def _shares(links: Links) -> Array:
    """Shares (L, 15) of a user's orders at the start; a user to come orders as it is offered."""
    users = np.diff(links.into)
    begin = links.into[:-1][users > 0]

    def of_user(rows: Array) -> Array:
        return np.repeat(np.add.reduceat(rows, begin, axis=0), users[users > 0], axis=0)

    given = np.where(of_user(links.first) > 0, links.first, links.offered)
    total = of_user(given)
    shares: Array = np.divide(given, total, out=np.zeros_like(given), where=total > 0)
    return shares


def _sums(links: Links, rates: Array, end: Ints, n: int) -> Array:
    """Sums (6, N, 15) of ``rates`` by form and by the bloc at one end of the links."""
    found = np.zeros((PRODUCT + 1, n, rates.shape[1]))
    np.add.at(found, (links.form, end), rates)
    return found


def _in_transit(links: Links, rates: Array, dt: float, slots: int, n: int) -> tuple[Array, Array]:
    """The ring (L, slots, 15) as steady shipments of the past fill it, and its sums by form and destination."""
    full = links.transit_y[:, None] / dt - np.arange(slots)
    ring = np.clip(full, 0.0, 1.0)[:, :, None] * (rates * dt)[:, None, :]
    return ring, _sums(links, ring.sum(axis=1), links.to, n)
