"""Customs hold magnets without listed elements for tests; oxide and metal name their element and pass."""

from __future__ import annotations

import numpy as np
import pytest

from didymium.market.scene import Scene, prepare
from didymium.market.simulate import Run
from didymium.market.structure import MAGNET, METAL, OXIDE
from didymium.world import ELEMENTS, World
from didymium.world.scenario import parse_scenario

HELD = """\
name: held
question: What do customs hold?
start: 2024-01
end: 2025-12
events:
  - event: 2025_04_04_china_export_licence
    also_held_days: 90
"""
EVENT = "2025_04_04_china_export_licence"


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    return prepare(world, parse_scenario(HELD, "held.yaml", world))


def _abroad(run: Run, form: int, element: str) -> float:
    """t of ``element`` that left the bloc with the licences in ``form`` in the months in which customs held."""
    links = run.model.links
    home = run.model.blocs.index("CHN")
    ways = (links.form == form) & (links.origin == home) & (links.to != home)
    return float(run.record.shipped[15:18, ways, ELEMENTS.index(element)].sum())


def test_what_customs_hold_is_magnets(scene: Scene) -> None:
    free, held = (scene.run({f"{EVENT}.also_held_share": share}) for share in (0.0, 0.6))
    assert _abroad(held, MAGNET, "Nd") < 0.9 * _abroad(free, MAGNET, "Nd")
    for form in (OXIDE, METAL):
        assert _abroad(held, form, "Nd") == pytest.approx(_abroad(free, form, "Nd"), rel=0.1)


def test_magnets_held_close_no_market_of_oxide(scene: Scene) -> None:
    """Neodymium outside is asked about what it is inside: it never needed a licence as oxide or metal."""
    run = scene.run({f"{EVENT}.also_held_share": 0.6})
    inside, outside = run.record.price[15:18, :, ELEMENTS.index("Nd")].T
    np.testing.assert_allclose(outside, inside, rtol=0.1)
