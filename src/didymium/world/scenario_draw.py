"""The uncertain figures of a scenario by name, and the scenario with all of them settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from didymium.errors import UnknownName
from didymium.world.distributions import Choice, Distribution, LogNormal, Normal, Triangular, Uniform, centre
from didymium.world.scenario import Scenario

__all__ = ["Uncertain", "settle", "uncertain"]

_PARTS = ("events", "projects", "policies")
Entry = TypeVar("Entry", bound=BaseModel)
Visit = Callable[[str, str, Distribution], float]


@dataclass(frozen=True)
class Uncertain:
    """An uncertain figure: its name, its unit, and its distribution."""

    name: str
    unit: str
    distribution: Distribution


def uncertain(scenario: Scenario) -> tuple[Uncertain, ...]:
    """The uncertain figures of ``scenario``, in file order.

    A figure of an event is called by the key of the dated event, or by its kind and count, and its field:
    ``2025_04_04_china_export_licence.reviews_per_week``, ``demand_2.percent_per_y``; an assumption by its own name.
    """
    found: list[Uncertain] = []

    def note(name: str, unit: str, distribution: Distribution) -> float:
        found.append(Uncertain(name, unit, distribution))
        return centre(distribution)

    _visited(scenario, note)
    return tuple(found)


def settle(scenario: Scenario, draw: Mapping[str, float] | None = None) -> Scenario:
    """``scenario`` with every uncertain figure replaced by its value in ``draw``, else by its median.

    Raises UnknownName for a name in ``draw`` that is no uncertain figure of the scenario.
    """
    given = dict(draw or {})
    used: set[str] = set()

    def value(name: str, unit: str, distribution: Distribution) -> float:
        used.add(name)
        return float(given[name]) if name in given else centre(distribution)

    settled = _visited(scenario, value)
    for name in given:
        if name not in used:
            raise UnknownName(f"uncertain figure of {scenario.name}", name, sorted(used))
    return settled


def _visited(scenario: Scenario, visit: Visit) -> Scenario:
    """A copy of ``scenario`` in which ``visit`` has put a value in place of every distribution."""
    counts: dict[str, int] = {}
    update: dict[str, object] = {}
    for part in _PARTS:
        update[part] = tuple(_entry(entry, _title(entry, counts), visit) for entry in getattr(scenario, part))
    update["assumptions"] = {
        name: visit(name, "", number) if isinstance(number, _DISTRIBUTIONS) else number
        for name, number in scenario.assumptions.items()
    }
    return scenario.model_copy(update=update)


_DISTRIBUTIONS = (Uniform, Triangular, Normal, LogNormal, Choice)


def _title(entry: BaseModel, counts: dict[str, int]) -> str:
    dated: str | None = getattr(entry, "event", None) or getattr(entry, "project", None)
    key = dated or str(getattr(entry, "kind", "project"))
    counts[key] = counts.get(key, 0) + 1
    return key if dated and counts[key] == 1 else f"{key}_{counts[key]}"


def _entry(entry: Entry, title: str, visit: Visit) -> Entry:
    update: dict[str, object] = {}
    for field, info in type(entry).model_fields.items():
        value: Any = getattr(entry, field)
        extra: Any = info.json_schema_extra
        if isinstance(value, _DISTRIBUTIONS):
            update[field] = visit(f"{title}.{field}", extra["unit"], value)
        elif extra is not None and isinstance(value, tuple):
            update[field] = tuple(
                (year, visit(f"{title}.{field}.{year}", extra["unit"], n) if isinstance(n, _DISTRIBUTIONS) else n)
                for year, n in value
            )
    return entry.model_copy(update=update) if update else entry
