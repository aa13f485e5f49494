"""Three outlets from one cascade: the Gd/Eu/Sm case of Zhang, Zhao and Schreiner 2016."""

from __future__ import annotations

from dataclasses import replace

import pytest

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation.middle import MiddleTask, design_middle, judge_middle

# Sm2O3 99.99 % at 99.9 % recovery, Gd2O3 99.91 % at 61.8 % recovery, a 40 % Eu concentrate; factors 2.00 and 1.40.
TASK = MiddleTask(
    feed={"Sm": 0.51, "Eu": 0.10, "Gd": 0.39},
    beta={"Sm": 1.0, "Eu": 2.0, "Gd": 2.8},
    light=("Sm",),
    middle=("Eu",),
    heavy=("Gd",),
    raffinate=0.51 * 0.999 / 0.9999,
    organic=0.618 * 0.39 / 0.9991,
    purity_raffinate=0.9999,
    purity_organic=0.9991,
)
PUBLISHED = {1.40: (22, 39, 85), 1.75: (19, 32, 66), 2.00: (18, 30, 60)}


@pytest.mark.parametrize("s", PUBLISHED)
def test_published_cascades_give_published_products(s: float) -> None:
    """Zhang 2016, table of S_o, draw stage, n, n + m: Sm 99.99 %, Gd 99.91 %, Eu 40.0 %; to 2e-4."""
    n, draw_at, total = PUBLISHED[s]
    steady, _ = judge_middle(TASK, s, (n, draw_at - n, total - draw_at))
    assert steady.purity("raffinate", "Sm") == pytest.approx(0.9999, abs=2e-4)
    assert steady.purity("organic", "Gd") == pytest.approx(0.9991, abs=2e-4)
    assert steady.purity("middle", "Eu") == pytest.approx(0.400, abs=2e-3)
    assert steady.recovery("organic", "Gd") == pytest.approx(0.618, abs=2e-3)


@pytest.mark.parametrize("s", [1.75, 2.00])
def test_the_design_needs_about_the_published_stages(s: float) -> None:
    """The published stage numbers come from short formulae; the search comes within 10 % of them."""
    design = design_middle(TASK, s)
    assert design.total_stages == pytest.approx(PUBLISHED[s][2], rel=0.1)
    assert design.steady.purity("raffinate", "Sm") >= 0.9999 - 1e-9
    assert design.steady.purity("organic", "Gd") >= 0.9991 - 1e-9
    assert design.middle_share == pytest.approx(0.40, abs=0.01)


def test_too_few_stages_say_how_far_they_come() -> None:
    with pytest.raises(SolveError, match=r"three outlets: .* times the impurity"):
        design_middle(TASK, 1.40, most_stages=50)


def test_bad_tasks_are_refused() -> None:
    with pytest.raises(SolveError, match="below the minimum"):
        judge_middle(TASK, 0.3, (10, 10, 10))
    with pytest.raises(DidymiumError, match="outlets"):
        replace(TASK, raffinate=0.9)
    with pytest.raises(DidymiumError, match="not the feed"):
        replace(TASK, light=("Sm", "Eu"))
    with pytest.raises(DidymiumError, match="100 %"):
        replace(TASK, purity_organic=1.0)
    with pytest.raises(UnknownName, match="Xx"):
        replace(TASK, light=("Xx",))
