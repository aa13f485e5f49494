"""The inside view read from a store whose members are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from ensembles import let_come_later

from didymium.ensemble.inside import chance_mined, chance_standing, inside_view, market_store
from didymium.ensemble.market_task import OUTPUTS
from didymium.ensemble.run import run_ensemble
from didymium.ensemble.task import Array, Output
from didymium.errors import StoreError
from didymium.world.distributions import Uniform
from didymium.world.scenario_draw import Uncertain

FIRST = (2024.0, 2025.0, np.inf, np.inf)
COORDS = {
    "time": ("2024-01-01", "2024-07-01", "2025-01-01", "2025-07-01"),
    "bloc": ("AAA", "BBB"),
    "basket": ("ndpr",),
    "stage": ("mine", "magnet"),
}


@dataclass(frozen=True)
class Known:
    """Member k stands alone from ``first[k]``; bloc BBB uses nothing."""

    name: str = "known"
    fingerprint: str = "1"
    parameters: tuple[Uncertain, ...] = (Uncertain("p", "1", Uniform(low=0.0, high=1.0)),)
    coords: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: COORDS)
    outputs: Mapping[str, Output] = field(
        default_factory=lambda: {n: OUTPUTS[n] for n in ("dependence", "first_year", "weakest", "mined")}
    )
    seen: list[int] = field(default_factory=list)
    first: tuple[float, ...] = FIRST
    unmined: tuple[int, ...] = ()
    """Members with a gap in what is mined in 2025."""

    def run(self, draw: Mapping[str, float], seed: int) -> Mapping[str, Array]:
        k = len(self.seen)
        self.seen.append(seed)
        nothing = np.full(1, np.nan)
        return {
            "dependence": np.stack([np.full((4, 1), k / 10), np.full((4, 1), np.nan)], axis=1),
            "first_year": np.stack([np.full(1, self.first[k]), nothing]),
            "weakest": np.array([[[1.0], [np.nan]], [[float(k == 0)], [np.nan]]]),
            "mined": np.stack([self._mined(k), np.zeros(4)], axis=1),
        }

    def _mined(self, k: int) -> Array:
        return np.where((np.arange(4) == 3) & (k in self.unmined), np.nan, np.arange(4) * 100.0 * (k + 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run_ensemble(Known(), tmp_path / "known", runs=4, seed=1, workers=1)
    return tmp_path / "known"


def test_bands_and_shares_are_those_of_the_members(folder: Path) -> None:
    found = inside_view(market_store(folder))
    assert set(found) == {("AAA", "ndpr")}
    inside = found["AAA", "ndpr"]
    assert inside.first_year == (2024, 2024, 2025, None, None)
    assert inside.reached == 0.5 and inside.last == 2025
    assert inside.dependence == (0.0, 0.0, 0.1, 0.2, 0.3)
    assert inside.weakest == {"mine": 1.0, "magnet": 0.25}


def test_a_store_that_grows_meanwhile_tells_of_the_members_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = run_ensemble(Known(), tmp_path / "known", runs=4, seed=1, workers=1, chunk=1).store
    let_come_later(store, tmp_path / "aside", monkeypatch)
    inside = inside_view(store)["AAA", "ndpr"]
    assert (inside.reached, inside.dependence, inside.weakest) == (1.0, (0.0,) * 5, {"mine": 1.0, "magnet": 1.0})


def test_chances_by_a_year(folder: Path) -> None:
    store = market_store(folder)
    assert [chance_standing(store, "AAA", "ndpr", y) for y in (2023, 2024, 2025)] == [0.0, 0.25, 0.5]
    assert chance_standing(store, "AAA", "ndpr", 2026) is None, "the run ends in 2025"
    assert chance_standing(store, "BBB", "ndpr", 2025) is None, "it uses nothing"
    chance, band = chance_mined(store, "AAA", 700.0, 2025) or (None, None)
    assert chance == 0.5, "250, 500, 750 and 1,000 t"
    assert band == (250.0, 250.0, 500.0, 750.0, 1000.0)
    assert chance_mined(store, "AAA", 700.0, 2030) is None


def test_a_member_with_a_gap_is_in_no_share(tmp_path: Path) -> None:
    run_ensemble(Known(first=(2024.0, np.inf, np.inf, np.nan)), tmp_path / "gap", runs=4, seed=1, workers=1)
    store = market_store(tmp_path / "gap")
    assert inside_view(store)["AAA", "ndpr"].reached == 1 / 3
    assert chance_standing(store, "AAA", "ndpr", 2025) == 1 / 3


def test_a_gap_in_what_is_mined_is_not_a_target_missed(tmp_path: Path) -> None:
    run_ensemble(Known(unmined=(0, 1)), tmp_path / "two", runs=4, seed=1, workers=1)
    store = market_store(tmp_path / "two")
    assert chance_mined(store, "AAA", 700.0, 2025) == (1.0, (750.0, 750.0, 750.0, 1000.0, 1000.0))
    chance, _ = chance_mined(store, "AAA", 100.0, 2024) or (None, None)
    assert chance == 0.75, "50, 100, 150 and 200 t, none of them a gap"
    run_ensemble(Known(unmined=(0, 1, 2, 3)), tmp_path / "all", runs=4, seed=1, workers=1)
    assert chance_mined(market_store(tmp_path / "all"), "AAA", 700.0, 2025) is None


def test_a_store_of_something_else_is_refused(tmp_path: Path) -> None:
    other = Known(outputs={"mined": OUTPUTS["mined"]})
    run_ensemble(other, tmp_path / "other", runs=1, seed=1, workers=1)
    with pytest.raises(StoreError, match="does not hold dependence"):
        market_store(tmp_path / "other")
