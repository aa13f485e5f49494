"""The brief in words, and as a record for programs."""

from __future__ import annotations

import math

from didymium.chain.outlook import HORIZON_Y
from didymium.claims import Finding, phrase, words
from didymium.report.brief import Brief, weakest_stages
from didymium.report.numbers import amount, joined, percent, year_or
from didymium.report.race_table import race_records
from didymium.report.standing import GROUPS, TARGET_YEAR
from didymium.words import Say
from didymium.world import World

__all__ = ["brief_record", "brief_sentences", "chance_text", "claim_rows", "headline", "verdict_text"]


def _stages(say: Say, stages: tuple[str, ...]) -> str:
    return joined(say, [say(f"noun_stage.{s}") for s in stages])


def headline(world: World, b: Brief, say: Say) -> str:
    """The weakest link in one sentence."""
    name = world.place_name(b.place, say.lang)
    if b.standing.groups["ndpr"].use_t < 0.5:
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
    if g.use_t >= 0.5:
        shares = {s: percent(say, v) for s, v in g.shares.items()}
        position = {"use": amount(say, g.use_t, "t REO"), "use_share": shares.pop("use")}
        lines.append(
            say("brief.position", name=bloc, **position, dependence=percent(say, g.dependence), **shares).strip()
        )
        supplier = world.place_name(g.supplier, say.lang)
        lines.append(say("brief.supplier", supplier=supplier, cover=percent(say, g.cover)))
        lines.append(_outlook_line(b, say))
    expected = f"{sum(r.probability_by for r in b.live):.1f}"
    pipeline = say("brief.pipeline", n=len(b.live), expected=expected, year=TARGET_YEAR)
    lines.append(pipeline if b.live else say("brief.pipeline_none"))
    lines.append(_reserves_line(b, say))
    return lines


def _outlook_line(b: Brief, say: Say) -> str:
    o = b.standing.groups["ndpr"].outlook
    if o.reached > 0:
        year = year_or(say, o.first_year, b.race.flows.year, HORIZON_Y)
        return say("brief.reached", reached=percent(say, o.reached), horizon=HORIZON_Y, year=year)
    return say("brief.never", horizon=HORIZON_Y, stage=_stages(say, tuple(s for s, v in o.binding.items() if v >= 0.2)))


def _reserves_line(b: Brief, say: Say) -> str:
    if b.used is None or b.used.figure.value is None:
        return say("brief.reserves_none")
    f = b.used.figure
    own = b.reserves[0]
    values = [x.value for x in own.figures if x.value and x.unit == "t REO"]
    return say(
        "brief.reserves_used",
        value=amount(say, f.value, f.unit),
        definition=say(f"definition.{f.definition}") if say.has(f"definition.{f.definition}") else f.definition,
        publisher=f.publisher,
        year=f.year,
        reason=b.used.reason,
        low=amount(say, min(values)),
        high=amount(say, max(values), f.unit),
    )


def verdict_text(finding: Finding, say: Say) -> str:
    """The verdict in words; for a target also how it stands as a statement."""
    catalogue = words(say.lang)
    text = catalogue[f"verdict.{finding.verdict}"]
    return f"{text}; {catalogue[f'stated.{finding.stated}']}" if finding.stated is not None else text


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
        c = f.claim
        ends = [v for v in (c.value_low, c.value, c.value_high) if v is not None]
        value = "–".join(dict.fromkeys(_plain(v) for v in (ends[0], ends[-1]))) if ends else ""
        what = f"{c.subject}: {c.variable} {c.comparator} {value} {c.unit}".strip()
        reason = phrase(f.reasoning[0], say.lang) if f.reasoning else None
        rows.append((c.id, what, c.source or None, verdict_text(f, say), chance_text(f, say), reason))
    return rows


def _plain(value: object) -> str:
    return (
        f"{value:,g}"
        if isinstance(value, int | float) and abs(value) < 1e6
        else (f"{value:,.0f}" if isinstance(value, int | float) else str(value))
    )


def brief_record(b: Brief) -> dict[str, object]:
    """The brief for programs: nested, keys carry units, gaps are None."""
    standing = {r["basket"]: r for r in race_records(b.race) if r["bloc"] == b.bloc}
    for group in GROUPS:
        own = b.standing.groups[group].own_need
        standing[group] = standing[group] | {
            f"own_need_{s}_pct": round(100 * v, 3) if math.isfinite(v) else None for s, v in own.items()
        }
    return {
        "place": b.place,
        "bloc": b.bloc,
        "standing": standing,
        "projects": [
            {
                "project": r.record.project,
                "country": r.record.country,
                "stages": list(r.record.stages),
                "promise_y": r.promise_y,
                f"probability_by_end_{TARGET_YEAR}": round(r.probability_by, 4),
                "median_start_y": r.median_start_y,
                "source": r.record.source,
            }
            for r in b.live
        ],
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
