"""What a shortage is seen by: the share of trade that has its licences, and the makers who stop for want of one.

A bloc's mean hides both: who has a licence gets all that he orders, who has none gets nothing, and stocks are not lent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.chain.structure import Array
from didymium.market.scene import Scene
from didymium.market.simulate import Run
from didymium.market.structure import LIGHT, MAGNET, Paths
from didymium.world import World

__all__ = ["Covers", "first_stop_weeks", "licensed_share", "read_covers", "stopped"]

RANKS = 16
"""Groups of makers by their place in the queue."""


@dataclass(frozen=True)
class Covers:
    """Days for which makers of goods hold magnets, spread among them as a tent from low over mode to high."""

    low_d: float
    mode_d: float
    high_d: float

    def below(self, days: Array) -> Array:
        """Share of the makers who hold less than ``days``, any shape."""
        low, mode, high = self.low_d, self.mode_d, self.high_d
        x = np.clip(days, low, high)
        rising = (x - low) ** 2 / ((high - low) * (mode - low) or 1.0)
        falling = 1 - (high - x) ** 2 / ((high - low) * (high - mode) or 1.0)
        share: Array = np.where(days <= low, 0.0, np.where(x < mode, rising, falling))
        return share


def read_covers(world: World, mean_d: float) -> Covers:
    """The range of ``cover_users`` as a spread among makers, moved in proportion where ``mean_d`` is not its value."""
    row = world.rows("behaviour", parameter="cover_users")[0]
    times = mean_d / row.number("value")
    return Covers(row.number("low") * times, row.number("value") * times, row.number("high") * times)


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

    Every link of magnets stands for makers who buy there alone. The share of its trade that may not leave belongs to
    the last in the queue: they live on what is on the way and on their stock, and stop when it is used up. Who is let
    out again works at once, and fills up his stock as fast as it had run down. Bans and quotas hit all makers of a bloc
    alike and are not counted here.
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
    shut = np.stack(_shut(run.paths, r, licensed, int(np.argmax(run.model.chain.group == LIGHT))))
    listed = shut[2]
    last = np.arange(1, RANKS + 1) / RANKS
    without = np.clip((shut[:2, :, None] - (1 - last)) * RANKS, 0.0, 1.0)
    spent = np.cumsum((2 * without - 1) * 365 / run.paths.steps_per_y, axis=1)
    # What runs down with the sum and never rises above full (Lindley's recursion, solved).
    lacking = spent - np.minimum(np.minimum.accumulate(spent, axis=1), 0.0)
    out = (without * covers.below(lacking)).mean(axis=2)
    share: Array = listed * out[0] + (1 - listed) * out[1]
    return share


def _shut(paths: Paths, r: int, licensed: Array, light: int) -> tuple[Array, Array, Array]:
    """Shares (steps,) held of magnets that need a licence and of those that do not, and what part the first are."""
    force, general, held = paths.licensed[:, r], paths.general[:, r], paths.held[:, r, MAGNET]
    holds = general + (1 - general) * np.clip(licensed, 0.0, 1.0)
    return force * (1 - holds), force * held, paths.controlled[:, r, MAGNET, light]


def _later(series: Array, steps: float) -> Array:
    """``series`` a time of ``steps`` later, in two parts where that is no whole number; before it, as at its start."""
    whole = int(steps)
    padded = np.concatenate([np.full(whole + 1, series[0]), series])
    late = steps - whole
    shifted: Array = (1 - late) * padded[1 : len(series) + 1] + late * padded[: len(series)]
    return shifted


def first_stop_weeks(scene: Scene, run: Run, control: int, covers: Covers) -> dict[str, float]:
    """Weeks from step ``control`` until the first maker of goods stands still for want of a licence, by bloc.

    Where none does, the weeks are those that the run has left.
    """
    share = stopped(run, covers)[control:]
    weeks_per_step = 365 / scene.calendar.steps_per_y / 7
    out = share > 0
    first = np.where(out.any(axis=0), out.argmax(axis=0), len(share))
    return {b: float(first[i]) * weeks_per_step for i, b in enumerate(scene.model.blocs)}
