"""The brief in words, and as a record for programs."""

from __future__ import annotations

from dataclasses import asdict

from didymium.chain.outlook import HORIZON_Y, binding_stages
from didymium.chain.reconcile import BASKETS
from didymium.claims import Claim, Finding, phrase, verdict_words, words
from didymium.report.brief import Brief, weakest_stages
from didymium.report.numbers import amount, joined, percent, year_or
from didymium.report.race_table import project_rows, race_records
from didymium.report.standing import TARGET_YEAR, GroupStanding
from didymium.report.trade_position import trade_position
from didymium.words import Say
from didymium.world import World

__all__ = [
    "brief_record",
    "brief_sentences",
    "chance_text",
    "claim_rows",
    "claim_text",
    "definition_word",
    "headline",
    "verdict_text",
]

SIGNS = {"eq": "=", "approx": "≈", "approx_below": "≲", "lt": "<", "le": "≤", "gt": ">", "ge": "≥", "range": "="}
"""Comparators of claims as signs."""


def _stages(say: Say, stages: tuple[str, ...]) -> str:
    return joined(say, [say(f"noun_stage.{s}") for s in stages])


def definition_word(say: Say, definition: str) -> str:
    """A definition of reserves in words; what the figure counts, such as ore, stays behind it in brackets."""
    name, _, counted = definition.partition(" (")
    word = say(f"definition.{name}")
    return say("definition.of", definition=word, counted=say(f"counted.{counted[:-1]}")) if counted else word


def headline(world: World, b: Brief, say: Say) -> str:
    """The weakest link in one sentence; of a country inside a bloc it is that of the bloc, and named so."""
    name = world.place_name(b.bloc, say.lang)
    if not b.standing.groups["ndpr"].in_use:
        return say("brief.headline_none", name=name)
    missing, weakest, share = weakest_stages(b.standing, "ndpr")
    if missing:
        return say("brief.headline_missing", name=name, missing=_stages(say, missing))
    return say("brief.headline_weakest", name=name, stage=say(f"noun_stage.{weakest}"), share=percent(say, share))


def brief_sentences(world: World, b: Brief, say: Say) -> list[str]:
    """Position, supplier, outlook, pipeline and reserves, a sentence or two each."""
    g = b.standing.groups["ndpr"]
    name, bloc = world.place_name(b.place, say.lang), world.place_name(b.bloc, say.lang)
    lines = []
    if b.place != b.bloc:
        lines.append(say("brief.country_of", name=name, bloc=bloc))
    if g.in_use:
        supplier = world.place_name(g.supplier, say.lang)
        lines += [
            _position_line(g, bloc, say),
            say("brief.supplier", supplier=supplier, cover=percent(say, g.cover)),
            _outlook_line(g, b.race.flows.year, say),
        ]
    expected = f"{sum(r.probability_by for r in b.live):.1f}"
    pipeline = say("brief.pipeline", n=len(b.live), expected=expected, year=TARGET_YEAR)
    return [*lines, pipeline if b.live else say("brief.pipeline_none"), _reserves_line(world, b, say)]


def _position_line(g: GroupStanding, bloc: str, say: Say) -> str:
    share = {s: percent(say, v) for s, v in g.shares.items()}
    return say(
        "brief.position",
        name=bloc,
        use=amount(say, g.use_t, "t REO"),
        use_share=share["use"],
        dependence=percent(say, g.dependence),
        mine=share["mine"],
        separate=share["separate"],
        metal=share["metal"],
        magnet=share["magnet"],
    )


def _outlook_line(g: GroupStanding, base_year: int, say: Say) -> str:
    o = g.outlook
    if o.reached == 0:
        return say("brief.never", horizon=HORIZON_Y, stage=_stages(say, binding_stages(o)))
    if o.first_year is not None and o.first_year <= base_year:
        return say("brief.already", year=base_year)
    year = year_or(say, o.first_year, base_year, HORIZON_Y)
    return say("brief.reached", reached=percent(say, o.reached), horizon=HORIZON_Y, year=year)


def _reserves_line(world: World, b: Brief, say: Say) -> str:
    parts = joined(say, [world.place_name(x.place, say.lang) for x in b.part_reserves])
    if b.used is None or b.own_reserves is None:
        return say("brief.reserves_parts", names=parts) if parts else say("brief.reserves_none")
    f = b.used.figure
    words = {
        "value": amount(say, f.value, f.unit),
        "definition": definition_word(say, f.definition),
        "publisher": f.publisher,
        "year": f.year,
        "n": len(b.own_reserves.of(f.definition)),
    }
    values = [x.value for x in b.own_reserves.figures if x.value and x.unit == f.unit]
    if len(set(values)) < 2:
        return say("brief.reserves_only", **words)
    return say("brief.reserves_used", **words, low=amount(say, min(values)), high=amount(say, max(values), f.unit))


def verdict_text(finding: Finding, say: Say) -> str:
    """The verdict in words; for a target also how it stands as a statement."""
    text = verdict_words(finding, say.lang)
    if finding.stated is None:
        return text
    return text + say("number.semicolon") + words(say.lang)[f"stated.{finding.stated}"]


def chance_text(finding: Finding, say: Say) -> str | None:
    """The probability that a target is met, None for claims about the past."""
    if finding.attainable is None or finding.attainable.probability is None:
        return None
    # A chance is never nothing: draws that show none only bound it.
    return percent(say, min(max(finding.attainable.probability, 1e-9), 1 - 1e-9), digits=1)


def claim_rows(findings: tuple[Finding, ...], say: Say) -> list[tuple[str | None, ...]]:
    """One row per finding: what is claimed, by whom, verdict, chance, first reason."""
    rows: list[tuple[str | None, ...]] = []
    for f in findings:
        reason = phrase(f.reasoning[0], say.lang) if f.reasoning else None
        chance = chance_text(f, say) or say("number.gap")
        rows.append(
            (f.claim.id, claim_text(f.claim, say), f.claim.source or None, verdict_text(f, say), chance, reason)
        )
    return rows


def claim_text(claim: Claim, say: Say) -> str:
    """What is claimed: subject, variable, sign, value and unit; the subject stays as the record has it."""
    ends = [v for v in (claim.value_low, claim.value, claim.value_high) if v is not None]
    value = "–".join(dict.fromkeys(_plain(v) for v in (ends[0], ends[-1]))) if ends else ""
    unit = say(f"unit.{claim.unit}") if say.has(f"unit.{claim.unit}") else claim.unit
    parts = (
        (say(f"variable.{claim.variable}"), SIGNS[claim.comparator], value, unit)
        if value
        else (say(f"variable.{claim.variable}"),)
    )
    return say("claim_text", subject=claim.subject, what=" ".join(p for p in parts if p))


def _plain(value: float | str) -> str:
    """A value as the claim has it: thousands marks, no rounding below a million."""
    if isinstance(value, str):
        return value
    return f"{value:,g}" if abs(value) < 1e6 else f"{value:,.0f}"


def brief_record(b: Brief) -> dict[str, object]:
    """The brief for programs: nested, keys carry units, gaps are None or NaN; ``forms`` are of Nd + Pr."""
    return {
        "place": b.place,
        "bloc": b.bloc,
        "standing": {str(r["basket"]): r for r in race_records(b.race) if r["bloc"] == b.bloc},
        "forms": [asdict(p) for p in trade_position(b.race.flows, b.bloc, BASKETS["ndpr"])],
        "projects": project_rows(b.live),
        "reserves": [
            {
                "scope": x.place,
                "value": f.value,
                "unit": f.unit,
                "definition": f.definition,
                "publisher": f.publisher,
                "year": f.year,
                "grade": f.grade,
                "source": f.source,
            }
            for x in b.reserves
            for f in x.figures
        ],
        "claims": [
            {
                "id": f.claim.id,
                "verdict": str(f.verdict),
                "stated": None if f.stated is None else str(f.stated),
                "probability": None if f.attainable is None else f.attainable.probability,
            }
            for f in b.findings
        ],
        "sources": sorted(b.sources),
    }
