"""Beliefs: rivals stay side by side, and a policy picks one within one definition."""

from __future__ import annotations

import numpy as np
import pytest

from didymium.errors import DidymiumError, UnknownName
from didymium.world.belief import GRADE_SIGMA, POLICIES, Belief, Figure, gather


def figure(value: float | None, definition: str = "reserve", publisher: str = "USGS", **more: object) -> Figure:
    rest: dict[str, object] = {"year": 2025, "grade": "A", "source": f"s_{publisher}", "unit": "t REO"} | more
    return Figure(value=value, definition=definition, publisher=publisher, **rest)  # type: ignore[arg-type]


RIVALS = gather(
    "reserves",
    "RUS",
    [
        figure(28.5e6, "state_balance", "Ministry", grade="B"),
        figure(10e6, year=2024),
        figure(3.8e6),
        figure(3.6e6, publisher="Agency", grade="B", year=2026),
        figure(None, "claim", "Press", state="not_available"),
    ],
    ("reserve", "state_balance"),
)


def test_figures_are_ordered_by_definition_then_newest_first() -> None:
    assert RIVALS.definitions == ("reserve", "state_balance", "claim")
    assert [f.value for f in RIVALS.figures] == [3.6e6, 3.8e6, 10e6, 28.5e6, None]


def test_sources_are_those_of_all_rivals() -> None:
    assert RIVALS.sources == {"s_USGS", "s_Ministry", "s_Agency", "s_Press"}


@pytest.mark.parametrize(
    ("policy", "more", "value"),
    [
        ("latest", {}, 3.6e6),
        ("best_grade", {}, 3.8e6),
        ("publisher", {"publisher": "usgs"}, 3.8e6),
        ("latest", {"definition": "state_balance"}, 28.5e6),
        ("best_grade", {"definition": "state_balance"}, 28.5e6),
    ],
)
def test_a_policy_picks_one_published_figure(policy: str, more: dict[str, str], value: float) -> None:
    choice = RIVALS.pick(policy, **more)  # type: ignore[arg-type]
    assert choice.figure.value == value
    assert choice.figure in RIVALS.figures
    assert choice.policy == policy
    assert choice.figure.definition in choice.reason


def test_the_reason_counts_the_rivals_of_the_definition_only() -> None:
    assert RIVALS.pick().reason == "the newest (2026) of 3 figures under the definition 'reserve'"
    assert RIVALS.pick(definition="state_balance").reason == "the only figure under the definition 'state_balance'"


def test_the_latest_edition_goes_before_the_ones_it_replaced() -> None:
    old = figure(45e3, publisher="MCS 2025", state="superseded or rival")
    new = figure(51e3, publisher="MCS 2026", state="latest edition")
    choice = gather("production", "USA", [old, new]).pick()
    assert choice.figure is new
    assert "latest edition" in choice.reason
    assert old.superseded and not new.superseded


def test_unknown_policy_definition_and_publisher() -> None:
    with pytest.raises(UnknownName) as caught:
        RIVALS.pick("lastest")
    assert caught.value.cure.startswith("did you mean latest")
    with pytest.raises(UnknownName) as caught:
        RIVALS.pick(definition="reserves")
    assert caught.value.cure == "did you mean reserve?"
    with pytest.raises(DidymiumError) as missing:
        RIVALS.pick("publisher", publisher="Rosnedra")
    assert "by 'Rosnedra'" in missing.value.what
    assert "reserve (USGS)" in missing.value.expected


def test_a_definition_without_a_value_cannot_be_picked() -> None:
    with pytest.raises(DidymiumError, match="no figure for reserves of RUS under definition 'claim'"):
        RIVALS.pick(definition="claim")


def test_a_withheld_figure_is_never_the_default() -> None:
    rivals = gather("reserves", "X", [figure(None, "a"), figure(2.0, "b")])
    assert rivals.definitions == ("a", "b")
    assert rivals.pick().figure.value == 2.0


def test_an_empty_belief_says_so() -> None:
    with pytest.raises(DidymiumError, match="there is no figure for reserves of ATA"):
        Belief("reserves", "ATA", ()).pick()


def test_spread_is_within_one_definition() -> None:
    assert RIVALS.spread("reserve") == pytest.approx(10e6 / 3.6e6, rel=1e-12)
    assert RIVALS.spread("state_balance") == 1.0
    assert RIVALS.spread("claim") == 1.0


def test_a_sample_is_of_one_definition_and_of_the_newest_of_each_publisher() -> None:
    rng = np.random.default_rng(7)
    drawn = [RIVALS.sample(rng).value for _ in range(400)]
    assert set(drawn) == {3.8e6, 3.6e6}
    expected = (1 / GRADE_SIGMA["A"]) / (1 / GRADE_SIGMA["A"] + 1 / GRADE_SIGMA["B"])
    assert drawn.count(3.8e6) / 400 == pytest.approx(expected, abs=4 * (expected * (1 - expected) / 400) ** 0.5)


def test_the_same_seed_draws_the_same() -> None:
    draws = [[RIVALS.sample(np.random.default_rng(3)).value for _ in range(5)] for _ in range(2)]
    assert draws[0] == draws[1]


def test_a_better_grade_has_a_smaller_sigma() -> None:
    assert list(GRADE_SIGMA) == sorted(GRADE_SIGMA)
    assert list(GRADE_SIGMA.values()) == sorted(GRADE_SIGMA.values())
    assert set(POLICIES) == {"latest", "best_grade", "publisher"}
