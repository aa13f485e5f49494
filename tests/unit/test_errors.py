"""The error tree: what a person reads, and what a shell sees."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from didymium import errors
from didymium.errors import DidymiumError, SolveError, UnknownName, nearest


def test_render_puts_each_part_on_its_own_line() -> None:
    error = DidymiumError("it broke", where="a.csv:3, b", expected="a number", cure="write a number")
    assert str(error) == "a.csv:3, b: it broke\n  expected: a number\n  cure: write a number"


def test_render_takes_the_templates_of_a_language() -> None:
    error = DidymiumError("it {broke}", where="a.csv:3", expected="{one}", cure="mend it")
    assert (
        error.render("{where}：{what}", "应为：{text}", "补救：{text}")
        == "a.csv:3：it {broke}\n  应为：{one}\n  补救：mend it"
    )


def test_render_leaves_out_what_is_not_said() -> None:
    assert str(DidymiumError("it broke")) == "it broke"
    assert str(DidymiumError("it broke", cure="mend it")) == "it broke\n  cure: mend it"


TREE = [getattr(errors, name) for name in errors.__all__ if name.endswith(("Error", "Name"))]


def test_every_error_of_the_tree_is_a_didymium_error() -> None:
    assert len(TREE) == 9
    assert all(issubclass(kind, DidymiumError) for kind in TREE)


@pytest.mark.parametrize("kind", TREE)
@pytest.mark.parametrize("way", [copy.copy, *(lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in range(6))])
def test_an_error_comes_whole_out_of_another_process(kind: type[DidymiumError], way: Callable[..., object]) -> None:
    if kind is UnknownName:
        error: DidymiumError = UnknownName("bloc", "RUSS", ["CHN", "RUS"], where="plan.yaml:4, bloc")
    else:
        error = kind("it broke", where="a.csv:3, b", expected="a number", cure="write a number")
    found = way(error)
    assert type(found) is kind
    assert (str(found), found.args, vars(found)) == (str(error), error.args, vars(error))
    assert vars(found)["where"] and vars(found)["expected"] and vars(found)["cure"]


def test_exit_codes_tell_bad_input_from_a_solver_without_an_answer() -> None:
    assert DidymiumError("x").exit_code == 2
    assert UnknownName("bloc", "RUSS", ["RUS"]).exit_code == 2
    assert SolveError("x").exit_code == 3


def test_unknown_name_offers_the_nearest_and_lists_the_valid() -> None:
    error = UnknownName("bloc", "RUSS", ["CHN", "RUS"], where="plan.yaml:4, bloc")
    assert (error.what, error.where) == ("unknown bloc 'RUSS'", "plan.yaml:4, bloc")
    assert error.expected == "one of CHN, RUS"
    assert error.cure == "did you mean RUS?"


def test_unknown_name_with_nothing_near_offers_nothing() -> None:
    assert UnknownName("bloc", "qqqq", ["CHN", "RUS"]).cure == ""


def test_a_long_list_of_names_is_cut_and_says_so() -> None:
    assert UnknownName("key", "x", [f"k{i}" for i in range(30)]).expected.endswith("k19 ...")


@pytest.mark.parametrize(
    ("name", "first"), [("russia", "Russia"), ("RUSIA", "Russia"), ("kazakstan", "Kazakhstan"), ("俄罗", "俄罗斯")]
)
def test_nearest_ignores_case(name: str, first: str) -> None:
    assert nearest(name, ["Kazakhstan", "Russia", "俄罗斯"])[0] == first
