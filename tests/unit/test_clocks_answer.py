"""The answers: clock, start of live projects, pipeline, ramp-up, cost growth."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from didymium.clocks import clock, cost_growth, pipeline, ramp_curve, sample_start_years, share_at, start_probability
from didymium.clocks.delay import fit_delays, on_time_share
from didymium.clocks.hazards import counts, fit_hazards, hazard_of
from didymium.clocks.parametric import best_fit, fit_family
from didymium.clocks.ramp import pool_adjacent, weighted_quantile
from didymium.clocks.records import ProjectRecord, announcement_spans, delay_spans
from didymium.clocks.survival import bootstrap_median, kaplan_meier, km_median
from didymium.errors import DidymiumError, UnknownName


def _made(i: int, stage: str, bloc: str, took: float | None, promise: float | None = 2.0) -> ProjectRecord:
    announced = 2010.25 + i / 2
    return ProjectRecord(
        f"{stage}{i}",
        f"site{i // 2}",
        stage,
        bloc,
        bloc,
        as_of_y=2026.65,
        announced_y=announced,
        promised_start_y=None if promise is None else announced + promise,
        actual_start_y=None if took is None else announced + took,
        outcome="censored" if took is None else "realised",
        pipeline=took is None,
    )


RECORDS = tuple(
    [_made(i, "magnet", "USA" if i % 2 else "EUU", [0.8, 1.7, 2.4, None][i % 4]) for i in range(16)]
    + [_made(i, "mine", "AUS", [5.2, None, None][i % 3]) for i in range(15)]
)


def test_importing_the_clocks_loads_no_numerics() -> None:
    code = "import didymium.clocks, sys; print('numpy' in sys.modules, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_clock_counts_what_it_is_asked_about() -> None:
    answer = clock(RECORDS, stage="magnet", place="USA", within_months=24)
    inside = [r for r in RECORDS if (r.stage, r.bloc) == ("magnet", "USA")]
    assert answer.n == len(inside) == 8
    assert (answer.n_events, answer.n_censored) == (4, 4)
    # Of those announced two years before the end of follow-up, all that took 1.7 years are within 24 months.
    assert (answer.n_followed, answer.n_within) == (8, 4)
    assert [level.n for level in answer.levels] == [31, 16, 8]
    assert answer.comparables[: answer.n] == tuple(sorted(inside, key=lambda r: -(r.announced_y or 0)))
    assert all(r.stage == "magnet" for r in answer.comparables)


def test_the_clock_tells_fast_kinds_from_slow_ones_and_its_bands_hold_it() -> None:
    fast, slow, whole = (clock(RECORDS, stage=s, within_months=24) for s in ("magnet", "mine", None))
    assert slow.probability < whole.probability < fast.probability
    for answer in (fast, slow, whole):
        assert answer.band90[0] <= answer.band50[0] <= answer.band50[1] <= answer.band90[1]
        assert answer.band90[0] < answer.probability < answer.band90[1]
    assert whole.borrowed == 0.0
    assert 0.0 < fast.borrowed < 1.0


def test_a_stratum_without_projects_borrows_everything() -> None:
    answer = clock([*RECORDS, _made(0, "crack", "IND", None)], stage="recycle", place="IND")
    assert (answer.n, answer.n_sites, answer.borrowed) == (0, 0, 1.0)
    assert answer.km_median_y.value is None
    assert answer.parametric.failure == "too_few_events"
    assert answer.probability > 0.0


def test_the_same_seed_gives_the_same_answer_and_longer_is_likelier() -> None:
    assert clock(RECORDS, stage="mine", seed=3) == clock(RECORDS, stage="mine", seed=3)
    chances = [clock(RECORDS, stage="mine", within_months=m).probability for m in (6, 12, 48, 120, 240)]
    assert chances == sorted(chances) and len(set(chances)) == 5


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"stage": "magnets"}, UnknownName, "magnet"),
        ({"place": "USAA"}, UnknownName, "USA"),
        ({"within_months": 0.0}, DidymiumError, "more than 0"),
        ({"within_months": 241.0}, DidymiumError, "240"),
    ],
)
def test_a_bad_question_is_answered_with_what_was_expected(
    asked: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        clock(RECORDS, **asked)  # type: ignore[arg-type]


def test_no_records_is_an_error_and_not_a_zero() -> None:
    with pytest.raises(DidymiumError, match="announcement date"):
        clock([])


def test_hazards_by_hand() -> None:
    # Whole: one start at 1.5 in (1, 2], one wait to 2; exposure 2.0 and 1.5 years, overall (1 + 0.5) / 3.5 per year.
    record = RECORDS[0]
    spans = announcement_spans(
        [
            replace(record, announced_y=2020.0, actual_start_y=2021.5, outcome="realised"),
            replace(record, announced_y=2024.0, actual_start_y=None, outcome="censored", as_of_y=2026.0),
        ]
    )
    model = fit_hazards(spans, (0.0, 1.0, 2.0), strength_y=3.0, whole_strength_y=2.0)
    overall = 1.5 / 3.5
    whole = [(0 + 2 * overall) / (2 + 2), (1 + 2 * overall) / (1.5 + 2)]
    assert hazard_of(model) == pytest.approx(whole)
    stage = [(0 + 3 * whole[0]) / (2 + 3), (1 + 3 * whole[1]) / (1.5 + 3)]
    assert hazard_of(model, "magnet") == pytest.approx(stage)
    assert hazard_of(model, "mine") == pytest.approx(whole), "nothing seen: the parent's hazard"


def test_a_start_at_twelve_months_is_within_twelve_months() -> None:
    events, exposure = counts([1.0, 30.0], [True, True], (0.0, 1.0, 2.0))
    assert list(events) == [1.0, 0.0]
    assert list(exposure) == [2.0, 1.0]


def test_a_promise_ahead_holds_the_start_back_and_age_wears_it_out() -> None:
    asked = replace(RECORDS[3], project="asked", promised_start_y=2032.25, current_start_y=None, announced_y=2026.0)
    assert start_probability(RECORDS, asked, 2028.0) == 0.0
    assert start_probability(RECORDS, asked, 2032.3) > 0.1
    stale = replace(asked, promised_start_y=2012.25)
    assert start_probability(RECORDS, stale, 2029.0) < start_probability(RECORDS, asked, 2034.35)


def test_what_is_known_stays_known() -> None:
    started = RECORDS[0]
    assert start_probability(RECORDS, started, 2012.0) == 1.0
    assert start_probability(RECORDS, started, 2011.0) == 0.0
    given_up = replace(RECORDS[3], outcome="abandoned")
    assert start_probability(RECORDS, given_up, 2050.0) == 0.0
    draws = sample_start_years(RECORDS, [started, given_up], np.random.default_rng(0), 5)
    assert (draws[0] == 2011.05).all() and np.isinf(draws[1]).all()
    with pytest.raises(UnknownName, match="magnet0"):
        start_probability(RECORDS, "magnet00", 2030.0)


def test_without_a_promise_the_announcement_clock_answers() -> None:
    bare = replace(RECORDS[3], project="bare", promised_start_y=None, announced_y=2026.4)
    rows = {row.record.project: row for row in pipeline([*RECORDS, bare])}
    assert rows["bare"].clock == "announcement" and rows["bare"].promise_y is None
    assert rows["magnet3"].clock == "delay"
    assert set(rows) == {r.project for r in RECORDS if r.pipeline} | {"bare"}
    undated = replace(bare, announced_y=None)
    assert start_probability(RECORDS, undated, 2030.0) > 0.0


def test_the_pipeline_is_ordered_and_its_dates_are_ahead() -> None:
    rows = pipeline(RECORDS, by_year=2031.0)
    chances = [row.probability_by for row in rows]
    assert chances == sorted(chances, reverse=True)
    for row in rows:
        low, high = row.band90
        known = [x for x in (low, row.band50[0], row.median_start_y, row.band50[1], high) if x is not None]
        assert known == sorted(known) and all(x >= 2026.9 for x in known)
        assert (row.median_start_y is not None) or high is None
    assert rows == pipeline(RECORDS, by_year=2031.0)


def test_shares_on_time_by_hand() -> None:
    model = fit_delays(delay_spans(RECORDS), strength_projects=4.0)
    due, kept = model.due_kept[None, None]
    assert (due, kept) == (31, 8)
    whole = 8.5 / 32.0
    assert on_time_share(model) == pytest.approx(whole)
    assert on_time_share(model, "magnet") == pytest.approx((8 + 4 * whole) / (16 + 4))


def test_a_kaplan_meier_of_nothing_is_nothing() -> None:
    assert kaplan_meier([], []).time == ()
    assert km_median(kaplan_meier([1.0, 2.0], [False, False])).value is None
    assert bootstrap_median([], [], []).value is None


def test_the_interval_draws_sites_not_rows() -> None:
    rng = np.random.default_rng(5)
    time = rng.exponential(4.0, 24)
    event = np.ones(24, dtype=bool)
    rows = bootstrap_median(np.repeat(time, 4), np.repeat(event, 4), [str(i) for i in range(96)])
    sites = bootstrap_median(np.repeat(time, 4), np.repeat(event, 4), [str(i // 4) for i in range(96)])
    alone = bootstrap_median(time, event, [str(i) for i in range(24)])
    assert rows.value == sites.value == alone.value
    assert (sites.low, sites.high) == (alone.low, alone.high), "four copies of a site tell what one tells"
    assert rows.high - rows.low < sites.high - sites.low  # type: ignore[operator]


def test_parametric_fits_find_the_family_and_refuse_what_they_cannot() -> None:
    rng = np.random.default_rng(11)
    time = 3.0 * rng.weibull(3.0, 400)
    end = rng.uniform(1.0, 6.0, 400)
    fit = best_fit(np.minimum(time, end), time <= end)
    assert (fit.family, fit.failure) == ("weibull", None)
    true_median = 3.0 * np.log(2.0) ** (1.0 / 3.0)
    assert fit.low is not None and fit.high is not None and fit.low < true_median < fit.high
    assert fit_family("lognormal", [1.0, 2.0, 3.0], [True, True, True]).failure == "too_few_events"
    far = best_fit([*([9.0] * 40), 1.0, 3.0, 5.0, 7.0], [False] * 40 + [True] * 4)
    assert far.failure == "beyond_follow_up" and far.median is None


def test_ramp_up_weighs_plants_once_and_never_falls() -> None:
    def row(plant: str, year: float | None, pct: float | None) -> dict[str, object]:
        return {"plant": plant, "years_since_start": year, "pct_of_nameplate": pct}

    rows = [row("a", 0.5, 20), row("b", 0.5, 40), row("b", 0.6, 40), row("b", 0.7, 40), row("a", 1.5, 10)]
    curve = ramp_curve([*rows, row("c", None, 99), row("c", 0.5, None)], edges_y=(0.0, 1.0, 2.0, 3.0))
    assert (curve.years, curve.n) == ((0.5, 1.5), (2, 1))
    assert list(curve.median) == sorted(curve.median) and curve.median[0] <= curve.median[1]
    assert share_at(curve, 0.0) == (0.0, 0.0, 0.0)
    assert share_at(curve, 0.25)[1] == pytest.approx(curve.median[0] / 2)
    assert share_at(curve, 30.0)[1] == curve.median[-1]
    with pytest.raises(DidymiumError, match="ramp-up"):
        ramp_curve([row("c", None, 99)])


def test_pooling_and_quantiles_by_hand() -> None:
    assert pool_adjacent([1.0, 3.0, 2.0, 4.0], [1.0, 1.0, 3.0, 1.0]) == (1.0, 2.25, 2.25, 4.0)
    assert weighted_quantile([3.0, 1.0, 2.0], [1.0, 1.0, 1.0], 0.5) == 2.0
    assert weighted_quantile([1.0, 2.0], [3.0, 1.0], 0.375) == 1.0


def test_cost_growth_is_plain_quartiles_with_their_n() -> None:
    grown = [replace(RECORDS[i], cost_growth_pct=g) for i, g in enumerate((10.0, 20.0, 90.0))]
    whole, magnet = cost_growth([*grown, RECORDS[-1]])
    assert (whole.stage, whole.n, whole.median_pct) == (None, 3, 20.0)
    assert (magnet.stage, magnet.median_pct) == ("magnet", 20.0)
    assert cost_growth(RECORDS) == ()
