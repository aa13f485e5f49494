"""``didymium hindcast``: history fitted on one window and scored on another, beside naive rivals."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from didymium import console
from didymium.errors import DidymiumError, UnknownName

if TYPE_CHECKING:
    from didymium.market.hindcast import Case, Sheet
    from didymium.words import Say
    from didymium.world import World

__all__ = ["hindcast_command"]

HELP = {
    "case": "2025 (the licences of April), 2010 (the quotas of 2010 to 2014), or all.",
    "json": "Write every prediction, score, parameter and source as JSON to standard output.",
    "csv": "Write every prediction as CSV to standard output.",
    "page": "Write a page with figures to this file.",
    "draws": "Draws of the posterior that the bands are made of.",
    "starts": "Searches for the best parameters, each from another place.",
    "seed": "Seed of the draws; the same seed gives the same numbers.",
    "deadline": "Leave out the rule that an application is decided within 45 working days (case 2025).",
    "lang": "Language of words and page; a language is a file in didymium/words.",
    "dir": "Directory of tables to read instead of the ones that come with the package.",
}

CASES = ("2025", "2010", "all")


def hindcast_command(
    case: Annotated[str, typer.Option("--case", help=HELP["case"])] = "all",
    as_json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=HELP["csv"])] = False,
    page: Annotated[Path | None, typer.Option("--page", help=HELP["page"])] = None,
    draws: Annotated[int, typer.Option("--draws", min=20, help=HELP["draws"])] = 200,
    starts: Annotated[int, typer.Option("--starts", min=1, help=HELP["starts"])] = 3,
    seed: Annotated[int, typer.Option("--seed", min=0, help=HELP["seed"])] = 0,
    no_deadline: Annotated[bool, typer.Option("--no-deadline", help=HELP["deadline"])] = False,
    lang: Annotated[str, typer.Option("--lang", help=HELP["lang"])] = "en",
    directory: Annotated[Path | None, typer.Option("--dir", help=HELP["dir"])] = None,
) -> None:
    """Hold the market model against history: errors, bands, timing, and where naive rivals do better."""
    from didymium.market.hindcast import assess
    from didymium.report.hindcast_table import csv_records
    from didymium.report.page_parts import check_target, write_whole
    from didymium.words import say_in
    from didymium.world import load_world

    if case not in CASES:
        raise UnknownName("case", case, CASES)
    if no_deadline and case != "2025":
        raise DidymiumError("--no-deadline is for the licences of 2025", expected="--case 2025")
    console.refuse_both(as_json, as_csv)
    say = say_in(lang)
    if page is not None:
        check_target(page)
    world = load_world(directory)
    sheets = []
    for c in _cases(world, case, deadline=not no_deadline):
        for fold in c.folds:
            with _bar(say("hindcast.bar", case=c.name, fold=fold.name), say("wait.compiling")) as tell:
                sheets.append(assess(c, fold, draws=draws, starts=starts, seed=seed, progress=tell))
            if not (as_json or as_csv):
                _print_sheet(world, sheets[-1], say)
    if as_json or as_csv:
        console.emit(csv_records(sheets) if as_csv else _record(world, sheets), as_json, as_csv)
    if page is not None:
        from didymium.report.hindcast_page import hindcast_page

        path = write_whole(page, hindcast_page(world, tuple(sheets), say))
        if not (as_json or as_csv):
            console.console().print(say("page.written", path=path), soft_wrap=True)


def _cases(world: World, name: str, *, deadline: bool) -> Iterator[Case]:
    if name in ("2025", "all"):
        from didymium.market.hindcast_2025 import case_2025

        yield case_2025(world, deadline=deadline)
    if name in ("2010", "all"):
        from didymium.market.hindcast_2010 import case_2010

        yield case_2010(world)


@contextlib.contextmanager
def _bar(title: str, message: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error with the time left; silent where that is no terminal."""
    with console.progress_bar(title, message) as move:
        yield lambda share: move(round(100 * share), 100)


def _record(world: World, sheets: list[Sheet]) -> dict[str, object]:
    from didymium.report.hindcast_table import sheet_record

    sources = world.bibliography(frozenset().union(*(s.sources for s in sheets)))
    return {"sheets": [sheet_record(s) for s in sheets], "sources": [dict(r) for r in sources]}


def _print_sheet(world: World, sheet: Sheet, say: Say) -> None:
    from didymium.report import hindcast_table as table

    out = console.console()
    out.print(table.fold_words(sheet, say), style="bold")
    errors, hits = table.halves(table.score_rows(world, sheet, say))
    for name, rows in (
        ("error", errors),
        ("hit", hits),
        ("check", table.check_rows(world, sheet, say)),
        ("parameter", table.parameter_rows(sheet, say)),
    ):
        if rows:
            console.print_table(table.columns(name, say), rows, say(f"hindcast.table.{name}"))
    for line in table.loss_lines(world, sheet, say):
        out.print(line)
