"""One member of the market, beside itself interpreted and beside agents and processes; CPU time, ratios in one run.

Run by name: ``pytest benchmarks/bench_market.py -s``. Mesa and SimPy are needed for their rows only. Interpreted is the
kernel's own source without the compiler (the whole model); the objects of ``market_peers`` do less than the kernel.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
from market_peers import run_mesa, run_plain, run_simpy

from didymium.chain.reconcile import base_year
from didymium.market.behaviour import knobs, read_behaviour
from didymium.market.build import Model, build_model
from didymium.market.paths import still_paths
from didymium.market.simulate import simulate
from didymium.market.structure import Knobs
from didymium.world import load_world

STEPS, FEW = 204, 12

INTERPRETED = """
import time
from bench_market import FEW, ready, still_paths
from didymium.market.simulate import simulate
model, knobs = ready()
paths = still_paths(model, FEW, 12)
start = time.process_time()
simulate(model, knobs, paths)
print(time.process_time() - start)
"""

SECOND = """
import time
from didymium.market.behaviour import knobs
from didymium.market.kernel import advance
from didymium.market.simulate import simulate
ready = time.process_time()
from bench_market import ready as model_and_knobs, still_paths
model, knobs = model_and_knobs()
paths = still_paths(model, 12, 12)
start = time.process_time()
simulate(model, knobs, paths)
print(ready, time.process_time() - start)
"""


def ready() -> tuple[Model, Knobs]:
    world = load_world()
    behaviour = read_behaviour(world)
    return build_model(world, base_year(world), behaviour, years=17), knobs(behaviour)


@pytest.fixture(scope="module")
def shipped() -> tuple[Model, Knobs]:
    return ready()


def cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def fastest(shipped: tuple[Model, Knobs]) -> float:
    model, values = shipped
    paths = still_paths(model, STEPS, 12)
    simulate(model, values, paths)
    return float(np.median([cpu(lambda: simulate(model, values, paths)) for _ in range(20)]))


def in_new_process(script: str, **extra: str) -> list[float]:
    here = os.path.dirname(__file__)
    path = os.pathsep.join([here, *sys.path])
    env = {**os.environ, "PYTHONPATH": path, **extra}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    return [float(x) for x in done.stdout.split()]


def test_one_run(shipped: tuple[Model, Knobs]) -> None:
    seconds = fastest(shipped)
    model, values = shipped
    record = simulate(model, values, still_paths(model, STEPS, 12)).record
    mass = sum(a.nbytes for a in record)
    print(f"\n{STEPS} steps, {len(model.links.form)} links: {seconds * 1e3:.1f} ms CPU, record {mass / 1e6:.1f} MB")


def test_second_process(shipped: tuple[Model, Knobs]) -> None:
    fastest(shipped)
    imports, first = min(in_new_process(SECOND) for _ in range(3))
    print(f"\nsecond process: imports {imports:.2f} s, first run with the cached code {first:.2f} s CPU")


def test_beside_plain_python_mesa_and_simpy(shipped: tuple[Model, Knobs]) -> None:
    ours, model = fastest(shipped), shipped[0]
    rows = {
        "kernel's source, interpreted": in_new_process(INTERPRETED, NUMBA_DISABLE_JIT="1")[0],
        "plain objects (less work)": cpu(lambda: run_plain(model, FEW)),
    }
    try:
        import mesa

        rows["Mesa agents (less work)"] = cpu(lambda: run_mesa(mesa, model, FEW))
    except ImportError:
        print("\nno mesa")
    try:
        import simpy

        rows["SimPy processes (less work)"] = cpu(lambda: run_simpy(simpy, model, FEW))
    except ImportError:
        print("\nno simpy")
    print(f"\nkernel {ours * 1e3:.1f} ms for {STEPS} steps")
    for name, seconds in rows.items():
        whole = seconds * STEPS / FEW
        print(f"{name:30s} {whole:7.2f} s for {STEPS} steps, from {FEW}: {whole / ours:6.0f} x")
