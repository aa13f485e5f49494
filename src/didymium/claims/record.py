"""Claim records: one statement of a text as fields, without the text; read from YAML, strictly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from didymium.claims.vocabulary import Variable, canonical_unit, fits, vocabulary
from didymium.claims.when import EXPECTED, span_of
from didymium.errors import RecordError, UnitError, nearest
from didymium.yaml_lines import Node, parse_yaml, read_text

__all__ = ["Claim", "ClaimFile", "load_claims", "parse_claims"]

MAX_CLAIMS = 2000

SubjectType = Literal["country", "region", "place", "company", "agency", "deposit", "thing"]
Stage = Literal["reserves", "mine", "crack", "separate", "metal", "magnet", "recycle", "producing"]
Comparator = Literal["eq", "approx", "approx_below", "lt", "le", "gt", "ge", "range"]
Modality = Literal["reported_fact", "target", "forecast", "opinion"]
Domain = Literal["chain", "adjacent"]


def _day(value: object) -> object:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("a date such as 2025-06-19") from None
    return value


Text = Annotated[str, Field(min_length=1, max_length=400)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_day)]


class Claim(BaseModel):
    """One claim: who says what about which variable of which subject, how much, when, and how surely.

    Exactly as stated: ``unit`` is canonical (see units.py), ``value`` a number, or a date as text for variables of
    dates, or None when the text gives none. ``anchor_date`` is the date of the text: ``now`` is relative to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
    subject: Text
    subject_type: SubjectType
    variable: str
    unit: str
    comparator: Comparator
    modality: Modality
    anchor_date: Day
    value: Number | str | None = None
    value_low: Number | None = None
    value_high: Number | None = None
    stage: Stage | None = None
    partner: Text | None = None
    when: str | None = None
    source: Text | None = None
    domain: Domain = "chain"
    note: Text | None = None

    @property
    def number(self) -> float | None:
        """The stated value as a number; the nearest bound where only a range is given."""
        if isinstance(self.value, (int, float)):
            return float(self.value)
        given = [b for b in (self.value_low, self.value_high) if b is not None]
        return given[0] if given else None

    @property
    def anchor_y(self) -> float:
        """The anchor date as a decimal year."""
        start = date(self.anchor_date.year, 1, 1)
        return self.anchor_date.year + (self.anchor_date - start).days / 366


class ClaimFile(BaseModel):
    """A file of claims: a title, and the records in file order."""

    model_config = ConfigDict(frozen=True)

    claims: tuple[Claim, ...]
    title: str = ""
    path: str = ""


_FILE_KEYS = ("title", "anchor_date", "claims")
_CHOICES: dict[str, tuple[str, ...]] = {
    "subject_type": get_args(SubjectType),
    "stage": get_args(Stage),
    "comparator": get_args(Comparator),
    "modality": get_args(Modality),
    "domain": get_args(Domain),
}


def load_claims(path: str | Path) -> ClaimFile:
    """The claims in the YAML file ``path``; raises RecordError with file, line, key, expectation and cure."""
    return parse_claims(read_text(Path(path)), str(path))


def parse_claims(text: str, name: str = "claims") -> ClaimFile:
    """The claims in YAML ``text``, called ``name`` in messages; raises RecordError."""
    root = parse_yaml(text, name)
    if not isinstance(root.value, dict):
        raise RecordError(
            "the file is not a mapping", where=f"{name}:{root.line}", expected="the key 'claims:' and a list of records"
        )
    top = root.value
    for key, node in top.items():
        if key not in _FILE_KEYS:
            raise _unknown_key(key, _FILE_KEYS, f"{name}:{node.line}")
    records = top.get("claims")
    if records is None or not isinstance(records.value, list) or not records.value:
        line = records.line if records else root.line
        raise RecordError(
            "there are no claims", where=f"{name}:{line}, claims", expected="a list of at least one record"
        )
    if len(records.value) > MAX_CLAIMS:
        raise RecordError(
            f"{len(records.value)} claims", where=f"{name}:{records.line}, claims", expected=f"at most {MAX_CLAIMS}"
        )
    claims = tuple(_claims(records.value, top.get("anchor_date"), name))
    return ClaimFile(claims=claims, title=_title(top.get("title"), name), path=name)


def _title(node: Node | None, name: str) -> str:
    if node is None:
        return ""
    if not isinstance(node.value, str):
        raise RecordError("the title is not text", where=f"{name}:{node.line}, title", expected="one line of text")
    return node.value


def _claims(records: list[Node], anchor: Node | None, name: str) -> Iterator[Claim]:
    seen: dict[str, int] = {}
    for record in records:
        if not isinstance(record.value, dict):
            raise RecordError(
                "the record is not a mapping",
                where=f"{name}:{record.line}",
                expected="keys such as id, subject, variable",
            )
        fields = dict(record.value)
        if anchor is not None:
            fields.setdefault("anchor_date", anchor)
        claim = _claim(fields, record.line, name)
        if claim.id in seen:
            raise RecordError(
                f"id {claim.id!r} is already used in line {seen[claim.id]}",
                where=f"{name}:{fields['id'].line}, id",
                expected="each id once",
            )
        seen[claim.id] = fields["id"].line
        yield claim


def _claim(fields: dict[str, Node], line: int, name: str) -> Claim:
    for key, node in fields.items():
        if key not in Claim.model_fields:
            raise _unknown_key(key, tuple(Claim.model_fields), f"{name}:{node.line}")
    plain = {key: _as_text(key, node, fields) for key, node in fields.items() if node.value is not None}
    try:
        claim = Claim.model_validate(plain)
    except ValidationError as error:
        raise _refused(error, fields, line, name) from None
    for key, what, expected, cure in _faults(claim):
        at = fields[key].line if key in fields else line
        raise RecordError(what, where=f"{name}:{at}, {key}", expected=expected, cure=cure)
    return claim.model_copy(update={"unit": canonical_unit(claim.unit)})


def _as_text(key: str, node: Node, fields: dict[str, Node]) -> object:
    """The value of a node; a bare year or number stands for its text where text is meant."""
    value = node.plain()
    variable = fields["variable"].value if "variable" in fields else None
    known = vocabulary().get(variable) if isinstance(variable, str) else None
    dated = key == "value" and known is not None and known.kind == "date"
    if isinstance(value, int) and not isinstance(value, bool) and (dated or key in ("id", "when")):
        return str(value)
    return value


def _unknown_key(key: str, valid: tuple[str, ...], where: str) -> RecordError:
    near = nearest(key, valid, n=1)
    cure = f"did you mean {near[0]!r}?" if near else "remove it"
    return RecordError(f"unknown key {key!r:.60}", where=where, expected="one of " + ", ".join(valid), cure=cure)


def _refused(error: ValidationError, fields: dict[str, Node], line: int, name: str) -> RecordError:
    first = error.errors()[0]
    key = str(first["loc"][0])
    where = f"{name}:{fields[key].line if key in fields else line}, {key}"
    if first["type"] == "missing" or (key in fields and fields[key].value is None):
        return RecordError("the key is missing or empty", where=where, expected=_expected(key, first["msg"]))
    given = fields[key].plain() if key in fields else None
    near = nearest(given, _CHOICES.get(key, ()), n=1) if isinstance(given, str) else []
    cure = f"did you mean {near[0]!r}?" if near else ""
    return RecordError(f"{given!r:.60} does not fit", where=where, expected=_expected(key, first["msg"]), cure=cure)


_EXPECTED = {
    "id": "a short key of letters, digits, dot, dash or underscore",
    "anchor_date": "the date of the text, such as 2025-06-19, in the record or once for the file",
    "value": "a finite number, or a date such as 2025-12-01 for a variable of dates",
    "value_low": "a finite number",
    "value_high": "a finite number",
    "unit": "a unit such as t REO, percent, y, count or date",
    "variable": "a variable of the vocabulary",
    "subject": "the name of a place, deposit or company, at most 400 characters",
}


def _expected(key: str, message: str) -> str:
    if key in _CHOICES:
        return "one of " + ", ".join(_CHOICES[key])
    return _EXPECTED.get(key, message[:1].lower() + message[1:])


Fault = tuple[str, str, str, str]


def _faults(claim: Claim) -> Iterator[Fault]:
    """What is wrong with the meaning of a claim: key, what, expected, cure."""
    variable = vocabulary().get(claim.variable)
    if variable is None:
        # The beginning of a name is a better guess than a name that looks alike: reserves is reserves_t_REO.
        begun = [v for v in vocabulary() if v.casefold().startswith(claim.variable.casefold() + "_")]
        near = begun or nearest(claim.variable, vocabulary(), n=1)
        cure = f"did you mean {near[0]!r}?" if near else ""
        yield "variable", f"unknown variable {claim.variable!r:.60}", "one of " + ", ".join(vocabulary()), cure
        return
    yield from _unit_faults(claim, variable)
    yield from _value_faults(claim, variable)
    if claim.when is not None and claim.when != "now" and span_of(claim.when) is None:
        yield "when", f"{claim.when!r:.60} is not a time", EXPECTED, ""


def _unit_faults(claim: Claim, variable: Variable) -> Iterator[Fault]:
    try:
        unit = canonical_unit(claim.unit)
    except UnitError as error:
        yield "unit", error.what, error.expected, error.cure
        return
    if not fits(unit, variable):
        yield "unit", f"{claim.variable} is not stated in {claim.unit!r:.40}", "one of " + ", ".join(variable.units), ""


def _value_faults(claim: Claim, variable: Variable) -> Iterator[Fault]:
    if isinstance(claim.value, str) and (variable.kind != "date" or span_of(claim.value) is None):
        expected = EXPECTED if variable.kind == "date" else "a finite number"
        yield "value", f"{claim.value!r:.60} does not fit", expected, ""
    if variable.kind == "date" and isinstance(claim.value, (int, float)):
        yield "value", f"{claim.value:g} is not a date", "a date in quotes, such as '2025-12-01'", "put it in quotes"
    for key in ("value", "value_low", "value_high"):
        number = getattr(claim, key)
        if isinstance(number, (int, float)):
            yield from _bound_faults(key, float(number), variable)
    low, high = claim.value_low, claim.value_high
    if low is not None and high is not None and low > high:
        yield "value_high", f"the range is crossed: {low:g} to {high:g}", "value_low <= value_high", "swap them"
    number = claim.value if isinstance(claim.value, (int, float)) else None
    if number is not None and not (-math.inf if low is None else low) <= number <= (math.inf if high is None else high):
        yield "value", f"{number:g} lies outside {low} to {high}", "value_low <= value <= value_high", ""
    if claim.comparator == "range" and (low is None or high is None):
        yield (
            "comparator",
            "a range without both ends",
            "value_low and value_high",
            "give both, or use another comparator",
        )


def _bound_faults(key: str, number: float, variable: Variable) -> Iterator[Fault]:
    low, high = variable.minimum, variable.maximum
    if low is not None and number < low:
        yield key, f"{number:g} is too small for {variable.name}", f"a number >= {low:g}", ""
    if high is not None and number > high:
        yield key, f"{number:g} is too large for {variable.name}", f"a number <= {high:g}", ""
