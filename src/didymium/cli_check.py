"""``didymium check`` and ``didymium clock``: claims against evidence, and how long things really take."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from didymium import console
from didymium.cli_results import AsCsv, AsJson, Directory, Inside, Lang, Seed, open_inside
from didymium.errors import DidymiumError

if TYPE_CHECKING:
    from didymium.claims import Finding
    from didymium.clocks import ClockAnswer
    from didymium.words import Say
    from didymium.world import World

__all__ = ["check_command", "clock_command"]

HELP = {
    "file": "YAML file of claim records; see didymium check --example.",
    "core": "Check the shipped records: 32 claims of two articles.",
    "example": "Print a file of claims to copy, and leave.",
    "brief": "One line per claim instead of evidence and reasoning.",
    "stage": "mine, crack, separate (or separation), metal, magnet, recycle; all when left out.",
    "country": "Country or bloc by code or name; all when left out.",
    "within": "Months from announcement to first production.",
}

STAGE_NAMES = {"separation": "separate", "mining": "mine", "cracking": "crack", "magnets": "magnet", "metals": "metal"}


def check_command(
    file: Annotated[Path | None, typer.Argument(help=HELP["file"])] = None,
    core: Annotated[bool, typer.Option("--core", help=HELP["core"])] = False,
    example: Annotated[bool, typer.Option("--example", help=HELP["example"])] = False,
    short: Annotated[bool, typer.Option("--brief", help=HELP["brief"])] = False,
    lang: Lang = "en",
    seed: Seed = 0,
    inside: Inside = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = None,
) -> None:
    """Can these claims be true? Verdict, evidence, tolerance, reasoning and what is missing for each."""
    from didymium.claims import check_file, core_claims_path, explain, sample_claims_path
    from didymium.report.brief_text import claim_rows
    from didymium.words import say_in
    from didymium.world import load_world

    if example:
        console.write(sample_claims_path().read_text(encoding="utf-8"))
        return
    if (file is None) == (not core):
        what = "nothing to check" if file is None else "--core and a file exclude each other"
        raise DidymiumError(what, expected="a YAML file of claims, or --core", cure="see --example")
    say = say_in(lang)
    world = load_world(directory)
    store = open_inside(inside)
    found = check_file(world, core_claims_path() if core or file is None else file, seed=seed, inside=store)
    records = [finding_record(f, lang) for f in found]
    if as_csv:
        records = [{k: v for k, v in r.items() if k != "evidence"} for r in records]
    if console.emit(records, as_json, as_csv):
        return
    out = console.console()
    if short:
        names = ("id", "claim", "who", "verdict", "probability_short")
        rows = [row[:5] for row in claim_rows(tuple(found), say)]
        console.print_table([say(f"table.{n}") for n in names], rows, found.title)
        return
    for finding in found:
        first, *rest = explain(finding, lang)
        out.print(first, style="bold")
        for line in rest:
            out.print(f"  {line}")


def finding_record(finding: Finding, lang: str) -> dict[str, object]:
    """A finding for programs."""
    from didymium.claims import phrase

    a = finding.attainable
    return {
        "id": finding.claim.id,
        "subject": finding.claim.subject,
        "variable": finding.claim.variable,
        "verdict": str(finding.verdict),
        "stated": None if finding.stated is None else str(finding.stated),
        "probability": None if a is None else a.probability,
        "band50": None if a is None or a.band50 is None else list(a.band50),
        "band90": None if a is None or a.band90 is None else list(a.band90),
        "reasoning": [phrase(r, lang) for r in finding.reasoning],
        "evidence": [
            {
                "relation": str(e.relation),
                "value": e.value,
                "unit": e.unit,
                "definition": e.definition,
                "publisher": e.publisher,
                "year": e.year,
                "grade": e.grade,
                "source": e.source,
                "row": e.where,
            }
            for e in finding.evidence
        ],
        "missing": list(finding.missing),
        "sources": sorted(finding.sources),
    }


def clock_command(
    stage: Annotated[str | None, typer.Option("--stage", help=HELP["stage"])] = None,
    country: Annotated[str | None, typer.Option("--country", help=HELP["country"])] = None,
    within: Annotated[float, typer.Option("--within", min=0.1, max=600.0, help=HELP["within"])] = 12.0,
    lang: Lang = "en",
    seed: Seed = 0,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = None,
) -> None:
    """The outside view: the probability that a project announced today produces within so many months."""
    from didymium.clocks import clock
    from didymium.words import say_in
    from didymium.world import load_world

    say = say_in(lang)
    world = load_world(directory)
    if math.isnan(within):
        raise DidymiumError("--within is not a number", expected="months from 0.1 to 600")
    named = None if stage is None else STAGE_NAMES.get(stage.casefold(), stage.casefold())
    place = None if country is None else world.place(country)
    answer = clock(world, stage=named, place=place, within_months=within, seed=seed)
    record = clock_record(answer, named, place, within)
    if console.emit(record["comparables"] if as_csv else record, as_json, as_csv):
        return
    _print_clock(world, answer, named, place, within, say)


def clock_record(answer: ClockAnswer, stage: str | None, place: str | None, within: float) -> dict[str, object]:
    """The answer for programs."""
    return {
        "stage": stage,
        "place": place,
        "within_months": within,
        "probability": answer.probability,
        "band50": list(answer.band50),
        "band90": list(answer.band90),
        "n": answer.n,
        "n_events": answer.n_events,
        "n_censored": answer.n_censored,
        "n_sites": answer.n_sites,
        "borrowed": answer.borrowed,
        "km_median_y": [answer.km_median_y.value, answer.km_median_y.low, answer.km_median_y.high],
        "comparables": [
            {
                "project": r.project,
                "name": r.name,
                "country": r.country,
                "stages": list(r.stages),
                "announced_y": r.announced_y,
                "promised_start_y": r.promised_start_y,
                "actual_start_y": r.actual_start_y,
                "outcome": r.outcome,
                "source": r.source,
            }
            for r in answer.comparables
        ],
    }


def _print_clock(world: World, a: ClockAnswer, stage: str | None, place: str | None, within: float, say: Say) -> None:
    from didymium.report.numbers import percent

    out = console.console()

    def chance(p: float) -> str:
        return percent(say, min(max(p, 1e-9), 1 - 1e-9), digits=1)

    what = say(f"stage.{stage}") if stage else say("clock.any_stage")
    where = world.place_name(place, say.lang) if place else say("clock.anywhere")
    out.print(say("clock.title", stage=what, place=where, months=f"{within:g}"), style="bold")
    bands = {"a": chance(a.band50[0]), "b": chance(a.band50[1]), "c": chance(a.band90[0]), "d": chance(a.band90[1])}
    out.print(say("clock.answer", p=chance(a.probability), **bands))
    sample = say("clock.sample", n=a.n, events=a.n_events, censored=a.n_censored, sites=a.n_sites)
    out.print(sample if a.n else say("clock.no_sample"))
    out.print(say("clock.borrowed", share=percent(say, a.borrowed)))
    ends = [
        say("clock.not_reached") if v is None else say("clock.years", value=f"{v:.1f}")
        for v in (a.km_median_y.value, a.km_median_y.low, a.km_median_y.high)
    ]
    if a.n:
        out.print(say("clock.median", median=ends[0], low=ends[1], high=ends[2]))
    names = ("project", "country", "announced", "promised", "started", "outcome")
    rows = [
        (
            r.name or r.project,
            world.place_name(r.country, say.lang),
            _year(r.announced_y),
            _year(r.promised_start_y),
            _year(r.actual_start_y),
            say(f"outcome.{r.outcome}"),
        )
        for r in a.comparables
    ]
    console.print_table([say(f"table.{n}") for n in names], rows, say("clock.comparables"))


def _year(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"
