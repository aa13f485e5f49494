"""The reference of scenario files, written from the models: ``python -m didymium.world.scenario_reference``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from didymium.world.distributions import Choice, LogNormal, Normal, Triangular, Uniform
from didymium.world.scenario import Scenario
from didymium.world.scenario_events import EVENT_KINDS, Project
from didymium.world.scenario_fields import Shows, Sourced, Timed

__all__ = ["scenario_markdown"]

_HEAD = """# Scenarios

Written from the models by `python -m didymium.world.scenario_reference > docs/reference/scenarios.md`; do not edit by
hand.

A scenario is a YAML file over the world: one mapping, UTF-8, without aliases and tags. `didymium data scenarios` lists
those that come with the package, `didymium data scenario NAME` shows one, `--yaml` writes it out to copy. What is wrong
is refused before any run, with file, line, key, what was expected, and the nearest valid name.
A duty, price floor, stock or span that is far out of the usual runs, with a warning on standard error that names its
line and what is usual.

Blocs, forms, stages, elements, mines, projects and sources are those of the [tables](tables.md). Dates are days,
`2025-04-04`; something is in force from `start` to the day before `end`. It may begin before the span or end after it;
one that lies outside of the span altogether is refused. When `end` equals `start`, nothing changes.

Where two of a kind meet on a link and element: of licences, quotas, tariffs and price floors the one that starts later
holds while it lasts; of bans, halts and cut chains the shares that stay open multiply; capacity, stockpiles and
projects add, and growth of demand multiplies.

## The file
"""

_BASE = """
`base: NAME` puts the file on top of a shipped scenario: keys given here come before those of the base, also those
within `assumptions` and `shows`; lists of events, policies, projects and sources are joined.
"""

_SHOWS = """
## What it shows

`shows: {blocs: [RUS], elements: [Nd]}` names whom the scenario asks about. `--where` comes before it, and no figure of
a run depends on it.
"""

_NUMBERS = """
## Numbers

A field with a unit takes a plain number or a distribution. A range that the field does not allow is refused: a share
stays within 0 and 1, so that a normal distribution for a share needs `low` and `high`.

| written | means |
|---|---|
"""

_COMMON = """
## Every event and project

Every figure has a source of the sources table, or is said to be assumed: `source` for all, `sources` for those from
elsewhere, `assumed: true`, or the list of those that are assumptions.
"""

_DATED = """
## Dated events

`- event: KEY` switches on an event of the table [events](tables.md#events): its kind and figures come from
[event_parameters](tables.md#event_parameters), each with its source; grade D counts as assumed. Other keys of the
entry come before the table, and count as assumed unless the entry names a source.
"""


def scenario_markdown() -> str:
    """What a scenario file may hold, as Markdown, in the order of the models."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _table(Scenario, ())
    yield _BASE.rstrip("\n")
    yield _SHOWS
    yield from _table(Shows, ())
    yield _NUMBERS.rstrip("\n")
    for model in (Uniform, Triangular, Normal, LogNormal, Choice):
        yield f"| {model.form.replace(' or {', '` or `{').join('``')} | {_summary(model)} |"
    yield _COMMON
    yield from _table(Timed, ())
    yield _DATED
    yield "## Kinds of events and policies\n"
    for kind, event in EVENT_KINDS.items():
        yield f"### {kind}\n\n{_summary(event)}\n"
        yield from _table(event, (*Timed.model_fields, "kind"))
        yield ""
    yield f"## Projects\n\n{_summary(Project)}\nA name alone is that row of the table, with `clock: true`.\n"
    yield from _table(Project, tuple(Sourced.model_fields))


def _summary(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").replace("``", "`").split())


def _table(model: type[BaseModel], without: tuple[str, ...]) -> Iterator[str]:
    yield "| key | unit | default | meaning |\n|---|---|---|---|"
    for name, field in model.model_fields.items():
        if name not in without:
            extra: Any = field.json_schema_extra or {}
            unit = extra.get("unit", "")
            default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
            yield f"| `{name}` | {unit} | {default} | {field.description or ''} |"


def _default(value: object) -> str:
    if value is None or value in ((), {}, Shows()):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.stdout.buffer.write(scenario_markdown().encode("utf-8"))
