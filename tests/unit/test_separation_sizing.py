"""Size and cost of a cascade, and the table of figures it stands on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation import economics
from didymium.separation.economics import estimate
from didymium.separation.sizing import (
    Duty,
    circuit_capital,
    comparison_cost,
    missing,
    plant_capital,
    size_cascade,
    solvent_value,
)

# Pr/Nd at beta 1.5, 60 + 60 stages, Nd three quarters of the feed, S = 1.25 S_min = 1.25 (0.75 + 2).
NDPR = Duty(10.0, 3.4375, 3.4375 - 0.75, 60, 60, 0.75)


def test_a_120_stage_cascade_holds_thirteen_days_of_feed() -> None:
    """Known answer: about 13.6 days at 25 min a stage and S = 1.25 S_min; to 3 %."""
    assert size_cascade(NDPR).held_days_of_feed == pytest.approx(13.6, rel=0.03)


def test_acid_and_base_are_three_per_mole_transferred() -> None:
    size = size_cascade(NDPR)
    assert size.acid_kmol_per_h == pytest.approx(3 * 3.4375 * 10)
    assert size.base_kmol_per_h == pytest.approx(3 * 3.4375 * 10)
    unstripped = size_cascade(replace(NDPR, stripped=False))
    assert unstripped.acid_kmol_per_h == pytest.approx(3 * (3.4375 - 0.75) * 10)
    assert unstripped.mixer_settlers == 120


def test_sodium_hydroxide_per_kg_of_the_cited_derivation() -> None:
    """Published derivation: S = 4.09 takes 2.9 kg NaOH and 2.7 kg HCl per kg REO of neodymium; to 2 %."""
    size = size_cascade(replace(NDPR, organic_flow=4.09, scrub_flow=4.09 - 0.75))
    per_kg = 10 * 168.2
    assert size.base_kmol_per_h * 39.997 / per_kg == pytest.approx(2.9, rel=0.02)
    assert size.acid_kmol_per_h * 36.461 / per_kg == pytest.approx(2.7, rel=0.02)


def test_volumes_are_flow_times_residence_and_scale_with_feed() -> None:
    size, double = size_cascade(NDPR), size_cascade(replace(NDPR, feed_kmol_per_h=20.0))
    section = size.sections[0]
    assert section.mixer_m3 == pytest.approx((section.organic_m3_per_h + section.aqueous_m3_per_h) * 5 / 60)
    assert section.organic_m3_per_h == pytest.approx(3.4375 * 10 / 0.15)
    for name in ("solvent_m3", "acid_kmol_per_h", "water_m3_per_h"):
        assert getattr(double, name) == pytest.approx(2 * getattr(size, name))
    assert double.mixer_settlers == size.mixer_settlers == 125
    assert [e.count for e in size.equipment] == [60, 60, 5]


def test_capital_has_a_range_a_year_and_economies_of_scale() -> None:
    small, big = (circuit_capital(size_cascade(replace(NDPR, feed_kmol_per_h=f)).sections) for f in (10.0, 20.0))
    assert small.year == 2011 and small.source == "avalon_release"
    assert small.low is not None and small.high is not None and small.value is not None
    assert small.low < small.value < small.high
    assert small.value < (big.value or 0) < 2 * small.value
    assert plant_capital(small).value == pytest.approx(small.value / 0.33)


def test_what_nobody_publishes_is_none_with_a_reason() -> None:
    for key in ("energy", "base_price", "diluent_price"):
        gap = missing(key, key, "USD")
        assert gap.value is None and gap.range is None
        assert "no cited" in gap.note
        with pytest.raises(SolveError, match="not known"):
            gap.known()


def test_every_known_figure_has_a_source_and_a_grade() -> None:
    for figure in economics.economics().values():
        assert figure.definition and figure.grade in "ABCD"
        if figure.value is not None:
            assert figure.source and figure.title
        if figure.source in ("recalled", "derived"):
            assert figure.grade == "D"
        if figure.unit.startswith("USD") and figure.value is not None:
            assert figure.year is not None


def test_unknown_figures_are_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean energy"):
        estimate("enrgy")


def test_comparison_weighs_stages_and_reflux() -> None:
    more = comparison_cost(replace(NDPR, extraction_stages=80))
    wetter = comparison_cost(replace(NDPR, organic_flow=4.5, scrub_flow=4.5 - 0.75))
    assert min(more, wetter) > comparison_cost(NDPR)


def test_solvent_leaves_the_diluent_out_and_says_so() -> None:
    value = solvent_value(100.0)
    assert value.value == pytest.approx(100_000 * 1.5 * 0.323 * 80.75)
    assert "diluent" in value.note


@pytest.mark.parametrize(
    "change", [{"feed_kmol_per_h": 0.0}, {"organic_flow": -1.0}, {"extraction_stages": 0, "scrub_stages": 0}]
)
def test_bad_duties_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(DidymiumError):
        replace(NDPR, **change)  # type: ignore[arg-type]
