"""Beliefs: rival figures side by side, never averaged across definitions; a policy picks one or samples among them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from didymium.errors import DidymiumError, UnknownName

if TYPE_CHECKING:
    import numpy as np

__all__ = ["GRADE_SIGMA", "POLICIES", "Belief", "Choice", "Figure"]

GRADE_SIGMA = {"A": 0.03, "B": 0.08, "C": 0.20, "D": 0.50}
"""Relative standard error by grade: an assumption of this project, after the data-quality ladders that material-flow
analysts use (Laner, Feketitsch, Rechberger & Fellner 2016, J. Ind. Ecol. 20, 1050)."""


@dataclass(frozen=True)
class Figure:
    """One published figure. ``value`` is None when the state says it is withheld or not listed."""

    value: float | None
    unit: str
    definition: str
    publisher: str
    year: int
    grade: str
    source: str
    state: str = "reported"
    formula: str = ""
    note: str = ""
    scope: str = ""
    where: str = ""

    @property
    def superseded(self) -> bool:
        """Whether a later edition of the statistic replaced this figure."""
        return self.state.startswith("superseded")


@dataclass(frozen=True)
class Choice:
    """The figure that a policy picked, and why in one sentence."""

    figure: Figure
    policy: str
    reason: str


@dataclass(frozen=True)
class Belief:
    """All rival figures for one quantity of one place."""

    quantity: str
    place: str
    figures: tuple[Figure, ...]

    @property
    def sources(self) -> frozenset[str]:
        """Keys of the sources of all rivals."""
        return frozenset(f.source for f in self.figures)

    @property
    def definitions(self) -> tuple[str, ...]:
        """Definitions in the order of first appearance."""
        return tuple(dict.fromkeys(f.definition for f in self.figures))

    def of(self, definition: str) -> tuple[Figure, ...]:
        """Figures of one definition that carry a value; raises UnknownName for one that nobody uses."""
        if definition not in self.definitions:
            raise UnknownName(f"definition of {self.quantity} of {self.place}", definition, self.definitions)
        return tuple(f for f in self.figures if f.definition == definition and f.value is not None)

    def pick(self, policy: str = "latest", *, definition: str | None = None, publisher: str = "") -> Choice:
        """One figure of one definition, by ``policy``: latest, best_grade, or publisher (named in ``publisher``)."""
        if policy not in POLICIES:
            raise UnknownName("policy", policy, POLICIES)
        chosen = definition or self._default_definition()
        pool = self.of(chosen)
        if policy == "publisher":
            pool = tuple(f for f in pool if f.publisher.casefold().startswith(publisher.casefold()))
        if not pool:
            raise DidymiumError(
                f"no figure for {self.quantity} of {self.place} under definition {chosen!r}"
                + (f" by {publisher!r}" if publisher else ""),
                expected="one of " + ", ".join(sorted({f"{f.definition} ({f.publisher})" for f in self.figures})),
            )
        figure = min(pool, key=POLICIES[policy])
        return Choice(figure, policy, _reason(figure, policy, chosen, len(pool)))

    def _default_definition(self) -> str:
        if not self.figures:
            raise DidymiumError(f"there is no figure for {self.quantity} of {self.place}")
        with_value = [f for f in self.figures if f.value is not None]
        return (with_value or list(self.figures))[0].definition

    def sample(self, rng: np.random.Generator, *, definition: str | None = None) -> Figure:
        """A figure drawn among the newest of each publisher of one definition, weighted by 1/sigma of its grade."""
        pool = self.of(definition or self._default_definition())
        newest: dict[str, Figure] = {}
        for figure in sorted(pool, key=lambda f: f.year):
            newest[figure.publisher] = figure
        candidates = sorted(newest.values(), key=lambda f: f.publisher)
        weights = [1 / GRADE_SIGMA[f.grade] for f in candidates]
        return candidates[int(rng.choice(len(candidates), p=[w / math.fsum(weights) for w in weights]))]

    def spread(self, definition: str) -> float:
        """Largest over smallest value among rivals of one definition (1 when there is one)."""
        values = [f.value for f in self.of(definition) if f.value]
        return max(values) / min(values) if values else 1.0


def _by_year(figure: Figure) -> tuple[int, bool, str, str]:
    return (-figure.year, figure.superseded, figure.grade, figure.publisher)


def _by_grade(figure: Figure) -> tuple[str, int, bool, str]:
    return (figure.grade, -figure.year, figure.superseded, figure.publisher)


POLICIES: dict[str, Callable[[Figure], tuple[object, ...]]] = {
    "latest": _by_year,
    "best_grade": _by_grade,
    "publisher": _by_year,
}


def _reason(figure: Figure, policy: str, definition: str, rivals: int) -> str:
    edition = ", latest edition" if figure.state == "latest edition" else ""
    why = {
        "latest": f"the newest ({figure.year}{edition})",
        "best_grade": f"the best graded ({figure.grade})",
        "publisher": f"the newest by {figure.publisher}",
    }[policy]
    if rivals == 1:
        return f"the only figure under the definition {definition!r}"
    return f"{why} of {rivals} figures under the definition {definition!r}"


def gather(quantity: str, place: str, figures: Iterable[Figure], order: tuple[str, ...] = ()) -> Belief:
    """A belief with figures ordered by definition (``order`` first), then newest and best graded."""
    rank = {d: i for i, d in enumerate(order)}
    listed = sorted(figures, key=lambda f: (rank.get(f.definition, len(rank)), f.definition, *_by_year(f)))
    return Belief(quantity, place, tuple(listed))
