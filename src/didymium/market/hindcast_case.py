"""What the pieces of history share: a scenario made ready, and how far a prediction lies from what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from didymium.market.fit import Bounded
from didymium.market.hindcast import Case, Fold, Series, used_for
from didymium.market.scene import Scene

__all__ = ["History"]

LEAST = 1.0
"""Tonnes or USD/kg that stand for less, so that a logarithm stays finite."""


@dataclass(frozen=True, kw_only=True)
class History:
    """Fields that every case on a scene has; its own class says what was seen and what a run predicts."""

    name: str
    folds: tuple[Fold, ...]
    parameters: tuple[Bounded, ...]
    scene: Scene
    sources: frozenset[str]

    def misfits(self: Case, predicted: Series, fold: Fold) -> Iterator[tuple[str, float]]:
        """Series and ln(observed/predicted) in standard errors, of all figures that the ``fold`` fits."""
        for series in sorted(self.fitted):
            for period, seen in self.observed.get(series, {}).items():
                if used_for(self, fold, series, period) == "fitted":
                    apart = float(np.log(seen / max(predicted[series][period], LEAST)))
                    yield series, apart / self.scatter[series]
