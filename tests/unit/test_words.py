"""The catalogues: every phrase is there in every language, with the same names in braces, and somebody says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from didymium import console
from didymium.chain.additions import HOME_STAGES
from didymium.claims.vocabulary import vocabulary
from didymium.ensemble.market_task import OUTPUTS
from didymium.errors import DidymiumError, UnknownName
from didymium.market.behaviour import distributions
from didymium.market.firm_file import firms
from didymium.market.firm_read import figures, load_firm
from didymium.report.page import Words
from didymium.report.page_parts import page_words
from didymium.words import Say, fill, languages, say_in
from didymium.world import World
from didymium.world.scenario import load_scenario, scenarios
from didymium.world.scenario_draw import uncertain

PACKAGE = Path(str(files("didymium")))
SOURCE = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
# The frame of a page is markup: its words are handed to it.
REPORT = {
    path: tree
    for path, tree in SOURCE.items()
    if path.parent == PACKAGE / "report" and path.name not in ("page.py", "svg.py")
}
OTHERS = [lang for lang in languages() if lang != "en"]

# Claims have words of their own and a test of their own.
SPOKEN = [key for key in say_in("en").phrases if not key.startswith("claim.")]
NOT_SENTENCES = {"t REO", "t REO/y", "didymium race", "didymium check", "didymium check --core"}
"""Literals with a blank that are units or commands."""


def constants(node: ast.AST) -> set[str]:
    """Every text that an expression may have; parts that are computed read as a star."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(v.value) if isinstance(v, ast.Constant) else "*" for v in node.values)}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = constants(node.left), constants(node.right)
        return {a + b for a in left or {"*"} for b in right or {"*"}} if left or right else set()
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def names_of(tree: ast.AST) -> dict[str, str]:
    """Texts kept in a local name, such as ``words = "figure.ahead."``."""
    return {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def said() -> Iterator[tuple[str, str, set[str]]]:
    """(where, key or pattern, names of the values) of every ``say(...)`` in the package."""
    for path, tree in SOURCE.items():
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            prefixes = names_of(function)
            for call in (n for n in ast.walk(function) if isinstance(n, ast.Call) and n.args):
                if isinstance(call.func, ast.Name) and call.func.id == "say":
                    first = call.args[0]
                    if isinstance(first, ast.BinOp) and isinstance(first.left, ast.Name):
                        known = ast.Constant(prefixes.get(first.left.id, "*"))
                        first = ast.BinOp(known, ast.Add(), first.right)
                    for key in constants(first):
                        yield f"{path.name}:{call.lineno}", key, {k.arg or "**" for k in call.keywords}


def pattern(key: str) -> re.Pattern[str]:
    return re.compile(re.escape(key).replace(r"\*", r"[\w ]+"))


def test_english_comes_first_and_chinese_is_there() -> None:
    assert languages()[0] == "en"
    assert "zh" in languages()


@pytest.mark.parametrize("lang", languages())
def test_no_key_is_written_twice(lang: str) -> None:
    def check(node: yaml.Node, where: str) -> None:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert sorted(keys) == sorted(set(keys)), where
            for key, value in node.value:
                check(value, f"{where}.{key.value}")

    text = files("didymium.words").joinpath(f"{lang}.yaml").read_text(encoding="utf-8")
    check(yaml.compose(text, Loader=yaml.SafeLoader), lang)


@pytest.mark.parametrize("lang", OTHERS)
def test_languages_have_the_same_keys_and_parameters(lang: str) -> None:
    english, other = say_in("en"), say_in(lang)
    own = ("claim.term.", "data.")
    common = {key for key in english.phrases if not key.startswith(own)}
    assert {key for key in other.phrases if not key.startswith(own)} == common
    assert {key for key in common if english.parameters(key) != other.parameters(key)} == set()


@pytest.mark.parametrize("lang", languages())
def test_phrases_are_whole(lang: str) -> None:
    phrases = say_in(lang).phrases
    empty = [key for key, text in phrases.items() if not text.strip() and not key.startswith(("unit.", "claim.term."))]
    assert empty == []
    assert [key for key, text in phrases.items() if "\n" in text.strip() or "None" in text] == []


def test_chinese_has_no_blank_between_its_signs_and_no_western_comma() -> None:
    han = "[\u4e00-\u9fff\u3002\uff0c\uff1b\uff1a]"
    phrases = {k: v for k, v in say_in("zh").phrases.items() if not k.startswith("claim.")}
    assert [key for key, text in phrases.items() if re.search(f"{han} +{han}", text)] == []
    assert [key for key, text in phrases.items() if re.search(f"{han}[,;]", text)] == []


def test_every_phrase_that_is_said_exists_and_gets_its_values() -> None:
    english = say_in("en")
    spoken = list(said())
    assert len(spoken) > 150
    for where, key, given in spoken:
        found = [k for k in english.phrases if pattern(key).fullmatch(k)]
        assert found, f"{where} says {key!r}, which no catalogue holds"
        if "*" not in key and "**" not in given:
            assert english.parameters(key) <= given, f"{where} says {key!r} without {english.parameters(key) - given}"


def test_every_phrase_of_the_catalogue_is_said() -> None:
    keys = {key for _, key, _ in said()} | {f"page.{name}" for name in Words.__dataclass_fields__}
    patterns = [pattern(key) for key in keys]
    assert [key for key in SPOKEN if not any(p.fullmatch(key) for p in patterns)] == []


@pytest.mark.parametrize("lang", languages())
def test_computed_keys_cover_what_the_tables_hold(world: World, lang: str) -> None:
    say = say_in(lang)
    stages = {stage for row in world.rows("projects") for stage in row.words("stages")}
    wanted = {f"stage.{s}" for s in stages} | {f"noun_stage.{s}" for s in HOME_STAGES}
    wanted |= {f"definition.{row.text('definition')}" for row in world.rows("reserves")}
    wanted |= {f"counted.{row.text('measure')}" for row in world.rows("reserves")} - {"counted.REO"}
    wanted |= {f"variable.{name}" for name in vocabulary()}
    wanted |= {f"outcome.{row.text('outcome')}" for row in world.rows("projects")}
    assert {key for key in wanted if not say.has(key)} == set()


def texts_of_data(world: World) -> set[str]:
    """What the shipped scenarios and firms say in words, and the units of what is drawn and shown.

    A month is a unit of the hindcast, "units" what a firm counts in if it does not say.
    """
    found: set[str] = {u.unit for u in distributions(world)} | {o.unit for o in OUTPUTS.values()} | {"month", "units"}
    for name in scenarios():
        scenario = load_scenario(name, world)
        found |= {scenario.question, scenario.note or ""} | {u.unit for u in uncertain(scenario)}
    for name in firms():
        firm = load_firm(name, world)
        found |= {firm.title, firm.note or ""} | {f.unit for f in figures(firm)}
        for product in firm.products:
            found |= {product.name, product.unit} | {p.name for p in product.parts}
            makers = [s for p in product.parts for s in p.suppliers]
            found |= {s.name for s in makers} | {t.name for s in makers for t in s.tiers}
    return found - {""}


SYMBOLS = {"1", "kg", "t", "t/y", "t REO/y", "USD/kg"}
"""Units that are written alike in every language."""


@pytest.mark.parametrize("lang", OTHERS)
def test_what_comes_with_the_data_is_told_in_every_language(world: World, lang: str) -> None:
    texts, told = texts_of_data(world), {k for k in say_in(lang).phrases if k.startswith("data.")}
    known = {key.removeprefix("data.") for key in told}
    assert texts - SYMBOLS - known == set()
    assert known - texts == set()


def test_a_text_of_somebodys_own_stays_as_it_is() -> None:
    assert say_in("zh").data("A firm of my own") == "A firm of my own"
    assert say_in("en").data("t/month") == "t/month" != say_in("zh").data("t/month")


@pytest.mark.parametrize("lang", languages())
def test_errors_have_the_labels_of_the_language(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = UnknownName("bloc", "RUSS", ["RUS"], where="plan.yaml:4")
    console.print_error(error, lang)
    told = capsys.readouterr().err
    assert (told == f"{error}\n") is (lang == "en")
    for part in (error.where, error.what, error.expected, error.cure):
        assert part in told
    assert ("cure" in told) is ("expected" in told) is (lang == "en")


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["--lang", "zh"], "补救"),
        (["--lang=zh"], "补救"),
        (["--lang", "en"], "cure"),
        ([], "cure"),
        (["--lang", "xx"], "expected"),
        (["--lang"], "cure"),
    ],
)
def test_an_error_speaks_the_language_that_was_asked_for(
    words: list[str], cure: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DidymiumError("it broke", expected="a number", cure="write a number")

    monkeypatch.setattr("sys.argv", ["didymium", "simulate", *words])
    with pytest.raises(SystemExit) as left:
        console.run(fail)
    assert left.value.code == 2
    assert f"  {cure}" in capsys.readouterr().err


def test_an_unknown_language_offers_those_there_are() -> None:
    with pytest.raises(UnknownName, match="one of en, zh") as caught:
        say_in("zhh")
    assert "did you mean zh?" in caught.value.render()


def test_an_unknown_phrase_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"did you mean race\.title") as caught:
        say_in("en")("race.titel")
    assert "phrase (en)" in caught.value.what


def test_values_are_filled_in_and_parameters_told() -> None:
    say = Say("en", {"x": "{a} of {b:.1f}"})
    assert say("x", a="one", b=2) == "one of 2.0"
    assert say.parameters("x") == {"a", "b"}
    assert say.has("x") and not say.has("y")


@pytest.mark.parametrize("lang", languages())
def test_the_frame_of_a_page_gets_all_its_words(lang: str) -> None:
    words = page_words(say_in(lang))
    assert words.figure.format(3) not in ("", "3")
    assert all(getattr(words, name) for name in Words.__dataclass_fields__)


def docstrings(tree: ast.AST) -> set[int]:
    """Lines of strings that stand alone: docstrings and notes under a constant."""
    return {n.value.lineno for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}


@pytest.mark.parametrize("path", REPORT, ids=lambda p: p.name)
def test_report_holds_no_sentence_in_any_language(path: Path) -> None:
    """Literals with a blank between two words would be English that a Chinese page shows too."""
    tree = REPORT[path]
    errors = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id.endswith(("Error", "Name"))
        for part in ast.walk(call)
    }
    quiet = docstrings(tree)
    found = [
        f"{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.lineno not in quiet
        and id(node) not in errors
        and re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}|[\u4e00-\u9fff]", node.value)
        and node.value.strip() not in NOT_SENTENCES
        and not node.value.startswith("didymium ")
    ]
    assert found == []


def test_a_count_chooses_between_one_and_many() -> None:
    phrase = "{n:the only figure is|all {n} figures are} of {n} {n:run|runs}, {x:.1f}"
    assert fill(phrase, n=1, x=0.25) == "the only figure is of 1 run, 0.2"
    assert fill(phrase, n="1", x=2) == "the only figure is of 1 run, 2.0"
    assert fill(phrase, n=11, x=2) == "all 11 figures are of 11 runs, 2.0"
    assert Say("en", {"k": "{n:one|all {m}} of {o}"}).parameters("k") == {"n", "m", "o"}


COUNTED = re.compile(
    r"\{\w+\}(?: [a-z]+)? (?:runs|members|steps|weeks|days|months|years|figures|draws|projects|plants|sites|points"
    r"|statements|announcements|agreements|awards|events|cascades|shares|stages|cuts)\b"
)
CHOICE = re.compile(r"\{\w+:[^|{}]*(?:\{\w+\}[^|{}]*)*\|[^{}]*(?:\{\w+\}[^{}]*)*\}")
ALWAYS_MANY = {
    "race.lede",
    "figure.pipeline.note",
    "claim.several_things",
    "plant.mind.middle_draw",
    "plant.tree.stages",
}


def test_a_noun_beside_a_count_has_its_singular() -> None:
    """But for counts that are never one; words that a count chooses between are looked at without."""
    left = {key: CHOICE.sub("", text) for key, text in say_in("en").phrases.items()}
    assert {key for key, text in left.items() if COUNTED.search(text)} == ALWAYS_MANY
