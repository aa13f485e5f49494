"""A purity as a specification: the scrub acid, or the organic flow, that gives it, with the purity that can be had
when not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation.newton import steady_state
from didymium.separation.structure import Cascade, Steady, metals, with_feed

__all__ = ["scrub_feed", "solve_for_purity"]

_OUTWARD = (1.0005, 1.003, 1.01, 1.03, 1.08, 1.2, 1.5, 2.0, 3.0, 6.0, 12.0)
_PURITY_TOLERANCE = 1e-9


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

    component: str
    outlet: str
    target: float
    at: Callable[[float], Cascade]
    tolerance: float
    last: Steady | None
    reached: dict[float, Steady] = field(default_factory=dict)

    def gap(self, log_setting: float) -> float:
        """ln(impurity asked / impurity had), growing with purity; nan where the plant cannot run at this setting."""
        try:
            state = steady_state(self.at(math.exp(log_setting)), self.last, self.tolerance)
        except DidymiumError:
            return math.nan
        self.last = self.reached[log_setting] = state
        had = state.purity(self.outlet, self.component)
        impurity = _impurity(state, self.outlet, self.component)
        return math.log((1.0 - self.target) / max(impurity, 1e-300)) + math.log(max(had, 1e-300) / self.target)


def _impurity(state: Steady, outlet: str, component: str) -> float:
    own = state.cascade.chemistry.index(component)
    return float(sum(p for i, p in enumerate(state.purities[outlet]) if i != own))


def solve_for_purity(
    cascade: Cascade,
    component: str,
    outlet: str,
    purity: float,
    vary: str,
    feed: int | None,
    start: Steady | None,
    tolerance: float,
) -> Steady:
    """The steady state at the asked purity; see ``cascade.with_purity``."""
    if not 0.0 < purity < 1.0:
        raise DidymiumError(f"purity {purity}", expected="a mole share between 0 and 1")
    cascade.chemistry.index(component)
    at, value = _setting(cascade, vary, feed)
    first = steady_state(cascade, start, tolerance)
    if outlet not in first.outlets:
        raise UnknownName("outlet", outlet, first.outlets)
    search = _Search(component, outlet, purity, at, tolerance, first)
    here = math.log(value)
    gap = search.gap(here)
    if abs(gap) <= _PURITY_TOLERANCE:
        return search.reached[here]
    a, b = _bracket(search, here, gap, vary)
    return _regula_falsi(search, a, b)


def _setting(cascade: Cascade, vary: str, feed: int | None) -> tuple[Callable[[float], Cascade], float]:
    if vary == "organic_flow":
        return lambda v: replace(cascade, organic_flow=v), cascade.organic_flow
    if vary != "acid":
        raise UnknownName("setting", vary, ("acid", "organic_flow"))
    index = scrub_feed(cascade) if feed is None else feed
    if not 0 <= index < len(cascade.feeds) or cascade.feeds[index].acid <= 0:
        raise DidymiumError(
            f"feed {index} has no acid to vary", expected=f"an index below {len(cascade.feeds)} with acid"
        )
    return lambda v: with_feed(cascade, index, acid=v), cascade.feeds[index].acid


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
    best = max(search.reached, key=lambda x: search.reached[x].purity(search.outlet, search.component))
    had = search.reached[best].purity(search.outlet, search.component)
    low, high = math.exp(min(search.reached)), math.exp(max(search.reached))
    raise SolveError(
        f"{search.component} does not reach {search.target:.8g} in {search.outlet}: {had:.8g} is the best found, "
        f"short by {search.target - had:.2g}"
        if had < search.target
        else f"{search.outlet} is purer than {search.target:.8g}",
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
        if abs(value) <= _PURITY_TOLERANCE or abs(b[0] - a[0]) < 1e-15:
            return search.reached[x]
        a = b if value * b[1] <= 0 else (a[0], 0.5 * a[1])
        b = (x, value)
    raise SolveError(
        f"the purity {search.target:.8g} of {search.component} in {search.outlet} could not be pinned down",
        where=f"between settings {math.exp(a[0]):.10g} and {math.exp(b[0]):.10g}",
        cure="start from a cascade nearer to the asked purity (start=)",
    )
