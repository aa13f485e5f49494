"""One cut as a task: what comes in, which elements leave where, how much may go astray; and its least reflux.

Elements are ordered by how well they are extracted; the light group leaves with the raffinate, the heavy group with the
organic. All amounts are moles per mole of feed.

Source of the least reflux of many components: Underwood, Chem. Eng. Prog. 44 (1948) 603, organic for vapour, aqueous
for liquid, constant rare-earth flows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation.theory import BinaryCut, Feed

__all__ = ["CutTask", "at_purities", "binary_of", "cut_task", "minimum_organic_flow"]

LEAST_BETA = 1.01
"""A pair closer than this is not separated by solvent extraction."""

LEAST_FLOW = 0.02
"""Fresh organic and scrub, in moles per mole of feed, below which no cascade is run."""


@dataclass(frozen=True)
class CutTask:
    """A cut between ``light`` and ``heavy``, with the moles of each group that may leave on the wrong side.

    ``feed`` sums to one; ``beta`` is the extractability of each element on any common scale. Build it by ``cut_task``.
    """

    name: str
    feed: Mapping[str, float]
    beta: Mapping[str, float]
    light: tuple[str, ...]
    heavy: tuple[str, ...]
    heavy_in_raffinate: float
    light_in_organic: float
    feed_in: Feed = "aqueous"
    keys: tuple[str, str] | None = None
    """The light and the heavy key where they are not the neighbours, traces lying between."""

    @property
    def light_key(self) -> str:
        """The best extracted element of the light group that counts."""
        return self.keys[0] if self.keys else self.light[-1]

    @property
    def heavy_key(self) -> str:
        """The least extracted element of the heavy group that counts."""
        return self.keys[1] if self.keys else self.heavy[0]

    @property
    def key_beta(self) -> float:
        """Separation factor of the two keys."""
        return self.beta[self.heavy_key] / self.beta[self.light_key]

    @property
    def feed_heavy(self) -> float:
        """Moles of the heavy group per mole of feed."""
        return math.fsum(self.feed[e] for e in self.heavy)

    @property
    def exit_a(self) -> float:
        """Moles leaving with the organic when exactly the allowed amounts go astray."""
        return self.feed_heavy - self.heavy_in_raffinate + self.light_in_organic

    @property
    def purity_organic(self) -> float:
        """Mole share of the heavy group in the organic product, as asked."""
        return 1 - self.light_in_organic / self.exit_a

    @property
    def purity_raffinate(self) -> float:
        """Mole share of the light group in the raffinate, as asked."""
        return 1 - self.heavy_in_raffinate / (1 - self.exit_a)


def cut_task(
    feed: Mapping[str, float],
    beta: Mapping[str, float],
    after: str,
    purity_raffinate: float,
    purity_organic: float,
    *,
    feed_in: Feed = "aqueous",
) -> CutTask:
    """The cut that leaves ``after`` and everything less extracted in the raffinate, at two purities (mole fractions).

    ``feed`` is moles or mole fractions; elements of the feed that ``beta`` lacks raise UnknownName. Raises
    DidymiumError for purities outside (0, 1) and SolveError where the cut asks for nothing or the factor is one.
    """
    order, shares = _ordered(feed, beta)
    if after not in order:
        raise UnknownName("element of the feed", after, order)
    k = order.index(after) + 1
    if k == len(order):
        raise DidymiumError(f"{after} is the best extracted element: nothing is left to cut off", expected="another")
    light, heavy = order[:k], order[k:]
    empty = CutTask(
        name=f"{light[-1]} | {heavy[0]}",
        feed=shares,
        beta={e: beta[e] for e in order},
        light=light,
        heavy=heavy,
        heavy_in_raffinate=0.0,
        light_in_organic=0.0,
        feed_in=feed_in,
    )
    return at_purities(empty, purity_raffinate, purity_organic)


def at_purities(task: CutTask, purity_raffinate: float, purity_organic: float) -> CutTask:
    """The same cut, its keys kept, with what may go astray set by two purities (mole fractions).

    Raises DidymiumError for purities outside (0, 1) and SolveError where the cut asks for nothing or the factor is one.
    """
    for name, purity in (("raffinate", purity_raffinate), ("organic", purity_organic)):
        if not 0 < purity < 1:
            raise DidymiumError(
                f"a purity of {100 * purity:g} % in the {name} cannot be made",
                expected="above 0 and below 100 %",
                cure="ask for 99.999 %, say",
            )
    binary = _binary(task, (purity_raffinate, purity_organic))
    heavy = task.feed_heavy
    return replace(
        task,
        heavy_in_raffinate=(1 - binary.yield_a) * heavy,
        light_in_organic=(1 - binary.yield_b) * (1 - heavy),
    )


def _ordered(feed: Mapping[str, float], beta: Mapping[str, float]) -> tuple[tuple[str, ...], dict[str, float]]:
    total = math.fsum(feed.values())
    if not (math.isfinite(total) and total > 0) or min(feed.values()) < 0:
        raise DidymiumError("the feed is empty or negative", expected="amounts not below zero, one of them above")
    for element in feed:
        if element not in beta:
            raise UnknownName("element with a separation factor", element, beta)
    order = tuple(sorted((e for e, x in feed.items() if x > 0), key=lambda e: beta[e]))
    return order, {e: feed[e] / total for e in order}


def _binary(task: CutTask, purities: tuple[float, float]) -> BinaryCut:
    _check_factor(task)
    return BinaryCut(task.key_beta, task.feed_heavy, purities[1], purities[0], feed_in=task.feed_in)


def _check_factor(task: CutTask) -> None:
    if task.key_beta < LEAST_BETA:
        raise SolveError(
            f"cut {task.light_key} | {task.heavy_key}: the separation factor is {task.key_beta:.3f}",
            expected=f"at least {LEAST_BETA}",
            cure="another extractant, ion exchange, or leave the two together",
        )


def binary_of(task: CutTask) -> BinaryCut:
    """The cut with each group as one component and the factor of the keys: a seed that errs to the safe side."""
    return _binary(task, (task.purity_raffinate, task.purity_organic))


def minimum_organic_flow(task: CutTask) -> float:
    """The least S (mol per mol of feed) of a cut of many components, with stages without end (Underwood 1948).

    The allowed amounts that go astray are those of the keys; other elements leave whole on their own side. Raises
    SolveError where a key is a trace or the keys are too alike.
    """
    from scipy.optimize import brentq

    _check_factor(task)
    low, high = task.beta[task.light_key], task.beta[task.heavy_key]
    vapour = 1.0 if task.feed_in == "organic" else 0.0

    # Traces between the keys would put poles between them, and carry too little to matter.
    present = {e: x for e, x in task.feed.items() if not low < task.beta[e] < high}

    def balance(theta: float) -> float:
        return math.fsum(task.beta[e] * x / (task.beta[e] - theta) for e, x in present.items()) - vapour

    gap = (high - low) * 1e-12
    if not balance(low + gap) < 0 < balance(high - gap):
        amounts = ", ".join(f"{task.feed[e]:.1e} of {e}" for e in (task.light_key, task.heavy_key))
        raise SolveError(
            f"cut {task.name}: the feed holds {amounts}",
            expected="both keys of the cut above a trace",
            cure="leave the trace out of the feed, or name the key that the feed holds",
        )
    theta = brentq(balance, low + gap, high - gap, xtol=1e-15, rtol=1e-14)
    out = {e: task.feed[e] for e in task.heavy if e in present}
    out[task.heavy_key] -= task.heavy_in_raffinate
    out[task.light_key] = task.light_in_organic
    flow = math.fsum(task.beta[e] * x / (task.beta[e] - theta) for e, x in out.items())
    # A cut may be so easy that it needs neither fresh solvent nor scrub; a trickle of both keeps its ends wet.
    return max(flow - vapour, LEAST_FLOW, task.exit_a - vapour + LEAST_FLOW)
