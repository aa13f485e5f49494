"""The cascade solver: convergence over random problems, and CPU time beside the sizes it was asked for.

Run by name: ``pytest benchmarks/bench_separation.py -s``. The normal test run does not collect it. ``PROBLEMS`` in the
environment sets the number of random problems (10,000 by default). The peers stand in ``bench_peers.py``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from didymium.errors import DidymiumError, SolveError
from didymium.separation.cascade import Cascade, Feed, Steady, solve, with_purity
from didymium.separation.chemistry import Chemistry, Constant, constant_beta
from didymium.separation.dynamics import HoldUp, Phase, simulate
from didymium.separation.structure import with_feed

PROBLEMS = int(os.environ.get("PROBLEMS", "10000"))
LEAST_IMBALANCE = 1e-9


def full(rng: np.random.Generator) -> Cascade:
    """A random cascade of a full organic; a third of them cut within a hair of a group of elements.

    A product that takes a group of elements to the last digit leaves the front nowhere to stand in double precision;
    the share that leaves in the organic is kept ``LEAST_IMBALANCE`` away from that.
    """
    while True:
        m, n = int(rng.integers(2, 17)), int(np.exp(rng.uniform(np.log(4), np.log(400))))
        beta = np.concatenate([[1.0], np.cumprod(np.exp(rng.uniform(np.log(1.1), np.log(10), m - 1)))])
        rng.shuffle(beta)
        z = np.maximum(rng.dirichlet(np.full(m, rng.choice([0.3, 1.0, 5.0]))), 1e-6)
        z /= z.sum()
        groups = np.cumsum(z[np.argsort(-beta)])[:-1]
        product = (
            float(rng.choice(groups)) * (1 - 10 ** -rng.uniform(1, 5))
            if rng.random() < 1 / 3
            else rng.uniform(0.02, 0.98)
        )
        product = min(max(product, 0.01), 0.99)
        if np.abs(groups - product).min() < LEAST_IMBALANCE:
            continue
        names = tuple(f"E{k}" for k in range(m))
        reflux = product * 10 ** rng.uniform(-0.7, 1.5)
        chemistry = constant_beta(names, beta.tolist(), loading_mol_per_l=product + reflux)
        stage = max(1, min(n, int(n * rng.uniform(0.1, 0.9))))
        water = rng.uniform(0.2, 2.0)
        feeds = (
            Feed(stage, flow_aq=1.0, composition=dict(zip(names, z.tolist(), strict=True))),
            Feed(n, flow_aq=water, acid=3 * reflux / water),
        )
        return Cascade(n, chemistry, 1.0, feeds=feeds)


def reacting(rng: np.random.Generator) -> Cascade:
    """Random cascade with acid and free dimer as outputs: random medium, order, saponification; acid to 8 mol/L."""
    m, n = int(rng.integers(2, 16)), int(np.exp(rng.uniform(np.log(4), np.log(400))))
    log_k = np.concatenate([[0.0], np.cumsum(rng.uniform(np.log10(1.1), 1.0 if m < 9 else np.log10(3), m - 1))])
    rng.shuffle(log_k)
    log_k += rng.uniform(-3, -1) - log_k.mean()
    names = tuple(f"E{k}" for k in range(m))
    order = float(rng.choice([3.0, 2.38]))
    law = [Constant(k, float(v), dimer_slope=order) for k, v in zip(names, log_k, strict=True)]
    soap = float(rng.uniform(0, 0.4)) if rng.random() < 0.8 else 0.0
    law += [Constant("Na", -2.27, 1.0, 1.0, 1.0, 1.0)] if soap else []
    dimer = float(rng.uniform(0.2, 1.0))
    medium = ("chloride", "nitrate", "sulfate")[int(rng.integers(3))]
    chemistry = Chemistry(tuple(law), medium, dimer, soap, "Na" if soap else "")
    strength = rng.uniform(0.05, 1.0)
    z = np.maximum(rng.dirichlet(np.full(m, rng.choice([0.3, 1.0, 5.0]))), 1e-6) * strength
    capacity = dimer * (2 * soap if soap else 0.3) / 3
    ratio = min(strength * 10 ** rng.uniform(-0.5, 1.0) / max(capacity, 0.02), 20.0)
    taken = z[log_k > rng.choice(log_k[log_k < log_k.max()])].sum()
    reflux = max(ratio * capacity - taken * rng.uniform(0.9, 1.1), 0.05 * ratio * capacity)
    water = max(rng.uniform(0.1, 1.0), 3 * reflux / 8)
    composition = dict(zip(names, z.tolist(), strict=True))
    stage = max(1, min(n, int(n * rng.uniform(0.2, 0.8))))
    feeds = (
        Feed(stage, flow_aq=1.0, composition=composition, acid=float(10 ** rng.uniform(-3, -0.5))),
        Feed(n, flow_aq=water, acid=3 * reflux / water),
    )
    return Cascade(n, chemistry, float(ratio), feeds=feeds)


@pytest.mark.parametrize("kind", [full, reacting], ids=["full organic", "acid and dimer"])
def test_random_problems_converge(kind: object) -> None:
    """At least 99.9 % converge with balances closed to 1e-10; the others raise SolveError."""
    lost, closure, spent = [], 0.0, time.process_time()
    count = PROBLEMS // 2
    for seed in range(count):
        cascade = kind(np.random.default_rng(seed))  # type: ignore[operator]
        try:
            closure = max(closure, *solve(cascade).balances.values())
        except SolveError:
            lost.append(seed)
    spent = time.process_time() - spent
    print(
        f"\n{count} problems, {len(lost)} lost {lost[:10]}, worst closure {closure:.1e}, "
        f"{spent / count * 1e3:.1f} ms each"
    )
    assert len(lost) <= 0.001 * count
    assert closure < 1e-10


def plant(n: int, m: int, share: float = 0.4979) -> Cascade:
    """``m`` elements in equal parts at beta 1.5, cut in the middle, ``n`` stages, organic flow five times the need."""
    names = tuple(f"E{k}" for k in range(m))
    chemistry = constant_beta(names, [1.5**k for k in range(m)], loading_mol_per_l=2.5)
    feeds = (
        Feed(n // 2, flow_aq=1.0, composition=dict.fromkeys(names, 1 / m)),
        Feed(n, flow_aq=1.0, acid=3 * (2.5 - share)),
    )
    return Cascade(n, chemistry, 1.0, feeds=feeds)


@pytest.mark.parametrize(("n", "m"), [(60, 16), (100, 12), (100, 16), (400, 16), (1000, 16), (2000, 16)])
@pytest.mark.benchmark(group="steady state from nothing", timer=time.process_time, warmup=True, warmup_iterations=1)
def test_from_nothing(benchmark, n: int, m: int) -> None:
    found = benchmark.pedantic(solve, (plant(n, m),), rounds=7, warmup_rounds=1)
    assert max(found.balances.values()) < 1e-10


@pytest.mark.parametrize(("n", "m"), [(100, 12), (100, 16), (1000, 16)])
@pytest.mark.benchmark(group="steady state from a neighbour, scrub acid off by 0.1 %", timer=time.process_time)
def test_from_a_neighbour(benchmark, n: int, m: int) -> None:
    start = solve(plant(n, m))
    other = with_feed(start.cascade, 1, acid=start.cascade.feeds[1].acid * 1.001)
    found = benchmark.pedantic(solve, (other,), {"start": start}, rounds=7, warmup_rounds=1)
    assert max(found.balances.values()) < 1e-10


def test_designs_per_second() -> None:
    """2,000 designs of 60 x 16 at least 300 per CPU-second, all converged.

    Reflux within a tenth, feed stage within two, every separation factor by its own doubt (5 %); each from one plant.
    """
    rng, base = np.random.default_rng(7), solve(plant(60, 16))
    names, designs = base.cascade.chemistry.components, []
    for _ in range(2000):
        beta = 1.5 ** np.arange(16) * 10 ** rng.normal(0, 0.02, 16)
        loading = 2.5 * rng.uniform(0.9, 1.1)
        feeds = (
            replace(base.cascade.feeds[0], stage=int(rng.integers(28, 33))),
            replace(base.cascade.feeds[1], acid=3 * (loading - 0.4979)),
        )
        designs.append(Cascade(60, constant_beta(names, beta.tolist(), loading_mol_per_l=loading), 1.0, feeds=feeds))
    spent = time.process_time()
    closure = max(max(solve(d, start=base).balances.values()) for d in designs)
    rate = len(designs) / (time.process_time() - spent)
    print(f"\n{rate:.0f} designs per CPU-second")
    assert closure < 1e-10
    assert rate >= 300


def cuts(count: int) -> Iterator[tuple[Steady, str, tuple[str, ...], float]]:
    """Random cuts that run, scrub acid off by 0.1 to 10 %, with an outlet, its group and a purity asked of it."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        beta, n, m = rng.uniform(1.3, 3), int(rng.integers(10, 80)), int(rng.integers(2, 9))
        k, names, z = int(rng.integers(1, m)), tuple(f"E{i}" for i in range(m)), rng.dirichlet(np.full(m, 3.0))
        split = float(z[k:].sum())
        scrub = split * 10 ** rng.uniform(0.2, 1.2)
        chemistry = constant_beta(names, [beta**i for i in range(m)], loading_mol_per_l=split + scrub)
        off = 1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-3, -1)
        feed = Feed(n // 2, flow_aq=1.0, composition=dict(zip(names, z.tolist(), strict=True)))
        cascade = Cascade(n, chemistry, 1.0, feeds=(feed, Feed(n, flow_aq=1.0, acid=3 * scrub * off)))
        outlet, group = ("organic", names[k:]) if rng.random() < 0.5 else ("raffinate", names[:k])
        try:
            yield solve(cascade), outlet, group, 1 - 10 ** -rng.uniform(1, 5)
        except DidymiumError:
            continue


def test_purity_as_a_specification() -> None:
    """CPU time of bordered Newton beside the bracketed search, the scrub acid free; Newton never finds less."""
    spent, found = {"newton": 0.0, "search": 0.0}, {"newton": 0, "search": 0}
    problems = list(cuts(200))
    for start, outlet, group, purity in problems:
        times, acid = {}, {}
        for method in spent:
            since = time.process_time()
            with suppress(SolveError):
                state = with_purity(start.cascade, group, outlet, purity, start=start, method=method)
                times[method], acid[method] = time.process_time() - since, state.cascade.feeds[1].acid
                found[method] += 1
        if len(times) == 2:
            assert acid["newton"] == pytest.approx(acid["search"], rel=1e-6)
            spent = {method: spent[method] + times[method] for method in spent}
    print(f"\n{len(problems)} cuts, found {found}; search over Newton {spent['search'] / spent['newton']:.1f}")
    assert found["newton"] >= found["search"] > len(problems) // 2


@pytest.mark.parametrize("m", [2, 16])
def test_steps_in_time(m: int) -> None:
    """480 steps of 120 stages from feed-filled cells within 0.5 s of CPU time."""
    cascade = plant(120, m)
    simulate([Phase(cascade, 1.0)], HoldUp(0.02, 0.02), steps=3)
    spent = time.process_time()
    run = simulate([Phase(cascade, 30.0)], HoldUp(0.02, 0.02), steps=480)
    spent = time.process_time() - spent
    print(f"\n{run.steps} steps, {m} components: {spent:.2f} s")
    assert run.steps == 480
