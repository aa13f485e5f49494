"""Dated events of the world's table that a scenario can switch on by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from didymium.errors import TableError, UnknownName
from didymium.yaml_lines import parse_yaml

if TYPE_CHECKING:
    from didymium.world.world import World

__all__ = ["switch_on", "switchable"]


def switchable(world: World) -> tuple[str, ...]:
    """Keys of the events that have parameters, in table order."""
    return tuple(dict.fromkeys(row.text("event") for row in world.table("event_parameters").rows))


def switch_on(world: World, entry: dict[str, object], where: str) -> dict[str, object]:
    """``entry`` (which names an event) filled in from the tables events and event_parameters.

    Figures of grade D are marked as assumed. What the entry gives itself comes before the table, and is an assumption
    unless the entry names a source for it. Raises UnknownName, or TableError for a cell that is not YAML.
    """
    key = str(entry["event"])
    if key not in switchable(world):
        raise UnknownName("event that can be switched on", key, switchable(world), where=where)
    row = next(r for r in world.table("events").rows if r.text("event") == key)
    found: dict[str, object] = {"start": _first_day(row.text("start")), "source": row.text("source")}
    if row.text("end"):
        found["end"] = _first_day(row.text("end"))
    sources: dict[str, str] = {}
    assumed: list[str] = []
    for parameter in world.rows("event_parameters", event=key):
        field = parameter.text("parameter")
        place = f"event_parameters.csv:{parameter.line}, value"
        if field in found and field not in ("start", "end"):
            raise TableError(f"{field} of {key} is given twice", where=place, expected="each parameter once")
        found[field] = parse_yaml(parameter.text("value"), place).plain()
        if field == "kind":
            continue
        if parameter.text("grade") == "D":
            assumed.append(field)
        elif parameter.text("source") != row.text("source"):
            sources[field] = parameter.text("source")
    return _overridden(found, sources, assumed, entry)


def _overridden(
    found: dict[str, object], sources: dict[str, str], assumed: list[str], entry: dict[str, object]
) -> dict[str, object]:
    given = [k for k in entry if k not in ("event", "kind", "note", "source", "sources", "assumed")]
    own_sources = entry.get("sources", {})
    own_assumed = entry.get("assumed", [])
    if not isinstance(own_sources, dict) or not isinstance(own_assumed, bool | list | tuple):
        return found | entry  # the model says what is wrong with it
    kept = {field: key for field, key in sources.items() if field not in given}
    if isinstance(own_assumed, bool):
        marks: object = own_assumed or [f for f in assumed if f not in given]
    else:
        marks = [f for f in assumed if f not in given] + list(own_assumed)
    if "source" in entry:
        kept |= {f: str(found["source"]) for f in found if f not in (*given, *sources, *assumed, "kind", "source")}
    elif isinstance(marks, list):
        marks += [f for f in given if f not in own_sources and f not in marks]
    return found | entry | {"sources": kept | own_sources, "assumed": marks or False}


def _first_day(period: str) -> str:
    """The first day of a period such as 2010, 2010-Q3, 2010-H2, 2025-04, 2025-04-04 or 2025-04/2025-06."""
    year, _, rest = period.partition("/")[0].partition("-")
    month = {"Q2": "04", "Q3": "07", "Q4": "10", "H2": "07"}.get(rest, rest if rest[:1].isdigit() else "01")
    return f"{year}-{month}" if "-" in month else f"{year}-{month}-01"
