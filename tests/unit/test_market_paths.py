"""Scenario figures as paths: parts of days count, so that a tiny change of a figure changes results a tiny bit."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from didymium.market.calendar import Calendar
from didymium.market.scene import Scene, prepare
from didymium.world import World
from didymium.world.scenario import parse_scenario

SHORT = "name: short\nquestion: q?\nbase: licences-2025-04\nstep: month\nstart: 2024-01\nend: 2025-12\n"
EVENT = "2025_04_04_china_export_licence"


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    return prepare(world, parse_scenario(SHORT, "short.yaml", world))


def test_parts_of_days_are_covered() -> None:
    months = Calendar(2025, 4, "month")
    april = date(2025, 4, 4)
    assert months.covered(april) == pytest.approx([0, 0, 0, 27 / 30])
    assert months.covered(april, after_days=2.5) == pytest.approx([0, 0, 0, 24.5 / 30])
    assert months.covered(april, within_days=1.25) == pytest.approx([0, 0, 0, 1.25 / 30])
    assert months.covered(april, date(2025, 4, 5), after_days=2) == pytest.approx([0, 0, 0, 0])
    assert months.covered(april, date(2025, 4, 5), within_days=9) == pytest.approx([0, 0, 0, 1 / 30])


@pytest.mark.parametrize("name", ["grace_days", "also_held_days"])
@pytest.mark.parametrize("days", [0.5, 11.5, 12.4999])
def test_a_tiny_change_of_a_wait_changes_results_a_tiny_bit(scene: Scene, name: str, days: float) -> None:
    tiny = 1e-6
    a, b = (scene.run({f"{EVENT}.{name}": d}).record for d in (days, days + tiny))
    moved = np.abs(a.shipped - b.shipped).max() / a.shipped.max()
    assert 0 < moved < 1e-2 * tiny
    assert 0 < np.abs(np.log(a.price / b.price)).max() < 0.2 * tiny
