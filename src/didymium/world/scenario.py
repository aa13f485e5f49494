"""Scenarios: what happens to the world in a span of time, as a short YAML file; read strictly."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from didymium.errors import RecordError, UnknownName
from didymium.world.distributions import Misfit, Number
from didymium.world.scenario_checks import Fault, faults
from didymium.world.scenario_errors import place, refused
from didymium.world.scenario_events import Event, Project
from didymium.world.scenario_fields import Month, Name, Shows
from didymium.world.scenario_table import switch_on
from didymium.yaml_lines import Node, dump_yaml, parse_yaml, read_text

if TYPE_CHECKING:
    from didymium.world.world import World

__all__ = [
    "Project",
    "Scenario",
    "ScenarioFile",
    "Way",
    "check_scenario",
    "check_step",
    "dump_scenario",
    "fingerprint",
    "load_scenario",
    "parse_scenario",
    "plain_scenario",
    "raise_first",
    "read_scenario",
    "scenarios",
]

Way = tuple[str | int, ...]
"""Keys and positions that lead to a value of the file."""

DAYS = {"month": 31, "week": 7}
"""The longest step of each kind, in days."""


class Scenario(BaseModel):
    """What happens in a span: ``events`` befall the world, ``policies`` are chosen; both hold the same kinds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$", description="Lower case, digits and dashes")]
    question: Annotated[str, Field(min_length=1, max_length=300, description="What the scenario asks, one sentence")]
    note: Annotated[str, Field(min_length=1, max_length=1200)] | None = Field(
        None, description="What a reader must know about the scenario"
    )
    sources: tuple[Name, ...] = Field((), description="Source keys of the story, beside those of the events")
    start: Month = Field(description="First month")
    end: Month = Field(description="Last month, included")
    step: Literal["month", "week"] = Field("month", description="month or week")
    base_year: int = Field(2024, ge=1990, le=2199, description="Year whose flows the run starts from")
    events: tuple[Event, ...] = Field((), description="What befalls the world; see the kinds below")
    projects: tuple[Project, ...] = Field((), description="What is being built")
    announced_projects: bool = Field(
        False, description="true: all projects of the projects table that are alive come too, when their clocks say"
    )
    policies: tuple[Event, ...] = Field((), description="What someone chooses to do; the same kinds as events")
    assumptions: dict[str, Number] = Field({}, description="Behavioural parameters by name, instead of the table's")
    shows: Shows = Field(Shows(), description="Whom the scenario asks about; see below")

    @model_validator(mode="after")
    def _span(self) -> Self:
        if self.end < self.start:
            raise Misfit(f"the span {self.start:%Y-%m} to {self.end:%Y-%m} is empty", "start <= end", key="end")
        if self.base_year > self.start.year:
            what = f"base_year {self.base_year} lies after the start {self.start:%Y-%m}"
            raise Misfit(what, "base_year <= year of the start", key="base_year")
        return self

    @property
    def happenings(self) -> tuple[Event, ...]:
        """Events and policies together, in the order of their starts."""
        return tuple(sorted((*self.events, *self.policies), key=lambda e: e.start))

    @property
    def past_end(self) -> dt.date:
        """The first day after the span."""
        return (self.end + dt.timedelta(days=31)).replace(day=1)

    def steps(self) -> tuple[dt.date, ...]:
        """First days of all steps: firsts of months, or every seventh day from the start while it lies in the span."""
        if self.step == "week":
            n = -(-(self.past_end - self.start).days // 7)
            return tuple(self.start + dt.timedelta(days=7 * k) for k in range(n))
        n = 12 * (self.end.year - self.start.year) + self.end.month - self.start.month + 1
        months = (self.start.month - 1 + k for k in range(n))
        return tuple(dt.date(self.start.year + m // 12, m % 12 + 1, 1) for m in months)

    @property
    def cites(self) -> frozenset[str]:
        """Keys of all sources that the scenario stands on."""
        parts = (*self.events, *self.policies, *self.projects)
        return frozenset(self.sources).union(*(p.cites for p in parts))


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario with the lines of its file."""

    scenario: Scenario
    where: Callable[[Way], str]
    """File, line and key of a way such as ``("policies", 0, "percent")``; of an entry of the base, of the list."""


def scenarios() -> tuple[str, ...]:
    """Names of the scenarios that come with the package."""
    return tuple(sorted(p.name.removesuffix(".yaml") for p in _shipped().iterdir() if p.name.endswith(".yaml")))


def load_scenario(name: str | Path, world: World) -> Scenario:
    """The shipped scenario ``name``, or the one in the YAML file at that path; see read_scenario."""
    return read_scenario(name, world).scenario


def read_scenario(name: str | Path, world: World) -> ScenarioFile:
    """The shipped scenario ``name``, or the YAML file at that path, checked against ``world``.

    Raises RecordError (file, line, key, expectation, cure) or UnknownName.
    """
    text = str(name)
    if text in scenarios():
        path = Path(str(_shipped().joinpath(f"{text}.yaml")))
        return _parsed(read_text(path), path.name, world)
    if not text.endswith((".yaml", ".yml")):
        raise UnknownName("scenario", text, scenarios(), listed=(*scenarios(), "or a path that ends in .yaml"))
    return _parsed(read_text(Path(name)), text, world)


def _shipped() -> Path:
    return Path(str(files("didymium.world").joinpath("scenarios")))


def parse_scenario(text: str, name: str, world: World) -> Scenario:
    """The scenario in YAML ``text``, called ``name`` in messages; see read_scenario."""
    return _parsed(text, name, world).scenario


def _parsed(text: str, name: str, world: World) -> ScenarioFile:
    root = parse_yaml(text, name)
    if not isinstance(root.value, dict):
        raise RecordError(
            "the file is not a mapping", where=f"{name}:{root.line}", expected="keys such as name, question"
        )
    plain = {key: node.plain() for key, node in root.value.items() if node.value is not None}
    for part in ("events", "policies"):
        if isinstance(plain.get(part), list):
            plain[part] = _switched_on(root.value[part], name, world)
    try:
        scenario = Scenario.model_validate(_on_base(plain, root.value, name, world))
    except ValidationError as error:
        raise refused(error, root, name, world, Scenario) from None
    for path, what, expected, cure in faults(scenario, world):
        raise RecordError(what, where=place(root, path, name, world), expected=expected, cure=cure)
    return ScenarioFile(scenario, lambda path: place(root, path, name, world))


def _on_base(plain: dict[str, object], nodes: dict[str, Node], name: str, world: World) -> dict[str, object]:
    """``plain`` on top of the shipped scenario that its key ``base`` names: lists are joined, own entries first."""
    base = plain.pop("base", None)
    if base is None:
        return plain
    if base not in scenarios():
        raise UnknownName("base scenario", str(base), scenarios(), where=f"{name}:{nodes['base'].line}, base")
    below = plain_scenario(load_scenario(str(base), world))
    merged = {k: v for k, v in below.items() if k not in ("name", "note")} | plain
    for part in ("sources", "events", "projects", "policies"):
        own, more = plain.get(part, []), below.get(part, [])
        if isinstance(own, list) and isinstance(more, list):
            merged[part] = own + [m for m in more if part != "sources" or m not in own]
    for part in ("assumptions", "shows"):
        mine, more = plain.get(part, {}), below.get(part, {})
        if isinstance(mine, dict) and isinstance(more, dict):
            merged[part] = more | mine
    return merged


def _switched_on(node: Node, name: str, world: World) -> list[object]:
    """The entries of a list of events, those that name a dated event filled in from its table."""
    entries: list[object] = []
    assert isinstance(node.value, list)
    for item in node.value:
        entry = item.plain()
        if isinstance(item.value, dict) and isinstance(entry, dict) and isinstance(entry.get("event"), str):
            entry = switch_on(world, entry, f"{name}:{item.value['event'].line}, event")
        entries.append(entry)
    return entries


def check_scenario(scenario: Scenario, world: World) -> None:
    """Raise RecordError for the first thing in ``scenario`` that ``world`` does not know or that cannot be meant."""
    raise_first(faults(scenario, world), scenario)


def raise_first(found: Iterable[Fault], scenario: Scenario) -> None:
    """Raise RecordError for the first fault, of a scenario that has no file."""
    for path, what, expected, cure in found:
        where = scenario.name + "".join(f"[{p}]" if isinstance(p, int) else f", {p}" for p in path)
        raise RecordError(what, where=where, expected=expected, cure=cure)


def check_step(scenario: Scenario, shortest_transit_days: float) -> None:
    """Raise RecordError when the step is longer than what ``transit_abroad`` may be, which the market knows."""
    if DAYS[scenario.step] > shortest_transit_days:
        raise RecordError(
            f"a step of a {scenario.step} is longer than a transit of {shortest_transit_days:g} days",
            where=f"{scenario.name}, step",
            expected=f"a step no longer than transit_abroad, here {shortest_transit_days:g} days or more",
            cure="use step: week" if scenario.step == "month" and shortest_transit_days >= DAYS["week"] else "",
        )


def dump_scenario(scenario: Scenario) -> str:
    """``scenario`` as YAML text that parse_scenario reads back to an equal one."""
    return dump_yaml(plain_scenario(scenario))


def fingerprint(scenario: Scenario) -> str:
    """A short hash that changes with any figure of ``scenario``, and not with what it shows of them."""
    plain = {key: value for key, value in plain_scenario(scenario).items() if key != "shows"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def plain_scenario(scenario: Scenario) -> dict[str, object]:
    """``scenario`` as plain mappings and lists, as its YAML file holds them."""
    head = scenario.model_dump(mode="json", exclude_defaults=True, exclude={"events", "policies", "projects"})
    # An entry that names a dated event is written in full: a default left out would come back as the table's figure.
    for part, entries in (
        ("events", scenario.events),
        ("projects", scenario.projects),
        ("policies", scenario.policies),
    ):
        dumped = [
            {"kind": getattr(e, "kind", None)}
            | e.model_dump(mode="json", exclude_defaults=getattr(e, "event", None) is None)
            for e in entries
        ]
        if dumped:
            head[part] = [{k: v for k, v in d.items() if (k, v) != ("kind", None)} for d in dumped]
    return head
