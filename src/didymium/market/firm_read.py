"""Reading a firm's file: faults with file, line and key; its figures by name; what its parts are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from didymium.chain.stoichiometry import metal_fractions
from didymium.errors import RecordError, UnknownName
from didymium.market.firm_file import SUM_TOLERANCE, Firm, Part, firms, shipped
from didymium.world import ELEMENTS, World
from didymium.world.distributions import Choice, LogNormal, Misfit, Normal, Triangular, Uniform
from didymium.world.scenario_checks import unknown
from didymium.world.scenario_draw import Uncertain
from didymium.world.scenario_errors import at, explained
from didymium.yaml_lines import Node, parse_yaml, read_text

__all__ = [
    "Figure",
    "FirmFile",
    "Way",
    "Where",
    "check_firm",
    "composition",
    "entries",
    "figures",
    "fractions",
    "in_python",
    "load_firm",
    "parse_firm",
    "read_firm",
    "uncertain_figures",
    "way_of",
]

DISTRIBUTIONS = (Uniform, Triangular, Normal, LogNormal, Choice)
FRACTIONS = {"nd_fraction": "Nd", "pr_fraction": "Pr", "dy_fraction": "Dy", "tb_fraction": "Tb"}

Way = tuple[str | int, ...]
"""Keys and positions from the firm down to something in it."""
Where = Callable[[Way], str]
"""Says in words where that is written."""


@dataclass(frozen=True)
class FirmFile:
    """A firm and the file that it was read from."""

    firm: Firm
    name: str
    root: Node

    def where(self, way: Way) -> str:
        """File, line and key."""
        return _place(self.root, way, self.name)


def in_python(firm: Firm) -> Where:
    """Where things are in a firm that has no file."""
    return lambda way: firm.name + "".join(f"[{p}]" if isinstance(p, int) else f", {p}" for p in way)


def way_of(name: str) -> Way:
    """The way that the name of a figure tells: ``products.0.parts.1.cover_weeks``."""
    return tuple(int(p) if p.isdigit() else p for p in name.split("."))


def load_firm(name: str | Path, world: World) -> Firm:
    """The sample firm ``name``, or the one in the YAML file at that path; see read_firm."""
    return read_firm(name, world).firm


def read_firm(name: str | Path, world: World) -> FirmFile:
    """The sample firm ``name``, or the YAML file at that path, checked against ``world``.

    Raises RecordError (file, line, key, expectation, cure) or UnknownName.
    """
    text = str(name)
    if text in firms():
        path = shipped() / f"{text}.yaml"
        return _parsed(read_text(path), path.name, world)
    if not text.endswith((".yaml", ".yml")) and not Path(text).exists():
        raise UnknownName("firm", text, firms(), listed=(*firms(), "or a path that ends in .yaml"))
    return _parsed(read_text(Path(name)), text, world)


def parse_firm(text: str, name: str, world: World) -> Firm:
    """The firm in YAML ``text``, called ``name`` in messages; see read_firm."""
    return _parsed(text, name, world).firm


def _parsed(text: str, name: str, world: World) -> FirmFile:
    root = parse_yaml(text, name)
    if not isinstance(root.value, dict):
        raise RecordError("the file is not a mapping", where=f"{name}:{root.line}", expected="keys such as name, bloc")
    try:
        firm = Firm.model_validate({k: n.plain() for k, n in root.value.items() if n.value is not None})
    except ValidationError as error:
        raise _refused(error, root, name) from None
    for path, what, expected, cure in _faults(firm, world):
        raise RecordError(what, where=_place(root, path, name), expected=expected, cure=cure)
    return FirmFile(firm, name, root)


def check_firm(firm: Firm, world: World) -> None:
    """Raise RecordError for the first thing in a firm made in Python that ``world`` does not know."""
    for path, what, expected, cure in _faults(firm, world):
        raise RecordError(what, where=in_python(firm)(path), expected=expected, cure=cure)


def _place(root: Node, path: Way, name: str) -> str:
    line, key = at(root, path)
    return f"{name}:{line}, {key}" if key else f"{name}:{line}"


def _refused(error: ValidationError, root: Node, name: str) -> RecordError:
    """The first fault; a key that is not known comes before one that is missing."""
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    path = list(first["loc"])
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Misfit):
        path += [cause.key] if cause.key else []
        return RecordError(cause.what, where=_place(root, tuple(path), name), expected=cause.expected, cure=cause.cure)
    fields = _model_at(path).model_fields
    what, expected, near = explained(first, list(fields))
    if first["type"] == "missing" and path[-1] in fields:
        expected = f"{path[-1]}: {fields[str(path[-1])].description}"
    cure = f"did you mean {near[0]!r}?" if near else ""
    return RecordError(what, where=_place(root, tuple(path), name), expected=expected, cure=cure)


def _model_at(path: list[str | int]) -> type[BaseModel]:
    """The model whose key the last part of ``path`` is."""
    found: type[BaseModel] = Firm
    for part in path[:-1]:
        field = found.model_fields.get(part) if isinstance(part, str) else None
        for kind in _models_in(field.annotation) if field is not None else ():
            found = kind
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Models within an annotation such as ``tuple[Part, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def _faults(firm: Firm, world: World) -> Iterator[tuple[Way, str, str, str]]:
    sources = [r.text("source") for r in world.table("sources").rows]
    grades = sorted(fractions(world))
    yield from unknown("bloc", firm.bloc, world.blocs, ("bloc",), world)
    for path, entry in entries(firm):
        bloc = getattr(entry, "bloc", None)
        if bloc is not None and path:
            yield from unknown("bloc", bloc, world.blocs, (*path, "bloc"), world)
        for key in entry.cites:
            own = entry.source == key
            where = (
                (*path, "source") if own else (*path, "sources", next(k for k, v in entry.sources.items() if v == key))
            )
            yield from unknown("source", key, sources, where, world)
        if isinstance(entry, Part):
            if entry.grade is not None:
                yield from unknown("grade", entry.grade, grades, (*path, "grade"), world)
            for element in entry.composition:
                yield from unknown("element", element, ELEMENTS, (*path, "composition", element), world)
            yield from _too_much_for_oxide(entry, path, world)


def _too_much_for_oxide(part: Part, path: Way, world: World) -> Iterator[tuple[Way, str, str, str]]:
    """Shares are of the element, not of its oxide: pure neodymium oxide has 0.857 of Nd."""
    metal = metal_fractions(world)
    known = {e: share for e, share in part.composition.items() if e in metal}
    if part.form == "oxide" and sum(share / metal[e] for e, share in known.items()) > 1 + SUM_TOLERANCE:
        most = ", ".join(f"{metal[e]:.3f} of {e}" for e in known)
        cure = "give the mass of the element in the oxide, not that of the oxide"
        yield (*path, "composition"), "more of the element than its oxide holds", f"at most {most} if pure", cure


def entries(entry: BaseModel, path: Way = ()) -> Iterator[tuple[Way, Any]]:
    """The firm and everything in it, with the way there."""
    yield path, entry
    for field in type(entry).model_fields:
        value = getattr(entry, field)
        if isinstance(value, BaseModel) and not isinstance(value, DISTRIBUTIONS):
            yield from entries(value, (*path, field))
        elif isinstance(value, tuple):
            for k, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from entries(item, (*path, field, k))


@dataclass(frozen=True)
class Figure:
    """A figure of a firm: its name, unit, value (a number or a distribution), source key, and whether it is assumed."""

    name: str
    unit: str
    value: Any
    source: str | None
    assumed: bool


def figures(firm: Firm) -> tuple[Figure, ...]:
    """All figures of ``firm`` in file order; their names are the way there: ``products.0.parts.1.cover_weeks``."""
    found = []
    for path, entry in entries(firm):
        for field, info in type(entry).model_fields.items():
            value, extra = getattr(entry, field), info.json_schema_extra
            if isinstance(extra, dict) and value is not None and (field in entry.model_fields_set):
                name = ".".join(map(str, (*path, field)))
                assumed = entry.is_assumed(field)
                source = None if assumed else entry.sources.get(field, entry.source)
                found.append(Figure(name, str(extra["unit"]), value, source, assumed))
    return tuple(found)


def uncertain_figures(firm: Firm) -> tuple[Uncertain, ...]:
    """The figures of ``firm`` that are distributions."""
    return tuple(Uncertain(f.name, f.unit, f.value) for f in figures(firm) if isinstance(f.value, DISTRIBUTIONS))


def fractions(world: World) -> Mapping[str, tuple[dict[str, float], str]]:
    """Mass fractions and source by product of the table intensities, where it has them."""
    found: dict[str, tuple[dict[str, float], str]] = {}
    for row in world.rows("intensities"):
        parts = {e: f for c, e in FRACTIONS.items() if (f := row.optional(c)) is not None}
        if row.text("parameter") == "Sm fraction":
            parts["Sm"] = row.number("value")
        whole = parts.get("Nd", 0.0) + parts.get("Sm", 0.0) > 0
        if whole and row.text("product") not in found:
            found[row.text("product")] = (parts, row.text("source"))
    return found


def composition(part: Part, world: World) -> tuple[dict[str, float], str | None]:
    """Mass fractions of the elements in ``part``, and the source key where a table gives them."""
    if part.grade is not None:
        return fractions(world)[part.grade]
    return dict(part.composition), None
