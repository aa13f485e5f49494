"""YAML with line numbers: a small, closed subset, so that no file can hurt and every error names its line.

Mappings, sequences and scalars of one document. Plain scalars follow the JSON-like core schema of YAML 1.2 (null,
true/false, numbers, else text), so that ``NO`` stays Norway and ``2025-06-19`` stays text. Aliases, tags, repeated
keys, keys that are not text, and nesting beyond ``MAX_DEPTH`` are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from didymium.errors import RecordError

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Node", "Scalar", "dump_flow", "dump_yaml", "parse_yaml", "read_text"]

MAX_BYTES = 500_000
MAX_DEPTH = 12

Scalar = str | int | float | bool | None

_INT = re.compile(r"^[-+]?\d+$")
_FLOAT = re.compile(r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_WORDS |= {".nan": float("nan"), ".inf": float("inf"), "-.inf": float("-inf"), "nan": float("nan")}


@dataclass(frozen=True)
class Node:
    """A YAML value with the line it starts at; ``value`` holds a scalar, a list of nodes, or a dict of nodes."""

    line: int
    value: Scalar | list[Node] | dict[str, Node]

    def plain(self) -> object:
        """The value without line numbers."""
        if isinstance(self.value, list):
            return [n.plain() for n in self.value]
        if isinstance(self.value, dict):
            return {k: n.plain() for k, n in self.value.items()}
        return self.value


def read_text(path: Path) -> str:
    """The UTF-8 text of ``path``; raises RecordError for a file that is missing, unreadable, empty or too large."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise RecordError("there is no such file", where=str(path), cure="check the path") from None
    except (OSError, ValueError) as error:
        raise RecordError(f"cannot be read: {getattr(error, 'strerror', error)}", where=str(path)) from None
    if len(raw) > MAX_BYTES:
        raise RecordError(
            f"{len(raw):,} bytes in one file",
            where=str(path),
            expected=f"at most {MAX_BYTES:,} bytes",
            cure="split the file",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RecordError(
            f"byte {error.start} is not UTF-8",
            where=f"{path}:{line}",
            expected="a UTF-8 text file",
            cure="save it as UTF-8",
        ) from None


def parse_yaml(text: str, name: str) -> Node:
    """The one document in ``text``; raises RecordError with ``name``, line and column."""
    loader = yaml.SafeLoader(text) if _printable(text, name) else None
    assert loader is not None
    try:
        return _document(_events(loader), name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}, column {mark.column + 1}" if mark else name
        what = " ".join(p for p in (error.context, error.problem) if p)
        raise RecordError(
            f"not well-formed YAML: {what}",
            where=where,
            expected="one mapping of keys to values",
            cure="check indentation, and quote text that holds ':' or '#'",
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise RecordError(f"not well-formed YAML: {str(error).splitlines()[0]}", where=name) from None
    finally:
        loader.dispose()


def _printable(text: str, name: str) -> bool:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise RecordError(
            f"character U+{ord(found.group()):04X} is not allowed in YAML",
            where=f"{name}:{line}, column {column}",
            cure="remove it",
        )
    return True


def _events(loader: yaml.SafeLoader) -> Iterator[yaml.Event]:
    while loader.check_event():
        event: yaml.Event = loader.get_event()  # type: ignore[no-untyped-call]
        yield event


def _document(events: Iterator[yaml.Event], name: str) -> Node:
    found: Node | None = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if found is not None:
                raise _refusal(event, name, "a second document", "one document in a file", "give it a file of its own")
            found = _node(next(events), events, name, 0)
    if found is None:
        raise RecordError(
            "the file is empty", where=name, expected="one mapping of keys to values", cure="check that it was saved"
        )
    return found


def _node(event: yaml.Event, events: Iterator[yaml.Event], name: str, depth: int) -> Node:
    line = _place(event)[0]
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise _refusal(event, name, "an anchor or alias", "each value written out")
    if depth > MAX_DEPTH:
        raise _refusal(event, name, f"nesting deeper than {MAX_DEPTH}", "a flatter file")
    tag = getattr(event, "tag", None)
    if tag not in (None, "!"):
        raise _refusal(event, name, f"the tag {tag!r}", "plain values without tags")
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Node] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_node(event, events, name, depth + 1))
        return Node(line, items)
    if isinstance(event, yaml.MappingStartEvent):
        return Node(line, _mapping(events, name, depth))
    assert isinstance(event, yaml.ScalarEvent)
    return Node(line, _scalar(event, name))


def _mapping(events: Iterator[yaml.Event], name: str, depth: int) -> dict[str, Node]:
    entries: dict[str, Node] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _node(event, events, name, depth + 1)
        if not isinstance(key.value, str):
            cure = "quote the key; a number takes no comma: 1000, not 1,000"
            raise _refusal(event, name, f"the key {key.plain()!r:.60}", "a key that is text", cure)
        if key.value in entries:
            raise _refusal(event, name, f"the key {key.value!r:.60} is repeated", "each key once")
        entries[key.value] = _node(next(events), events, name, depth + 1)
    return entries


def _scalar(event: yaml.ScalarEvent, name: str) -> Scalar:
    # Escapes can smuggle in what the file itself may not hold: halves of surrogate pairs, control characters.
    text: str = event.value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found or "\ufffd" in text:
        raise _refusal(event, name, "a control character or half a surrogate pair", "printable text")
    return text if event.style is not None else _plain_scalar(text)


def _plain_scalar(text: str) -> Scalar:
    word = text.casefold()
    if word in _WORDS:
        return _WORDS[word]
    if _INT.match(text) and len(text) <= 18:
        return int(text)
    return float(text) if _FLOAT.match(text) else text


def _place(event: yaml.Event) -> tuple[int, int]:
    """Line and column of an event, counted from 1."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _refusal(event: yaml.Event, name: str, what: str, expected: str, cure: str = "") -> RecordError:
    line, column = _place(event)
    where = f"{name}:{line}, column {column}"
    return RecordError(f"{what}: not accepted here", where=where, expected=expected, cure=cure)


class _Dumper(yaml.SafeDumper):
    """Writes text that would read as a number or a word such as null in quotes, and nothing as an alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if _plain_scalar(text) == text else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(plain: object) -> str:
    """``plain`` (mappings, lists, scalars) as YAML text that parse_yaml reads back to the same value."""
    return yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def dump_flow(plain: object) -> str:
    """``plain`` as YAML on one line, as in ``{uniform: [1, 2]}``."""
    text = yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6, default_flow_style=True)
    return text.removesuffix("...\n").strip()
