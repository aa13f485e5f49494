"""Types of the fields of a scenario: dates, bounded numbers, lists of names; the frame of everything that happens."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    model_validator,
)

from didymium.world.distributions import Distribution, LogNormal, Misfit, Number, bounds, plain_number, read_number
from didymium.yaml_lines import dump_flow

__all__ = [
    "ByYear",
    "Day",
    "Factor",
    "Figure",
    "Month",
    "Name",
    "Names",
    "NonNegative",
    "Note",
    "Percent",
    "Positive",
    "Share",
    "Shows",
    "Sourced",
    "Timed",
    "figure",
    "within",
]

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_YEAR = re.compile(r"^(19|20|21)\d\d$", re.ASCII)
_MONTH = re.compile(r"^\d{4}-\d{2}$", re.ASCII)

Figure = float | Distribution
Yearly = tuple[tuple[int, Figure], ...]


def _day(value: object) -> object:
    if isinstance(value, dt.date):
        return value
    try:
        if isinstance(value, str) and _DAY.match(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise Misfit(f"{value!r:.60} is not a date", "a date such as 2025-04-04")


def _month(value: object) -> object:
    if isinstance(value, dt.date):
        return value.replace(day=1)
    try:
        if isinstance(value, str) and _MONTH.match(value):
            return dt.date.fromisoformat(f"{value}-01")
    except ValueError:
        pass
    cure = f"write {value[:7]}" if isinstance(value, str) and _DAY.match(value) else ""
    raise Misfit(f"{value!r:.60} is not a month", "a month such as 2024-01", cure)


def _names(value: object) -> object:
    if value == "all":
        return None
    return (value,) if isinstance(value, str) else value


def _some(value: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if value is not None and not value:
        raise Misfit("the list is empty", "at least one name, or 'all'", "leave the key out if all are meant")
    return value


def _each_once(value: tuple[str, ...] | None) -> tuple[str, ...] | None:
    twice = [v for k, v in enumerate(value or ()) if v in (value or ())[:k]]
    if twice:
        raise Misfit(f"{twice[0]!r} is listed twice", "each name once")
    return value


def within(low: float, high: float, *, open_low: bool = False) -> Callable[[Figure], Figure]:
    """A check that a number or a distribution lies between ``low`` and ``high``; it raises Misfit."""
    expected = f"a number {'>' if open_low else '>='} {low:g}" + ("" if high == math.inf else f" and <= {high:g}")

    def check(number: Figure) -> Figure:
        least, most = bounds(number)
        # A lognormal comes near 0 and never reaches it.
        reached = least < low or (open_low and least == low and not isinstance(number, LogNormal))
        if not reached and most <= high:
            return number
        if isinstance(number, float):
            percent = high == 1 and 1 < number <= 100
            cure = f"write {number / 100:g} if {number:g} % is meant" if percent else ""
            raise Misfit(f"{number:g} is out of range", expected, cure)
        what = f"{dump_flow(plain_number(number))} reaches from {least:g} to {most:g}"
        raise Misfit(what, expected, "narrow the distribution, or cut it off with low and high")

    return check


Day = Annotated[dt.date, BeforeValidator(_day), PlainSerializer(dt.date.isoformat)]
"""YYYY-MM-DD."""
Month = Annotated[dt.date, BeforeValidator(_month), PlainSerializer(lambda day: f"{day:%Y-%m}")]
"""YYYY-MM, kept as the first day of the month."""
Name = Annotated[str, Field(min_length=1, max_length=80)]
Names = Annotated[
    tuple[Name, ...] | None,
    BeforeValidator(_names),
    AfterValidator(_some),
    AfterValidator(_each_once),
    PlainSerializer(lambda names: "all" if names is None else list(names)),
]
"""A list of names; one name alone, or ``all``, which is None."""
Few = Annotated[
    tuple[Name, ...],
    BeforeValidator(lambda names: (names,) if isinstance(names, str) else names),
    AfterValidator(_each_once),
    PlainSerializer(list),
]
"""A list of names, or one name alone; it may be empty."""
Note = Annotated[str, Field(min_length=1, max_length=600)]

Share = Annotated[Number, AfterValidator(within(0, 1))]
NonNegative = Annotated[Number, AfterValidator(within(0, math.inf))]
Positive = Annotated[Number, AfterValidator(within(0, math.inf, open_low=True))]
Factor = Annotated[Number, AfterValidator(within(0, 1, open_low=True))]
Percent = Annotated[Number, AfterValidator(within(-100, math.inf, open_low=True))]


def _by_year(value: object) -> Figure | Yearly:
    """A number, or a mapping of years to numbers, which becomes pairs in the order of years."""
    check = within(0, math.inf)
    if isinstance(value, tuple):
        value = dict(value)
    if not isinstance(value, dict) or not value or not all(_YEAR.match(str(k)) for k in value):
        return check(read_number(value))
    return tuple(sorted((int(year), check(read_number(v))) for year, v in value.items()))


def _plain_by_year(value: Figure | Yearly) -> object:
    if isinstance(value, tuple):
        return {str(year): plain_number(number) for year, number in value}
    return plain_number(value)


ByYear = Annotated[Figure | Yearly, PlainValidator(_by_year), PlainSerializer(_plain_by_year)]
"""A number, or pairs of year and number: ``{"2010": 30258, "2011": 30184}`` in YAML."""


def figure(description: str, unit: str = "1", default: object = ...) -> Any:
    """A field that holds a number in ``unit``; required unless a default is given."""
    return Field(default, description=description, json_schema_extra={"unit": unit})


def _assumed(value: object) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(n, str) for n in names):
        raise Misfit(f"{value!r:.60} does not fit", "true, or a list of the fields that are assumptions")
    return tuple(dict.fromkeys(names)) or False


Assumed = Annotated[
    bool | tuple[str, ...],
    PlainValidator(_assumed),
    PlainSerializer(lambda marks: marks if isinstance(marks, bool) else list(marks)),
]
"""Whether all figures are assumptions, or which of them."""


class Sourced(BaseModel):
    """Something with figures: each comes from a source of the world's table, or is said to be assumed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: Note | None = Field(None, description="What a reader must know")
    source: Name | None = Field(None, description="Source key of every figure that sources and assumed do not name")
    sources: dict[str, Name] = Field({}, description="Source key by field, for figures from elsewhere")
    assumed: Assumed = Field(
        False, description="true: all figures are assumptions of grade D; or a list of the fields that are"
    )

    @model_validator(mode="after")
    def _provenance(self) -> Self:
        if self.source is None and self.assumed is not True and self._needs_source():
            raise Misfit(
                "there is no source",
                "source: a key of the sources table, or assumed: true",
                "name the source, or say that the figures are assumed",
                key="source",
            )
        fields = [f for f in type(self).model_fields if f not in Sourced.model_fields and f != "kind"]
        named = [*self.sources, *(self.assumed if isinstance(self.assumed, tuple) else ())]
        for name in named:
            if name not in fields:
                key = "sources" if name in self.sources else "assumed"
                raise Misfit(f"unknown field {name!r:.40}", "one of " + ", ".join(fields), key=key)
        return self

    def _needs_source(self) -> bool:
        return True

    def is_assumed(self, field: str) -> bool:
        """Whether the figure in ``field`` is an assumption (grade D)."""
        return self.assumed if isinstance(self.assumed, bool) else field in self.assumed

    @property
    def cites(self) -> frozenset[str]:
        """Keys of all sources named here."""
        return frozenset(self.sources.values()) | ({self.source} if self.source else frozenset())


class Timed(Sourced):
    """Something in force from ``start`` to the day before ``end``."""

    event: Name | None = Field(None, description="Key of the events table that the fields not given here come from")
    start: Day = Field(description="First day in force")
    end: Day | None = Field(None, description="First day no longer in force; the end of the span when left out")

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise Misfit(
                f"the end {self.end} lies before the start {self.start}", "start <= end", "swap them", key="end"
            )
        return self


class Shows(BaseModel):
    """Whom a scenario asks about: what heads its tables and pages where no ``--where`` says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    blocs: Few = Field(
        default=(),
        description="Blocs whose shortage and dependence are told; empty: shortage in the USA, the EU and India",
    )
    elements: Few = Field(default=(), description="Elements whose prices are told; empty: Nd, Dy and Tb")
