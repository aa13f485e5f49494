"""A purity as a specification: the scrub acid, scrub flow, organic flow or reflux that gives it, or what can be had.

Bordered Newton finds it from the steady state at the setting given; where that fails, a bracketed search does, around
one steady state per setting tried, and it says how far the purity is when there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation.bordered import PURITY_TOLERANCE, Spot, bordered
from didymium.separation.newton import steady_state
from didymium.separation.structure import Cascade, Steady, metals, with_feed

__all__ = ["scrub_feed", "solve_for_purity"]

_OUTWARD = (1.0005, 1.003, 1.01, 1.03, 1.08, 1.2, 1.5, 2.0, 3.0, 6.0, 12.0)


def scrub_feed(cascade: Cascade) -> int:
    """The index of the aqueous feed nearest stage N that carries acid and no metal; raises
    DidymiumError without one.
    """
    counted = dict(zip(cascade.chemistry.components, metals(cascade.chemistry), strict=True))
    found = [
        (f.stage, k)
        for k, f in enumerate(cascade.feeds)
        if f.flow_aq > 0 and f.acid > 0 and not any(v > 0 and counted[c] for c, v in f.composition.items())
    ]
    if not found:
        raise DidymiumError(
            "no aqueous feed of acid without metal", expected="a scrub feed", cure="name the feed by index"
        )
    return max(found)[1]


@dataclass
class _Search:
    """Purity as a function of one setting; remembers every state that was reached."""

    spot: Spot
    at: Callable[[float], Cascade]
    tolerance: float
    last: Steady
    reached: dict[float, Steady] = field(default_factory=dict)

    def gap(self, log_setting: float) -> float:
        """ln(odds had / odds asked), growing with purity; nan where the plant cannot run at this setting."""
        try:
            state = steady_state(self.at(math.exp(log_setting)), self.last, self.tolerance)
        except DidymiumError:
            return math.nan
        self.last = self.reached[log_setting] = state
        return -self.spot.short(state.aqueous, state.organic / state.aqueous)


def solve_for_purity(
    cascade: Cascade,
    component: str | Sequence[str],
    outlet: str,
    purity: float,
    vary: str,
    feed: int | None,
    start: Steady | None,
    tolerance: float,
    method: str,
) -> Steady:
    """The steady state at the asked purity; see ``cascade.with_purity``."""
    if method not in ("newton", "search"):
        raise UnknownName("method", method, ("newton", "search"))
    if not 0.0 < purity < 1.0:
        raise DidymiumError(f"purity {purity}", expected="a mole share between 0 and 1")
    names = (component,) if isinstance(component, str) else tuple(component)
    for name in names:
        cascade.chemistry.index(name)
    at, value = _setting(cascade, vary, feed)
    first = steady_state(cascade, start, tolerance)
    if outlet not in first.outlets:
        raise UnknownName("outlet", outlet, first.outlets)
    spot = Spot.of(first, outlet, names, purity)
    here, search = math.log(value), _Search(spot, at, tolerance, first)
    return (method == "newton" and bordered(at, here, first, spot, tolerance)) or _searched(search, here, vary, method)


def _searched(search: _Search, here: float, vary: str, method: str) -> Steady:
    """The same by bracketing the setting; raises SolveError saying how far the purity is where there is none.

    From the bracket's impure end Newton follows a front that has a place to stand, which it had not far beyond purity.
    """
    gap = search.gap(here)
    if abs(gap) <= PURITY_TOLERANCE:
        return search.reached[here]
    a, b = _bracket(search, here, gap, vary)
    impure = a[0] if a[1] < 0 else b[0]
    return (
        method == "newton" and bordered(search.at, impure, search.reached[impure], search.spot, search.tolerance)
    ) or _regula_falsi(search, a, b)


def _setting(cascade: Cascade, vary: str, feed: int | None) -> tuple[Callable[[float], Cascade], float]:
    """The cascade as a function of the setting, and its value now."""
    if vary == "organic_flow":
        return lambda v: replace(cascade, organic_flow=v), cascade.organic_flow
    if vary not in ("acid", "scrub_flow", "reflux"):
        raise UnknownName("setting", vary, ("acid", "scrub_flow", "organic_flow", "reflux"))
    index = scrub_feed(cascade) if feed is None else feed
    if not 0 <= index < len(cascade.feeds) or cascade.feeds[index].acid <= 0:
        raise DidymiumError(
            f"feed {index} has no acid to vary", expected=f"an index below {len(cascade.feeds)} with acid"
        )
    scrub = cascade.feeds[index]
    if vary == "acid":
        return lambda v: with_feed(cascade, index, acid=v), scrub.acid
    if vary == "scrub_flow":
        return lambda v: with_feed(cascade, index, flow_aq=v), scrub.flow_aq
    return _reflux(cascade, index), cascade.organic_flow


def _reflux(cascade: Cascade, index: int) -> Callable[[float], Cascade]:
    """Organic flow and scrub acid together: the acid takes off all that the further organic could carry."""
    c, scrub = cascade.chemistry, cascade.feeds[index]
    capacity = 3.0 * c.loading_mol_per_l if c.saturated else 2.0 * c.saponified * c.dimer_mol_per_l

    def at(organic_flow: float) -> Cascade:
        acid = scrub.acid + capacity * (organic_flow - cascade.organic_flow) / scrub.flow_aq
        return replace(with_feed(cascade, index, acid=acid), organic_flow=organic_flow)

    return at


Point = tuple[float, float]


def _bracket(search: _Search, here: float, gap: float, vary: str) -> tuple[Point, Point]:
    """Two settings between which the asked purity lies, searched outward on both sides."""
    sides = {-1: (here, gap), 1: (here, gap)}
    alive = {-1: True, 1: True}
    for factor in _OUTWARD:
        for side, known in sides.items():
            if not alive[side]:
                continue
            x = here + side * math.log(factor)
            search.last = search.reached[known[0]]
            value = search.gap(x)
            if math.isnan(value):
                alive[side] = False
            elif value * known[1] <= 0:
                return known, (x, value)
            else:
                sides[side] = (x, value)
    spot = search.spot
    purities = {x: state.purity(spot.outlet, *spot.names) for x, state in search.reached.items()}
    best = max(purities, key=lambda x: purities[x])
    had, names = purities[best], ", ".join(spot.names)
    low, high = math.exp(min(search.reached)), math.exp(max(search.reached))
    raise SolveError(
        f"{names} does not reach {spot.purity:.8g} in {spot.outlet}: {had:.8g} is the best found, "
        f"short by {spot.purity - had:.2g}"
        if had < spot.purity
        else f"{spot.outlet} is purer than {spot.purity:.8g} in {names} everywhere",
        where=f"{vary} from {low:.6g} to {high:.6g}, best at {math.exp(best):.6g}",
        expected="a purity that this many stages and these flows can give",
        cure="more stages in the section next to this outlet, more reflux, or a lower purity",
    )


def _regula_falsi(search: _Search, a: Point, b: Point) -> Steady:
    """The Illinois method on the logarithm of the impurity, which is nearly linear in the setting over decades."""
    for count in range(100):
        spread = b[1] - a[1]
        x = b[0] - b[1] * (b[0] - a[0]) / spread if count % 4 != 3 else 0.5 * (a[0] + b[0])
        value = search.gap(x)
        if math.isnan(value):
            break
        if abs(value) <= PURITY_TOLERANCE or abs(b[0] - a[0]) < 1e-15:
            return search.reached[x]
        a = b if value * b[1] <= 0 else (a[0], 0.5 * a[1])
        b = (x, value)
    raise SolveError(
        f"the purity {search.spot.purity:.8g} of {', '.join(search.spot.names)} in {search.spot.outlet} could not be "
        "pinned down",
        where=f"between settings {math.exp(a[0]):.10g} and {math.exp(b[0]):.10g}",
        cure="start from a cascade nearer to the asked purity (start=)",
    )
