"""Words of findings: same keys and parameters in every language, and a template for every reason given."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from pathlib import Path

import pytest

from didymium.claims import (
    Relation,
    Stated,
    Verdict,
    check_claims,
    check_file,
    core_claims_path,
    explain,
    languages,
    parse_claims,
    phrase,
    verdict_words,
    words,
)
from didymium.claims.verdict import because
from didymium.claims.words import fields_of, number
from didymium.errors import UnknownName
from didymium.report.brief_text import claim_rows
from didymium.words import say_in
from didymium.world import World

SOURCE = sorted(Path(str(files("didymium.claims"))).rglob("*.py"))


def calls(function: str) -> list[ast.Call]:
    trees = [ast.parse(p.read_text(encoding="utf-8")) for p in SOURCE]
    nodes = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return [n for n in nodes if isinstance(n.func, ast.Name) and n.func.id == function]


def texts(node: ast.AST) -> set[str]:
    """Every text that the first argument may take; an f-string gives its pattern."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(v.value) if isinstance(v, ast.Constant) else "*" for v in node.values)}
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_languages_have_the_same_keys_and_parameters() -> None:
    assert languages() == ("en", "zh")
    english, chinese = words("en"), words("zh")
    common = {k for k in english if not k.startswith("term.")}
    assert common == {k for k in chinese if not k.startswith("term.")}
    assert {k: fields_of(english[k]) for k in common} == {k: fields_of(chinese[k]) for k in common}


def test_every_reason_given_has_a_template() -> None:
    given = set().union(*(texts(c.args[0]) for c in calls("because")))
    given |= {"agrees", "rival_differs"}  # passed through a variable in shares.py
    catalogue = set(words("en"))
    assert len(given) > 40
    for key in given:
        pattern = re.escape(key).replace(r"\*", r"\w+")
        assert any(re.fullmatch(pattern, k) for k in catalogue), key


def test_every_template_of_a_reason_is_used() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in SOURCE)
    reasons = [k for k in words("en") if "." not in k]
    assert [k for k in reasons if f'"{k}"' not in source and not k.startswith("reading_")] == []


def test_every_verdict_statement_and_relation_has_a_word() -> None:
    for lang in languages():
        catalogue = words(lang)
        assert {f"verdict.{v}" for v in Verdict} | {f"stated.{s}" for s in Stated} <= set(catalogue)
        assert {f"relation.{r}" for r in Relation} <= set(catalogue)


def test_everything_that_can_be_missing_has_a_word() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in SOURCE)
    listed = re.findall(r'missing=\[?"(\w+)"', source) + re.findall(r'nothing_found\(case, "(\w+)"', source)
    assert len(set(listed)) > 20
    assert {f"missing.{m}" for m in listed} <= set(words("en"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_core_findings_are_told_in_full(world: World, lang: str) -> None:
    for finding in check_file(world, core_claims_path()):
        lines = explain(finding, lang)
        assert lines[0].startswith(finding.claim.id)
        assert len(lines) >= 2 + len(finding.missing)
        assert not any("{" in line or "None" in line for line in lines)


def test_chinese_reasons_are_chinese() -> None:
    assert "时钟" in phrase(because("lead_time_is_start"), "zh")
    assert phrase(because("no_figure", subject="X", variable="purity"), "zh").startswith("数据表")


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match="en, zh"):
        words("ru")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3_800_000, "3,800,000"),
        (12345.6, "12,300"),
        (0.6842, "0.684"),
        (99.99, "99.99"),
        (99.0999, "99.1"),
        (99.999, "99.999"),
        (15.0, "15"),
        (float("inf"), "∞"),
        (0.0, "0"),
        (1234567.8, "1,230,000"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


EDITOR = """
anchor_date: 2026-03-01
claims:
  - {id: resource, subject: Kvanefjeld, subject_type: deposit, variable: reserves_t_REO, value: 11000000,
     comparator: approx, unit: t REO, modality: reported_fact}
  - {id: revised, subject: World, subject_type: region, variable: production_t, value: 390000, comparator: eq,
     unit: t REO/y, when: 2024, modality: reported_fact}
  - {id: quota, subject: China, subject_type: country, variable: production_quota_t, value: 270000, comparator: eq,
     unit: t REO/y, when: 2024, modality: reported_fact}
  - {id: output, subject: China, subject_type: country, variable: production_t, value: 270000, comparator: eq,
     unit: t REO/y, when: 2024, modality: reported_fact}
  - {id: plants, subject: Lynas Rare Earths, subject_type: company, variable: capacity_t, value: 22000,
     comparator: eq, unit: t REO/y, modality: reported_fact}
  - {id: start, subject: Eneabba, subject_type: place, variable: start_date, value: "2026", comparator: eq,
     unit: date, modality: forecast}
  - {id: tariff, subject: China, subject_type: country, variable: stock_move, value: 3, comparator: eq,
     unit: percent, modality: reported_fact}
"""


def test_the_verdict_names_the_definition_that_agrees(world: World) -> None:
    found = {f.claim.id: f for f in check_claims(world, parse_claims(EDITOR))}
    assert verdict_words(found["resource"]) == "true of the JORC resource, not of reserves"
    assert explain(found["resource"])[0] == "resource: true of the JORC resource, not of reserves"
    assert "JORC" in verdict_words(found["resource"], "zh")
    (row,) = claim_rows((found["resource"],), say_in("en"))
    assert row[3] == "true of the JORC resource, not of reserves"


def test_an_earlier_edition_is_called_so_and_not_another_definition(world: World) -> None:
    found = {f.claim.id: f for f in check_claims(world, parse_claims(EDITOR))}["revised"]
    assert found.verdict is Verdict.OUTDATED
    assert verdict_words(found) == "outdated: revised to 380,000 t REO/y"
    assert found.evidence[0].relation is Relation.EARLIER_EDITION
    assert Relation.OTHER_DEFINITION not in {e.relation for e in found.evidence if "MCS" in e.publisher}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_key_of_the_tables_reaches_a_reader(world: World, lang: str) -> None:
    for finding in (*check_file(world, core_claims_path()), *check_claims(world, parse_claims(EDITOR))):
        hidden = {x for e in finding.evidence for x in (e.source, e.where)}
        for line in explain(finding, lang, evidence=99):
            for text in hidden:
                line = line.replace(text, "")
            assert re.findall(r"[a-z]+_[a-z_]+", line) == [], line
