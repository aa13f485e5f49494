"""The trace: where the rare earths in a bloc's final use have been, as an absorbing Markov chain run backwards.

A unit of final use is followed back from the product to the magnet, the metal, the oxide, the mixed compound and the
mine, choosing each supplier in proportion to its share of what arrived. Recycled oxide leads back to the magnet maker
whose scrap it was, so the chain has loops; mines absorb. The embodied dependence of a bloc is the probability that the
path left it at any stage: a country that mines, exports concentrate and buys back magnets is fully dependent.
Method: absorbing chains (Kemeny & Snell 1960, ch. 3) on a supply network, after Nansai et al. 2014 (Environ. Sci.
Technol. 48, 1391) who trace neodymium through trade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from didymium.chain.flows import Flows, basket_weights
from didymium.chain.structure import Array
from didymium.errors import UnknownName
from didymium.world import ELEMENTS

__all__ = ["STATES", "Trace", "trace"]

STATES = ("assemble", "magnet", "metal", "separate", "crack", "mine")
"""Stages in the order in which the path meets them."""

LEAK = 1e-12


@dataclass(frozen=True)
class Trace:
    """Transitions of the backward path for every element, and the final use that weights them.

    ``step`` has shape (15, 6·blocs, 6·blocs), ``start`` (15, blocs, 6·blocs) with rows that sum to one where a bloc
    uses the element, ``use`` (blocs, 15) in t REO/y.
    """

    blocs: tuple[str, ...]
    step: Array
    start: Array
    use: Array
    sources: frozenset[str]
    _cache: dict[frozenset[str], Array] = field(default_factory=dict, compare=False, repr=False)

    def _bloc(self, bloc: str) -> int:
        if bloc not in self.blocs:
            raise UnknownName("bloc", bloc, self.blocs)
        return self.blocs.index(bloc)

    def _weights(self, bloc: int, basket: tuple[str, ...]) -> Array:
        weights: Array = self.use[bloc] * basket_weights(basket)
        return weights

    def _reached(self, names: frozenset[str]) -> Array:
        """(15, states): chance that a path now at a state ends in a mine without ever leaving ``names``."""
        if names not in self._cache:
            n = len(self.blocs)
            inside = np.array([b in names for b in self.blocs])
            at = np.nonzero(np.tile(inside, len(STATES)))[0]
            absorbed = (at >= n * (len(STATES) - 1)).astype(float)
            # The leak keeps a loop of scrap that never meets ore solvable: such a path ends nowhere, with chance zero.
            inner = np.eye(len(at)) - (1 - LEAK) * self.step[:, at[:, None], at[None, :]]
            reached = np.zeros((len(self.step), n * len(STATES)))
            reached[:, at] = np.linalg.solve(inner, np.broadcast_to(absorbed, (len(self.step), len(at)))[:, :, None])[
                :, :, 0
            ]
            self._cache[names] = reached
        return self._cache[names]

    def stays_within(self, bloc: str, allowed: Iterable[str], basket: tuple[str, ...] = ()) -> float:
        """Share of the final use of ``bloc`` whose whole path stayed within ``allowed``; NaN where it uses none.

        Raises UnknownName for a bloc, an allowed bloc or an element that does not exist.
        """
        k, names = self._bloc(bloc), frozenset(allowed)
        for name in names:
            self._bloc(name)
        weights = self._weights(k, basket)
        if weights.sum() <= 0:
            return float("nan")
        share = (self.start[:, k] * self._reached(names)).sum(axis=1)
        return min(max(float(weights @ share / weights.sum()), 0.0), 1.0)

    def dependence(self, bloc: str, basket: tuple[str, ...] = ()) -> float:
        """Embodied dependence: share of the final use of ``bloc`` whose path left it at any stage."""
        return 1.0 - self.stays_within(bloc, (bloc,), basket)

    def exposure(self, bloc: str, to: str, basket: tuple[str, ...] = ()) -> float:
        """Share of the final use of ``bloc`` whose path passed through bloc ``to`` at any stage."""
        self._bloc(to)
        return 1.0 - self.stays_within(bloc, (b for b in self.blocs if b != to), basket)

    def origins(self, bloc: str, basket: tuple[str, ...] = ()) -> Mapping[str, Array]:
        """For each stage the distribution (blocs,) of where it was done for the final use of ``bloc``.

        Expected visits, normalised per stage, so that a path that passes a stage twice through recycling counts twice.
        NaN where the bloc uses none; raises UnknownName.
        """
        k, n = self._bloc(bloc), len(self.blocs)
        weights = self._weights(k, basket)
        visits = np.zeros(n * len(STATES))
        for e in np.nonzero(weights)[0]:
            visits += weights[e] * np.linalg.solve(np.eye(len(visits)) - (1 - LEAK) * self.step[e].T, self.start[e, k])
        by_stage = visits.reshape(len(STATES), n)
        total = by_stage.sum(axis=1, keepdims=True)
        shares = np.divide(by_stage, total, out=np.full_like(by_stage, np.nan), where=total > 0)
        return dict(zip(STATES, shares, strict=True))


def trace(flows: Flows) -> Trace:
    """The backward chain of the goods with magnets in ``flows``."""
    n, e = len(flows.blocs), len(ELEMENTS)
    size = n * len(STATES)
    step = np.zeros((e, size, size))
    for at, form in (("assemble", "magnet"), ("magnet", "metal"), ("metal", "oxide"), ("crack", "concentrate")):
        _fill(step, n, at, STATES[STATES.index(at) + 1], _origin_shares(flows.trade[form]))
    recycled = _recycled_share(flows)
    mixed, scrap = _origin_shares(flows.trade["mixed"]), _origin_shares(flows.trade["scrap"])
    _fill(step, n, "separate", "crack", mixed * (1 - recycled)[:, None, :])
    _fill(step, n, "separate", "magnet", scrap * recycled[:, None, :])
    start = np.zeros((e, n, size))
    start[:, :, :n] = _origin_shares(flows.trade["product"]).transpose(2, 0, 1)
    return Trace(flows.blocs, step, start, flows.use(), flows.sources)


def _origin_shares(shipped: Array) -> Array:
    """(to, from, 15): where what arrived came from; zero where nothing arrived."""
    arrived = shipped.sum(axis=0, keepdims=True)
    shares: Array = np.divide(shipped, arrived, out=np.zeros_like(shipped), where=arrived > 0)
    return shares.transpose(1, 0, 2)


def _recycled_share(flows: Flows) -> Array:
    """(blocs, 15): share of the oxide made that came from scrap."""
    yields = flows.recipes.yields["separate"]
    primary = yields * (flows.trade["mixed"].sum(axis=0) - flows.nodes["unseparated"])
    total = primary + flows.nodes["recycled"]
    share: Array = np.divide(flows.nodes["recycled"], total, out=np.zeros_like(total), where=total > 0)
    return share


def _fill(step: Array, n: int, at: str, to: str, shares: Array) -> None:
    a, b = STATES.index(at) * n, STATES.index(to) * n
    step[:, a : a + n, b : b + n] = shares.transpose(2, 0, 1)
