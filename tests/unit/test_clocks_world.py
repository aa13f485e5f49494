"""The clocks on the shipped tables: what must hold whatever the tables say next."""

from dataclasses import replace

import pytest

from didymium.clocks import calibration, clock, pipeline, project_records, ramp_curve
from didymium.clocks.calibration import forecasts, held_out_log_likelihood
from didymium.clocks.hazards import PRIOR_STRENGTH_Y
from didymium.clocks.records import announcement_spans, unusable
from didymium.clocks.survival import kaplan_meier
from didymium.world import load_world

WORLD = load_world()
RECORDS = project_records(WORLD)


def test_every_row_is_used_or_named_with_its_reason() -> None:
    assert len(announcement_spans(RECORDS)) + len(unusable(RECORDS)) == len(RECORDS)
    assert {u.reason for u in unusable(RECORDS)} <= {"no_announcement_date", "start_date_unknown"}
    assert len(unusable(RECORDS)) < len(RECORDS) / 10


def test_outcomes_agree_with_dates() -> None:
    for record in RECORDS:
        assert (record.outcome == "realised") == (record.actual_start_y is not None), record.project
        assert record.announced_y is None or record.announced_y <= record.as_of_y, record.project
        assert not (record.pipeline and record.actual_start_y is not None), record.project


def test_independence_in_a_year_is_rare_among_comparable_projects() -> None:
    answer = clock(WORLD, stage="separate", place="USA", within_months=12)
    assert answer.n >= 8 and answer.n_sites < answer.n
    assert answer.n_within / answer.n_followed <= 0.15
    assert answer.probability < 0.10 and answer.band90[1] < 0.25


def test_the_clock_follows_kaplan_meier_on_the_whole() -> None:
    spans = announcement_spans(RECORDS)
    curve = kaplan_meier([s.time_y for s in spans], [s.event for s in spans])
    for months in (24, 36, 48):
        level = min(s for t, s in zip(curve.time, curve.survival, strict=True) if t <= months / 12)
        assert clock(WORLD, within_months=months).probability == pytest.approx(1 - level, abs=0.03)


def test_a_place_may_be_a_country_of_a_bloc_or_the_world() -> None:
    country, bloc = (clock(WORLD, stage="separate", place=p) for p in ("FRA", "EUU"))
    assert (country.bloc, country.n) == ("EUU", bloc.n)
    assert country.probability == bloc.probability
    assert country.comparables[0].country == "FRA"
    assert clock(WORLD, stage="separate", place="WLD").probability == clock(WORLD, stage="separate").probability


@pytest.mark.parametrize("way", ["site", "past"])
def test_the_clock_beats_the_promise_out_of_sample(way: str) -> None:
    score = calibration(WORLD, way=way)
    assert score is not None and score.n > 100
    assert score.gain_low > 0.0, "the 90 % interval over sites excludes no gain"
    assert score.brier_clock < score.brier_announcement < score.brier_naive


def test_a_forecast_never_sees_its_own_site() -> None:
    # A site that is the only one of its kind: changing its outcome must not change its forecast.
    made = {(f.project, f.horizon_y): f.clock for f in forecasts(RECORDS, horizons_y=(5.0,))}
    own = [r for r in RECORDS if r.site == "mountain_pass"]
    others = [r for r in RECORDS if r.site != "mountain_pass"]
    shifted = [*others, *(r for r in own if r.project == "mountain_pass_2010")]
    again = {(f.project, f.horizon_y): f.clock for f in forecasts(shifted, horizons_y=(5.0,))}
    assert again["mountain_pass_2010", 5.0] == made["mountain_pass_2010", 5.0]


def test_a_past_forecast_never_sees_what_came_later() -> None:
    first = [f for f in forecasts(RECORDS, way="past") if f.project == "kalgoorlie_2019"]
    later = [
        replace(r, actual_start_y=None, outcome="censored") if (r.actual_start_y or 0.0) > 2019.5 else r
        for r in RECORDS
        if r.site == "kalgoorlie" or r.announced_y is None or r.announced_y < 2019.5
    ]
    again = [f for f in forecasts(later, way="past") if f.project == "kalgoorlie_2019"]
    assert first and [f.clock for f in again] == [f.clock for f in first]
    assert [f.clock for f in forecasts(later, way="site") if f.project == "kalgoorlie_2019"] != [f.clock for f in first]


def test_the_default_strength_predicts_better_than_none_and_no_worse_than_much() -> None:
    default = held_out_log_likelihood(RECORDS, PRIOR_STRENGTH_Y)
    assert default > held_out_log_likelihood(RECORDS, 1.0) + 2.0
    assert default > held_out_log_likelihood(RECORDS, 1000.0) - 1.0


def test_the_pipeline_holds_every_live_project_once() -> None:
    rows = pipeline(WORLD, n_draws=500)
    assert sorted(r.record.project for r in rows) == sorted(r.project for r in RECORDS if r.pipeline)
    assert sum(r.probability_by for r in rows) < 0.6 * len(rows), "by 2030 most of the pipeline is still ahead"


def test_plants_take_years_to_fill() -> None:
    curve = ramp_curve(WORLD)
    assert list(curve.median) == sorted(curve.median)
    assert all(a <= b <= c for a, b, c in zip(curve.p25, curve.median, curve.p75, strict=True))
    assert curve.median[0] < 0.5 < curve.median[-1]
