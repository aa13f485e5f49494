"""What a shortage is seen by: the share of trade that has its licences, and the first loss of output."""

from __future__ import annotations

import numpy as np

from didymium.chain.structure import Array
from didymium.market.scene import Scene
from didymium.market.simulate import Run
from didymium.market.structure import HEAVY, LIGHT, MAGNET, PRODUCT

__all__ = ["first_stop_weeks", "licensed_share"]

QUARTER = 13
"""Weeks before the control in which use is counted."""


def licensed_share(scene: Scene, run: Run, form: int, to: str, origin: str = "CHN") -> Array:
    """Share (steps,) of the trade in ``form`` from ``origin`` to ``to`` that holds a licence; zeros without trade."""
    links, blocs = scene.model.links, scene.model.blocs
    on = (links.form == form) & (links.origin == blocs.index(origin)) & (links.to == blocs.index(to))
    if not on.any():
        return np.zeros(len(run.record.licensed))
    share: Array = run.record.licensed[:, on].mean(axis=1)
    return share


def first_stop_weeks(scene: Scene, run: Run, control: int, cover_days: float) -> dict[str, float]:
    """Weeks from step ``control`` until a maker of goods with magnets for ``cover_days`` runs out, by bloc.

    It runs out of Nd and Pr, or of Dy and Tb; it uses what it used in the quarter before, and gets its share of what
    comes into the bloc. Where nobody runs out, or nothing is made, the weeks are those that the run has left.
    """
    chain, days_per_step = run.model.chain, 365 / scene.calendar.steps_per_y
    quarter = max(1, round(QUARTER * 7 / days_per_step))
    taken, feed = run.record.output[:, PRODUCT] / chain.yields[PRODUCT], run.record.feed[:, MAGNET]
    came = np.diff(feed, axis=0, prepend=feed[:1]) + taken
    first = np.full(len(scene.model.blocs), len(came) - control)
    for group in (LIGHT, HEAVY):
        of = chain.group == group
        use = taken[max(0, control - quarter) : control, :, of].sum(axis=2).mean(axis=0)
        lacked = (use - came[control:, :, of].sum(axis=2)).cumsum(axis=0)
        out = (lacked * days_per_step > cover_days * use) & (use > 0)
        first = np.where(out.any(axis=0), np.minimum(first, out.argmax(axis=0)), first)
    return {b: float(first[i]) * days_per_step / 7 for i, b in enumerate(scene.model.blocs)}
