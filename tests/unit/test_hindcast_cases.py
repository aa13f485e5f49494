"""The two pieces of history: what may be seen of them, how their levels are set, and what they are asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from didymium.market.hindcast import used_for
from didymium.market.hindcast_2010 import PRICED, Case2010, case_2010
from didymium.market.hindcast_2025 import EVENT, Case2025, case_2025
from didymium.world import ELEMENTS, World
from didymium.world.scenario_events import Quota


@pytest.fixture(scope="module")
def licences(world: World) -> Case2025:
    return case_2025(world)


@pytest.fixture(scope="module")
def quotas(world: World) -> Case2010:
    return case_2010(world)


def test_nothing_after_the_window_enters_what_is_fitted(licences: Case2025) -> None:
    fold = licences.folds[0]
    predicted = licences.predict({})
    exports = {
        b: {m: t * (9 if m > fold.fitted_to else 1) for m, t in seen.items()}
        for b, seen in licences.seen_exports.items()
    }
    prices = tuple(
        replace(p, usd_per_kg=p.usd_per_kg * (9 if p.day.isoformat()[:7] > fold.fitted_to else 1))
        for p in licences.seen_prices
    )
    other = replace(licences, seen_exports=exports, seen_prices=prices)
    assert other.observed["exports.WLD"]["2025-07"] == 9 * licences.observed["exports.WLD"]["2025-07"]
    assert other.residuals(other.predict({}), fold).tolist() == licences.residuals(predicted, fold).tolist()
    assert {s: v for s, v in other.predict({}).items() if not s.startswith("month")} == {
        s: v for s, v in predicted.items() if not s.startswith("month")
    }


def test_a_month_within_the_window_is_fitted_and_changes_the_residuals(licences: Case2025) -> None:
    fold = licences.folds[0]
    exports = {b: dict(seen) for b, seen in licences.seen_exports.items()}
    exports["WLD"]["2025-05"] *= 2
    other, predicted = replace(licences, seen_exports=exports), licences.predict({})
    change = np.abs(other.residuals(predicted, fold) - licences.residuals(predicted, fold))
    assert np.count_nonzero(change) == 1
    assert change.max() == pytest.approx(np.log(2) / 0.12)


def test_what_each_series_is_used_for(licences: Case2025) -> None:
    june, september = licences.folds
    assert used_for(licences, june, "exports.WLD", "2025-07") == "scored"
    assert used_for(licences, september, "exports.WLD", "2025-07") == "fitted"
    assert used_for(licences, june, "exports.WLD", "2025-12") == "ahead"
    assert used_for(licences, june, "licensed.EUU", "2025-06-30") == "checked"
    assert used_for(licences, june, "price.Dy.inside", "2025-03") == "level"
    assert used_for(licences, june, "price.Y.outside", "2025-09") == "scored"
    assert used_for(licences, june, "month.recovery", "2025-07") == "scored"
    assert used_for(licences, september, "month.recovery", "2025-07") == "checked"


def test_the_level_is_that_of_the_year_before_the_licences(licences: Case2025) -> None:
    """Before the control the model stays near a twelfth of 2024, whatever came after."""
    months = licences.predict({})["exports.WLD"]
    twelfth = licences.observed["exports.WLD"]["2024"] / 12
    assert months["2025-01"] == pytest.approx(twelfth, rel=0.12)
    assert months["2025-05"] < months["2025-01"]


def test_slower_offices_ship_less_and_ask_more(licences: Case2025) -> None:
    quick, slow = (licences.predict({f"{EVENT}.reviews_per_week": r, "heavy_share": 0.6}) for r in (200.0, 10.0))
    assert slow["exports.WLD"]["2025-06"] < quick["exports.WLD"]["2025-06"]
    assert slow["licensed.EUU"]["2025-06-04"] < quick["licensed.EUU"]["2025-06-04"]
    assert slow["price.Dy.outside"]["2025-06"] > quick["price.Dy.outside"]["2025-06"]


def test_the_timing_seen_is_may_and_july(licences: Case2025) -> None:
    assert licences.observed["month.trough"] == {"2025-05": 1.0}
    assert licences.observed["month.recovery"] == {"2025-07": 3.0}
    assert licences.observed["stop.JPN"] == {"2025-05-26": pytest.approx(52 / 7)}


def test_the_first_stop_comes_where_the_way_from_china_is_short(licences: Case2025) -> None:
    weeks = {s: v for s, v in licences.predict({}).items() if s.startswith("stop.")}
    first = {s[5:]: next(iter(v.values())) for s, v in weeks.items()}
    assert set(first) == {"USA", "JPN", "EUU"}
    assert first["JPN"] < first["USA"] < first["EUU"]


def test_without_the_deadline_the_law_never_makes_a_decision_due(world: World) -> None:
    open_ended = case_2025(world, deadline=False)
    assert open_ended.name == "2025_no_deadline"
    assert np.isinf(open_ended.scene.run().paths.statutory_y).all()


def test_the_second_half_of_2010_may_ship_what_the_cut_left(quotas: Case2010) -> None:
    cut = [e for e in quotas.scene.scenario.events if isinstance(e, Quota) and e.start.month == 7]
    (whole,) = (e for e in quotas.scene.scenario.events if isinstance(e, Quota) and e.start.isoformat() == "2010-01-01")
    quota = quotas.scene.run().paths.quota
    assert len(cut) == 1
    assert quota[5, 0] == whole.tonnes_in(2010)
    assert quota[6, 0] == pytest.approx(cut[0].tonnes_in(2010))
    assert cut[0].tonnes_in(2010) < quota[5, 0]
    left = 0.5 * quotas.scene.model.links.offered[quotas.counted].sum()
    assert cut[0].tonnes_in(2010) - left == pytest.approx(7_976)  # as the ministry gave them out
    assert quota[12, 0] == 30_184


def test_prices_of_a_year_a_years_end_and_a_day_are_kept_apart(quotas: Case2010) -> None:
    assert {s.split(".")[1] for s in quotas.observed} == {*PRICED, "CHN"}
    assert quotas.observed["fob.Dy.year_end"]["2012-12"] == 615
    assert quotas.observed["fob.Dy.annual"]["2011"] == 1449.8
    assert quotas.observed["fob.Dy.spot"]["2010-07"] == 280
    fold = quotas.folds[0]
    assert used_for(quotas, fold, "fob.Dy.annual", "2010") == "fitted"
    assert used_for(quotas, fold, "fob.Dy.year_end", "2013-12") == "scored"
    assert used_for(quotas, fold, "home.Dy.spot", "2012-03") == "checked"


def test_the_level_of_2010_is_the_first_quarter(quotas: Case2010) -> None:
    predicted, k = quotas.predict({}), ELEMENTS.index("Dy")
    over_base = quotas.scene.run({"spot_share": 1.0}).record.price[:, 1, k]
    assert predicted["fob.Dy.year_end"]["2010-03"] == 156.5
    level = 156.5 / over_base[:3].mean()
    assert predicted["fob.Dy.annual"]["2011"] == pytest.approx(level * over_base[12:24].mean())
    assert predicted["fob.Dy.year_end"]["2011-12"] == pytest.approx(level * over_base[23])


def test_a_steeper_shortage_raises_prices_while_the_quota_is_shut(quotas: Case2010) -> None:
    low, high = (quotas.predict({"price_shortage": s})["fob.Dy.year_end"]["2010-12"] for s in (0.5, 3.0))
    assert high > 1.5 * low


def test_what_left_is_counted_by_year_and_keeps_to_the_quota(quotas: Case2010) -> None:
    left = quotas.predict({})["left.CHN"]
    assert quotas.observed["left.CHN"]["2012"] == 16_265
    assert list(left) == [str(y) for y in range(2010, 2016)]
    assert all(left[str(y)] <= t * (1 + 1e-9) for y, t in ((2011, 30_184), (2012, 30_996), (2013, 31_001)))
    assert "left.CHN" not in quotas.fitted
