"""In-use stocks beside flodym: 17 elements, 30 regions, 15 products, 80 years; CPU time and memory, ratios in one run.

``FLODYM_PYTHON=<python with flodym> pytest benchmarks/bench_in_use.py -s``. The normal test run does not collect it.
didymium does not depend on flodym: give it a Python of its own, ``uv pip install --python <that python> flodym``.

Both compute stock and outflow of every year from the same inflow and lifetimes, each in a fresh process on one thread.
flodym lets a lifetime differ by element, region and vintage, and keeps stock and outflow of every vintage; didymium
lets it depend on the product alone and keeps sums over vintages. The ratios are the price of generality not used.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SHAPE = (80, 17, 30, 15)
LEAST_TIMES_FASTER, MOST_MEMORY_SHARE, TOLERANCE = 30, 0.1, 1e-10
PEER = os.environ.get("FLODYM_PYTHON", "")

Cost = dict[str, float]


def cost(python: str, who: str, folder: Path, runs: int) -> Cost:
    """What in_use_peer.py cost: the least of ``runs`` runs."""
    env = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [python, str(Path(__file__).with_name("in_use_peer.py")), who, str(folder)]
    found = []
    for _ in range(runs):
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{python} cannot run {who}:\n{done.stderr[-1500:]}"
        found.append(json.loads(done.stdout))
    return {key: min(run[key] for run in found) for key in found[0]}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with inflow that grows by 4 % a year, and Weibull lifetimes of 3 to 30 years."""
    folder = tmp_path_factory.mktemp("in_use")
    rng = np.random.default_rng(0)
    growth = 1.04 ** np.arange(SHAPE[0])[:, None, None, None]
    np.save(folder / "inflow.npy", growth * rng.lognormal(0, 1, SHAPE))
    lives = np.stack([np.linspace(3, 30, SHAPE[3]), rng.uniform(1.5, 4.5, SHAPE[3])], axis=1)
    (folder / "lives.json").write_text(json.dumps(lives.tolist()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def flodym(case: Path) -> Cost:
    """What flodym cost."""
    if not PEER:
        pytest.skip("set FLODYM_PYTHON to a Python that has flodym")
    return cost(PEER, "flodym", case, 2)


@pytest.mark.parametrize("who", ["numpy", "numba"])
def test_beside_flodym(who: str, case: Path, flodym: Cost) -> None:
    ours = cost(sys.executable, who, case, 5)
    with np.load(case / "flodym.npz") as a, np.load(case / f"{who}.npz") as b:
        apart = {name: float(np.max(np.abs(a[name] - b[name]) / a[name].max())) for name in ("stock", "outflow")}
    faster, smaller = (flodym[key] / ours[key] for key in ("cpu_s", "grown_mb"))
    print(f"\n{' x '.join(map(str, SHAPE))} (years, elements, regions, products)")
    for name, c in (("flodym", flodym), (f"didymium, {who}", ours)):
        print(f"{name:16} {c['cpu_s']:8.4f} s CPU, {c['grown_mb']:7.1f} MB more, {c['whole_mb']:7.1f} MB in all")
    print(f"flodym / didymium = {faster:.0f} in time, {smaller:.0f} in memory; apart, of the largest: {apart}")
    assert max(apart.values()) <= TOLERANCE
    assert faster >= LEAST_TIMES_FASTER
    assert 1 / smaller <= MOST_MEMORY_SHARE
