"""Claim records: what is read, and what is refused with file, line, key and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from didymium.claims import core_claims_path, load_claims, parse_claims, sample_claims_path, vocabulary
from didymium.claims.record import Claim
from didymium.claims.vocabulary import canonical_unit, fits
from didymium.claims.when import span_of
from didymium.errors import RecordError, UnitError
from didymium.units import parse_unit
from didymium.yaml_lines import MAX_BYTES

GOOD = {
    "id": "x-1",
    "subject": "Russia",
    "subject_type": "country",
    "variable": "reserves_t_REO",
    "value": "3800000",
    "comparator": "eq",
    "unit": "t REO",
    "modality": "reported_fact",
    "anchor_date": "2025-11-13",
}


def record(**changes: str | None) -> str:
    """A file of one record, the good one with keys changed, or left out where None."""
    fields = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    lines = [f"{'  - ' if i == 0 else '    '}{k}: {v}" for i, (k, v) in enumerate(fields.items())]
    return "claims:\n" + "\n".join(lines) + "\n"


def one(**changes: str | None) -> Claim:
    return parse_claims(record(**changes)).claims[0]


def test_a_good_record_is_read_as_written() -> None:
    claim = one(value_low="3700000", value_high="3900000", when="2025", note="A note.", stage="reserves")
    assert (claim.id, claim.value, claim.unit, claim.when) == ("x-1", 3.8e6, "t REO", "2025")
    assert claim.anchor_date.isoformat() == "2025-11-13"
    assert claim.domain == "chain"


@pytest.mark.parametrize(
    ("written", "read"), [("t_REO", "t REO"), ("t", "t"), ("kg REO", "kg REO"), ("kt REO", "kt REO")]
)
def test_units_are_read_in_their_usual_spellings(written: str, read: str) -> None:
    assert one(unit=written).unit == read


def test_a_year_may_stand_for_a_date_and_norway_for_itself() -> None:
    claim = one(variable="start_date", unit="date", value="2028", subject="NO", id="7")
    assert (claim.value, claim.subject, claim.id) == ("2028", "NO", "7")


def test_the_anchor_date_of_the_file_holds_for_all_records() -> None:
    text = "anchor_date: 2024-02-03\n" + record(anchor_date=None)
    assert parse_claims(text).claims[0].anchor_date.isoformat() == "2024-02-03"


REFUSED: dict[str, tuple[dict[str, str | None], str, str]] = {
    "unknown key": ({"comparater": "eq"}, "unknown key 'comparater'", "did you mean 'comparator'?"),
    "unknown variable": ({"variable": "reserve_t_REO"}, "unknown variable", "did you mean 'reserves_t_REO'?"),
    "unknown comparator": ({"comparator": "aprox"}, "'aprox' does not fit", "did you mean 'approx'?"),
    "unknown modality": ({"modality": "fact"}, "'fact' does not fit", "one of reported_fact"),
    "negative tonnage": ({"value": "-5"}, "-5 is too small", "a number >= 0"),
    "nan tonnage": ({"value": ".nan"}, "does not fit", "a finite number"),
    "infinite tonnage": ({"value": "1e999"}, "does not fit", "a finite number"),
    "share over 100": (
        {"variable": "share_mining", "unit": "percent", "value": "130"},
        "130 is too large",
        "a number <= 100",
    ),
    "words for a number": ({"value": "many"}, "'many' does not fit", "a finite number"),
    "truth for a number": ({"value": "true"}, "True does not fit", "a finite number"),
    "unit that does not parse": ({"unit": "t ROE"}, "'ROE' is not a substance", "did you mean 't REO'?"),
    "unit of another kind": ({"unit": "percent"}, "is not stated in 'percent'", "t REO"),
    "crossed range": (
        {"comparator": "range", "value": None, "value_low": "9", "value_high": "3"},
        "the range is crossed: 9 to 3",
        "swap them",
    ),
    "half a range": ({"comparator": "range", "value_low": "1"}, "a range without both ends", "give both"),
    "value outside": ({"value_high": "3"}, "lies outside", "value_low <= value <= value_high"),
    "missing key": ({"subject": None}, "missing or empty", "the name of a place"),
    "empty key": ({"subject": ""}, "missing or empty", "the name of a place"),
    "no anchor": ({"anchor_date": None}, "missing or empty", "2025-06-19"),
    "bad anchor": ({"anchor_date": "2025-13-01"}, "does not fit", "2025-06-19"),
    "bad when": ({"when": "yesterday"}, "'yesterday' is not a time", "by 2030"),
    "number for a date": (
        {"variable": "event_date", "unit": "date", "value": "3.5"},
        "is not a date",
        "put it in quotes",
    ),
    "bad id": ({"id": "a b"}, "does not fit", "a short key"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_record_is_refused_with_line_expectation_and_cure(name: str) -> None:
    changes, what, cure = REFUSED[name]
    with pytest.raises(RecordError) as caught:
        parse_claims(record(**changes), "file.yaml")
    message = str(caught.value)
    assert what in message and cure in message
    assert message.startswith("file.yaml:")
    assert caught.value.exit_code == 2


def test_an_error_names_the_line_of_its_key() -> None:
    with pytest.raises(RecordError, match=r"^file.yaml:8, unit: "):
        parse_claims(record(unit="furlong"), "file.yaml")


FILES: dict[str, tuple[str, str]] = {
    "broken": ("claims:\n  - id: a\n   subject: b\n", "file.yaml:3, column 4: not well-formed YAML"),
    "unclosed": ("claims: [", "not well-formed YAML"),
    "tab": ("claims:\n\t- id: a\n", "file.yaml:2"),
    "empty": ("", "the file is empty"),
    "only a comment": ("# nothing\n", "the file is empty"),
    "list on top": ("- a\n", "not a mapping"),
    "no claims": ("title: a\n", "there are no claims"),
    "empty claims": ("claims: []\n", "there are no claims"),
    "claims as a word": ("claims: many\n", "there are no claims"),
    "record as a word": ("claims:\n  - many\n", "file.yaml:2: the record is not a mapping"),
    "key of a list": ("? [a, b]\n: 1\n", "the key ['a', 'b']"),
    "key of a number": ("1: a\n", "the key 1"),
    "repeated key": ("claims: [a]\nclaims: [b]\n", "file.yaml:2, column 1: the key 'claims' is repeated"),
    "unknown key on top": ("claim: []\n", "did you mean 'claims'?"),
    "alias": ("a: &a [x]\nb: [*a, *a]\n", "an anchor or alias"),
    "tag": ("claims: !!python/object:os.system [x]\n", "the tag"),
    "deep": ("claims: " + "[" * 5000 + "]" * 5000, "nesting deeper"),
    "two documents": ("claims: [a]\n---\nclaims: [b]\n", "a second document"),
    "control character": ("claims: a\x00b\n", "U+0000"),
    "title as a list": ("title: [a]\nclaims:\n  - id: a\n", "the title is not text"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_where_it_breaks(name: str) -> None:
    text, message = FILES[name]
    if name == "title as a list":
        text = "title: [a]\n" + record()
    with pytest.raises(RecordError) as caught:
        parse_claims(text, "file.yaml")
    assert message in str(caught.value)


def test_an_alias_bomb_costs_nothing() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    with pytest.raises(RecordError, match="an anchor or alias"):
        parse_claims(bomb)


def test_an_id_is_used_once() -> None:
    twice = record() + record().removeprefix("claims:\n")
    with pytest.raises(RecordError, match=r"claims:11, id: id 'x-1' is already used in line 2"):
        parse_claims(twice)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no such file"):
        load_claims(tmp_path / "none.yaml")
    with pytest.raises(RecordError, match="cannot be read"):
        load_claims(tmp_path)
    with pytest.raises(RecordError, match="cannot be read"):
        load_claims("a\0b")
    (tmp_path / "latin.yaml").write_bytes(b"claims:\n  - id: caf\xe9\n")
    with pytest.raises(RecordError, match=r"latin.yaml:2: byte 19 is not UTF-8"):
        load_claims(tmp_path / "latin.yaml")
    (tmp_path / "large.yaml").write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(RecordError, match="split the file"):
        load_claims(tmp_path / "large.yaml")


def test_the_shipped_files_are_read() -> None:
    assert len(load_claims(core_claims_path()).claims) == 32
    assert load_claims(sample_claims_path()).title == "Sample claims"


def test_shipped_records_hold_no_quotes_or_offsets() -> None:
    for claim in load_claims(core_claims_path()).claims:
        assert all(ord(c) < 0x2E80 for v in claim.model_dump().values() if isinstance(v, str) for c in v)


def test_every_variable_has_units_that_are_known() -> None:
    words = {"date", "rank", "none", "currency_unspecified", "x", "digits", "lb", "USD/share", "AUD/share"}
    for variable in vocabulary().values():
        assert variable.description and variable.units
        for unit in variable.units:
            assert unit in words or parse_unit(unit)
            assert canonical_unit(unit) == unit
            assert fits(unit, variable)


def test_a_unit_that_does_not_parse_is_refused() -> None:
    with pytest.raises(UnitError, match="percent"):
        canonical_unit("percnt")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", 2024, 2025),
        ("2024-07", 2024.5, 2024 + 7 / 12),
        ("2025-Q2", 2025.25, 2025.5),
        ("2025-spring", 2025 + 2 / 12, 2025 + 5 / 12),
        ("2020-2023", 2020, 2024),
        ("2020/2023", 2020, 2024),
        ("by 2030", 2030, 2031),
        ("from 2025-07", 2025.5, 2025 + 7 / 12),
    ],
)
def test_times_are_read(text: str, start: float, end: float) -> None:
    span = span_of(text)
    assert span is not None
    assert (span.start, span.end) == pytest.approx((start, end))


@pytest.mark.parametrize("text", ["now", "soon", "20245", "2024-13", "2023-2020", ""])
def test_what_is_no_time_is_not_read_as_one(text: str) -> None:
    assert span_of(text) is None
