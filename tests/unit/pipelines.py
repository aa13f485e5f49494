"""Outlooks of small supply networks with projects that start when the test says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from didymium.chain.flows import Flows
from didymium.chain.outlook import Outlook, outlooks
from didymium.chain.trace import trace
from didymium.clocks import ProjectRecord, RampCurve
from didymium.world import World

BASKET = ("Nd", "Pr")
AT_ONCE = RampCurve(years=(0.25,), p25=(1.0,), median=(1.0,), p75=(1.0,), n=(1,))


def project(name: str, stages: Sequence[str], capacity: float | None, bloc: str = "AAA", **more: Any) -> ProjectRecord:
    """A live project that adds ``capacity`` t REO of Nd + Pr to its stages, or none that it publishes."""
    basis = {"mine": "ndpr", "separate": "ndpr"}.get(stages[0], "magnet")
    given = {"basis": basis if capacity is not None else "unknown", "pipeline": True, "source": "usgs_mcs_2026"} | more
    return ProjectRecord(
        project=name,
        site=name,
        stage=stages[0],
        country=bloc,
        bloc=bloc,
        as_of_y=2026.65,
        announced_y=2025.5,
        stages=tuple(stages),
        capacity=capacity,
        **given,
    )


def looked_ahead(
    world: World,
    flows: Flows,
    projects: Sequence[ProjectRecord],
    starts: Sequence[float | Sequence[float]],
    *,
    ramp: RampCurve = AT_ONCE,
) -> dict[str, Outlook]:
    """Outlooks of all blocs of ``flows``; ``starts`` gives the start of every project, or one for every draw."""
    draws = max([1, *(len(s) for s in starts if isinstance(s, Sequence))])
    by_project = {
        p.project: np.full(draws, s) if isinstance(s, float) else np.asarray(s)
        for p, s in zip(projects, starts, strict=True)
    }

    def sample(records: Any, counted: Sequence[ProjectRecord], rng: Any, n: int) -> np.ndarray:
        return np.array([by_project[r.project] for r in counted]).reshape(len(counted), n)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("didymium.clocks.project_records", lambda _: tuple(projects))
        patch.setattr("didymium.clocks.sample_start_years", sample)
        patch.setattr("didymium.clocks.ramp_curve", lambda _: ramp)
        return outlooks(world, flows, trace(flows), BASKET, n_draws=draws)
