"""``didymium shock``: a firm in a scenario, when it stops, what it loses, and what would have helped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from didymium import console

if TYPE_CHECKING:
    import datetime as dt

    from didymium.ensemble.firm_shock import Shock
    from didymium.words import Say

__all__ = ["shock_command"]

HELP = {
    "scenario": "Name of a scenario, or the path of a YAML file; didymium data scenarios lists the shipped ones.",
    "firm": "Name of a sample firm, or the path of a YAML file: parts, stocks, suppliers, licences, ways out.",
    "example": "Print the file of a sample firm to copy and change, and leave.",
    "runs": "Runs of the firm, drawn over its uncertain figures and those of the scenario.",
    "seed": "Seed of the draws; the same seed gives the same numbers.",
    "start": "Day that weeks count from, such as 2025-10-09; the first control that touches the firm if left out.",
    "lang": "Language of words and page; a language is a file in didymium/words.",
    "out": "Write a page with figures to this file.",
    "json": "Write JSON to standard output.",
    "csv": "Write the table of remedies as CSV to standard output.",
    "dir": "Directory of tables to read instead of the ones that come with the package.",
}


def shock_command(
    scenario: Annotated[str, typer.Argument(help=HELP["scenario"])] = "licences-2025-04",
    firm: Annotated[str, typer.Option("--firm", help=HELP["firm"])] = "car-maker",
    example: Annotated[str | None, typer.Option("--example", help=HELP["example"])] = None,
    runs: Annotated[int, typer.Option("--runs", help=HELP["runs"])] = 2000,
    seed: Annotated[int, typer.Option("--seed", help=HELP["seed"])] = 0,
    start: Annotated[str | None, typer.Option("--from", help=HELP["start"])] = None,
    lang: Annotated[str, typer.Option("--lang", help=HELP["lang"])] = "en",
    out: Annotated[Path | None, typer.Option("--out", help=HELP["out"])] = None,
    as_json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=HELP["csv"])] = False,
    directory: Annotated[Path | None, typer.Option("--dir", help=HELP["dir"])] = None,
) -> None:
    """A firm in a scenario: when it stops, what it loses, and what would have helped."""
    if example is not None:
        _print_example(example)
        return
    from didymium.ensemble.firm_shock import shock
    from didymium.market.firm_read import read_firm
    from didymium.report.remarks import remark_text, warned_scenario
    from didymium.report.shock_rows import remedy_rows, shock_record
    from didymium.words import say_in
    from didymium.world import load_world

    say, world, first = say_in(lang), load_world(directory), _day(start)
    found = read_firm(firm, world)
    with console.patience(say("wait.compiling")):
        settled = warned_scenario(scenario, world, say, console.print_warning)
        result = shock(world, settled, found.firm, runs=runs, seed=seed, control=first, where=found.where)
    for remark in result.remarks:
        console.print_warning(remark_text(remark, say))
    command = _command(scenario, firm, runs, seed, start)
    if out is not None:
        from didymium.report.page_parts import write_whole
        from didymium.report.shock_page import shock_page

        path = write_whole(out, shock_page(world, result, say, command))
    if console.emit(remedy_rows(result) if as_csv else shock_record(world, result), as_json, as_csv):
        return
    _print_shock(result, say)
    if out is not None:
        console.console().print(say("page.written", path=path), soft_wrap=True)


def _print_example(name: str) -> None:
    from didymium.errors import UnknownName
    from didymium.market.firm_file import firms, shipped
    from didymium.yaml_lines import read_text

    if name not in firms():
        raise UnknownName("sample firm", name, firms())
    console.write(read_text(shipped() / f"{name}.yaml"))


def _day(text: str | None) -> dt.date | None:
    import datetime as dt

    from didymium.errors import DidymiumError

    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise DidymiumError(f"{text!r} is not a date", where="--from", expected="a date such as 2025-04-04") from None


def _command(scenario: str, firm: str, runs: int, seed: int, start: str | None) -> str:
    """The command that makes the same numbers again."""
    words = f"didymium shock {scenario} --firm {firm} --runs {runs} --seed {seed}"
    return words if start is None else f"{words} --from {start}"


def _print_shock(result: Shock, say: Say) -> None:
    from didymium.report.page import TableData
    from didymium.report.shock_tables import headline, how_made, key_table, part_table, remedy_table

    def show(table: TableData, title: str) -> None:
        units = dict(zip(table.columns, table.units, strict=False)) if table.units else {}
        console.print_table(table.columns, table.rows, title, units)

    out = console.console()
    out.print(headline(result, say), style="bold")
    out.print(how_made(result, say))
    show(key_table(result, say), say("shock.section.course"))
    show(part_table(result, say), say("shock.section.parts"))
    show(remedy_table(result, say), say("shock.section.remedies"))
    if result.firm.note and say.lang == "en":
        out.print(result.firm.note)
