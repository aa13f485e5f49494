"""A sheet: what each figure is used for, bands that hold what they should, and nothing known from after the window."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from didymium import console
from didymium.chain.structure import Array
from didymium.market.fit import Bounded
from didymium.market.hindcast import Fold, Series, Sheet, assess, used_for
from didymium.report.hindcast_table import (
    check_rows,
    csv_records,
    loss_lines,
    lost,
    parameter_rows,
    score_rows,
    sheet_record,
)
from didymium.words import say_in
from didymium.world import World

MONTHS = [f"2025-{m:02d}" for m in range(1, 13)]
RATE = 0.1


@dataclass(frozen=True)
class Toy:
    """Exports that grow by a rate from January, and a price that is only checked."""

    observed: Series
    name: str = "2025"
    folds: tuple[Fold, ...] = (Fold("toy", "2025-02", "2025-06", "2025-09"),)
    parameters: tuple[Bounded, ...] = (Bounded("rate", "1", -0.5, 0.5),)
    sources: frozenset[str] = frozenset({"recalled"})

    @property
    def units(self) -> dict[str, str]:
        return {"exports.WLD": "t", "price.Dy.inside": "USD/kg"}

    @property
    def scatter(self) -> dict[str, float]:
        return {"exports.WLD": 0.02}

    @property
    def fitted(self) -> frozenset[str]:
        return frozenset(self.scatter)

    @property
    def level_from(self) -> dict[str, str]:
        return {"exports.WLD": "2025-01", "price.Dy.inside": "2025-01"}

    def predict(self, values: dict[str, float]) -> Series:
        grown = {m: 100 * np.exp(values.get("rate", 0) * k) for k, m in enumerate(MONTHS)}
        return {"exports.WLD": grown, "price.Dy.inside": dict.fromkeys(MONTHS, 7.0)}

    def residuals(self, predicted: Series, fold: Fold) -> Array:
        seen, made = self.observed["exports.WLD"], predicted["exports.WLD"]
        return np.array([np.log(seen[m] / made[m]) / 0.02 for m in seen if fold.start <= m <= fold.fitted_to])


def toy(after: float = 1.0) -> Toy:
    noise = np.random.default_rng(2).standard_normal(12)
    grown = {
        m: 100 * np.exp(RATE * k + 0.02 * noise[k]) * (after if m > "2025-06" else 1) for k, m in enumerate(MONTHS)
    }
    grown["2025-01"] = 100.0
    return Toy({"exports.WLD": {m: v for m, v in grown.items() if m <= "2025-10"}, "price.Dy.inside": {"2025-05": 8.0}})


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return assess(toy(), toy().folds[0], draws=100, starts=1)


def test_every_figure_is_used_for_what_its_time_allows(sheet: Sheet) -> None:
    used = {p.period: p.used for p in sheet.line("exports.WLD").points}
    assert used["2025-01"] == "level"
    assert {used[m] for m in MONTHS[1:6]} == {"fitted"}
    assert {used[m] for m in MONTHS[6:9]} == {"scored"}
    assert {used[m] for m in MONTHS[9:]} == {"ahead"}
    price = {p.period: p.used for p in sheet.line("price.Dy.inside").points}
    assert price["2025-05"] == "checked"
    assert sheet.line("price.Dy.inside").score is None


def test_a_year_ends_with_its_last_month_and_a_day_belongs_to_its_month() -> None:
    case, fold = toy(), Fold("f", "2025-02", "2025-06", "2025-12")
    assert used_for(case, fold, "exports.WLD", "2024") == "before"
    assert used_for(case, fold, "exports.WLD", "2025") == "ahead"
    assert used_for(case, fold, "exports.WLD", "2025-06-30") == "unseen"


def test_the_planted_rate_is_found_and_the_months_after_are_hit(sheet: Sheet) -> None:
    low, high = sheet.spread("rate")
    assert low < RATE < high
    found = sheet.line("exports.WLD").score
    assert found is not None
    assert found.periods == ("2025-07", "2025-08", "2025-09")
    assert found.mape < 0.06
    assert found.beats_rivals
    assert sheet.effective > 30


def test_bands_lie_in_one_another_and_hold_the_scatter(sheet: Sheet) -> None:
    for p in sheet.line("exports.WLD").points:
        assert p.band90[0] <= p.band50[0] <= p.band50[1] <= p.band90[1]
    month = next(p for p in sheet.line("exports.WLD").points if p.period == "2025-02")
    # The scatter of 2 % alone spans 6.6 % between the ends of a 90 % band.
    assert 0.04 < np.log(month.band90[1] / month.band90[0]) < 0.11
    level = sheet.line("exports.WLD").points[0]
    assert level.band90 == (level.predicted, level.predicted)


def test_what_came_after_the_window_changes_no_prediction(sheet: Sheet) -> None:
    other = assess(toy(after=5), toy().folds[0], draws=100, starts=1)
    assert other.fitted.values == sheet.fitted.values
    mine, others = ([(p.predicted, p.band50, p.band90) for p in s.line("exports.WLD").points] for s in (sheet, other))
    assert mine == others


def test_the_same_seed_gives_the_same_sheet_and_another_other_bands(sheet: Sheet) -> None:
    again, other = (assess(toy(), toy().folds[0], draws=100, starts=1, seed=s) for s in (0, 1))
    assert sheet_record(again) == sheet_record(sheet)
    assert sheet_record(other) != sheet_record(sheet)


def test_progress_ends_with_the_work() -> None:
    told: list[float] = []
    assess(toy(), toy().folds[0], draws=20, starts=1, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


def test_rows_and_records_tell_the_same(sheet: Sheet, world: World) -> None:
    say = say_in("en")
    (row,) = score_rows(world, sheet, say)
    assert row[1] == 3
    assert sheet.line("exports.WLD").score is not None
    assert row[2] == f"{100 * sheet.line('exports.WLD').score.mape:.1f}\u00a0%"  # type: ignore[union-attr]
    assert check_rows(world, sheet, say)[0][1:4] == ["2025-05", "USD/kg", "8"]
    rate = parameter_rows(sheet, say)[0]
    assert (rate[0], rate[2]) == ("rate", "\u22120.5 to 0.5")
    assert not any("e+" in str(cell) or "-" in str(cell) for cell in (*rate, row[3]))
    record = json.loads(console.json_text(sheet_record(sheet)))
    points = {p["period"]: p for p in record["series"][0]["points"]}
    flat = {r["period"]: r for r in csv_records([sheet]) if r["series"] == "exports.WLD"}
    assert points["2025-08"]["predicted"] == flat["2025-08"]["predicted"]
    assert points["2025-12"]["observed"] is None
    assert record["series"][0]["score"]["rival_last"] is not None


def test_what_is_lost_is_named(sheet: Sheet, world: World) -> None:
    assert lost(sheet) == ([], ["price.Dy.inside"])
    lines = loss_lines(world, sheet, say_in("en"))
    assert lines[0].endswith("–.")
    assert "Dy oxide in China" in lines[1]
    poor = replace(sheet, lines=tuple(replace(line, score=_beaten(line.score)) for line in sheet.lines))
    assert lost(poor)[0] == ["exports.WLD"]


def _beaten(score):  # type: ignore[no-untyped-def]
    return None if score is None else replace(score, mape=9.0)
