"""From what pydantic found wrong in a scenario to an error for people: file, line, key, expectation, nearest name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from didymium.errors import RecordError, nearest
from didymium.world.distributions import Misfit, described
from didymium.world.scenario_events import EVENT_KINDS, Project
from didymium.world.scenario_fields import Shows
from didymium.yaml_lines import Node

if TYPE_CHECKING:
    from didymium.world.world import World

__all__ = ["at", "explained", "place", "refused"]


def at(root: Node, path: Sequence[str | int]) -> tuple[int, str]:
    """Line and key of ``path`` (keys and positions from the root); parts that the file lacks are passed over."""
    node, key = root, ""
    for part in path:
        key = part if isinstance(part, str) and part not in EVENT_KINDS else key
        if isinstance(node.value, dict) and part in node.value:
            node = node.value[str(part)]
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
    return node.line, key


def place(root: Node, path: Sequence[str | int], name: str, world: World) -> str:
    """File, line and key of ``path``: of the table, where a dated event has the figure from there."""
    line, key = at(root, path)
    entry = _entry(root, path)
    dated = entry.get("event")
    if dated is not None and isinstance(dated.value, str) and key and key not in entry:
        for row in world.rows("event_parameters", event=dated.value, parameter=key):
            return f"event_parameters.csv:{row.line}, value ({key})"
    return f"{name}:{line}, {key}" if key else f"{name}:{line}"


def _entry(root: Node, path: Sequence[str | int]) -> dict[str, Node]:
    """The mapping of the event, policy or project that ``path`` leads to or through; empty when there is none."""
    entries = root.value.get(str(path[0])) if path and isinstance(root.value, dict) else None
    if entries is None or not isinstance(entries.value, list) or len(path) < 2:
        return {}
    k = path[1]
    found = entries.value[k].value if isinstance(k, int) and k < len(entries.value) else None
    return found if isinstance(found, dict) else {}


def refused(error: ValidationError, root: Node, name: str, world: World, scenario: type[BaseModel]) -> RecordError:
    """The first fault as a RecordError; a key that is not known comes before one that is missing."""
    order = ("extra_forbidden", "union_tag_invalid", "union_tag_not_found")
    first = min(error.errors(), key=lambda e: order.index(e["type"]) if e["type"] in order else len(order))
    path, kind = list(first["loc"]), first["type"]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Misfit) and cause.key:
        path.append(cause.key)
    if kind.startswith("union_tag"):
        path.append("kind")
    where = place(root, path, name, world)
    if isinstance(cause, Misfit):
        return RecordError(cause.what, where=where, expected=cause.expected, cure=cause.cure)
    what, expected, near = explained(first, _known(path, scenario))
    cure = f"did you mean {near[0]!r}?" if near else _CURES.get(kind, "")
    return RecordError(what, where=where, expected=expected, cure=cure)


def explained(first: Any, known: list[str]) -> tuple[str, str, list[str]]:
    """What is wrong, what was expected, and the nearest valid name."""
    kind, given, message = first["type"], first["input"], first["msg"]
    if kind == "extra_forbidden":
        key = str(first["loc"][-1])
        return f"unknown key {key!r:.60}", "one of " + ", ".join(known), nearest(key, known, n=1)
    if kind == "missing":
        return "the key is missing", f"the key {first['loc'][-1]}", []
    if kind == "union_tag_not_found":
        what = "the event has no kind" if isinstance(given, dict) else f"{described(given)} is not an event"
        return what, "kind: one of " + ", ".join(EVENT_KINDS), []
    if kind == "union_tag_invalid":
        tag = str(first["ctx"]["tag"])
        return f"unknown kind {tag!r:.60}", "one of " + ", ".join(EVENT_KINDS), nearest(tag, EVENT_KINDS, n=1)
    if kind == "literal_error":
        choices = [c.strip(" '") for c in first["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return f"{described(given)} does not fit", "one of " + ", ".join(choices), nearest(str(given), choices, n=1)
    expected = _EXPECTED.get(kind, message[:1].lower() + message[1:])
    return f"{described(given)} does not fit", expected, []


_MAPPING = "a mapping of keys to values"
_EXPECTED = {
    "string_pattern_mismatch": "lower-case letters, digits and dashes, at most 60",
    "string_type": "text; in quotes where it looks like a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "int_parsing": "a whole number",
    "int_type": "a whole number",
}
"""What to expect in plain words, by what pydantic calls the fault."""


_CURES = {
    "missing": "add it; a whole file to copy from: didymium data scenario baseline-2024 --yaml",
    "tuple_type": "begin each entry with a dash, on lines of their own",
    "dict_type": "write a line such as key: value for each",
    "model_type": "write a line such as key: value for each",
    "model_attributes_type": "write a line such as key: value for each",
}
"""What to do, where no other name is near."""


_PARTS: dict[str, type[BaseModel]] = {"projects": Project, "shows": Shows}


def _known(path: Sequence[str | int], scenario: type[BaseModel]) -> list[str]:
    """Keys that the mapping at ``path`` may have."""
    for part in path:
        if part in EVENT_KINDS:
            return list(EVENT_KINDS[str(part)].model_fields)
    if path and path[0] in _PARTS:
        return list(_PARTS[str(path[0])].model_fields)
    return ["base", *scenario.model_fields]
