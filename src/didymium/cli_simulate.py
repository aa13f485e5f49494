"""``didymium simulate``: a scenario through time, once or as an ensemble, on the terminal, as data and as a page."""

from __future__ import annotations

import contextlib
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from didymium import console
from didymium.errors import DidymiumError

if TYPE_CHECKING:
    from didymium.ensemble.market_task import MarketTask
    from didymium.ensemble.store import Store
    from didymium.report.simulation import Report, Result
    from didymium.words import Say
    from didymium.world import World
    from didymium.world.scenario import Scenario

__all__ = ["simulate_command"]

HELP = {
    "scenario": "Name of a scenario (didymium data scenarios lists them), or the path of a YAML file of your own.",
    "runs": "Members of the ensemble, each with its own draw of all that is uncertain; left out: one run at medians.",
    "seed": "Seed of the draws; the same seed gives the same numbers.",
    "step": "Length of a step, month or week; left out: that of the scenario.",
    "out": "Folder that keeps the members; the same command goes on after a stop. Left out: none are kept.",
    "workers": "Processes; left out: one per processor.",
    "where": "Only these: element=Dy or bloc=EUU,JPN; may be given more than once.",
    "against": "Another scenario, run on the same draws: what differs is told member by member.",
    "discover": "Find the inputs that lead to a case, such as unmet>5% or price_ask>2000; --where narrows it.",
    "lang": "Language of words and page; a language is a file in didymium/words.",
    "page": "Write a page with figures to this file.",
    "json": "Write JSON to standard output.",
    "csv": "Write calendar years of the headline series as CSV to standard output.",
    "dir": "Directory of tables to read instead of the ones that come with the package.",
}


TRANSIT = "transit_abroad"
"""The parameter that no step may outlast."""

SUDDEN = frozenset({"ban", "cut_chain", "export_licence", "halt", "quota"})
"""Events that act within weeks."""

MOST_RUNS = 1_000_000
"""A million members fill about 200 GB; more is a slip of the keys."""


def simulate_command(
    scenario: Annotated[str, typer.Argument(help=HELP["scenario"])],
    runs: Annotated[int | None, typer.Option("--runs", help=HELP["runs"])] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help=HELP["seed"])] = 1,
    step: Annotated[str | None, typer.Option("--step", help=HELP["step"])] = None,
    out: Annotated[Path | None, typer.Option("--out", help=HELP["out"])] = None,
    workers: Annotated[int | None, typer.Option("--workers", help=HELP["workers"])] = None,
    where: Annotated[list[str] | None, typer.Option("--where", help=HELP["where"])] = None,
    against: Annotated[str | None, typer.Option("--against", help=HELP["against"])] = None,
    discover: Annotated[str | None, typer.Option("--discover", help=HELP["discover"])] = None,
    lang: Annotated[str, typer.Option("--lang", help=HELP["lang"])] = "en",
    page: Annotated[Path | None, typer.Option("--page", help=HELP["page"])] = None,
    as_json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=HELP["csv"])] = False,
    directory: Annotated[Path | None, typer.Option("--dir", help=HELP["dir"])] = None,
) -> None:
    """The chain through time under a scenario: prices inside and outside China, exports, shortage, dependence."""
    from didymium.ensemble.columns import TIME
    from didymium.ensemble.market_task import market_task
    from didymium.ensemble.series import common_times, read_wish
    from didymium.market.scenario_paths import events_without_links
    from didymium.report.page_parts import check_target, write_whole
    from didymium.report.price_reach import beyond_history
    from didymium.report.simulation import Report, drivers, found_box, headlines
    from didymium.words import say_in
    from didymium.world import load_world

    say = say_in(lang)
    console.refuse_both(as_json, as_csv)
    _check_options(runs, out, discover)
    if page is not None:
        check_target(page)
    world = load_world(directory)
    picked = _where(world, where or [])
    task = market_task(world, _scenario(world, scenario, step, say))
    shown = headlines(task.coords, picked, task.scenario.shows, task.outputs)
    wish = read_wish(discover, task.outputs) if discover else None
    other = market_task(world, _scenario(world, against, task.scenario.step, say)) if against else None
    if other is not None:
        common_times(task.coords[TIME], other.coords[TIME], task.scenario.start.year)
    for idle in events_without_links(task.scene.model, task.scenario):
        console.console(stderr=True).print(say("simulate.idle", event=idle))
    if task.scenario.step == "month" and any(e.kind in SUDDEN for e in task.scenario.happenings):
        console.console(stderr=True).print(say("simulate.months"))
    with _folder(out, runs) as folder:
        result = _run(task, other, folder, runs, seed, workers, say)
        since = task.scenario.start.year
        moved = drivers(result.store, since) if result.store else ()
        box = found_box(result.store, wish, picked, since) if result.store and wish else None
        beyond = beyond_history(world, result.source, shown, since)
        report = Report(result, shown, moved, box, discover or "", beyond)
        _show(world, report, say, runs, seed, as_json, as_csv)
        if page is not None:
            from didymium.report.simulation_page import simulation_page

            command = _command(scenario, runs, seed, step, where or [], against, discover)
            path = write_whole(page, simulation_page(world, report, say, command))
            if not (as_json or as_csv):
                console.console().print(say("page.written", path=path), soft_wrap=True)


def _check_options(runs: int | None, out: Path | None, discover: str | None) -> None:
    if runs is None and (out is not None or discover):
        raise DidymiumError(
            "--out and --discover are for ensembles", expected="them with --runs", cure="add --runs, say 1000"
        )
    if runs is not None and not 1 <= runs <= MOST_RUNS:
        raise DidymiumError(
            f"an ensemble of {runs} runs", expected=f"1 to {MOST_RUNS:,} runs", cure="give --runs, say 1000"
        )


def _where(world: World, given: list[str]) -> dict[str, str]:
    """Labels by dimension; places and elements may be named as people name them."""
    names = {"bloc": lambda text: world.bloc_of(world.place(text)), "element": world.element}
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise DidymiumError(f"{text!r} picks nothing", where="--where", expected="a pair such as element=Dy")
        parts = [names[name](part) if name in names else part for part in value.split(",")]
        found[name] = ",".join(parts)
    return found


def _scenario(world: World, name: str, step: str | None, say: Say) -> Scenario:
    """The scenario, its assumptions and its step checked before anything runs."""
    from didymium.errors import UnknownName
    from didymium.market.behaviour import distributions
    from didymium.market.calendar import STEPS_PER_Y
    from didymium.report.remarks import warned_scenario
    from didymium.world.distributions import bounds
    from didymium.world.scenario import check_step

    scenario = warned_scenario(name, world, say, console.print_warning)
    if step is not None:
        if step not in STEPS_PER_Y:
            raise UnknownName("step", step, STEPS_PER_Y)
        scenario = scenario.model_copy(update={"step": step})
    transit = next(p for p in distributions(world) if p.name == TRANSIT)
    check_step(scenario, bounds(scenario.assumptions.get(TRANSIT, transit.distribution))[0])
    return scenario


@contextlib.contextmanager
def _folder(out: Path | None, runs: int | None) -> Iterator[Path | None]:
    """The folder asked for, or one that goes when the work is done."""
    if runs is None or out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="didymium-") as name:
        yield Path(name) / "members"


def _run(
    task: MarketTask,
    other: MarketTask | None,
    folder: Path | None,
    runs: int | None,
    seed: int,
    workers: int | None,
    say: Say,
) -> Result:
    from didymium.ensemble.market_task import paired
    from didymium.ensemble.series import Difference, OneRun, Stored
    from didymium.report.simulation import Result

    if folder is None or runs is None:
        with console.patience(say("wait.compiling")):
            sources = [OneRun(t.coords, t.outputs, t.run({}, None)) for t in (task, other) if t is not None]
        if other is None:
            return Result(task, sources[0])
        return Result(task, sources[0], None, sources[1], Difference(*sources), other.name)
    if other is None:
        store = _ensemble(task, folder, runs, seed, workers, say)
        return Result(task, Stored(store), store)
    task, other = paired(task, other)
    store = _ensemble(task, folder, runs, seed, workers, say)
    beside = _ensemble(other, folder.with_name(f"{folder.name}-{other.name}"), runs, seed, workers, say)
    one, two = Stored(store), Stored(beside)
    return Result(task, one, store, two, Difference(one, two), other.name)


def _ensemble(task: MarketTask, folder: Path, runs: int, seed: int, workers: int | None, say: Say) -> Store:
    from didymium.ensemble.run import require_all, run_ensemble

    with console.progress_bar(say("simulate.running", name=task.name), say("wait.compiling")) as progress:
        report = run_ensemble(task, folder, runs=runs, seed=seed, workers=workers, progress=progress)
    require_all(report)
    return report.store


def _command(
    scenario: str,
    runs: int | None,
    seed: int,
    step: str | None,
    where: list[str],
    against: str | None,
    discover: str | None,
) -> str:
    parts = ["didymium", "simulate", scenario]
    if runs is not None:
        parts += ["--runs", str(runs), "--seed", str(seed)]
    for name, value in (("--step", step), ("--against", against), ("--discover", discover)):
        parts += [name, value] if value else []
    for pair in where:
        parts += ["--where", pair]
    return shlex.join(parts)


def _show(world: World, report: Report, say: Say, runs: int | None, seed: int, as_json: bool, as_csv: bool) -> None:
    from didymium.report.price_reach import beyond_records
    from didymium.report.simulation import box_record, driver_records, year_records

    records = year_records(report.result.source, report.shown, report.since)
    scenario = report.result.task.scenario
    data: dict[str, object] = {"scenario": scenario.name, "base_year": report.base, "start": f"{scenario.start:%Y-%m}"}
    data |= {"runs": runs, "seed": seed, "series": records, "beyond": beyond_records(report.beyond)}
    if report.result.difference is not None:
        data["against"] = report.result.against
        data["difference"] = year_records(report.result.difference, report.shared, report.since)
    data["drivers"] = driver_records(report.drivers)
    if report.box is not None:
        data["discover"] = {"case": report.wish} | box_record(report.box)
    data["sources"] = [dict(row) for row in world.bibliography(report.result.task.sources)]
    if console.emit(records if as_csv else data, as_json, as_csv):
        return
    from didymium.report.simulation_tables import beyond_lines, span_words, tables

    out = console.console()
    question = say.data(scenario.question)
    out.print(say("simulate.headline", name=scenario.name, question=question))
    if scenario.note:
        out.print(say.data(scenario.note))
    if said := span_words(say, report):
        out.print(said)
    for k, (title, table, note) in enumerate(tables(world, report, say)):
        units = dict(zip(table.columns, table.units, strict=True)) if table.units else {}
        out.print(title, style="bold")
        if table.rows:
            console.print_table(table.columns, table.rows, units=units)
        if note:
            out.print(note)
        for line in beyond_lines(world, say, report) if k == 0 else ():
            out.print(line)
    out.print(say("simulate.caution" if runs else "simulate.once").strip())
