"""Scenarios under fire: any text is read or refused for people, and what is read comes back from its own YAML."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scenario_files import ENTRIES, HEAD, scenario_text

from didymium.errors import DidymiumError
from didymium.world import load_world
from didymium.world.distributions import (
    Choice,
    Distribution,
    LogNormal,
    Normal,
    Triangular,
    Uniform,
    bounds,
    centre,
    plain_number,
    read_number,
)
from didymium.world.scenario import Scenario, dump_scenario, parse_scenario
from didymium.world.scenario_draw import settle, uncertain
from didymium.yaml_lines import dump_flow, dump_yaml, parse_yaml

WORLD = load_world()
TEXT = scenario_text(*ENTRIES.values())
LINES = TEXT.splitlines()
MARKS = [
    *"{}[]-,:#'\"\n",
    "kind: ban",
    "event: 2010_china_quota",
    "&a",
    "*a",
    "!!x",
    "base: baseline-2024\n",
    "assumed: ",
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["CHN", "all", "oxide", "Dy", "2025-01-01", "recalled", "mine", "ban", "buy"]),
    st.lists(st.sampled_from(["CHN", "JPN", "Dy", "share"]), max_size=3),
    st.dictionaries(
        st.sampled_from(["uniform", "choice", "normal", "share", "2024"]), st.lists(st.floats()), max_size=2
    ),
)
FINITE = st.floats(-1e6, 1e6, allow_nan=False)
POSITIVE = st.floats(1e-3, 1e3)


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    kind = draw(st.sampled_from(["uniform", "triangular", "normal", "lognormal", "choice"]))
    low, high = draw(FINITE), draw(POSITIVE)
    high += low
    match kind:
        case "uniform":
            return Uniform(low=low, high=high)
        case "triangular":
            return Triangular(low=low, mode=draw(st.floats(low, high)), high=high)
        case "normal":
            sd = draw(POSITIVE)
            cut = draw(st.sampled_from([None, sd, 3 * sd]))
            return Normal(
                mean=low, sd=sd, low=None if cut is None else low - cut, high=draw(st.sampled_from([None, low + sd]))
            )
        case "lognormal":
            return LogNormal(median=draw(POSITIVE), gsd=1 + draw(st.floats(0.01, 5)))
        case _:
            values = tuple(draw(st.lists(FINITE, min_size=1, max_size=5)))
            weights = draw(
                st.none() | st.lists(st.floats(0.1, 9), min_size=len(values), max_size=len(values)).map(tuple)
            )
            return Choice(values=values, weights=weights)


@given(distributions())
@settings(max_examples=150, deadline=None)
def test_a_distribution_comes_back_from_its_yaml(distribution: Distribution) -> None:
    text = dump_flow(plain_number(distribution))
    assert read_number(parse_yaml(text, "x").plain()) == distribution


@given(distributions(), st.lists(st.floats(1e-9, 1 - 1e-9), min_size=2, max_size=9))
@settings(max_examples=150, deadline=None)
def test_quantiles_rise_and_stay_within_bounds(distribution: Distribution, at: list[float]) -> None:
    drawn = distribution.ppf(np.sort(at))
    low, high = bounds(distribution)
    slack = 1e-9 * max(1.0, *(abs(b) for b in (low, high) if math.isfinite(b)), *np.abs(drawn))
    assert np.all(np.diff(drawn) >= -slack)
    assert np.all((drawn >= low - slack) & (drawn <= high + slack))
    assert low - slack <= centre(distribution) <= high + slack


PLAIN = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-(10**15), 10**15), st.text(st.characters(codec="utf-8", exclude_categories=["C"]))
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc1-: ", max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
@example(["1e5", "NO", "null", "1", "~", "-", "", "a: b", "2025-01-01", ".5", "#x", "inf"])
@settings(max_examples=200, deadline=None)
def test_plain_values_come_back_from_their_yaml(value: object) -> None:
    assert parse_yaml(dump_yaml({"a": value}), "x").plain() == {"a": value}
    assert parse_yaml(dump_flow({"a": value}), "x").plain() == {"a": value}


def read(text: str) -> Scenario | None:
    """The scenario, or None where it is refused as a file for people should be."""
    try:
        return parse_scenario(text, "file.yaml", WORLD)
    except DidymiumError as error:
        assert error.where.startswith(("file.yaml", "event_parameters.csv"))
        assert error.exit_code == 2 and error.what and "Traceback" not in str(error)
        return None


def agrees_with_itself(scenario: Scenario) -> None:
    assert parse_scenario(dump_scenario(scenario), "again", WORLD) == scenario
    assert uncertain(settle(scenario)) == ()


@given(st.integers(0, len(LINES) - 1), st.sampled_from(MARKS), st.integers(0, 90), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_line_broken_anywhere_is_read_or_refused(at: int, piece: str, column: int, drop: bool) -> None:
    line = LINES[at]
    broken = line[:column] + piece + line[column + (len(piece) if drop else 0) :]
    scenario = read("\n".join([*LINES[:at], broken, *LINES[at + 1 :]]) + "\n")
    if scenario is not None:
        agrees_with_itself(scenario)


FIELDS = ["share", "exporter", "importers", "forms", "elements", "start", "end", "note", "source", "sources", "assumed"]


@given(
    st.sampled_from(["ban", "event", "projects", "policies", "name", "base", "assumptions"]),
    st.sampled_from(FIELDS),
    VALUES,
)
@example("ban", "share", float("nan"))
@example("base", "share", {"uniform": []})
@settings(max_examples=300, deadline=None)
def test_any_value_anywhere_is_read_or_refused(where: str, field: str, value: object) -> None:
    plain = parse_yaml(HEAD, "head").plain()
    assert isinstance(plain, dict)
    if where in ("ban", "event"):
        base = {"kind": "ban", "exporter": "CHN", "start": "2025-01-01", "assumed": True}
        dated = {"event": "2025_04_04_china_export_licence"}
        plain["events"] = [(base if where == "ban" else dated) | {field: value}]
    else:
        plain[where] = value
    try:
        text = dump_yaml(plain)
        parse_yaml(text, "file.yaml")
    except (DidymiumError, UnicodeEncodeError):
        return  # not a value that a file can hold
    scenario = read(text)
    if scenario is not None:
        agrees_with_itself(scenario)


@given(st.dates(dt.date(2023, 6, 1), dt.date(2027, 6, 1)), st.dates(dt.date(2023, 6, 1), dt.date(2027, 6, 1)))
@settings(max_examples=100, deadline=None)
def test_an_event_is_refused_exactly_when_it_ends_before_it_starts_or_never_acts(start: dt.date, end: dt.date) -> None:
    entry = f"{{kind: ban, exporter: CHN, start: {start}, end: {end}, assumed: true}}"
    acts = start < dt.date(2027, 1, 1) and (end > dt.date(2024, 1, 1) or end == start)
    assert (read(scenario_text(entry)) is not None) == (start <= end and acts)
