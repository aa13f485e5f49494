"""Paths with nothing happening; scenarios write what happens into them."""

from __future__ import annotations

import numpy as np

from didymium.market.build import Model
from didymium.market.structure import Paths

__all__ = ["still_paths"]


def still_paths(
    model: Model, steps: int, steps_per_y: int, *, regimes: int = 0, quotas: int = 0, reserves: int = 0
) -> Paths:
    """``steps`` steps in which demand and capacity stay, with room for licence regimes, quotas and public stocks."""
    n, elements = model.chain.final_use.shape
    links = len(model.links.form)
    return Paths(
        steps_per_y=steps_per_y,
        use_index=np.ones((steps, n)),
        other_index=np.ones((steps, n)),
        running=np.ones((steps, 6, n)),
        built=np.ones((steps, 6, n)),
        open=np.ones((steps, links)),
        banned=np.zeros((links, elements)),
        tariff=np.zeros((steps, links)),
        quota_of=np.full(links, -1),
        quota=np.full((steps, quotas), np.inf),
        regime_of=np.full(links, -1),
        licensed=np.zeros((steps, regimes)),
        controlled=np.zeros((steps, regimes, 6, elements)),
        held=np.zeros((steps, regimes, 6)),
        general=np.zeros((steps, regimes)),
        reviews=np.zeros((steps, regimes)),
        approved=np.ones((steps, regimes)),
        term_y=np.ones((steps, regimes)),
        review_y=np.zeros((steps, regimes)),
        statutory_y=np.full((steps, regimes), np.inf),
        per_licence=np.ones((steps, regimes, 6)),
        floor=np.zeros((steps, n, elements)),
        reserve_start=np.zeros((6, n, elements)),
        reserve_rate=np.zeros((steps, reserves)),
        reserve_what=np.zeros((reserves, elements)),
        reserve_form=np.zeros(reserves, dtype=np.int64),
        reserve_bloc=np.zeros(reserves, dtype=np.int64),
    )
