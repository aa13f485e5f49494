"""``didymium race`` and ``didymium brief``: tables for the terminal, JSON, CSV, and a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from didymium import console
from didymium.errors import DidymiumError

if TYPE_CHECKING:
    from didymium.ensemble.store import Store
    from didymium.report.standing import Race
    from didymium.words import Say
    from didymium.world import World

__all__ = ["brief_command", "race_command"]

HELP = {
    "lang": "Language of words and page; a language is a file in didymium/words.",
    "seed": "Seed of the draws; the same seed gives the same numbers.",
    "element": "Element of the flow picture, by symbol or name.",
    "page": "Where the page is written.",
    "no_page": "Write no page.",
    "json": "Write JSON to standard output, and no page.",
    "csv": "Write CSV to standard output, and no page.",
    "dir": "Directory of tables to read instead of the ones that come with the package.",
    "inside": "Folder of didymium simulate --out: tells what its members say beside the outside view.",
    "place": "Country or bloc by code or name, in English or Chinese.",
}

Lang = Annotated[str, typer.Option("--lang", help=HELP["lang"])]
Seed = Annotated[int, typer.Option("--seed", min=0, help=HELP["seed"])]
PagePath = Annotated[Path | None, typer.Option("--page", help=HELP["page"])]
NoPage = Annotated[bool, typer.Option("--no-page", help=HELP["no_page"])]
AsJson = Annotated[bool, typer.Option("--json", help=HELP["json"])]
AsCsv = Annotated[bool, typer.Option("--csv", help=HELP["csv"])]
Inside = Annotated[Path | None, typer.Option("--inside", help=HELP["inside"])]
Directory = Annotated[Path | None, typer.Option("--dir", help=HELP["dir"])]


def race_command(
    lang: Lang = "en",
    element: Annotated[str, typer.Option("--element", help=HELP["element"])] = "Nd",
    seed: Seed = 0,
    inside: Inside = None,
    page: PagePath = None,
    no_page: NoPage = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = None,
) -> None:
    """Where every bloc stands at each stage, how dependent it is, and when it could stand alone."""
    from didymium.report.inside_table import with_inside
    from didymium.report.race_page import race_page
    from didymium.report.race_table import project_rows, race_records
    from didymium.report.standing import race
    from didymium.words import say_in
    from didymium.world import load_world

    _refuse_unused_page(page, no_page, as_json, as_csv)
    say = say_in(lang)
    world = load_world(directory)
    symbol = world.element(element)
    store = open_inside(inside)
    result = race(world, seed)
    records = race_records(result)
    if store is not None and (as_json or as_csv):
        records = with_inside(records, store)
    data = {
        "race": records,
        "projects": project_rows(result.live),
        "residuals": _residuals(result),
        "no_capacity_limit": [{"stage": s, "bloc": b} for s, b in result.flows.capacity_unknown],
        "sources": _sources(world, result.sources),
    }
    if console.emit(records if as_csv else data, as_json, as_csv):
        return
    _print_race(world, result, say)
    if store is not None:
        _print_inside(world, store, say)
    if not no_page:
        html = race_page(world, result, say, element=symbol, seed=seed, inside=store)
        _write_page(page or Path("didymium-race.html"), html, say)


def _refuse_unused_page(page: Path | None, *others: bool) -> None:
    if page is not None and any(others):
        raise DidymiumError(
            "--page excludes --no-page, --json and --csv",
            expected="one way of showing the result",
            cure="leave one out",
        )


def _print_race(world: World, result: Race, say: Say) -> None:
    from didymium.report.race_table import headline, race_columns, race_rows
    from didymium.report.standing import GROUPS

    out = console.console()
    out.print(headline(world, result, say), style="bold")
    columns = race_columns(say)
    for group in GROUPS:
        title = say("race.table_title", group=say(f"group.{group}"), year=result.flows.year)
        names = [c for c, _ in columns]
        console.print_table(names, race_rows(world, result, group, say), title, dict(columns), whole=1)
    out.print(say("race.footer.caution").strip())
    worst = result.worst[0]
    out.print(say("race.worst", key=worst.key, z=f"{worst.z:+.1f}", n=len(result.flows.residuals)))


def open_inside(folder: Path | None) -> Store | None:
    """The store that ``--inside`` names; raises StoreError where it is none of the market."""
    if folder is None:
        return None
    from didymium.ensemble.inside import market_store

    return market_store(folder)


def _print_inside(world: World, store: Store, say: Say) -> None:
    from didymium.report.inside_table import inside_caption, inside_table

    table = inside_table(world, store, say)
    console.console().print(inside_caption(store, say), style="bold")
    console.print_table(table.columns, table.rows, units=dict(zip(table.columns, table.units, strict=True)), whole=1)


def _residuals(result: Race) -> list[dict[str, object]]:
    return [
        {
            "figure": r.key,
            "published": r.observed,
            "balance": r.fitted,
            "unit": r.unit,
            "z": r.z,
            "grade": r.grade,
            "sources": list(r.sources),
            "row": r.where,
        }
        for r in sorted(result.flows.residuals, key=lambda r: -abs(r.z))
    ]


def _sources(world: World, keys: frozenset[str]) -> list[dict[str, object]]:
    return [dict(row) for row in world.bibliography(keys)]


def _write_page(path: Path, html: str, say: Say) -> None:
    from didymium.report.page_parts import write_whole

    console.console().print(say("page.written", path=write_whole(path, html)), soft_wrap=True)


def brief_command(
    place: Annotated[str, typer.Argument(help=HELP["place"])],
    lang: Lang = "en",
    seed: Seed = 0,
    page: PagePath = None,
    no_page: NoPage = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = None,
) -> None:
    """One bloc or country on a page: position, rivals about its reserves, pipeline, weakest link, claims about it."""
    from didymium.report.brief import brief
    from didymium.report.brief_page import brief_page
    from didymium.report.brief_text import brief_record, brief_sentences, claim_rows, headline
    from didymium.report.race_table import race_records
    from didymium.words import say_in
    from didymium.world import load_world

    _refuse_unused_page(page, no_page, as_json, as_csv)
    say = say_in(lang)
    world = load_world(directory)
    b = brief(world, place, seed=seed)
    own = [r for r in race_records(b.race) if r["bloc"] == b.bloc]
    if console.emit(own if as_csv else brief_record(b), as_json, as_csv):
        return
    out = console.console()
    out.print(headline(world, b, say), style="bold")
    for line in brief_sentences(world, b, say):
        out.print(line)
    if b.findings:
        names = ("id", "claim", "who", "verdict", "probability_short")
        rows = [row[:5] for row in claim_rows(b.findings, say)]
        console.print_table([say(f"table.{n}") for n in names], rows, say("section.claims"))
    if not no_page:
        _write_page(page or Path(f"didymium-brief-{b.place}.html"), brief_page(world, b, say, seed=seed), say)
