"""Small tasks for ensembles, at the top of a module so that processes find them, and ways to compare stores."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import didymium.ensemble.dataset as dataset_module
import didymium.ensemble.store as store_module
from didymium.ensemble.run import Report, run_ensemble
from didymium.ensemble.store import Store, ranges
from didymium.ensemble.task import Array, Output
from didymium.world.distributions import Uniform
from didymium.world.scenario_draw import Uncertain

MONTHS = ("2025-01", "2025-02", "2025-03", "2025-04", "2025-05")


@dataclass(frozen=True)
class Walk:
    """A random walk of prices whose step and start are uncertain; it stops at different weeks, or never."""

    name: str = "walk"
    fingerprint: str = "one"
    parameters: tuple[Uncertain, ...] = (
        Uncertain("start", "USD/kg", Uniform(low=0.0, high=10.0)),
        Uncertain("step", "USD/kg", Uniform(low=1.0, high=3.0)),
    )
    coords: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"time": MONTHS, "element": ("Nd", "Dy", "Tb"), "bloc": ("JPN", "EUR")}
    )
    outputs: dict[str, Output] = field(
        default_factory=lambda: {
            "price": Output(("element", "time", "bloc"), "USD/kg", "Price outside"),
            "first_stop": Output(("element",), "week", "Weeks to the first stop"),
            "total": Output((), "t", "Total"),
        }
    )

    def ready(self) -> None:
        """Nothing is shared."""

    def run(self, draw: dict[str, float], seed: int) -> dict[str, Array]:
        steps = np.random.default_rng(seed).normal(size=(3, 5, 2))
        price = draw["start"] + draw["step"] * steps.cumsum(axis=1)
        price[0, 3, 0] = np.nan
        return {
            "price": price,
            "first_stop": np.array([draw["start"], np.inf if draw["start"] > 5 else 3.0, np.nan]),
            "total": np.asarray(price[1].sum()),
        }


@dataclass(frozen=True)
class Fragile(Walk):
    """A walk that raises where it starts above ``limit``."""

    limit: float = 8.0

    def run(self, draw: dict[str, float], seed: int) -> dict[str, Array]:
        if draw["start"] > self.limit:
            raise ValueError(f"a start of {draw['start']:.1f}")
        return super().run(draw, seed)


@dataclass(frozen=True)
class Slow(Walk):
    """A walk that takes its time, and writes the number of its process into ``diary``."""

    diary: str = ""

    def run(self, draw: dict[str, float], seed: int) -> dict[str, Array]:
        (Path(self.diary) / str(os.getpid())).touch()
        time.sleep(0.01)
        return super().run(draw, seed)


@dataclass(frozen=True)
class Deadly(Walk):
    """A walk that ends its process where it starts above 9."""

    def run(self, draw: dict[str, float], seed: int) -> dict[str, Array]:
        if draw["start"] > 9:
            os._exit(1)
        return super().run(draw, seed)


@dataclass(frozen=True)
class Nudged(Walk):
    """A walk during which Ctrl-C comes once, at one member."""

    member_seed: int = 0

    def run(self, draw: dict[str, float], seed: int) -> dict[str, Array]:
        if seed == self.member_seed:
            signal.raise_signal(signal.SIGINT)
        return super().run(draw, seed)


@dataclass(frozen=True)
class Interrupted(Walk):
    """A walk that is interrupted as by Ctrl-C, twice, at one member."""

    member_seed: int = 0

    def run(self, draw: dict[str, float], seed: int) -> dict[str, Array]:
        if seed == self.member_seed:
            raise KeyboardInterrupt
        return super().run(draw, seed)


def with_parameters(task: Walk, *parameters: Uncertain) -> Walk:
    return replace(task, parameters=parameters)


def run(task: Walk, folder: Path, runs: int = 12, **options: object) -> Report:
    """Run with seed 1 in this process, unless told otherwise."""
    given: dict[str, object] = {"seed": 1, "workers": 1, "chunk": 5} | options
    return run_ensemble(task, folder, runs=runs, **given)  # type: ignore[arg-type]


def contents(store: Store) -> pl.DataFrame:
    """All rows of a store by member, whatever files they lie in."""
    frames = [pl.read_parquet(path) for path in sorted(store.folder.glob("*.parquet"))]
    assert len(frames) == len(ranges(store))
    return pl.concat(frames).sort("member")


def bits(store: Store) -> list[tuple[object, ...]]:
    """The same as plain values in which gaps are equal."""
    return [tuple(map(repr, row)) for row in contents(store).rows()]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, but for the lock."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "lock"}


def let_come_later(store: Store, aside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the first file of a store, and let the next one come after every look at its files, as a run does."""
    aside.mkdir()
    later = sorted(store.folder.glob("*.parquet"))[1:]
    for file in later:
        file.rename(aside / file.name)

    def look(store: Store) -> tuple[tuple[int, int], ...]:
        found = ranges(store)
        if later:
            file = later.pop(0)
            (aside / file.name).rename(file)
        return found

    for module in (store_module, dataset_module):
        monkeypatch.setattr(module, "ranges", look)
