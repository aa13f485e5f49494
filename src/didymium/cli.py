"""The command line: ``didymium``."""

from __future__ import annotations

from typing import Annotated

import typer

from didymium import (
    __version__,
    cli_check,
    cli_data,
    cli_hindcast,
    cli_plant,
    cli_results,
    cli_scenario,
    cli_shock,
    cli_simulate,
    console,
)

app = typer.Typer(
    name="didymium",
    help="The rare-earth supply chain, executable: where each country stands, and when it could stand alone.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("race")(cli_results.race_command)
app.command("brief")(cli_results.brief_command)
app.command("check")(cli_check.check_command)
app.command("clock")(cli_check.clock_command)
app.command("simulate")(cli_simulate.simulate_command)
app.command("hindcast")(cli_hindcast.hindcast_command)
app.command("plant")(cli_plant.plant_command)
app.command("shock")(cli_shock.shock_command)
app.add_typer(cli_data.app, name="data")
cli_data.app.command("scenarios", help=cli_scenario.WORDS["scenarios"])(cli_scenario.scenarios_command)
cli_data.app.command("scenario", help=cli_scenario.WORDS["scenario"])(cli_scenario.scenario_command)


def _version(asked: bool) -> None:
    if asked:
        console.write(f"didymium {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Hold the options that stand before any command."""


def main() -> None:
    """Run the command line; exit code 0 is success, 2 bad input, 3 a solver without an answer."""
    console.run(app)
