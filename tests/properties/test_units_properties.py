"""Properties of units: there and back is the same, steps agree with the whole way, unlike units never convert."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from didymium.errors import UnitError
from didymium.units import _SCALE, _SUBSTANCES, convert, parse_unit

untimed = settings(deadline=None)
MASSES = ["t", "kt", "kg", "g"]
tokens = st.one_of(
    st.sampled_from(sorted(_SCALE)),
    st.builds("{} {}".format, st.sampled_from(MASSES), st.sampled_from(_SUBSTANCES)),
)
units = st.lists(tokens, min_size=1, max_size=3).map("/".join)
values = st.floats(min_value=-1e12, max_value=1e12).filter(lambda v: v == 0 or abs(v) > 1e-12)


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-300)


def like(draw: st.DrawFn, unit: str) -> str:
    """A unit of the same dimensions: each mass and time swapped for another of its kind."""
    kinds = {"mass": MASSES, "time": ["y", "month", "week", "day"], "power": ["MW", "GW"], "volume": ["L", "m3"]}
    parts = []
    for token in unit.split("/"):
        base, _, substance = token.partition(" ")
        swap = draw(st.sampled_from(kinds.get(_SCALE[base][0], [base])))
        parts.append(f"{swap} {substance}" if substance else swap)
    return "/".join(parts)


@st.composite
def like_units(draw: st.DrawFn, n: int) -> list[str]:
    first = draw(units)
    return [first] + [like(draw, first) for _ in range(n - 1)]


@untimed
@given(values, like_units(2))
def test_there_and_back_is_the_same(value: float, pair: list[str]) -> None:
    source, target = pair
    assert close(convert(convert(value, source, target), target, source), value)


@untimed
@given(values, like_units(3))
def test_two_steps_agree_with_one(value: float, three: list[str]) -> None:
    a, b, c = three
    assert close(convert(convert(value, a, b), b, c), convert(value, a, c))


@untimed
@given(values, values, like_units(2))
def test_conversion_is_linear_and_keeps_sign_and_zero(x: float, factor: float, pair: list[str]) -> None:
    source, target = pair
    assert close(convert(factor * x, source, target), factor * convert(x, source, target))
    assert convert(0.0, source, target) == 0.0
    assert math.copysign(1, convert(x, source, target)) == math.copysign(1, x)


@untimed
@given(values, units)
def test_a_unit_converts_to_itself_unchanged(value: float, unit: str) -> None:
    assert close(convert(value, unit, unit), value)


@untimed
@given(values, units, units)
def test_unlike_dimensions_always_raise_and_like_ones_never(value: float, source: str, target: str) -> None:
    if parse_unit(source).dimensions == parse_unit(target).dimensions:
        assert math.isfinite(convert(value, source, target))
    else:
        with pytest.raises(UnitError):
            convert(value, source, target)


@untimed
@given(values, st.sampled_from(_SUBSTANCES), st.sampled_from(_SUBSTANCES), st.sampled_from(MASSES))
def test_unlike_substances_always_raise(value: float, one: str, other: str, mass: str) -> None:
    assume(one != other)
    for source, target in ((f"{mass} {one}", f"{mass} {other}"), (f"{mass} {one}", mass), (mass, f"{mass} {other}")):
        with pytest.raises(UnitError):
            convert(value, source, target)


@untimed
@given(st.text(max_size=20))
def test_any_text_parses_or_raises_a_unit_error(text: str) -> None:
    try:
        unit = parse_unit(text)
    except UnitError as error:
        assert error.what
    else:
        assert unit.scale > 0 and math.isfinite(unit.scale)
