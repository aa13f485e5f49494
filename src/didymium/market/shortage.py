"""What a shortage is seen by: the share of trade that has its licences, and the makers who stop for want of one.

A bloc's mean hides both: who has a licence gets all that he orders, who has none gets nothing, and stocks are not lent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.chain.structure import Array
from didymium.market.scene import Scene
from didymium.market.simulate import Run
from didymium.market.structure import LIGHT, MAGNET
from didymium.world import World

__all__ = ["Covers", "first_stop_weeks", "licensed_share", "read_covers", "stopped"]


@dataclass(frozen=True)
class Covers:
    """Stocks of makers over their mean: a tent from ``low`` over ``mode`` to ``high``."""

    low: float
    mode: float
    high: float

    def below(self, stock: Array) -> Array:
        """Share of the makers who hold less than ``stock``, in means, any shape."""
        low, mode, high = self.low, self.mode, self.high
        x = np.clip(stock, low, high)
        rising = (x - low) ** 2 / ((high - low) * (mode - low) or 1.0)
        falling = 1 - (high - x) ** 2 / ((high - low) * (high - mode) or 1.0)
        share: Array = np.where(stock <= low, 0.0, np.where(x < mode, rising, falling))
        return share


def read_covers(world: World) -> Covers:
    """The range of ``cover_users`` as a spread among makers, over its mean, so that they hold what the market has."""
    row = world.rows("behaviour", parameter="cover_users")[0]
    tent = np.array([row.number(name) for name in ("low", "value", "high")])
    return Covers(*(tent / tent.mean()).tolist())


def licensed_share(scene: Scene, run: Run, form: int, to: str, origin: str = "CHN") -> Array:
    """Share (steps,) of the trade in ``form`` from ``origin`` to ``to`` that holds a licence; zeros without trade."""
    links, blocs = scene.model.links, scene.model.blocs
    on = (links.form == form) & (links.origin == blocs.index(origin)) & (links.to == blocs.index(to))
    if not on.any():
        return np.zeros(len(run.record.licensed))
    share: Array = run.record.licensed[:, on].mean(axis=1)
    return share


def stopped(run: Run, covers: Covers) -> Array:
    """Share (steps, N) of the makers of goods, by their use of magnets, that stand still for want of a licence.

    Every link of magnets stands for makers who buy there alone. Those who wait live on what is on the way and on their
    stock, and stop when it is used up; who waits longest is let out first, and works at once. Bans and quotas hit all
    makers of a bloc alike and are not counted here.
    """
    links, paths, chain = run.model.links, run.paths, run.model.chain
    magnets = links.form == MAGNET
    bought = links.first[:, chain.group == LIGHT].sum(axis=1) * magnets
    whole = np.bincount(links.to, bought, minlength=len(chain.inside))
    found = np.zeros((len(run.record.licensed), len(whole)))
    still: dict[int, Array] = {}
    for k in np.flatnonzero((bought > 0) & (paths.regime_of >= 0)):
        r = int(paths.regime_of[k])
        if r not in still:
            still[r] = _still(run, covers, r, run.record.licensed[:, k])
        arrive = links.transit_y[k] * paths.steps_per_y
        found[:, links.to[k]] += bought[k] / whole[links.to[k]] * _later(still[r], arrive)
    return found


def _still(run: Run, covers: Covers, r: int, licensed: Array) -> Array:
    """Share (steps,) of the buyers under regime ``r`` that would stand still if what leaves arrived at once."""
    p, dt, mean_y = run.paths, 1 / run.paths.steps_per_y, run.knobs.cover_users_y
    force, general, licensed = p.licensed[:, r], p.general[:, r], np.clip(licensed, 0.0, 1.0)
    without = force * (1 - general)
    refused: Array = (1 - p.approved[:, r]) * -np.expm1(-dt * force / p.term_y[:, r])
    listed = _waiting(without * (1 - licensed), without * licensed * refused)
    others = _waiting(force * p.held[:, r, MAGNET], np.zeros(len(force)))
    steps = np.arange(len(force))
    # What is decided and what begins in a step falls evenly over it.
    out_after = covers.below(np.asarray((steps + 0.5) * dt / mean_y, dtype=np.float64))
    run_out = np.tril(out_after[np.abs(steps[:, None] - steps)])
    share = p.controlled[:, r, MAGNET, int(np.argmax(run.model.chain.group == LIGHT))]
    stopped_listed, stopped_others = (np.einsum("ts,ts->t", w, run_out) for w in (listed, others))
    found: Array = share * stopped_listed + (1 - share) * stopped_others
    return found


def _waiting(shut: Array, lapsed: Array) -> Array:
    """Shares (steps, steps) of those shut out, by the step in which their wait began: first come, first served.

    ``lapsed`` lose a licence in a step, (steps,), whatever others gain in it. Waits that begin later mean nothing.
    """
    begun = np.maximum(np.diff(shut, prepend=0.0), lapsed)
    come = np.cumsum(begun)
    gone = come - shut
    waiting: Array = np.clip(come - gone[:, None], 0.0, begun)
    return waiting


def _later(series: Array, steps: float) -> Array:
    """``series`` a time of ``steps`` later, in two parts where that is no whole number; before it, as at its start."""
    whole = int(steps)
    padded = np.concatenate([np.full(whole + 1, series[0]), series])
    late = steps - whole
    shifted: Array = (1 - late) * padded[1 : len(series) + 1] + late * padded[: len(series)]
    return shifted


def first_stop_weeks(scene: Scene, run: Run, control: int, covers: Covers) -> dict[str, float]:
    """Weeks from step ``control`` until the maker with the least stock stands still for want of a licence, by bloc.

    Where none does, the weeks are those that the run has left.
    """
    out = stopped(run, covers)[control:] > 0
    weeks_per_step = 365 / scene.calendar.steps_per_y / 7
    first = np.where(out.any(axis=0), out.argmax(axis=0), len(out))
    return {b: float(first[i]) * weeks_per_step for i, b in enumerate(scene.model.blocs)}
