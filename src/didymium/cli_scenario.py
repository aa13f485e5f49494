"""``didymium data scenarios`` and ``data scenario``: what can be simulated, and what one scenario says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from didymium import console

if TYPE_CHECKING:
    from didymium.console import Cell
    from didymium.world.scenario import Scenario
    from didymium.world.world import World

__all__ = ["scenario_command", "scenarios_command"]

WORDS = {
    "scenarios": "List the scenarios that come with the package: name, question, span.",
    "scenario": "Show one scenario whole: every figure, where it comes from, what is assumed, and defaults in force.",
    "name": "Name of a scenario, or the path of a YAML file of your own.",
    "yaml": "Write the scenario as YAML to standard output, dated events and base filled in, to copy and change.",
    "json": "Write JSON to standard output.",
    "csv": "Write CSV to standard output.",
    "dir": "Directory of tables to read instead of the ones that come with the package.",
    "title": "Scenarios",
    "span": "{start:%Y-%m} to {end:%Y-%m}, by {step}, from the flows of {base}",
    "figures": "Figures",
    "announced": "Announced projects that are alive come too, when their clocks say.",
    "unannounced": "Of announced projects only those listed come.",
    "opens": "{part}: the {tonnes_per_y:,.0f} t REO/y that it adds open in {median_year} at the median of the clock;"
    " {never_share:.0%} of the draws never open.",
    "never_opens": "{part}: of the clock's draws for the {tonnes_per_y:,.0f} t REO/y that it adds {never_share:.0%}"
    " never open.",
    "assumptions": "Assumptions in place of the table's",
    "behaviour": "Behaviour not named here is that of the table: didymium data show behaviour.",
    "shows": "simulate shows {what}.",
    "sources": "Sources",
    "assumed": "assumed",
    "default": "default",
    "no_limit": "no limit",
}
"""Every phrase that this module shows to people."""

AsJson = Annotated[bool, typer.Option("--json", help=WORDS["json"])]
AsCsv = Annotated[bool, typer.Option("--csv", help=WORDS["csv"])]
Directory = Annotated[Path | None, typer.Option("--dir", help=WORDS["dir"])]


def scenarios_command(as_json: AsJson = False, as_csv: AsCsv = False, directory: Directory = None) -> None:
    """List the shipped scenarios."""
    from didymium.world import load_world
    from didymium.world.scenario import load_scenario, scenarios

    world = load_world(directory)
    found = [load_scenario(name, world) for name in scenarios()]
    records = [
        {
            "scenario": s.name,
            "question": s.question,
            "start": f"{s.start:%Y-%m}",
            "end": f"{s.end:%Y-%m}",
            "step": s.step,
        }
        for s in found
    ]
    if not console.emit(records, as_json, as_csv):
        cells: list[list[Cell]] = [[s.name, s.question, f"{s.start:%Y-%m}", f"{s.end:%Y-%m}"] for s in found]
        console.print_table(["scenario", "question", "start", "end"], cells, WORDS["title"])


def scenario_command(
    name: Annotated[str, typer.Argument(help=WORDS["name"])],
    as_yaml: Annotated[bool, typer.Option("--yaml", help=WORDS["yaml"])] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = None,
) -> None:
    """Show one scenario, figure by figure with its source."""
    from didymium.report.remarks import warned_scenario
    from didymium.words import say_in
    from didymium.world import load_world
    from didymium.world.scenario import dump_scenario, plain_scenario

    world = load_world(directory)
    scenario = warned_scenario(name, world, say_in("en"), console.print_warning)
    if as_yaml:
        console.write(dump_scenario(scenario))
        return
    records = _figures(world, scenario)
    whole = plain_scenario(scenario) | {"figures": records}
    opened = _openings(world, scenario)
    whole |= {"openings": opened}
    whole |= {"sources": [dict(row) for row in world.bibliography(scenario.cites)]}
    if not console.emit(records if as_csv and not as_json else whole, as_json, as_csv):
        _print_scenario(world, scenario, records, opened)


def _figures(world: World, scenario: Scenario) -> list[dict[str, object]]:
    """One record per field of every event, policy and project: its value, where it comes from, and the table's note.

    Fields that nobody gave follow with the default that is in force.
    """
    from didymium.world.scenario_fields import Sourced
    from didymium.yaml_lines import parse_yaml

    notes = {
        (r.text("event"), r.text("parameter"), _written(parse_yaml(r.text("value"), "").plain())): r.text("note")
        for r in world.table("event_parameters").rows
    }
    records: list[dict[str, object]] = []
    parts = (("event", scenario.events), ("policy", scenario.policies), ("project", scenario.projects))
    for part, entries in parts:
        for number, entry in enumerate(entries, start=1):
            fields = entry.model_dump(mode="json", exclude=set(Sourced.model_fields) | {"kind"})
            fields |= {f: v for f, v in _when_left_out(scenario, entry).items() if fields.get(f, "") is None}
            given = _given(world, entry)
            for field, value in sorted(fields.items(), key=lambda item: item[0] not in given):
                if value is None:
                    continue
                source = WORDS["assumed"] if entry.is_assumed(field) else entry.sources.get(field, entry.source)
                if field not in given:
                    source = WORDS["default"]
                named = field in ("event", "project")
                records.append(
                    {
                        "part": f"{part} {number}",
                        "kind": getattr(entry, "kind", part),
                        "field": field,
                        "value": _written(value),
                        "source": None if named else source,
                        "note": notes.get((getattr(entry, "event", None) or "", field, _written(value))) or None,
                    }
                )
    return records


def _openings(world: World, scenario: Scenario) -> list[dict[str, Any]]:
    """One record per partnership that adds capacity: tonnes, the median year in which they open, the share that never.

    The year is None where half of the draws or more never open.
    """
    from didymium.market.openings import partner_openings
    from didymium.world.distributions import centre

    parts = (("event", scenario.events), ("policy", scenario.policies))
    named = [(entry, f"{part} {k}") for part, entries in parts for k, entry in enumerate(entries, start=1)]
    return [
        {
            "part": next(part for entry, part in named if entry is event),
            "tonnes_per_y": centre(event.tonnes_per_y),
            "median_year": int(year) if math.isfinite(year) else None,
            "never_share": never,
        }
        for event, year, never in partner_openings(world, scenario)
    ]


def _when_left_out(scenario: Scenario, entry: Any) -> dict[str, object]:
    """What stands for a key that is left out where that is not its absence, as the reference of scenarios says."""
    start = str(getattr(entry, "start", ""))
    return {
        "end": str(scenario.past_end),
        "reviews_factor_from": start,
        "general_from": start,
        "statutory_working_days": WORDS["no_limit"],
    }


def _given(world: World, entry: Any) -> set[str]:
    """Fields that the file or the table of dated events gave, rather than the default."""
    dated = getattr(entry, "event", None)
    if dated is None:
        return set(entry.model_fields_set)
    fields = type(entry).model_fields
    named = {f for f in fields if f in entry.sources or (entry.assumed is not True and entry.is_assumed(f))}
    table = {r.text("parameter") for r in world.rows("event_parameters", event=dated)}
    return named | table | {f for f, info in fields.items() if getattr(entry, f) != info.get_default()}


def _written(value: object) -> str:
    from didymium.yaml_lines import dump_flow

    return value if isinstance(value, str) else dump_flow(value)


def _print_scenario(
    world: World, scenario: Scenario, records: list[dict[str, object]], opened: list[dict[str, Any]]
) -> None:
    out = console.console()
    out.print(f"{scenario.name}: {scenario.question}", style="bold")
    out.print(WORDS["span"].format(start=scenario.start, end=scenario.end, step=scenario.step, base=scenario.base_year))
    if scenario.note:
        out.print(scenario.note)
    out.print(WORDS["announced" if scenario.announced_projects else "unannounced"])
    names = (world.place_name(bloc) for bloc in scenario.shows.blocs)
    if shown := ", ".join((*names, *scenario.shows.elements)):
        out.print(WORDS["shows"].format(what=shown))
    columns = ["part", "kind", "field", "value", "source"]
    if records:
        console.print_table(columns, [[_text(r[c]) for c in columns] for r in records], WORDS["figures"], to=out)
    for record in opened:
        phrase = WORDS["opens" if record["median_year"] is not None else "never_opens"]
        out.print(phrase.format(**record))
    notes = [f"{r['part']}, {r['field']}: {r['note']}" for r in records if r["note"]]
    notes += dict.fromkeys(e.note for e in (*scenario.happenings, *scenario.projects) if e.note)
    for note in notes:
        out.print(note)
    if scenario.assumptions:
        from didymium.world.distributions import plain_number

        cells: list[list[Cell]] = [[k, _written(plain_number(v))] for k, v in scenario.assumptions.items()]
        console.print_table(["parameter", "value"], cells, WORDS["assumptions"], to=out)
    out.print(WORDS["behaviour"])
    cited: list[list[Cell]] = [
        [row.text("source"), row.text("title"), row.text("publisher"), row.text("date"), row.text("address")]
        for row in world.bibliography(scenario.cites)
    ]
    if cited:
        console.print_table(["source", "title", "publisher", "date", "address"], cited, WORDS["sources"], to=out)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
