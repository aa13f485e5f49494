# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Making: each stage turns what it has into what it planned, within its capacity; element mix follows the feed.

Mines, cracking and separation make what their feed holds (joint products); metal, magnets and goods are made element by
element. In magnets and goods Nd and Pr stand in for each other, as do Dy and Tb, and the part of production that needs
heavy rare earths stops without them (Leontief on the two groups).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from didymium.chain.structure import Array
from didymium.market.structure import (
    CONCENTRATE,
    HEAVY,
    LIGHT,
    MAGNET,
    METAL,
    MIXED,
    OXIDE,
    PRODUCT,
    Chain,
    Ints,
    Knobs,
    State,
)

__all__ = ["make_all"]


@njit(cache=True)
def _through(feed: Array, wanted: float) -> float:
    """Share of ``feed`` (15,) that is taken to reach ``wanted`` tonnes."""
    stock = feed.sum()
    return min(wanted / stock, 1.0) if stock > 0.0 else 0.0


@njit(cache=True)
def _mine(
    chain: Chain, state: State, i: int, dt: float, plan: Array, limit: Array, output: Array, mined: Array
) -> None:
    base = chain.output[CONCENTRATE, i].sum()
    if base <= 0.0:
        return
    rate = min(plan[CONCENTRATE, i, 0], limit[CONCENTRATE, i]) / base
    for e in range(mined.shape[0]):
        mass = chain.output[CONCENTRATE, i, e] * rate * dt
        state.made[CONCENTRATE, i, e] += mass
        output[CONCENTRATE, i, e] = mass
        mined[e] += mass


@njit(cache=True)
def _crack_and_separate(
    chain: Chain, state: State, i: int, dt: float, intake: Array, output: Array, lost: Array
) -> None:
    for f in (MIXED, OXIDE):
        share = _through(state.feed[f - 1, i], intake[f - 1, i, 0] * dt)
        aside = chain.unseparated[i] if f == OXIDE else 0.0
        for e in range(lost.shape[0]):
            taken = state.feed[f - 1, i, e] * share
            made = taken * (1.0 - aside) * chain.yields[f, i, e]
            state.feed[f - 1, i, e] -= taken
            state.made[f, i, e] += made
            output[f, i, e] += made
            lost[e] += taken - made


@njit(cache=True)
def _reduce(
    chain: Chain, state: State, i: int, dt: float, plan: Array, wanted: Array, output: Array, lost: Array, other: Array
) -> None:
    """Metal and the other uses of oxide share what there is alike."""
    for e in range(lost.shape[0]):
        for_metal = plan[METAL, i, e] / chain.yields[METAL, i, e] * dt
        need = for_metal + wanted[i, e] * dt
        have = min(state.feed[OXIDE, i, e] / need, 1.0) if need > 0.0 else 0.0
        taken, made = for_metal * have, for_metal * have * chain.yields[METAL, i, e]
        other[i, e] = wanted[i, e] * dt * have
        state.feed[OXIDE, i, e] = max(state.feed[OXIDE, i, e] - taken - other[i, e], 0.0)
        state.made[METAL, i, e] += made
        output[METAL, i, e] = made
        lost[e] += taken - made + other[i, e]


@njit(cache=True)
def _take(group: Ints, heavy_share: float, feed: Array, need: Array, taken: Array, have: Array, asked: Array) -> None:
    """Takes from ``feed`` what ``need`` asks (15,), as far as the groups of elements allow.

    ``have`` and ``asked`` (3,) receive the sums of the groups.
    """
    have[:] = 0.0
    asked[:] = 0.0
    for e in range(need.shape[0]):
        have[group[e]] += feed[e]
        asked[group[e]] += need[e]
    part_light = min(have[LIGHT] / asked[LIGHT], 1.0) if asked[LIGHT] > 0.0 else 1.0
    part_heavy = min(have[HEAVY] / asked[HEAVY], 1.0) if asked[HEAVY] > 0.0 else 1.0
    heavy = min(part_light, part_heavy)
    light = (1.0 - heavy_share) * part_light + heavy_share * heavy
    for e in range(need.shape[0]):
        g = group[e]
        if g == LIGHT or g == HEAVY:
            share = light if g == LIGHT else heavy
            taken[e] = min(share * asked[g] * feed[e] / have[g], feed[e]) if have[g] > 0.0 else 0.0
        else:
            taken[e] = min(need[e], feed[e])


@njit(cache=True)
def _sinter_and_assemble(
    chain: Chain, knobs: Knobs, state: State, dt: float, intake: Array, output: Array, scrap: Array, lost: Array
) -> None:
    elements = lost.shape[0]
    need, taken, have, asked = np.empty(elements), np.empty(elements), np.empty(3), np.empty(3)
    for f in (MAGNET, PRODUCT):
        for i in range(scrap.shape[0]):
            feed, ready, come, yields = state.feed[f - 1, i], state.made[f, i], output[f, i], chain.yields[f, i]
            for e in range(elements):
                need[e] = intake[f - 1, i, e] * dt
            _take(chain.group, knobs.heavy_share, feed, need, taken, have, asked)
            for e in range(elements):
                made = taken[e] * yields[e]
                feed[e] -= taken[e]
                ready[e] += made
                come[e] = made
                if f == MAGNET:
                    scrap[i, e] += taken[e] - made
                else:
                    lost[e] += taken[e] - made


@njit(cache=True)
def _recycle(chain: Chain, state: State, scrap: Array, k: float, dt: float, output: Array, lost: Array) -> None:
    """Sends scrap (N, 15), t, on its ways; what has no way, and what is not recovered, is lost."""
    n, elements = scrap.shape
    back = np.zeros((n, elements))
    for i in range(n):
        for e in range(elements):
            lost[e] += scrap[i, e]
    for w in range(chain.scrap_from.shape[0]):
        i, j = chain.scrap_from[w], chain.scrap_to[w]
        for e in range(elements):
            back[j, e] += scrap[i, e] * chain.scrap_share[w, e] * chain.recovered[j, e]
    for i in range(n):
        for e in range(elements):
            lost[e] -= back[i, e]
            state.made[OXIDE, i, e] += back[i, e]
            output[OXIDE, i, e] += back[i, e]
            state.recycled[i, e] += k * (back[i, e] / dt - state.recycled[i, e])


@njit(cache=True)
def make_all(
    chain: Chain,
    knobs: Knobs,
    state: State,
    dt: float,
    k: float,
    plan: Array,
    limit: Array,
    intake: Array,
    wanted: Array,
    scrap: Array,
    output: Array,
    other: Array,
    mined: Array,
    lost: Array,
) -> None:
    """One step of all stages; ``scrap`` (N, 15), t, holds what was collected and receives the swarf of magnets.

    ``output`` (6, N, 15), ``other`` (N, 15), ``mined`` and ``lost`` (15,) are in t and start at zero.
    """
    for i in range(scrap.shape[0]):
        _mine(chain, state, i, dt, plan, limit, output, mined)
        _crack_and_separate(chain, state, i, dt, intake, output, lost)
        _reduce(chain, state, i, dt, plan, wanted, output, lost, other)
    _sinter_and_assemble(chain, knobs, state, dt, intake, output, scrap, lost)
    _recycle(chain, state, scrap, k, dt, output, lost)
