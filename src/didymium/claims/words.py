"""Words for findings: one catalogue per language, so that a third language is a file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache

from didymium.claims.verdict import Attainable, Evidence, Finding, Parameter, Reason, Verdict
from didymium.words import fill, languages, say_in

__all__ = ["explain", "fields_of", "languages", "number", "phrase", "verdict_words", "words"]

_FIELD = re.compile(r"\{(\w+)\}")
_DATED = re.compile(r"(?P<head>.+) (?P<year>\d{4})")
_KEY = re.compile(r"[a-z]+(?:_[A-Za-z0-9]+)+")
_OF = re.compile(r"(?P<head>.+) \((?P<counted>.+)\)")


@lru_cache(maxsize=8)
def words(lang: str) -> dict[str, str]:
    """The phrases about claims in the catalogue of ``lang``; raises UnknownName for a language without one."""
    phrases = say_in(lang).phrases
    return {key.removeprefix("claim."): text for key, text in phrases.items() if key.startswith("claim.")}


def fields_of(template: str) -> frozenset[str]:
    """The parameters that a template names."""
    return frozenset(_FIELD.findall(template))


def number(value: float) -> str:
    """Three significant digits with thousands marks; whole numbers below a million and nines stay as they are."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    if 99 < value < 100:
        return f"{round(value, 1 - math.floor(math.log10(100 - value))):.10g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    rounded = round(value, digits - (0 if digits else math.floor(math.log10(abs(value))) - 2))
    text = f"{rounded:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(value: Parameter, catalogue: dict[str, str]) -> str:
    if isinstance(value, str):
        return ", ".join(_term(part, catalogue) for part in value.split(", "))
    return number(float(value))


def _term(part: str, catalogue: dict[str, str]) -> str:
    """A term of the tables in words; a year behind it, or what it counts in brackets, stays there."""
    if f"term.{part}" in catalogue:
        return catalogue[f"term.{part}"]
    if match := _DATED.fullmatch(part):
        return f"{_term(match['head'], catalogue)} {match['year']}"
    if match := _OF.fullmatch(part):
        return f"{_term(match['head'], catalogue)} ({_term(match['counted'], catalogue)})"
    return _plain(part)


def _plain(text: str) -> str:
    """``text`` with the keys of tables in it as words: a key that no catalogue has is at least readable."""
    return _KEY.sub(lambda match: match.group().replace("_", " "), text)


def phrase(reason: Reason, lang: str = "en") -> str:
    """A reason in words of ``lang``."""
    catalogue = words(lang)
    shown = {name: _shown(value, catalogue) for name, value in reason.parameters}
    if "variable" in shown:
        shown["variable"] = variable_word(str(dict(reason.parameters)["variable"]), lang)
    return " ".join(fill(catalogue[reason.key], **shown).split())


def variable_word(variable: str, lang: str) -> str:
    """The variable of a claim in words of ``lang``."""
    return say_in(lang)(f"variable.{variable}")


def verdict_words(finding: Finding, lang: str = "en") -> str:
    """The verdict in words; it names the definition that agrees, or the figure to which a later edition revised."""
    say = words(lang)
    given = {r.key: dict(r.parameters) for r in finding.reasoning}
    revised, other = given.get("revised_to"), given.get("agrees_other_definition", given.get("agrees"))
    if finding.verdict is Verdict.OUTDATED and revised:
        return fill(say["verdict_revised"], **{k: _shown(revised[k], say) for k in ("value", "unit")})
    if finding.verdict is Verdict.OTHER_DEFINITION and other:
        definition = _shown(other["definition"], say)
        if finding.claim.variable in ("reserves_t_REO", "resources_t"):
            variable = variable_word(finding.claim.variable, lang)
            return fill(say["verdict_true_of"], definition=definition, variable=variable)
        return fill(say["verdict_other_definition"], definition=definition)
    return say[f"verdict.{finding.verdict}"]


def explain(finding: Finding, lang: str = "en", *, evidence: int = 6) -> list[str]:
    """A finding as lines of text: verdict, statement, chance, reasoning, tolerance, evidence, what is missing.

    At most ``evidence`` pieces of evidence are listed. Raises UnknownName for a language without a catalogue.
    """
    say = words(lang)
    lines = [say["line.verdict"].format(id=finding.claim.id, verdict=verdict_words(finding, lang))]
    if finding.stated is not None:
        lines.append(say["line.stated"].format(stated=say[f"stated.{finding.stated}"]))
    if finding.attainable is not None:
        lines += _chance(finding.attainable, lang)
    lines += [say["line.reason"].format(text=phrase(r, lang)) for r in finding.reasoning]
    if finding.tolerance is not None:
        text = phrase(finding.tolerance.how, lang)
        low, high = number(finding.tolerance.low), number(finding.tolerance.high)
        unit = _shown(finding.claim.unit, say)
        lines.append(say["line.tolerance"].format(text=text, low=low, high=high, unit=unit))
    lines += [_evidence(e, say) for e in finding.evidence[:evidence]]
    if len(finding.evidence) > evidence:
        lines.append(say["line.more"].format(n=len(finding.evidence) - evidence))
    lines += [say["line.missing"].format(text=say[f"missing.{m}"]) for m in finding.missing]
    return lines


def _percent(share: float) -> str:
    return number(100 * share) if 100 * share >= 0.1 or share == 0 else "<0.1"


def _chance(attainable: Attainable, lang: str) -> Iterator[str]:
    say = words(lang)
    p = attainable.probability
    if p is None:
        yield say["line.no_chance"].format(text=phrase(attainable.reason, lang))
        return
    bound = say[f"bound.{attainable.bound}"]
    # A chance of nothing would say that nobody can still announce anything.
    yield say["line.chance"].format(bound=bound, percent=_percent(max(p, 1e-6)))
    if attainable.band50 is not None and attainable.band90 is not None:
        (a, b), (c, d) = attainable.band50, attainable.band90
        yield say["line.bands"].format(a=_percent(a), b=_percent(b), c=_percent(c), d=_percent(d))
    if attainable.outcome_band50 is not None and attainable.outcome_band90 is not None:
        (a, b), (c, d) = attainable.outcome_band50, attainable.outcome_band90
        unit = attainable.outcome_unit
        yield say["line.outcome"].format(a=number(a), b=number(b), c=number(c), d=number(d), unit=unit)


def _evidence(e: Evidence, say: dict[str, str]) -> str:
    ends = [x for x in (e.low, e.value, e.high) if x is not None]
    value = "–".join(dict.fromkeys(_point(x, e.unit) for x in (min(ends), max(ends)))) if ends else say["term.no_value"]
    parts = {
        "relation": say[f"relation.{e.relation}"],
        "quantity": f"{value} {_shown(e.unit, say)}".strip(),
        "definition": _shown(e.definition, say),
        "text": f" ({_plain(e.text)})" if e.text else "",
        "publisher": e.publisher,
        # Some publishers are titles that end in their date.
        "year": "" if str(e.year) in e.publisher else str(e.year) if e.year else "?",
        "grade": e.grade,
        "source": e.source,
        "where": e.where,
    }
    return say["line.evidence"].format(**parts).replace(" ,", ",").replace(" ，", "，")


def _point(value: float, unit: str) -> str:
    """A number, or a calendar year with a decimal where the unit is years and the value a date."""
    return f"{value:.1f}" if unit == "y" and 1900 < value < 2200 else number(value)
