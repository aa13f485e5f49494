"""Laws of the clocks that no table may break."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from didymium.clocks.delay import delay_survival
from didymium.clocks.hazards import (
    WHOLE_STRENGTH_Y,
    conditional_probability,
    cumulative_hazard,
    fit_hazards,
    hazard_of,
    inverse_cumulative,
    survival,
)
from didymium.clocks.ramp import pool_adjacent
from didymium.clocks.records import ProjectRecord, Span
from didymium.clocks.start import sample_start_years, start_probability
from didymium.clocks.survival import kaplan_meier, km_median

EDGES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
STAGES = ("mine", "separate")
BLOCS = ("USA", "AUS")
GRID = np.linspace(0.0, 16.0, 65)
FEW = settings(max_examples=60, deadline=None)

times = st.floats(0.05, 15.0).map(lambda x: round(x, 2))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    stage, bloc = draw(st.sampled_from(STAGES)), draw(st.sampled_from(BLOCS))
    record = ProjectRecord(f"p{draw(st.integers(0, 10**6))}", "s", stage, bloc, bloc, 2026.6)
    time = draw(times)
    return Span(record, time, draw(st.booleans()), time)


samples = st.lists(spans(), min_size=1, max_size=25)
strata = st.tuples(st.sampled_from([None, *STAGES]), st.sampled_from([None, *BLOCS]))


def _survival(sample: list[Span], key: tuple[str | None, str | None], strength: float = 5.0) -> np.ndarray:
    return survival(hazard_of(fit_hazards(sample, EDGES, strength), *key), EDGES, GRID)


@FEW
@given(samples, strata)
def test_survival_falls_from_one_and_stays_in_range(sample: list[Span], key: tuple[str | None, str | None]) -> None:
    curve = _survival(sample, key)
    assert curve[0] == 1.0
    assert (np.diff(curve) < 0.0).all(), "hazards are positive, so survival falls strictly"
    assert curve[-1] > 0.0


@FEW
@given(samples, spans(), strata)
def test_a_censored_row_never_hastens_the_clock(
    sample: list[Span], extra: Span, key: tuple[str | None, str | None]
) -> None:
    after = _survival([*sample, replace(extra, event=False)], key)
    assert (after >= _survival(sample, key) - 1e-12).all()


@FEW
@given(samples, st.integers(0, 24), strata)
def test_a_start_in_place_of_a_censoring_never_slows_the_clock(
    sample: list[Span], index: int, key: tuple[str | None, str | None]
) -> None:
    index %= len(sample)
    waiting, started = list(sample), list(sample)
    waiting[index], started[index] = (replace(sample[index], event=e) for e in (False, True))
    before, after = (hazard_of(fit_hazards(s, EDGES, 5.0), *key) for s in (waiting, started))
    assert (after >= before - 1e-15).all()
    assert after.sum() > before.sum(), "the whole always learns of it, and every stratum leans on the whole"


@FEW
@given(samples, st.randoms(), strata)
def test_the_order_of_rows_changes_nothing(
    sample: list[Span], shuffler: object, key: tuple[str | None, str | None]
) -> None:
    mixed = list(sample)
    shuffler.shuffle(mixed)  # type: ignore[attr-defined]
    assert (_survival(sample, key) == _survival(mixed, key)).all()


@FEW
@given(samples, strata, st.floats(0.1, 60.0))
def test_months_or_years_are_one_clock(sample: list[Span], key: tuple[str | None, str | None], scale: float) -> None:
    scaled = [replace(s, time_y=s.time_y * scale) for s in sample]
    edges = [e * scale for e in EDGES]
    # Times that fall on an edge may land on either side after rounding: keep them off the edges.
    assume(all(s.time_y not in EDGES for s in sample))
    model = fit_hazards(scaled, edges, 5.0 * scale, WHOLE_STRENGTH_Y * scale)
    there = survival(hazard_of(model, *key), edges, GRID * scale)
    np.testing.assert_allclose(there, _survival(sample, key), rtol=1e-9)


@FEW
@given(samples, times)
def test_a_censored_row_never_shortens_the_kaplan_meier_median(sample: list[Span], extra: float) -> None:
    time, event = [s.time_y for s in sample], [s.event for s in sample]
    before = km_median(kaplan_meier(time, event)).value
    after = km_median(kaplan_meier([*time, extra], [*event, False])).value
    assert after is None or (before is not None and after >= before)


@FEW
@given(samples, strata, st.floats(0.0, 10.0), st.floats(0.0, 15.0))
def test_conditional_probability_is_bayes(
    sample: list[Span], key: tuple[str | None, str | None], waited: float, by: float
) -> None:
    hazard = hazard_of(fit_hazards(sample, EDGES, 5.0), *key)
    s_waited, s_by = survival(hazard, EDGES, [waited, by])
    expected = max(0.0, 1.0 - s_by / s_waited)
    assert float(conditional_probability(hazard, EDGES, waited, by)) == pytest.approx(expected, abs=1e-12)


@FEW
@given(samples, strata, st.lists(st.floats(0.0, 15.9), min_size=1, max_size=8))
def test_inverse_finds_the_time_again(sample: list[Span], key: tuple[str | None, str | None], at: list[float]) -> None:
    hazard = np.tile(hazard_of(fit_hazards(sample, EDGES, 5.0), *key), (len(at), 1))
    total = cumulative_hazard(hazard, EDGES, at)
    np.testing.assert_allclose(inverse_cumulative(hazard, EDGES, total), at, atol=1e-6)
    beyond = cumulative_hazard(hazard, EDGES, 16.0) * 1.001
    assert np.isinf(inverse_cumulative(hazard, EDGES, beyond)).all()


@FEW
@given(st.floats(0.0, 1.0), st.lists(st.floats(-5.0, 0.0), max_size=6), st.floats(0.01, 2.0))
def test_delay_survival_falls_through_the_promise(on_time: float, early: list[float], rate: float) -> None:
    grid = np.linspace(-6.0, 16.0, 89)
    curve = delay_survival(on_time, np.sort(early), np.full(len(EDGES) - 1, rate), EDGES, grid)
    assert (np.diff(curve) <= 1e-12).all()
    assert curve[0] == 1.0 and (curve >= 0.0).all()


@FEW
@given(st.lists(st.tuples(st.floats(0.0, 2.0), st.floats(0.1, 9.0)), min_size=1, max_size=12))
def test_pooling_is_monotone_and_keeps_the_mean(points: list[tuple[float, float]]) -> None:
    values, weights = zip(*points, strict=True)
    pooled = pool_adjacent(values, weights)
    assert all(b >= a for a, b in pairwise(pooled))
    assert np.average(pooled, weights=weights) == pytest.approx(np.average(values, weights=weights))
    assert pool_adjacent(pooled, weights) == pytest.approx(pooled)


def _records(seed: int) -> list[ProjectRecord]:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(12):
        announced = float(rng.uniform(2008, 2025))
        promised = announced + float(rng.uniform(0.5, 4.0))
        actual = promised + float(rng.normal(0.5, 1.0)) if rng.uniform() < 0.4 else None
        started = actual is not None and announced < actual < 2026.6
        rows.append(
            ProjectRecord(
                f"p{i}", f"s{i // 2}", STAGES[i % 2], BLOCS[i % 3 % 2], BLOCS[i % 3 % 2], 2026.6,
                announced_y=announced, promised_start_y=promised if i % 4 else None,
                actual_start_y=actual if started else None, outcome="realised" if started else "censored",
            )
        )  # fmt: skip
    return rows


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 8.0))
def test_draws_agree_with_the_probability_and_wait_for_now(seed: int, ahead: float) -> None:
    records = [*_records(seed), ProjectRecord("late", "z", "mine", "USA", "USA", 2026.6, 2012.3, 2014.2)]
    live = [r for r in records if r.actual_start_y is None]
    draws = sample_start_years(records, live, np.random.default_rng(seed), 400, 2026.9)
    assert (draws > 2026.9 - 1e-9).all()
    nearer = [start_probability(records, r, 2026.9 + ahead / 2) for r in live]
    chance = [start_probability(records, r, 2026.9 + ahead) for r in live]
    assert all(0.0 <= a <= b <= 1.0 for a, b in zip(nearer, chance, strict=True))
    # Draws add the spread of the hazards, and 1 - exp(-H) is concave: their mean lies at or below the chance at the
    # mean hazard (Jensen), but for the noise of 400 draws, four standard errors of which are at most 0.1.
    shortfall = np.array(chance) - (draws <= 2026.9 + ahead).mean(axis=1)
    assert (shortfall >= -0.1).all()
    assert (shortfall <= 0.25).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_draws_do_not_depend_on_the_company_they_keep(seed: int) -> None:
    records = _records(seed)
    live = [r for r in records if r.actual_start_y is None]
    assume(len(live) > 1)
    together = sample_start_years(records, live, np.random.default_rng(seed), 50)
    alone = sample_start_years(records, live[::-1][:1], np.random.default_rng(seed), 50)
    turned = sample_start_years(records, live[::-1], np.random.default_rng(seed), 50)
    assert (together == turned[::-1]).all()
    assert (alone[0] == together[-1]).all()
