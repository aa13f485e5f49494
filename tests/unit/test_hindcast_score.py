"""Scores with known answers, rivals that know nothing of the future, and what was observed out of the tables."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didymium.errors import RecordError
from didymium.market.observed import monthly_exports, prices_seen
from didymium.market.score import mape, naive_last, naive_year, score
from didymium.market.without_tax import usd_without_tax
from didymium.world import Row, World

SEEN = {"2024-07": 80.0, "2025-05": 50.0, "2025-06": 60.0, "2025-07": 100.0, "2025-08": 80.0}


def test_errors_signs_and_rivals_have_the_known_values() -> None:
    found = score("x", SEEN, {"2025-07": 90.0, "2025-08": 100.0}, ["2025-07", "2025-08"], before_shock=[100.0, 80.0])
    assert found.mape == pytest.approx((0.1 + 0.25) / 2)
    assert found.bias == pytest.approx((-0.1 + 0.25) / 2)
    assert (found.signs_right, found.signs) == (1, 2)
    assert found.rival_last == pytest.approx((0.4 + 0.25) / 2)
    assert found.rival_year is None
    assert found.rival_before == pytest.approx((0.1 + 0.125) / 2)
    assert not found.beats_rivals
    assert score("x", SEEN, {"2025-07": 99.0, "2025-08": 81.0}, ["2025-07", "2025-08"]).beats_rivals


def test_the_rival_of_a_year_before_sees_nothing_after_the_window() -> None:
    assert naive_year(SEEN, ["2025-07"]) == [80.0]
    assert naive_year(SEEN, ["2025-07", "2025-08"]) is None
    years = {"2012": 10.0, "2013": 6.0, "2014": 5.0}
    assert naive_year(years, ["2013", "2014"]) is None
    assert naive_last(years, ["2013", "2014"]) == [10.0, 10.0]
    assert naive_last(years, ["2012"]) is None


def test_periods_not_observed_are_left_out_and_none_at_all_is_refused() -> None:
    assert score("x", SEEN, {"2025-07": 90.0, "2025-09": 1.0}, ["2025-07", "2025-09"]).periods == ("2025-07",)
    with pytest.raises(RecordError):
        score("x", SEEN, {"2026-01": 1.0}, ["2026-01"])


@pytest.mark.parametrize(("o", "p"), [([], []), ([0.0], [1.0]), ([1.0], [1.0, 2.0])])
def test_an_error_in_per_cent_needs_figures_above_zero(o: list[float], p: list[float]) -> None:
    with pytest.raises(RecordError, match="above zero"):
        mape(o, p)


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=8), st.floats(0.1, 10))
def test_the_error_does_not_know_the_unit(values: list[float], unit: float) -> None:
    guess = [v * 1.2 for v in values]
    assert mape(values, values) == 0
    assert mape([v * unit for v in values], [g * unit for g in guess]) == pytest.approx(mape(values, guess))


def test_reported_months_go_before_derived_and_rejected_ones_never_come(world: World) -> None:
    found = {(e.month, e.partner): e for e in monthly_exports(world)}
    assert found["2025-05", "WLD"].tonnes == 1238
    assert found["2025-10", "WLD"].tonnes == 5473
    assert not found["2025-06", "USA"].derived
    assert found["2025-04", "WLD"].derived
    assert all(len(month) == 7 for month, _ in found)


def test_prices_stand_on_their_day_without_tax(world: World) -> None:
    seen = prices_seen(world, "Dy", date(2025, 3, 1), date(2025, 5, 31))
    assert (seen[0].day, seen[0].inside) == (date(2025, 3, 3), True)
    assert seen[0].usd_per_kg == pytest.approx(235.86 / 1.13)
    europe = [p for p in seen if not p.inside]
    assert [(p.day, p.usd_per_kg) for p in europe] == [
        (date(2025, 4, 1), 280),
        (date(2025, 5, 1), 850),
        (date(2025, 5, 6), 850),
    ]


@pytest.mark.parametrize(
    ("day", "rate"), [("2011-09-16", 17), ("2014-10-02", 17), ("2019-06-14", 13), ("2025-03-03", 13)]
)
def test_the_tax_is_that_of_the_day(world: World, day: str, rate: float) -> None:
    rows = [r for r in world.rows("prices", market="China domestic") if r.text("observed_on") == day]
    assert rows
    for row in rows:
        assert usd_without_tax(world, row) == pytest.approx(row.number("price_usd_per_kg") / (1 + rate / 100))


def test_a_price_without_tax_stays_and_a_day_before_all_rates_is_refused(world: World) -> None:
    fob = world.rows("prices", market="FOB China")[0]
    assert usd_without_tax(world, fob) == fob.number("price_usd_per_kg")
    row = world.rows("prices", market="China domestic")[0]
    old = Row(row.table, row.line, {**row, "period": "1990-01-01"})
    with pytest.raises(RecordError, match="1990-01-01"):
        usd_without_tax(world, old)


def test_a_price_worked_back_to_a_month_stands_on_its_first_day(world: World) -> None:
    seen = [p for p in prices_seen(world, "Y", date(2025, 1, 1), date(2025, 1, 31)) if not p.inside]
    assert [(p.day, p.usd_per_kg) for p in seen] == [(date(2025, 1, 1), 6)]


def test_prices_without_a_day_are_left_out(world: World) -> None:
    """Two prices of lanthanum of late 2011 give a month or a season alone."""
    days = [p.day for p in prices_seen(world, "La", date(2011, 1, 1), date(2011, 12, 31))]
    assert days == [date(2011, 9, 9), date(2011, 9, 16), date(2011, 9, 23)]
