"""Making: each stage turns what it has into what it planned, within its capacity; element mix follows the feed.

Mines, cracking and separation make what their feed holds (joint products); metal, magnets and goods are made element by
element. In magnets and goods Nd and Pr stand in for each other, as do Dy and Tb, and the part of production that needs
heavy rare earths stops without them (Leontief on the two groups).
"""

from __future__ import annotations

from didymium.market.compiled import clear, leaf, sells, total
from didymium.market.structure import (
    CONCENTRATE,
    HEAVY,
    LIGHT,
    MAGNET,
    METAL,
    OTHER,
    OXIDE,
    Chain,
    Knobs,
    Links,
    Record,
    State,
    Work,
)

__all__ = ["make", "recycle"]


@leaf
def _mine(chain: Chain, state: State, record: Record, work: Work, t: int, i: int, dt: float) -> None:
    base = chain.capacity[CONCENTRATE, i]
    if base <= 0.0:
        return
    years = min(work.plan[CONCENTRATE, i, 0], work.limit[CONCENTRATE, i]) / base * dt
    for e in range(chain.output.shape[2]):
        mass = chain.output[CONCENTRATE, i, e] * years
        state.made[CONCENTRATE, i, e] += mass
        record.output[t, CONCENTRATE, i, e] = mass
        record.mined[t, e] += mass


@leaf
def _work_up(chain: Chain, state: State, record: Record, work: Work, f: int, t: int, i: int, dt: float) -> None:
    """Cracks ore or separates mixed compounds, in the mix of their stock."""
    feed = state.feed
    stock = total(feed, f - 1, i) if work.intake[f - 1, i, 0] > 0.0 else 0.0
    if stock <= 0.0:
        return
    share = min(work.intake[f - 1, i, 0] * dt / stock, 1.0)
    kept = 1.0 - chain.unseparated[i] if f == OXIDE else 1.0
    for e in range(feed.shape[2]):
        taken = feed[f - 1, i, e] * share
        made = taken * kept * chain.yields[f, i, e]
        feed[f - 1, i, e] -= taken
        state.made[f, i, e] += made
        record.output[t, f, i, e] = made
        record.lost[t, e] += taken - made


@leaf
def _reduce(chain: Chain, state: State, record: Record, work: Work, t: int, i: int, dt: float) -> None:
    """Metal and the other uses of oxide share what there is alike."""
    feed = state.feed
    for e in range(feed.shape[2]):
        for_metal = work.plan[METAL, i, e] / chain.yields[METAL, i, e] * dt
        need = for_metal + work.other[i, e] * dt
        have = min(feed[OXIDE, i, e] / need, 1.0) if need > 0.0 else 0.0
        taken, other = for_metal * have, work.other[i, e] * dt * have
        made = taken * chain.yields[METAL, i, e]
        feed[OXIDE, i, e] = max(feed[OXIDE, i, e] - taken - other, 0.0)
        state.made[METAL, i, e] += made
        record.output[t, METAL, i, e] = made
        record.other[t, i, e] = other
        record.lost[t, e] += taken - made + other


@leaf
def _take(chain: Chain, heavy_share: float, state: State, work: Work, f: int, i: int, dt: float) -> None:
    """Takes of form ``f`` what its users plan, as far as the groups of elements allow."""
    group, feed, intake, sums, taken = chain.group, state.feed, work.intake, work.groups, work.rows
    have, asked = 0, 1
    for g in range(3):
        sums[have, g] = sums[asked, g] = 0.0
    for e in range(group.shape[0]):
        sums[have, group[e]] += feed[f, i, e]
        sums[asked, group[e]] += intake[f, i, e] * dt
    light = min(sums[have, LIGHT] / sums[asked, LIGHT], 1.0) if sums[asked, LIGHT] > 0.0 else 1.0
    heavy = min(sums[have, HEAVY] / sums[asked, HEAVY], 1.0) if sums[asked, HEAVY] > 0.0 else 1.0
    heavy = min(light, heavy)
    light = (1.0 - heavy_share) * light + heavy_share * heavy
    for e in range(group.shape[0]):
        g = group[e]
        if g != OTHER:
            share = light if g == LIGHT else heavy
            taken[0, e] = (
                min(share * sums[asked, g] * feed[f, i, e] / sums[have, g], feed[f, i, e])
                if sums[have, g] > 0.0
                else 0.0
            )
        else:
            taken[0, e] = min(intake[f, i, e] * dt, feed[f, i, e])


@leaf
def _sinter_or_assemble(
    chain: Chain, knobs: Knobs, state: State, record: Record, work: Work, f: int, t: int, i: int, dt: float
) -> None:
    taken = work.rows
    _take(chain, knobs.heavy_share, state, work, f - 1, i, dt)
    for e in range(chain.output.shape[2]):
        made = taken[0, e] * chain.yields[f, i, e]
        state.feed[f - 1, i, e] -= taken[0, e]
        state.made[f, i, e] += made
        record.output[t, f, i, e] = made
        if f == MAGNET:
            work.scrap[i, e] += taken[0, e] - made
        else:
            record.lost[t, e] += taken[0, e] - made


@leaf
def recycle(chain: Chain, state: State, record: Record, work: Work, t: int, k: float, dt: float) -> None:
    """Sends scrap on its ways; what has no way, and what is not recovered, is lost."""
    n, elements = work.scrap.shape
    back = work.back
    clear(back)
    for w in range(chain.scrap_from.shape[0]):
        i, j = chain.scrap_from[w], chain.scrap_to[w]
        for e in range(elements):
            back[j, e] += work.scrap[i, e] * chain.scrap_share[w, e] * chain.recovered[j, e]
    for i in range(n):
        for e in range(elements):
            record.lost[t, e] += work.scrap[i, e] - back[i, e]
            state.made[OXIDE, i, e] += back[i, e]
            record.output[t, OXIDE, i, e] += back[i, e]
            state.recycled[i, e] += k * (back[i, e] / dt - state.recycled[i, e])
    clear(work.scrap)


@leaf
def make(
    chain: Chain, links: Links, knobs: Knobs, state: State, record: Record, work: Work, f: int, t: int, dt: float
) -> None:
    """One step of stage ``f`` in all blocs; ``scrap`` receives the swarf of magnets."""
    for i in range(work.scrap.shape[0]):
        if f > METAL and not sells(links, f, i):
            continue
        if f == CONCENTRATE:
            _mine(chain, state, record, work, t, i, dt)
        elif f <= OXIDE:
            _work_up(chain, state, record, work, f, t, i, dt)
        elif f == METAL:
            _reduce(chain, state, record, work, t, i, dt)
        else:
            _sinter_or_assemble(chain, knobs, state, record, work, f, t, i, dt)
