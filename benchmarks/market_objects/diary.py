"""The record of every step, as the kernel's."""

from __future__ import annotations

from typing import Any

import numpy as np

from didymium.market.simulate import new_record
from didymium.market.structure import METAL, OXIDE, Record
from market_objects.build import Economy
from market_objects.plants import Mine, Smelter
from market_objects.rules import Row
from market_objects.users import Consumer

Values = dict[str, list[Any]]
"""What was looked at, by name, one entry for each object that has it."""


class Diary:
    """Writes what objects did in a step into the arrays of a record; lists kept for long would burden Python."""

    def __init__(self, economy: Economy) -> None:
        self.economy, self.makers = economy, economy.makers
        # Blocs without makers of a stage stay at zero, which a new record is not.
        self.record = Record(*map(np.zeros_like, new_record(economy.model, economy.paths)))
        self.mines = [maker for maker in self.makers if isinstance(maker, Mine)]
        self.seen: dict[str, list[Any]] = {
            "output": self.makers,
            "feed": [maker for maker in self.makers if maker.stage > 0],
            "sent": self.makers,
            "licensed": self.makers,
            "other_taken": [maker for maker in self.makers if isinstance(maker, Smelter)],
            "used": [user for user in economy.users.values() if isinstance(user, Consumer)],
            "use": economy.blocs,
            "other": economy.blocs,
            "levels": [economy.exchange],
            "paid": [economy.exchange],
        }
        bloc = {b: i for i, b in enumerate(economy.blocs)}
        link = {x: k for k, x in enumerate(economy.links)}
        place = {name: [bloc[a.bloc] for a in self.seen[name]] for name in ("output", "feed", "other_taken")}
        self.smelters = place["other_taken"]
        self.links = [link[x] for maker in self.makers for x in maker.users]
        made, fed = [a.stage for a in self.seen["output"]], [a.stage - 1 for a in self.seen["feed"]]
        sent = [economy.links[k].supplier.stage for k in self.links]
        self.rows = {
            "sent": self.by_length(sent, self.links),
            "output": self.by_length(made, made, place["output"]),
            "feed": self.by_length(fed, fed, place["feed"]),
        }

    def by_length(self, forms: list[int], *index: list[int]) -> list[tuple[list[int], Any]]:
        """Which rows hold all elements and which those of goods, and where each go in an array of the record."""
        found = []
        for of_goods, form in ((False, OXIDE), (True, METAL)):
            numbers = [n for n, f in enumerate(forms) if (f >= METAL) is of_goods]
            places = (np.array(i)[numbers, None] for i in index)
            found.append((numbers, (*places, np.array(self.economy.rules.elements(form)))))
        return found

    def write(self, t: int) -> None:
        self.enter(t, {name: [getattr(a, name) for a in agents] for name, agents in self.seen.items()}, self.add_up())

    def add_up(self) -> tuple[Row, Row, Row]:
        """Everything in stock, on the way and in use; what was mined; what was lost."""
        users, blocs = self.economy.users.values(), self.economy.blocs
        stocks = [row for user in users for row in (user.feed, user.transit, user.reserve)]
        whole = self.economy.rules.over_forms
        stock = whole(stocks + [maker.made for maker in self.makers] + [bloc.in_use for bloc in blocs])
        mined = whole([mine.output for mine in self.mines])
        return stock, mined, whole([maker.lost for maker in self.makers] + [bloc.lost for bloc in blocs])

    def enter(self, t: int, values: Values, sums: tuple[Row, Row, Row]) -> None:
        r, dt, goods = self.record, self.economy.rules.dt, self.economy.rules.goods
        rows = {
            "sent": [row for rows in values["sent"] for row in rows],
            "output": values["output"],
            "feed": values["feed"],
        }
        for name, of_step in (("sent", r.shipped[t]), ("output", r.output[t]), ("feed", r.feed[t])):
            for numbers, places in self.rows[name]:
                of_step[places] = [rows[name][n] for n in numbers]
        r.licensed[t, self.links] = [share for shares in values["licensed"] for share in shares]
        r.other[t, self.smelters] = values["other_taken"]
        r.used[t][:, goods], r.wanted[t][:, goods] = values["used"], np.multiply(values["use"], dt)
        r.other_wanted[t] = np.multiply(values["other"], dt)
        r.price[t], r.paid[t] = values["levels"][0], np.exp(values["paid"][0])
        r.stock[t], r.mined[t], r.lost[t] = sums


def largest_difference(ours: Record, theirs: Record) -> float:
    """Largest difference of all fields, relative to the number itself or, if that is more, to 1e-6 of the largest."""
    found = 0.0
    for name in Record._fields:
        a, b = getattr(ours, name), getattr(theirs, name)
        scale = np.maximum(np.abs(b), 1e-6 * np.abs(b).max(initial=0.0))
        found = max(found, float((np.abs(a - b) / np.where(scale > 0, scale, 1.0)).max(initial=0.0)))
    return found
