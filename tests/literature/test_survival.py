"""Survival estimates against published tables.

Data: Freireich et al. (1963) Blood 21:699, remission of acute leukaemia under 6-mercaptopurine, weeks, n = 21,
as printed in Kleinbaum & Klein (2012) Survival Analysis, 3rd ed., tables 1.1 and 2.1.
"""

import numpy as np
import pytest

from didymium.clocks.parametric import fit_family
from didymium.clocks.survival import bootstrap_median, cumulative_incidence, kaplan_meier, km_median

WEEKS = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [True] * 9 + [False] * 12


def test_kaplan_meier_remission_table() -> None:
    # Kleinbaum & Klein table 2.1: t, at risk, events, S; tolerance half a unit of the last printed digit.
    printed = [
        (6, 21, 3, 0.8571),
        (7, 17, 1, 0.8067),
        (10, 15, 1, 0.7529),
        (13, 12, 1, 0.6902),
        (16, 11, 1, 0.6275),
        (22, 7, 1, 0.5378),
        (23, 6, 1, 0.4482),
    ]
    curve = kaplan_meier(WEEKS, RELAPSED)
    assert list(zip(curve.time, curve.at_risk, curve.events, strict=True)) == [row[:3] for row in printed]
    np.testing.assert_allclose(curve.survival, [row[3] for row in printed], atol=5e-5)


def test_greenwood_log_log_interval() -> None:
    # Greenwood (1926) variance on log(-log S), Kalbfleisch & Prentice (2002) eq. 1.14, written out by hand.
    curve = kaplan_meier(WEEKS, RELAPSED, confidence=0.95)
    survival, risk, deaths = (np.array(x, dtype=float) for x in (curve.survival, curve.at_risk, curve.events))
    spread = 1.959963985 * np.sqrt(np.cumsum(deaths / (risk * (risk - deaths)))) / np.abs(np.log(survival))
    np.testing.assert_allclose(curve.low, survival ** np.exp(spread), rtol=1e-8)
    np.testing.assert_allclose(curve.high, survival ** np.exp(-spread), rtol=1e-8)


def test_median_remission_is_23_weeks() -> None:
    # Kleinbaum & Klein section 2.II: median 23 weeks; the upper limit is beyond the follow-up of 35 weeks.
    median = km_median(kaplan_meier(WEEKS, RELAPSED, confidence=0.95))
    assert (median.value, median.low, median.high) == (23.0, 13.0, None)
    assert bootstrap_median(WEEKS, RELAPSED, [str(i) for i in range(21)]).value == 23.0


def test_exponential_rate_is_nine_in_359_weeks() -> None:
    # The exponential maximum-likelihood rate is events over exposure, 9/359 (Lawless 2003, example 1.1.7); the
    # piecewise hazard with one interval and a prior of no strength is the same number.
    from didymium.clocks.hazards import counts, shrink

    events, exposure = counts(WEEKS, RELAPSED, [0.0, 40.0])
    assert (events[0], exposure[0]) == (9.0, 359.0)
    assert shrink(events, exposure, [1.0], 0.0)[0] == pytest.approx(9 / 359, rel=1e-12)


def test_weibull_fit_solves_the_score_equations() -> None:
    # Lawless (2003) Statistical Models and Methods for Lifetime Data, eqs 5.2.6-5.2.7; relative tolerance 1e-4.
    fit = fit_family("weibull", WEEKS, RELAPSED)
    assert fit.shape is not None and fit.scale is not None
    t, k = np.array(WEEKS, dtype=float), fit.shape
    died = np.array(RELAPSED)
    score = (t**k * np.log(t)).sum() / (t**k).sum() - 1.0 / k - np.log(t[died]).mean()
    assert score == pytest.approx(0.0, abs=1e-4)
    assert fit.scale == pytest.approx(((t**k).sum() / died.sum()) ** (1 / k), rel=1e-4)


def test_profile_interval_lies_where_the_likelihood_has_fallen() -> None:
    # Wilks (1938): at each limit twice the profile log-likelihood has fallen by the chi-square quantile, here on a
    # grid of shapes instead of an optimiser; tolerance 0.01 in the drop.
    from scipy.stats import chi2, weibull_min

    fit = fit_family("weibull", WEEKS, RELAPSED, confidence=0.90)
    assert fit.aic is not None
    t, died = np.array(WEEKS, dtype=float), np.array(RELAPSED)
    shapes = np.exp(np.linspace(-1.0, 1.5, 4001))[:, None]
    for limit in (fit.low, fit.high):
        assert limit is not None
        scales = limit / np.log(2.0) ** (1.0 / shapes)
        log_density = weibull_min.logpdf(t[died], shapes, scale=scales).sum(axis=1)
        log_survival = weibull_min.logsf(t[~died], shapes, scale=scales).sum(axis=1)
        drop = 2.0 * ((2.0 - fit.aic / 2.0) - (log_density + log_survival).max())
        assert drop == pytest.approx(chi2.ppf(0.90, 1), abs=0.01)


def test_aalen_johansen_by_hand() -> None:
    # Aalen & Johansen (1978): six units, causes 1 and 2 and one censored, worked by hand as fractions.
    # t=1 cause 1 (6 at risk), t=2 cause 2 (5), t=3 censored, t=4 cause 1 (3), t=5 cause 2 (2), t=6 cause 1 (1).
    steps, incidence = cumulative_incidence([1, 2, 3, 4, 5, 6], [1, 2, 0, 1, 2, 1])
    by_hand = [1 / 6, 1 / 6, 1 / 6 + 4 / 6 / 3, 1 / 6 + 4 / 6 / 3, 1 / 6 + 4 / 6 / 3 + 4 / 6 * 2 / 3 / 2]
    assert list(steps) == [1, 2, 4, 5, 6]
    np.testing.assert_allclose(incidence, by_hand, rtol=1e-12)


def test_keeping_the_abandoned_at_risk_is_the_cumulative_incidence() -> None:
    # Fine & Gray (1999) J. Am. Stat. Assoc. 94:496: with all ends of follow-up known and equal, keeping competing
    # ends at risk gives the Aalen-Johansen curve; Kaplan-Meier with them censored overstates it.
    time = np.array([0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 8.0, 8.0])
    cause = np.array([1, 2, 1, 2, 1, 2, 1, 0, 0])
    _, incidence = cumulative_incidence(time, cause)
    kept = kaplan_meier(np.where(cause == 2, 8.0, time), cause == 1)
    dropped = kaplan_meier(time, cause == 1)
    assert 1.0 - kept.survival[-1] == pytest.approx(incidence[-1], rel=1e-12)
    assert incidence[-1] == pytest.approx(4 / 9, rel=1e-12)
    assert 1.0 - dropped.survival[-1] > incidence[-1] + 0.05
