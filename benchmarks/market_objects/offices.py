"""What stands in the way of trade: the bureaus of licence regimes, and quotas."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from operator import mul
from typing import TYPE_CHECKING

from didymium.market.structure import PRODUCT, Paths
from market_objects.rules import Row, Rules, share_of_step

if TYPE_CHECKING:
    from market_objects.links import Link


@dataclass(eq=False)
class Licence:
    """Shares of a link's trade by where their applications stand; the rest has not applied."""

    licensed: float = 0.0
    lately: float = 0.0
    """What was licensed on average over the step: decisions fall evenly over it."""
    waiting: float = 0.0
    queued: float = 0.0
    overdue: float = 0.0
    review: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    due: dict[int, float] = field(default_factory=lambda: defaultdict(float))


class Quota:
    """So many tonnes may be shipped in a calendar year, over all its links."""

    def __init__(self, t_per_y: Row, steps_per_y: int) -> None:
        self.t_per_y, self.steps_per_y = t_per_y, steps_per_y
        self.links: list[Link] = []
        self.used, self.within = 0.0, 1.0

    def begin(self, t: int) -> None:
        if t % self.steps_per_y == 0:
            self.used = 0.0

    def cut(self, t: int) -> None:
        left, wanted = max(self.t_per_y[t] - self.used, 0.0), sum(sum(link.may) for link in self.links)
        self.within = left / wanted if wanted > left else 1.0
        for link in self.links:
            link.may = [m * self.within for m in link.may]


class Office:
    """The bureau of one licence regime: applications wait out a review, and then stand in one queue."""

    def __init__(self, rules: Rules, paths: Paths, r: int) -> None:
        self.rules = rules
        self.licensed, self.general, self.held, self.reviews = (
            path[:, r].tolist() for path in (paths.licensed, paths.general, paths.held, paths.reviews)
        )
        controlled = paths.controlled[:, r]
        self.controlled = [controlled[:, f, rules.elements(f)].tolist() for f in range(PRODUCT + 1)]
        """By form and step."""
        self.approved, self.term_y = paths.approved[:, r].tolist(), paths.term_y[:, r].tolist()
        self.review_steps = (paths.review_y[:, r] / rules.dt).tolist()
        self.legal_steps = (paths.statutory_y[:, r] / rules.dt).tolist()
        self.per_licence: list[Row] = paths.per_licence[:, r].tolist()
        self.links: list[Link] = []
        self.t, self.force = 0, 0.0

    def work(self, t: int) -> None:
        """Files, reviews and decides the applications of one step."""
        rules, waiting = self.rules, 0.0
        force = self.force = self.licensed[t]
        self.t = t
        for link in self.links:
            mine = link.licence
            filed = max(1.0 - mine.licensed - mine.waiting - mine.queued, 0.0) * rules.file * force
            ready = later(mine.review, t, self.review_steps[t], filed)
            dated = self.legal_steps[t] < math.inf
            mine.overdue += later(mine.due, t, self.legal_steps[t] if dated else 0.0, filed if dated else 0.0)
            mine.waiting += filed - ready
            mine.queued += ready
            waiting += mine.queued * self.applications(link)
        if force > 0.0:
            worked = min(1.0, self.reviews[t] * rules.dt * force / waiting) if waiting > 0.0 else 0.0
            self.decide(worked, (1.0 - self.approved[t]) * share_of_step(rules.dt * force, self.term_y[t]))

    def applications(self, link: Link) -> float:
        """The number that stands behind the whole controlled trade of a link."""
        form = link.supplier.stage
        trade = sum(map(mul, link.offered, self.controlled[form][self.t]))
        return trade * self.term_y[self.t] / self.per_licence[self.t][form]

    def decide(self, worked: float, refused: float) -> None:
        for link in self.links:
            mine = link.licence
            decided = min(max(mine.queued * worked, mine.overdue), mine.queued)
            mine.queued -= decided
            ruled = self.legal_steps[self.t] < math.inf
            mine.overdue -= decided if ruled else min(decided, max(mine.overdue, 0.0))
            more = decided * self.approved[self.t] - mine.licensed * refused
            mine.lately = mine.licensed + 0.5 * more
            mine.licensed += more

    def passing(self, link: Link) -> Row:
        """Share of orders that may leave, by element."""
        force, general, free = self.force, self.general[self.t], 1.0 - self.held[self.t][link.supplier.stage]
        holds = general + (1.0 - general) * min(max(link.licence.lately, 0.0), 1.0)
        needs = self.controlled[link.supplier.stage][self.t]
        return [1.0 - force + force * ((1.0 - n) * free + n * holds) for n in needs]


def later(book: dict[int, float], t: int, steps: float, share: float) -> float:
    """Books ``share`` for ``steps`` after ``t``, between two steps in two parts; gives what is ready at ``t``."""
    whole = math.floor(steps)
    if share > 0.0:
        book[t + whole] += share * (1.0 - (steps - whole))
        book[t + whole + 1] += share * (steps - whole)
    return book.pop(t, 0.0)
