"""What a shortage is seen by: the share of trade that has its licences, and the first loss of output."""

from __future__ import annotations

import numpy as np

from didymium.chain.structure import Array
from didymium.market.scene import Scene
from didymium.market.simulate import Run
from didymium.market.structure import PRODUCT

__all__ = ["LOSS", "first_loss_weeks", "licensed_share"]

LOSS = 0.01
"""Share of a bloc's assembly whose loss counts as the first stop: a few plants of many."""

QUARTER = 13
"""Weeks before the control with which output is compared."""


def licensed_share(scene: Scene, run: Run, form: int, to: str, origin: str = "CHN") -> Array:
    """Share (steps,) of the trade in ``form`` from ``origin`` to ``to`` that holds a licence; zeros without trade."""
    links, blocs = scene.model.links, scene.model.blocs
    on = (links.form == form) & (links.origin == blocs.index(origin)) & (links.to == blocs.index(to))
    if not on.any():
        return np.zeros(len(run.record.licensed))
    share: Array = run.record.licensed[:, on].mean(axis=1)
    return share


def first_loss_weeks(scene: Scene, run: Run, control: int) -> dict[str, float]:
    """Weeks from step ``control`` until a bloc makes more than ``LOSS`` fewer goods than in the quarter before.

    Blocs that lose nothing, or make nothing, have as many weeks as the run has left.
    """
    per_week = scene.calendar.steps_per_y / 52
    quarter = max(1, round(QUARTER * per_week))
    made = run.record.output[:, PRODUCT].sum(axis=2)
    before = made[max(0, control - quarter) : control].mean(axis=0)
    short = made[control:] < (1 - LOSS) * before
    first = np.where(short.any(axis=0), short.argmax(axis=0), len(short))
    return {b: float(first[i]) / per_week for i, b in enumerate(scene.model.blocs)}
