"""From what pydantic found wrong in a scenario to an error for people: file, line, key, expectation, nearest name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from didymium.errors import RecordError, nearest
from didymium.world.distributions import Misfit
from didymium.world.scenario_events import EVENT_KINDS
from didymium.yaml_lines import Node

__all__ = ["at", "refused"]


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


def refused(error: ValidationError, root: Node, name: str, scenario: type[BaseModel]) -> RecordError:
    """The first fault as a RecordError; a key that is not known comes before one that is missing."""
    order = ("extra_forbidden", "union_tag_invalid", "union_tag_not_found")
    first = min(error.errors(), key=lambda e: order.index(e["type"]) if e["type"] in order else len(order))
    path, kind = list(first["loc"]), first["type"]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Misfit) and cause.key:
        path.append(cause.key)
    if kind.startswith("union_tag"):
        path.append("kind")
    line, key = at(root, path)
    where = f"{name}:{line}, {key}" if key else f"{name}:{line}"
    if isinstance(cause, Misfit):
        return RecordError(cause.what, where=where, expected=cause.expected, cure=cause.cure)
    what, expected, near = _explained(first, _known(path, scenario))
    return RecordError(what, where=where, expected=expected, cure=f"did you mean {near[0]!r}?" if near else "")


def _explained(first: Any, known: list[str]) -> tuple[str, str, list[str]]:
    """What is wrong, what was expected, and the nearest valid name."""
    kind, given, message = first["type"], first["input"], first["msg"]
    if kind == "extra_forbidden":
        key = str(first["loc"][-1])
        return f"unknown key {key!r:.60}", "one of " + ", ".join(known), nearest(key, known, n=1)
    if kind == "missing":
        return "the key is missing", f"the key {first['loc'][-1]}", []
    if kind == "union_tag_not_found":
        what = "the event has no kind" if isinstance(given, dict) else f"{given!r:.60} is not an event"
        return what, "kind: one of " + ", ".join(EVENT_KINDS), []
    if kind == "union_tag_invalid":
        tag = str(first["ctx"]["tag"])
        return f"unknown kind {tag!r:.60}", "one of " + ", ".join(EVENT_KINDS), nearest(tag, EVENT_KINDS, n=1)
    if kind == "literal_error":
        choices = [c.strip(" '") for c in first["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return f"{given!r:.60} does not fit", "one of " + ", ".join(choices), nearest(str(given), choices, n=1)
    if kind == "string_pattern_mismatch":
        return f"{given!r:.60} does not fit", "lower-case letters, digits and dashes", []
    return f"{given!r:.60} does not fit", message[:1].lower() + message[1:], []


def _known(path: Sequence[str | int], scenario: type[BaseModel]) -> list[str]:
    """Keys that the mapping at ``path`` may have."""
    for part in path:
        if part in EVENT_KINDS:
            return list(EVENT_KINDS[str(part)].model_fields)
    if path and path[0] == "projects":
        return [k for k in ("project", "bloc", "stage", "tonnes_per_y", "start", "clock", "ramp_months")] + [
            "note",
            "source",
            "sources",
            "assumed",
        ]
    return list(scenario.model_fields)
