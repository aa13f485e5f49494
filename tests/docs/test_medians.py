"""Where a single run at medians lies among members: the table on the page on simulations, made anew.

``DIDYMIUM_UPDATE_GOLDEN=1 pytest tests/docs/test_medians.py`` rewrites the table.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from blocks import ROOT

from didymium.ensemble.market_task import MarketTask, market_task
from didymium.ensemble.run import run_ensemble
from didymium.ensemble.series import OneRun, Series, Stored
from didymium.ensemble.task import Array
from didymium.report.simulation import LOWEST, extreme, headlines, name_of
from didymium.words import say_in
from didymium.world import World, load_world
from didymium.world.scenario import load_scenario
from didymium.world.scenario_fields import Shows

PAGE = ROOT / "docs/how-to/simulate-a-scenario.md"
_TABLE = re.compile(r"(<!-- table medians -->\n).*?(<!-- end -->)", re.DOTALL)
CASES = (
    ("baseline-2024", "month"),
    ("licences-2025-04", "month"),
    ("licences-2025-04", "week"),
    ("full-stop", "month"),
)
RUNS = 200
SAY = say_in("en")


@dataclass(frozen=True)
class Both:
    """A single run, and members of the same scenario."""

    task: MarketTask
    one: OneRun
    members: Stored

    def extremes(self, line: Series) -> tuple[float, Array]:
        """The extreme of ``line`` in the single run and in each member."""
        return float(extreme(line, self.one.members(line))[0]), extreme(line, self.members.members(line))


def place(one: float, members: Array) -> int:
    """Per cent of the members below ``one``; those equal to it count by half."""
    return round(100 * float((members < one).mean() + (members == one).mean() / 2))


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def found(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Both]:
    folder = tmp_path_factory.mktemp("medians")
    return {case: both(world, folder / "-".join(case), *case) for case in CASES}


def both(world: World, folder: Path, name: str, step: str) -> Both:
    task = market_task(world, load_scenario(name, world).model_copy(update={"step": step}))
    one = OneRun(task.coords, task.outputs, task.run({}, None))
    return Both(task, one, Stored(run_ensemble(task, folder, runs=RUNS, seed=1, workers=1).store))


def table(world: World, found: dict[tuple[str, str], Both]) -> str:
    lines = [f"| Series | {' | '.join(f'{name}, {step}' for name, step in found)} |", f"|---|{'---|' * len(found)}"]
    for line in headlines(found[CASES[0]].task.coords, {}, Shows(), found[CASES[0]].task.outputs):
        kind = "lowest" if line.output in LOWEST else "highest"
        cells = (str(place(*b.extremes(line))) for b in found.values())
        lines.append(f"| {name_of(world, SAY, line)}, {kind} | {' | '.join(cells)} |")
    one, members = found["full-stop", "month"].extremes(Series("price_ask", (("element", "Tb"),)))
    times = f"{one / float(np.median(members)):.1f} times the median of the members"
    return "\n".join(lines) + f"\n\nIn `full-stop` its highest ask of terbium is {times}.\n"


def test_the_table_is_that_of_the_runs(world: World, found: dict[tuple[str, str], Both]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(_TABLE.findall(text)) == 1
    fresh = _TABLE.sub(lambda m: m[1] + table(world, found) + m[2], text)
    if os.environ.get("DIDYMIUM_UPDATE_GOLDEN"):
        PAGE.write_text(fresh, encoding="utf-8")
        text = fresh
    assert text == fresh
