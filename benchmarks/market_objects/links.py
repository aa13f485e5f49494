"""Links between makers and users, and what is on the way. Ore and mixed compounds are one good: rows of one."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from operator import mul
from typing import TYPE_CHECKING

from market_objects.offices import Licence, Office, Quota
from market_objects.rules import Row, Rules, plus, totals

if TYPE_CHECKING:
    from market_objects.makers import Maker
    from market_objects.users import User

LEAST_RELIABLE = 0.02
LEAST_ASKED = 1e-9
LEAST_READY = 1e-9


@dataclass(eq=False)
class Link:
    """Who sends one form to whom: how orders are shared out, what may leave, what is sent."""

    rules: Rules
    carrier: Carrier
    supplier: Maker
    user: User
    offered: Row
    part: Row
    """What goes this way of all that the supplier makes, where that is one good of many elements."""
    transit_y: float
    share: Row
    reliability: Row
    banned: Row
    open: Row | None = None
    """By step; None where nothing ever shuts the link."""
    tariff: Row | None = None
    quota: Quota | None = None
    office: Office | None = None
    licence: Licence = field(default_factory=Licence)
    order: Row = field(default_factory=list)
    passing: Row | None = None
    """Share of orders that bans and licences let out; None where all of them."""
    may: Row = field(default_factory=list)
    sent: Row = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.supplier.bloc is self.user.bloc
        self.bulk = len(self.share) == 1
        self.steps = math.floor(self.transit_y / self.rules.dt)
        self.late = self.transit_y / self.rules.dt - self.steps
        self.least = [LEAST_ASKED * o * self.rules.dt for o in self.offered]
        """That much always asks to leave, t: a ban that nobody tests is no open door."""

    def pull(self, t: int) -> Row:
        """What draws orders to this supplier: its offer, size, reliability, price."""
        weight, cheap = self.supplier.growth, self.supplier.cheap
        if self.tariff is not None:
            weight *= (1.0 + self.tariff[t]) ** -self.rules.knobs.supplier_price
        if self.bulk:
            return [self.offered[0] * weight * self.reliability[0]]
        return [o * weight * r * c for o, r, c in zip(self.offered, self.reliability, cheap, strict=True)]

    def mix(self) -> Row:
        """Shares of a tonne sent this way: of what the supplier has and just made or, without, of what is usual."""
        maker, usual = self.supplier, [o * self.rules.dt for o in self.supplier.base.output]
        least = LEAST_READY * sum(map(mul, self.part, usual))
        for masses in (plus(maker.made, maker.output), usual):
            sold = list(map(mul, self.part, masses))
            whole = sum(sold)
            if whole > least:
                return [s / whole for s in sold]
        return sold

    def unbanned(self, t: int) -> Row | None:
        """Share of orders that bans leave open; None where all of them."""
        if self.open is None or self.open[t] >= 1.0:
            return None
        shut = 1.0 - self.open[t]
        return [1.0 - b * shut for b in self.banned]

    def counted(self, t: int) -> Row:
        """Orders that the supplier takes for custom: without what a ban or a quota shuts out."""
        unbanned = self.unbanned(t)
        standing = self.order if unbanned is None else list(map(mul, self.order, unbanned))
        if self.quota is None:
            return standing
        within = self.quota.within
        return [o * within for o in standing]

    def permit(self, t: int) -> None:
        dt, passing = self.rules.dt, self.unbanned(t)
        if self.office is not None and self.office.force > 0.0:
            licensed = self.office.passing(self)
            passing = licensed if passing is None else list(map(mul, passing, licensed))
        self.passing, self.may = passing, [o * dt for o in self.order]
        if passing is not None:
            self.may = list(map(mul, self.may, passing))

    def send(self, sent: Row, t: int) -> None:
        self.sent = sent
        self.judge(sent)
        if self.quota is not None:
            self.quota.used += sum(sent)
        if self.steps == 0:
            self.user.take_in(sent if self.late == 0.0 else [x - self.late * x for x in sent])
        if self.transit_y > 0.0 and any(sent):
            parts = self.parts(sent)
            for _, part in parts:
                self.user.transit = plus(self.user.transit, part)
            self.carrier.carry(self, parts, t)

    def parts(self, sent: Row) -> list[tuple[int, Row]]:
        """What arrives in later steps, and after how many."""
        late = self.late
        found = [(self.steps, [x - late * x for x in sent])] if self.steps > 0 else []
        if late > 0.0:
            found.append((self.steps + 1, [late * x for x in sent]))
        return found

    def judge(self, sent: Row) -> None:
        """The user learns how much of an order the supplier fills."""
        dt, trust = self.rules.dt, self.rules.trust
        if self.bulk:
            asked = sum(self.order) * dt
            if asked > 0.0:
                known = self.reliability[0]
                self.reliability = [max(known + trust * (sum(sent) / asked - known), LEAST_RELIABLE)]
            return
        self.reliability = [
            (r if (r := known + trust * (came / (o * dt) - known)) > LEAST_RELIABLE else LEAST_RELIABLE)
            if o > 0.0
            else known
            for known, came, o in zip(self.reliability, sent, self.order, strict=True)
        ]


class Carrier:
    """A calendar of arrivals. A shipment may fall between two steps and then comes in two parts."""

    def __init__(self) -> None:
        self.due: dict[int, dict[User, list[Row]]] = defaultdict(lambda: defaultdict(list))

    def bring(self, user: User, mass: Row, step: int) -> None:
        self.due[step][user].append(mass)

    def carry(self, link: Link, parts: list[tuple[int, Row]], t: int) -> None:
        for steps, part in parts:
            self.bring(link.user, part, t + steps)

    def arrive(self, t: int) -> None:
        for user, masses in self.due.pop(t, {}).items():
            user.receive(totals(masses))
