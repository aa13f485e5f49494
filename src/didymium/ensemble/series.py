"""One series of a simulation over its members: from a store, from a single run, or as the difference of two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from didymium.ensemble.columns import TIME, pick, picked_times
from didymium.ensemble.dataset import Members, chosen_columns, chosen_outputs, listed, read_columns, read_members
from didymium.ensemble.fans import FAN, quantiles_of
from didymium.ensemble.store import Store
from didymium.ensemble.task import Array, Output
from didymium.errors import DidymiumError, UnknownName, counted

__all__ = [
    "Difference",
    "OneRun",
    "Series",
    "Source",
    "Stored",
    "Wish",
    "by_year",
    "common_times",
    "fan",
    "interest",
    "read_wish",
    "steps_from",
]


@dataclass(frozen=True)
class Series:
    """One line over time: an output, and its label along every other dimension."""

    output: str
    at: tuple[tuple[str, str], ...] = ()


class Source(Protocol):
    """Where members come from."""

    @property
    def coords(self) -> Mapping[str, tuple[str, ...]]:
        """Labels of each dimension."""
        ...

    @property
    def outputs(self) -> Mapping[str, Output]:
        """What is there."""
        ...

    def members(self, series: Series) -> Array:
        """Values (members, times)."""
        ...

    def numbered(self, series: Series) -> tuple[Members, Array]:
        """Numbers of the members, ascending, and their values (members, times)."""
        ...


@dataclass(frozen=True)
class Stored:
    """The members of a store that ran well, ascending; their files are listed once, at the first reading."""

    store: Store

    @cached_property
    def among(self) -> Members:
        """The members listed."""
        return listed(self.store)

    @property
    def coords(self) -> Mapping[str, tuple[str, ...]]:
        """Labels of each dimension."""
        return self.store.manifest.coords

    @property
    def outputs(self) -> Mapping[str, Output]:
        """What was kept."""
        return self.store.manifest.outputs

    def members(self, series: Series) -> Array:
        """Values (members, times); raises UnknownName, StoreError."""
        return self.numbered(series)[1]

    def numbered(self, series: Series) -> tuple[Members, Array]:
        """Numbers of the members and their values; raises UnknownName, StoreError."""
        chosen_outputs(self.store, [series.output])
        columns = chosen_columns(self.store, series.output, dict(series.at))
        numbers, values = read_members(self.store, columns, None, self.among)
        return numbers, values[:, 0]


@dataclass(frozen=True)
class OneRun:
    """A single run as an ensemble of one."""

    coords: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, Output]
    values: Mapping[str, Array]

    def members(self, series: Series) -> Array:
        """Values (1, times); raises UnknownName."""
        if series.output not in self.outputs:
            raise UnknownName("output", series.output, self.outputs)
        at = dict(series.at)
        picked = pick(self.coords, at)
        where = tuple(
            slice(None) if d == TIME else self.coords[d].index(picked[d][0]) for d in self.outputs[series.output].dims
        )
        return np.atleast_1d(self.values[series.output][where])[None]

    def numbered(self, series: Series) -> tuple[Members, Array]:
        """Member 0 and its values."""
        return np.zeros(1, dtype=np.int64), self.members(series)


@dataclass(frozen=True)
class Difference:
    """What ``one`` has beyond ``other``, by number of member, both on the same draws, at the times that both have."""

    one: Source
    other: Source

    @property
    def coords(self) -> Mapping[str, tuple[str, ...]]:
        """Labels of ``one``, the times up to the earlier end; raises DidymiumError where the times do not match."""
        return {**self.one.coords, TIME: common_times(self.one.coords[TIME], self.other.coords[TIME])}

    @property
    def outputs(self) -> Mapping[str, Output]:
        """What both have."""
        return {name: output for name, output in self.one.outputs.items() if name in self.other.outputs}

    def members(self, series: Series) -> Array:
        """Values (members, times); raises DidymiumError where no member is in both, or times do not match."""
        return self.numbered(series)[1]

    def numbered(self, series: Series) -> tuple[Members, Array]:
        """Members that are in both, and their values; raises DidymiumError as ``members`` does."""
        n = len(self.coords[TIME])
        (own, one), (others, other) = self.one.numbered(series), self.other.numbered(series)
        both, at_one, at_other = np.intersect1d(own, others, assume_unique=True, return_indices=True)
        if not len(both):
            raise DidymiumError(
                f"no member of the {len(own)} of the one ensemble is among the {len(others)} of the other",
                where=f"difference of {series.output}",
                expected="members of the same numbers that ran well in both",
                cure="run both with the same number of runs and the same seed",
            )
        return both, one[at_one, :n] - other[at_other, :n]


def common_times(one: tuple[str, ...], other: tuple[str, ...], since: int | None = None) -> tuple[str, ...]:
    """Times (ISO dates) up to the earlier end of two runs.

    Raises DidymiumError where they do not begin on one day with steps of one length, or end before the year ``since``.
    """
    common = one[: len(other)]
    if common != other[: len(one)]:
        raise DidymiumError(
            f"one run begins {one[0]} in {counted(len(one), 'step')}, the other {other[0]} in {len(other)}: "
            "they do not match",
            expected="two scenarios of one base_year, in steps of one length",
            cure="compare with a scenario of the same base_year",
        )
    if since is not None and int(common[-1][:4]) < since:
        raise DidymiumError(
            f"one run ends before {since}, in which the other scenario starts: they share no year to compare",
            expected=f"two scenarios that both run in {since} or later",
            cure="give the shorter one a later end",
        )
    return common


def steps_from(times: tuple[str, ...], year: int) -> npt.NDArray[np.bool_]:
    """Which of the steps at ``times`` (ISO dates) lie in ``year`` or later."""
    return np.array([int(t[:4]) >= year for t in times])


def by_year(values: Array, times: tuple[str, ...]) -> tuple[tuple[int, ...], Array]:
    """Calendar years, and means (members, years) over their steps."""
    years = np.array([int(t[:4]) for t in times])
    found = tuple(int(y) for y in np.unique(years))
    return found, np.stack([values[:, years == y].mean(axis=1) for y in found], axis=1)


def fan(values: Array) -> Array:
    """Quantiles (5, ...) of ``FAN`` over the members of (members, ...)."""
    found: Array = quantiles_of(values, FAN)[:-1]
    return found


@dataclass(frozen=True)
class Wish:
    """A case of interest: ``output`` above or below ``level`` at any time, in any of the labels chosen."""

    output: str
    above: bool
    level: float


_WISH = re.compile(r"\s*(\w+)\s*([<>])\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*(%?)\s*")


def read_wish(text: str, outputs: Mapping[str, Output]) -> Wish:
    """``unmet>0.05`` or ``exports<2000``; raises DidymiumError, UnknownName for an output that is not there."""
    found = _WISH.fullmatch(text)
    try:
        level = float(found[3]) if found else float("nan")
    except ValueError:
        found = None
    if found is None:
        raise DidymiumError(
            f"{text!r} names no case", where="--discover", expected="an output, < or >, and a number, as unmet>0.05"
        )
    if found[1] not in outputs:
        raise UnknownName("output", found[1], outputs, where="--discover")
    return Wish(found[1], found[2] == ">", level / (100 if found[4] else 1))


def interest(
    stored: Stored, wish: Wish, where: Mapping[str, str] | None, since: int | None = None
) -> npt.NDArray[np.bool_]:
    """Which members (members,) are of interest: those that pass the level anywhere in what ``where`` leaves.

    Of an output along time the years from ``since`` on count, all without it.
    """
    passed = []
    for column in chosen_columns(stored.store, wish.output, where):
        values = read_columns(stored.store, [column], where, stored.among)[:, 0]
        if since is not None and column.length is not None:
            times = stored.coords[TIME]
            picked = tuple(times[i] for i in picked_times(stored.coords, pick(stored.coords, where)))
            values = values[:, steps_from(picked, since)]
        with np.errstate(invalid="ignore"):
            passed.append((values > wish.level if wish.above else values < wish.level).any(axis=1))
    return np.asarray(np.any(passed, axis=0))
