"""Ensembles: what a member costs beside its own work, and the memory of all processes together.

Run by name: ``pytest benchmarks/bench_ensemble.py -s``. The normal test run does not collect it. Memory is the sum of
the proportional shares (PSS) of this process and its workers, read from /proc while they run, less what this process
held before: pytest itself is not counted, the interpreters of the workers are.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from didymium.ensemble.fans import fans
from didymium.ensemble.run import run_ensemble
from didymium.ensemble.store import open_store
from didymium.ensemble.task import Array, Output
from didymium.world.distributions import Uniform
from didymium.world.scenario_draw import Uncertain

MONTHS = tuple(f"{2024 + i // 12}-{i % 12 + 1:02d}" for i in range(200))
WORK_S = 0.010
GIB = 2**30


@dataclass(frozen=True)
class Work:
    """30 series of 200 months, and ``seconds`` of CPU time beside."""

    seconds: float
    name: str = "work"
    fingerprint: str = "1"
    parameters: tuple[Uncertain, ...] = tuple(Uncertain(f"p{i}", "1", Uniform(low=0.0, high=1.0)) for i in range(10))
    coords: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"time": MONTHS, "element": tuple(f"e{i}" for i in range(15)), "side": ("in", "out")}
    )
    outputs: dict[str, Output] = field(
        default_factory=lambda: {"price": Output(("time", "element", "side"), "USD/kg", "Price")}
    )

    def ready(self) -> None:
        """Nothing is shared."""

    def run(self, draw: Mapping[str, float], seed: int) -> Mapping[str, Array]:
        end = time.process_time() + self.seconds
        prices = np.random.default_rng(seed).normal(size=(200, 15, 2)).cumsum(axis=0)
        while time.process_time() < end:
            np.sort(prices, axis=0)
        return {"price": prices}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "store"
    shutil.rmtree(tmp_path / "store", ignore_errors=True)


def pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def family() -> list[int]:
    """This process and its children."""
    tasks = Path("/proc/self/task").iterdir()
    return [os.getpid(), *(int(pid) for task in tasks for pid in (task / "children").read_text().split())]


def peak_bytes(act: Callable[[], object]) -> int:
    """Highest sum over all processes while ``act`` runs, less what this one held before."""
    before, highest, over = pss(os.getpid()), 0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.1):
            highest = max(highest, sum(map(pss, family())))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        act()
    finally:
        over.set()
        thread.join()
    return highest - before


def cpu_s() -> float:
    """CPU seconds of this process and of children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def test_a_member_costs_little_beside_its_work(folder: Path) -> None:
    import polars  # noqa: F401 - the first import is no member's cost
    from scipy.stats import qmc  # noqa: F401

    spent = {}
    for runs in (100, 1100):
        start, wall = cpu_s(), time.perf_counter()
        run_ensemble(Work(WORK_S), folder / str(runs), runs=runs, seed=1, workers=2)
        spent[runs] = cpu_s() - start, time.perf_counter() - wall
    cpu, wall = (spent[1100][i] - spent[100][i] for i in (0, 1))
    starting = spent[100][0] - 100 * cpu / 1000
    size = sum(path.stat().st_size for path in (folder / "1100").glob("*.parquet"))
    print(
        f"\n1,000 members of {1000 * WORK_S:.0f} ms on 2 processes: {wall:.1f} s, {cpu:.2f} s CPU, "
        f"{cpu - 1000 * WORK_S:.2f} ms beside the work of a member; starting {starting:.1f} s CPU; "
        f"{size / 1100 / 1e3:.0f} kB a member on disk, {np.dtype(float).itemsize * 6000 / 1e3:.0f} kB of numbers"
    )
    assert cpu < 1.5 * 1000 * WORK_S


@pytest.mark.parametrize("work_s", [0.0])
def test_ten_thousand_members_take_the_memory_of_a_thousand(folder: Path, work_s: float) -> None:
    peaks = {}
    for runs in (1_000, 10_000):
        store = folder / str(runs)
        peaks[runs, "run"] = peak_bytes(
            lambda s=store, r=runs: run_ensemble(Work(work_s), s, runs=r, seed=1, workers=2)
        )
        start = time.process_time()
        peaks[runs, "fans"] = peak_bytes(lambda s=store: fans(open_store(s)))
        print(f"\nfans of {runs:,} members: {time.process_time() - start:.1f} s CPU")
    print("peak memory, MiB:", {f"{runs:,} {what}": round(peak / 2**20) for (runs, what), peak in peaks.items()})
    assert max(peaks.values()) <= GIB


@pytest.mark.parametrize(
    ("name", "projects"), [("licences-2025-04", True), ("baseline-2024", False), ("baseline-2024", True)]
)
def test_members_of_the_market(folder: Path, name: str, projects: bool) -> None:
    from didymium.ensemble.market_task import market_task
    from didymium.world import load_world
    from didymium.world.scenario import load_scenario

    world = load_world()
    scenario = load_scenario(name, world).model_copy(update={"announced_projects": projects})
    task = market_task(world, scenario)
    spent: dict[int, tuple[float, float]] = {}

    for runs in (100, 1_000):
        start, wall = cpu_s(), time.perf_counter()
        run_ensemble(task, folder / str(runs), runs=runs, seed=1, workers=2)
        spent[runs] = cpu_s() - start, time.perf_counter() - wall
    # Watching the memory takes time of its own, so it is not done while the time is taken.
    peaks = {
        n: peak_bytes(lambda n=n: run_ensemble(task, folder / f"watched {n}", runs=n, seed=1, workers=2))  # type: ignore[misc]
        for n in (1_000, 10_000)
    }
    (few, _), (many, wall) = spent[100], spent[1_000]
    size = sum(path.stat().st_size for path in (folder / "1000").glob("*.parquet"))
    print(
        f"\n{name}, {len(task.scene.model.links.form)} links: 1,000 members of {len(task.coords['time'])} steps "
        f"on 2 processes: {wall:.1f} s, {many:.1f} s CPU, "
        f"{(many - few) / 0.9:.1f} ms a member, starting {few - (many - few) / 9:.1f} s CPU, "
        f"{size / 1e6:.0f} kB a member on disk, "
        + ", ".join(f"peak of {n:,} members {peak / 2**20:.0f} MiB" for n, peak in peaks.items())
    )
    assert max(peaks.values()) <= GIB
