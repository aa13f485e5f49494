"""The reconciliation beside what SciPy offers for the same least squares; CPU time, ratio in one run.

Run by name: ``pytest benchmarks/bench_reconcile.py -s``. The normal test run does not collect it.

The usual way to put a mass balance on ``scipy.optimize.lsq_linear``, which knows bounds only, is to add its rows with a
heavy weight. Capacity limits cannot be told to it, so both solve the problem without them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from scipy.sparse import csr_matrix, diags, vstack

from didymium.chain.least_squares import Problem, solve
from didymium.chain.prior import build_prior
from didymium.chain.reconcile import _Fit, _fit, reconcile
from didymium.world import World, load_world

BALANCE_WEIGHT = 1e3


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def fit(world: World) -> Iterator[_Fit]:
    yield _fit(world, 2024, build_prior(world, 2024))


def objective(p: Problem, z: np.ndarray) -> float:
    return float(((p.observed @ z - p.target) ** 2).sum() + p.weight @ (z - p.centre) ** 2)


def heavy_rows(p: Problem) -> tuple[csr_matrix, np.ndarray]:
    """Observations, first guess and the balance as rows of one least-squares problem."""
    root = np.sqrt(p.weight)
    rows = csr_matrix(vstack([p.observed, diags(root), BALANCE_WEIGHT * p.balance]))
    return rows, np.concatenate([p.target, root * p.centre, np.zeros(p.balance.shape[0])])


@pytest.mark.benchmark(group="least squares", timer=time.process_time, warmup=False)
def test_solve_beside_lsq_linear(benchmark, fit: _Fit) -> None:
    full = fit.problem
    p = replace(full, limits=full.limits[:0], limit=full.limit[:0])
    rows, target = heavy_rows(p)
    lower = np.where(p.free, -np.inf, 0.0)
    answer = benchmark.pedantic(solve, args=(p,), rounds=10, warmup_rounds=1)
    start = time.process_time()
    theirs = lsq_linear(rows, target, bounds=(lower, np.inf), method="trf", lsq_solver="lsmr", max_iter=100)
    seconds = time.process_time() - start
    ours_open, theirs_open = (float(np.abs(p.balance @ z).max()) for z in (answer.z, theirs.x))
    ratio = seconds / benchmark.stats.stats.median
    benchmark.extra_info.update(ratio=ratio, unknowns=len(p.active), observations=len(p.target))
    print(
        f"\n{len(p.active)} unknowns, {p.balance.shape[0]} balances, {len(p.target)} observations "
        f"({len(full.limit)} capacity limits left out)"
        f"\nClarabel   {benchmark.stats.stats.median:.3f} s CPU, sum {objective(p, answer.z):.2f}, "
        f"balance open by {ours_open:.0e}"
        f"\nlsq_linear {seconds:.3f} s CPU, sum {objective(p, theirs.x):.2f}, balance open by {theirs_open:.0e}, "
        f"{theirs.nit} steps, status {theirs.status}"
        f"\nlsq_linear / Clarabel = {ratio:.0f}"
    )
    assert ours_open <= theirs_open


@pytest.mark.benchmark(group="whole", timer=time.process_time, warmup=False)
def test_the_whole_reconciliation(benchmark, world: World) -> None:
    flows = benchmark.pedantic(reconcile, args=(world, 2024), rounds=5, warmup_rounds=1)
    assert flows.imbalance() <= 1e-9
