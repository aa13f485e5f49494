"""Units: what parses, what converts, and what must not."""

from __future__ import annotations

import pytest

from didymium.errors import UnitError
from didymium.units import convert, parse_unit


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        (3.8, "kt REO", "t REO", 3800.0),
        (1.0, "t REO/y", "t REO/month", 1 / 12),
        (2.0, "USD/kg", "USD/t", 2000.0),
        (91.0, "percent", "1", 0.91),
        (600.0, "kg/MW", "t/GW", 600.0),
        (1000.0, "L", "m3", 1.0),
        (365.25, "day", "y", 1.0),
    ],
)
def test_convert(value: float, source: str, target: str, result: float) -> None:
    assert convert(value, source, target) == pytest.approx(result, rel=1e-12)


@pytest.mark.parametrize(
    ("source", "target"),
    [("t ore", "t REO"), ("t NdFeB", "t REO"), ("t", "t REO"), ("t REO", "t REO/y"), ("USD/kg", "CNY/kg"), ("t", "y")],
)
def test_unlike_units_do_not_convert(source: str, target: str) -> None:
    with pytest.raises(UnitError) as caught:
        convert(1.0, source, target)
    assert caught.value.what == f"{source!r} does not convert to {target!r}"
    assert "composition" in caught.value.cure


def test_a_token_that_does_not_parse_offers_the_nearest() -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit("USDD/kg")
    assert caught.value.what == "unit 'USDD/kg' does not parse at 'USDD'"
    assert caught.value.cure == "did you mean 'USD'?"


@pytest.mark.parametrize("text", ["t RE0", "t REOO"])
def test_a_substance_that_is_not_known_offers_the_nearest(text: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit(text)
    assert repr(text[2:]) in caught.value.what
    assert caught.value.cure == "did you mean t REO?"


def test_only_a_mass_is_of_a_substance() -> None:
    with pytest.raises(UnitError, match="not a substance"):
        parse_unit("USD REO")


@pytest.mark.parametrize("text", ["", "/", "t//y", "t REO/", "t REO per y", "т REO", "t\nREO"])
def test_what_is_no_unit_raises(text: str) -> None:
    with pytest.raises(UnitError):
        parse_unit(text)


def test_like_dimensions_cancel() -> None:
    assert parse_unit("kg/t").dimensions == ()
    assert convert(5.0, "kg/t", "percent") == pytest.approx(0.5, rel=1e-12)
