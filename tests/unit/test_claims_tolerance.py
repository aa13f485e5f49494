"""How near is near enough, and who a claim is about."""

from __future__ import annotations

import pytest

from didymium.claims.record import Claim
from didymium.claims.rules.agreements import names_firm
from didymium.claims.subject import initials, places_in, resolve
from didymium.claims.tolerance import nines, tolerance_of
from didymium.claims.verdict import Tolerance
from didymium.world import World


def claim(**fields: object) -> Claim:
    base = {
        "id": "x",
        "subject": "Russia",
        "subject_type": "country",
        "variable": "share_mining",
        "unit": "percent",
        "comparator": "eq",
        "modality": "reported_fact",
        "anchor_date": "2025-06-01",
    }
    return Claim.model_validate(base | fields)


def band(**fields: object) -> Tolerance:
    found = tolerance_of(claim(**fields))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (85, 83.3, 86.7),  # two digits: half a unit is 0.5, lifted to 2 %
        (70, 66.5, 73.5),  # one digit: half a unit is 5, cut to 5 %
        (0.84, 0.8232, 0.8568),  # lifted to 2 %
        (0, 0, 0),
    ],
)
def test_a_plain_value_is_as_exact_as_its_digits(value: float, low: float, high: float) -> None:
    found = band(value=value)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_a_refining_share_of_85_does_not_pass_for_91() -> None:
    assert not band(value=85).holds(91)
    assert band(value=85).holds(83.9)


def test_about_and_nearly_differ() -> None:
    assert band(value=90, comparator="approx").holds(98)
    nearly = band(value=90, comparator="approx_below")
    assert nearly.holds(82) and not nearly.holds(91)


def test_bounds_are_strict_where_the_words_are() -> None:
    assert not band(value=1, comparator="lt").holds(1) and band(value=1, comparator="le").holds(1)
    assert not band(value=1, comparator="gt").holds(1) and band(value=1, comparator="ge").holds(1)
    between = band(value_low=11, value_high=19, comparator="range")
    assert between.holds(11) and not between.holds(20)


def test_counts_are_exact_and_purity_counts_in_nines() -> None:
    assert (band(variable="count_elements", unit="count", value=15).low) == 15
    assert nines(99.9) == pytest.approx(3)
    three = band(variable="purity", value=99.9)
    assert three.holds(99.88) and not three.holds(99.99) and not three.holds(99.5)


def test_a_range_of_values_meets_a_tolerance_that_it_overlaps() -> None:
    found = band(value=95)
    assert found.meets(90, 98) and found.meets(85, 95) and not found.meets(98, 100)


def test_no_number_no_tolerance() -> None:
    assert tolerance_of(claim()) is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Russia", ("RUS",)),
        ("China–Kazakhstan", ("CHN", "KAZ")),
        ("China National Nuclear Corporation / Kazakhstan", ("CHN", "KAZ")),
        ("US companies", ("USA",)),
        ("rust in us all", ()),
        ("European Union", ("EUU",)),
        ("中国和哈萨克斯坦", ("CHN", "KAZ")),
        ("Papua New Guinea", ("PNG",)),
        ("South Africa", ("ZAF",)),
        ("a purification plant (Russia)", ("RUS",)),
    ],
)
def test_places_are_found_in_subjects(world: World, text: str, codes: tuple[str, ...]) -> None:
    assert places_in(world, text) == codes


@pytest.mark.parametrize(
    ("text", "code"), [("China", "CHN"), ("the European Union", "EUU"), ("Jiangxi (China)", ""), ("US companies", "")]
)
def test_a_part_is_not_the_whole(world: World, text: str, code: str) -> None:
    assert resolve(world, text).whole == code


def test_deposits_are_found_with_all_their_parts(world: World) -> None:
    found = resolve(world, "Tomtor deposit (Russia)", "deposit")
    assert {"Tomtor", "Tomtor (Buranny)", "Tomtor (whole)"} <= set(found.deposits)
    assert resolve(world, "Russia", "country").deposits == ()


def test_agencies_are_known_by_their_initials() -> None:
    assert initials("Department of Energy") == "DOE"
    assert names_firm("US Department of Energy", "MP Materials; US DOE")
    assert not names_firm("US Department of Energy", "MP Materials; US DoD")
    assert not names_firm("China National Nuclear Corporation / Kazakhstan", "China; Kazakhstan")


def test_no_share_is_beyond_100_percent() -> None:
    about = band(variable="import_dependence", value=98, comparator="approx")
    assert (about.low, about.high) == pytest.approx((88.2, 100))
    assert band(value=90, comparator="ge").high == 100 and band(value=1, comparator="le").low == 0
    assert band(variable="growth_rate", value=98, comparator="approx").high > 100
