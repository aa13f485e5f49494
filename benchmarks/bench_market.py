"""One member of the market, beside itself interpreted and beside the same model as objects; CPU time in one run.

Run by name: ``pytest benchmarks/bench_market.py -s``. Mesa and SimPy are needed for their rows only. The objects of
``market_objects`` carry all equations of the kernel and keep the same record: the first test compares them. Rounds take
turns, and a ratio is the median of the ratios within rounds, so that a busy machine burdens both sides alike.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from market_objects.diary import largest_difference
from market_objects.schedulers import run_mesa, run_plain, run_simpy

from didymium.chain.reconcile import base_year
from didymium.market.behaviour import knobs, read_behaviour
from didymium.market.build import Model, build_model
from didymium.market.paths import still_paths
from didymium.market.scene import prepare
from didymium.market.simulate import simulate
from didymium.market.structure import Knobs, Paths
from didymium.world import load_world
from didymium.world.scenario import load_scenario

STEPS, FEW, ROUNDS = 204, 12, 3

BASE, GROWING, LICENCES = "base year, still", "baseline-2024", "licences-2025-04"

OBJECTS = {"simpy": run_simpy, "mesa": run_mesa, "plain": run_plain}
ROWS = {"plain": "the same as plain objects", "mesa": "the same as Mesa agents", "simpy": "the same as SimPy processes"}

INTERPRETED = """
import sys, time
from bench_market import FEW, case
from didymium.market.simulate import simulate
model, knobs, paths = case(sys.argv[1])
few = paths._replace(use_index=paths.use_index[:FEW])
start = time.process_time()
simulate(model, knobs, few)
print((time.process_time() - start) * len(paths.use_index) / FEW)
"""

SECOND = """
import time
from didymium.market.behaviour import knobs
from didymium.market.kernel import advance
from didymium.market.simulate import simulate
ready = time.process_time()
from bench_market import BASE, case
of = case(BASE)
start = time.process_time()
simulate(*of)
print(ready, time.process_time() - start)
"""


class Case(NamedTuple):
    """One member to run."""

    model: Model
    knobs: Knobs
    paths: Paths


@cache
def case(name: str) -> Case:
    """The base year standing still, or a shipped scenario with its figures at their medians."""
    world = load_world()
    behaviour = read_behaviour(world)
    if name == BASE:
        model = build_model(world, base_year(world), behaviour, years=17)
        return Case(model, knobs(behaviour), still_paths(model, STEPS, 12))
    scene = prepare(world, load_scenario(name, world))
    run = scene.run()
    return Case(run.model, knobs(scene.behaviour), run.paths)


def cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def cpu_alone(call: Callable[[], object]) -> float:
    """CPU seconds in which Python's collector of garbage leaves out what the process held before."""
    gc.collect()
    gc.freeze()
    seconds = cpu(call)
    gc.unfreeze()
    return seconds


def kernel_seconds(of: Case) -> float:
    return float(np.median([cpu(lambda: simulate(*of)) for _ in range(10)]))


def in_new_process(script: str, *words: str, **extra: str) -> list[float]:
    here = os.path.dirname(__file__)
    path = os.pathsep.join([here, *sys.path])
    env = {**os.environ, "PYTHONPATH": path, **extra}
    done = subprocess.run([sys.executable, "-c", script, *words], env=env, capture_output=True, text=True, check=True)
    return [float(x) for x in done.stdout.split()]


def installed() -> list[str]:
    """Plain objects, and whichever framework is there."""
    found = ["plain"]
    for name in ("mesa", "simpy"):
        try:
            __import__(name)
        except ImportError:
            print(f"\nno {name}")
        else:
            found.append(name)
    return found


@pytest.mark.parametrize("name", [BASE, GROWING, LICENCES, "quota-2010", "full-stop"])
@pytest.mark.parametrize("objects", OBJECTS)
def test_objects_do_what_the_kernel_does(name: str, objects: str) -> None:
    if objects != "plain":
        pytest.importorskip(objects)
    of = case(name)
    difference = largest_difference(OBJECTS[objects](*of).record, simulate(*of).record)
    assert difference < 1e-9


def test_one_run() -> None:
    of = case(BASE)
    simulate(*of)
    seconds = kernel_seconds(of)
    mass = sum(a.nbytes for a in simulate(*of).record)
    print(f"\n{STEPS} steps, {len(of.model.links.form)} links: {seconds * 1e3:.1f} ms CPU, record {mass / 1e6:.1f} MB")


def test_second_process() -> None:
    simulate(*case(BASE))
    imports, first = min(in_new_process(SECOND) for _ in range(3))
    print(f"\nsecond process: imports {imports:.2f} s, first run with the cached code {first:.2f} s CPU")


@pytest.mark.parametrize("name", [BASE, GROWING])
def test_beside_plain_python_mesa_and_simpy(name: str) -> None:
    of, kinds = case(name), installed()
    simulate(*of)
    ours: list[float] = []
    theirs: dict[str, list[float]] = {ROWS[kind]: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in kinds:
            before = kernel_seconds(of)
            seconds = cpu_alone(lambda: OBJECTS[kind](*of))  # noqa: B023
            ours.append((before + kernel_seconds(of)) / 2)
            theirs[ROWS[kind]].append(seconds)
    interpreted = in_new_process(INTERPRETED, name, NUMBA_DISABLE_JIT="1")[0]
    steps, links = len(of.paths.use_index), len(of.model.links.form)
    print(f"\n{name}: {steps} steps, {links} links; medians of {ROUNDS} rounds, CPU time")
    print(f"{'kernel':32s} {np.median(ours) * 1e3:8.1f} ms   times the kernel (lowest, highest)")
    for k, (row, seconds) in enumerate(theirs.items()):
        ratio = np.divide(seconds, ours[k :: len(kinds)])
        print(f"{row:32s} {np.median(seconds):8.2f} s  {np.median(ratio):6.0f} ({ratio.min():.0f}, {ratio.max():.0f})")
    print(f"{'kernel, interpreted':32s} {interpreted:8.2f} s  {interpreted / np.median(ours):6.0f} (from {FEW} steps)")
