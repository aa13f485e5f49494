"""The reference pages are current: tables, scenarios, and commands, each from what the program itself holds.

Tables: ``python -m didymium.world.reference > docs/reference/tables.md``. Scenarios: likewise from
``didymium.world.scenario_reference``. Commands:
``DIDYMIUM_UPDATE_GOLDEN=1 pytest tests/docs/test_reference.py``.
"""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise

import typer
from blocks import ROOT

from didymium import errors
from didymium.cli import app
from didymium.world.reference import reference_markdown
from didymium.world.scenario_events import EVENT_KINDS
from didymium.world.scenario_fields import Timed
from didymium.world.scenario_reference import scenario_markdown
from didymium.world.schema import schemas

TABLES = ROOT / "docs" / "reference" / "tables.md"
COMMANDS = ROOT / "docs" / "reference" / "cli.md"
BEGIN, END = "<!-- options: written by tests/docs/test_reference.py -->\n", "<!-- end -->\n"


def leaves(command: object, name: str) -> Iterator[tuple[str, object]]:
    """All commands that do something, by their full names."""
    parts = getattr(command, "commands", None)
    if parts is None:
        yield name, command
    for part, child in (parts or {}).items():
        yield from leaves(child, f"{name} {part}")


def options_markdown() -> str:
    """Every command with its arguments and options, as the program declares them."""
    lines = []
    for name, command in leaves(typer.main.get_command(app), "didymium"):
        lines += [f"### {name}", "", " ".join(str(command.help).split()), "", "| option | meaning |", "|---|---|"]
        for parameter in command.params:
            names = ", ".join(f"`{n}`" for n in parameter.opts) if parameter.param_type_name == "option" else ""
            default = (
                f" Default: {parameter.default}."
                if parameter.default not in (None, ()) and parameter.default is not False
                else ""
            )
            if parameter.name != "help":
                lines.append(f"| {names or f'`{parameter.name.upper()}`'} | {parameter.help}{default} |")
        lines.append("")
    return "\n".join(lines)


def test_the_reference_of_tables_is_current() -> None:
    assert TABLES.read_text(encoding="utf-8") == reference_markdown()


def test_the_module_writes_the_reference() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "didymium.world.reference"], capture_output=True, check=True
    )
    assert done.stdout.decode("utf-8") == reference_markdown()


def test_the_reference_names_every_column_once() -> None:
    text = reference_markdown()
    for table in schemas().values():
        section = text.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [line.split("`")[1] for line in rows] == [c.name for c in table.columns]


def test_the_reference_of_scenarios_is_current() -> None:
    assert (TABLES.parent / "scenarios.md").read_text(encoding="utf-8") == scenario_markdown()


def test_the_module_writes_the_reference_of_scenarios() -> None:
    module = "didymium.world.scenario_reference"
    done = subprocess.run([sys.executable, "-W", "error", "-m", module], capture_output=True, check=True)
    assert done.stdout.decode("utf-8") == scenario_markdown()


def test_the_reference_of_scenarios_describes_every_field() -> None:
    rows = [line for line in scenario_markdown().splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []
    for kind, model in EVENT_KINDS.items():
        section = scenario_markdown().split(f"\n### {kind}\n")[1].split("\n## ")[0].split("\n### ")[0]
        assert all(
            f"| `{field}` |" in section for field in model.model_fields if field not in (*Timed.model_fields, "kind")
        )


def test_the_reference_of_commands_is_current() -> None:
    text = COMMANDS.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    shown, _, tail = rest.partition(END)
    if os.environ.get("DIDYMIUM_UPDATE_GOLDEN"):
        shown = options_markdown()
        COMMANDS.write_text(f"{head}{BEGIN}{shown}{END}{tail}", encoding="utf-8")
    assert shown == options_markdown()
    assert "### didymium race\n" in shown and "`--element`" in shown


def test_every_error_and_exit_code_is_in_the_reference() -> None:
    text = COMMANDS.read_text(encoding="utf-8")
    for name, error in inspect.getmembers(errors, inspect.isclass):
        if issubclass(error, errors.DidymiumError) and error is not errors.DidymiumError:
            assert f"| `{name}` | {error.exit_code} |" in text


def test_the_map_of_the_house_follows_the_import_contract() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [m.strip() for layer in contract["contracts"][0]["layers"] for m in layer.split("|")]
    house = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```")[1]
    words = [re.sub(r"(\.py|/)$", "", word) for word in house.split()]
    drawn = [word for word in words if f"didymium.{word}" in layers]
    at = {f"didymium.{word}": k for k, word in enumerate(drawn)}
    assert set(at) == set(layers), "a package is missing in the map"
    floors = [[at[m.strip()] for m in layer.split("|")] for layer in contract["contracts"][0]["layers"]]
    assert all(max(upper) < min(lower) for upper, lower in pairwise(floors))
