"""Claim files under fire: whatever the text, a claim file or one error for people, never a traceback."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from didymium.claims import Verdict, check, core_claims_path, explain, load_claims, parse_claims, vocabulary
from didymium.claims.record import Claim
from didymium.errors import DidymiumError
from didymium.world import load_world
from didymium.yaml_lines import parse_yaml

TEXT = core_claims_path().read_text(encoding="utf-8")
LINES = TEXT.splitlines()
CLAIMS = load_claims(core_claims_path()).claims
MARKS = [*"{}[]-#'\"\n\t\ufeff\x00", "claims:", "- ", "id: a", "&a", "*a", "!!x", "? ", "| ", "> ", "---", "...", "  "]
PIECES = st.sampled_from([*MARKS, ": ", "value: .nan", "value: 1e999", "unit: t REO", "%YAML 1.1\n", "<<: ", "0x1F"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["now", "percent", "t REO", "range", "2025", "approx", "Russia", "_", "date"]),
)


def settle(text: str) -> bool:
    """Whether ``text`` is read; False when it is refused as a file for people should be."""
    try:
        parse_claims(text, "file.yaml")
    except DidymiumError as error:
        message = str(error)
        assert message.startswith("file.yaml") and "Traceback" not in message
        assert error.exit_code == 2
        return False
    return True


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join)))
@example("claims: *a")
@example("? ?\n")
@example("&a")
@example("\ud800")
@example('claims: "\\ud800"')
@example("claims:\n- {}\n")
@example("%YAML 9.9\n---\na")
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    settle(text)


@given(st.integers(0, len(LINES) - 1), PIECES, st.integers(0, 60), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_line_broken_anywhere_is_read_or_refused(at: int, piece: str, column: int, drop: bool) -> None:
    start = max(0, at - 30)
    lines = ["claims:", *[line for line in LINES[start : at + 15] if not line.startswith(("claims", "title", "#"))]]
    chosen = min(at - start, len(lines) - 1)
    old = lines[chosen]
    lines[chosen] = "" if drop else old[:column] + piece + old[column:]
    settle("\n".join(lines))


@given(
    st.sampled_from(CLAIMS),
    st.dictionaries(st.sampled_from([*Claim.model_fields, "vlaue", "x"]), st.recursive(SCALARS, st.lists), max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_a_mutated_record_is_read_or_refused(claim: Claim, changes: dict[str, object]) -> None:
    record = json.loads(claim.model_dump_json(exclude_none=True)) | changes
    settle(json.dumps({"claims": [record]}, ensure_ascii=False))


@given(st.sampled_from(CLAIMS))
@settings(max_examples=32, deadline=None)
def test_a_claim_survives_the_round_trip(claim: Claim) -> None:
    text = json.dumps({"claims": [json.loads(claim.model_dump_json(exclude_none=True))]})
    assert parse_claims(text).claims == (claim,)


@given(st.recursive(st.one_of(st.booleans(), st.text(max_size=5)), lambda s: st.lists(s, max_size=3), max_leaves=20))
@settings(max_examples=60, deadline=None)
def test_yaml_reads_what_json_writes(value: object) -> None:
    wrapped = {"a": value}
    try:
        node = parse_yaml(json.dumps(wrapped), "x")
    except DidymiumError:
        return  # nested too deep, or a character that YAML may not hold
    assert node.plain() == wrapped


NUMBERS = st.floats(0, 1e9, allow_nan=False, allow_infinity=False)


@given(
    st.sampled_from(sorted(vocabulary())),
    st.sampled_from(
        ["Russia", "China", "United States", "Tomtor deposit", "MP Materials", "nobody", "China–Kazakhstan"]
    ),
    st.sampled_from(["country", "company", "deposit", "thing", "agency"]),
    st.sampled_from(["eq", "approx", "approx_below", "lt", "le", "gt", "ge"]),
    st.sampled_from(["reported_fact", "target", "forecast", "opinion"]),
    st.sampled_from([None, "now", "2010", "2024", "2030", "2020-2023"]),
    st.sampled_from([None, "mine", "separate", "metal", "magnet", "reserves", "producing"]),
    NUMBERS,
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_valid_claim_gets_a_finding(
    variable: str,
    subject: str,
    kind: str,
    comparator: str,
    modality: str,
    when: str | None,
    stage: str | None,
    number: float,
) -> None:
    known = vocabulary()[variable]
    low, high = known.minimum or 0.0, known.maximum if known.maximum is not None else 1e9
    value: object = min(max(number, low), high)
    claim = Claim.model_validate(
        {
            "id": "x",
            "subject": subject,
            "subject_type": kind,
            "variable": variable,
            "unit": known.units[0],
            "comparator": comparator,
            "modality": modality,
            "anchor_date": "2025-06-01",
            "value": "2025-12-01" if known.kind == "date" else value,
            "when": when,
            "stage": stage,
            "partner": "China",
        }
    )
    world = load_world()
    finding = check(world, claim)
    assert finding.verdict in Verdict and finding.reasoning
    assert {r.text("source") for r in world.bibliography(finding)} == finding.sources
    if finding.verdict in (Verdict.SUPPORTED, Verdict.OTHER_DEFINITION, Verdict.OUTDATED, Verdict.CONTRADICTED):
        assert finding.evidence or finding.attainable
    if finding.attainable and finding.attainable.probability is not None:
        assert 0 <= finding.attainable.probability <= 1
    assert all(explain(finding, lang) for lang in ("en", "zh"))
