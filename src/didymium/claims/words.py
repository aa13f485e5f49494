"""Words for findings: one catalogue per language, so that a third language is a file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from didymium.claims.verdict import Attainable, Evidence, Finding, Parameter, Reason
from didymium.claims.yaml_lines import parse_yaml
from didymium.errors import UnknownName

__all__ = ["explain", "fields_of", "languages", "number", "phrase", "words"]

_FIELD = re.compile(r"\{(\w+)\}")


def languages() -> tuple[str, ...]:
    """Languages that have a catalogue."""
    names = (p.name for p in files("didymium.claims").iterdir())
    return tuple(sorted(n[9:-5] for n in names if n.startswith("messages_") and n.endswith(".yaml")))


@lru_cache(maxsize=8)
def words(lang: str) -> dict[str, str]:
    """The catalogue of ``lang``: templates by key; raises UnknownName for a language without one."""
    if lang not in languages():
        raise UnknownName("language", lang, languages())
    name = f"messages_{lang}.yaml"
    node = parse_yaml(files("didymium.claims").joinpath(name).read_text(encoding="utf-8"), name)
    assert isinstance(node.value, dict)
    return {key: str(child.plain()) for key, child in node.value.items()}


def fields_of(template: str) -> frozenset[str]:
    """The parameters that a template names."""
    return frozenset(_FIELD.findall(template))


def number(value: float) -> str:
    """Three significant digits with thousands marks; whole numbers below a million stay whole."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    rounded = round(value, digits - (0 if digits else math.floor(math.log10(abs(value))) - 2))
    text = f"{rounded:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(value: Parameter, catalogue: dict[str, str]) -> str:
    if isinstance(value, str):
        return ", ".join(catalogue.get(f"term.{part}", part) for part in value.split(", "))
    return number(float(value))


def phrase(reason: Reason, lang: str = "en") -> str:
    """A reason in words of ``lang``."""
    catalogue = words(lang)
    shown = {name: _shown(value, catalogue) for name, value in reason.parameters}
    return catalogue[reason.key].format_map(shown)


def explain(finding: Finding, lang: str = "en", *, evidence: int = 6) -> list[str]:
    """A finding as lines of text: verdict, statement, chance, reasoning, tolerance, evidence, what is missing.

    At most ``evidence`` pieces of evidence are listed. Raises UnknownName for a language without a catalogue.
    """
    say = words(lang)
    lines = [say["line.verdict"].format(id=finding.claim.id, verdict=say[f"verdict.{finding.verdict}"])]
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
    yield say["line.chance"].format(bound=bound, percent=_percent(p))
    if attainable.band50 is not None and attainable.band90 is not None:
        (a, b), (c, d) = attainable.band50, attainable.band90
        yield say["line.bands"].format(a=_percent(a), b=_percent(b), c=_percent(c), d=_percent(d))
    if attainable.outcome_band50 is not None and attainable.outcome_band90 is not None:
        (a, b), (c, d) = attainable.outcome_band50, attainable.outcome_band90
        unit = attainable.outcome_unit
        yield say["line.outcome"].format(a=number(a), b=number(b), c=number(c), d=number(d), unit=unit)


def _evidence(e: Evidence, say: dict[str, str]) -> str:
    ends = [x for x in (e.low, e.value, e.high) if x is not None]
    value = "–".join(dict.fromkeys(number(x) for x in (min(ends), max(ends)))) if ends else say["term.no_value"]
    parts = {
        "relation": say[f"relation.{e.relation}"],
        "value": value if e.unit != "y" or not ends or ends[0] < 1900 else f"{ends[0]:.1f}",
        "unit": _shown(e.unit, say),
        "definition": _shown(e.definition, say),
        "text": f" ({e.text})" if e.text else "",
        "publisher": e.publisher,
        "year": str(e.year) if e.year else "?",
        "grade": e.grade,
        "source": e.source,
        "where": e.where,
    }
    return say["line.evidence"].format(**parts)
