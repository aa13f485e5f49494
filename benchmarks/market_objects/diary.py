"""The record of every step: rows as the objects report them, and arrays made of them afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
from market_objects.blocs import Bloc
from market_objects.build import Economy
from market_objects.makers import Maker
from market_objects.plants import Mine
from market_objects.rules import Row, totals
from market_objects.users import Consumer

from didymium.market.simulate import new_record
from didymium.market.structure import Record

Reports = list[tuple[Any, ...]]


class Diary:
    """Keeps what the objects report. Rows are replaced and never changed in place, so they need no copy."""

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        self.reporters: list[Any] = [*economy.users.values(), *economy.blocs, economy.exchange]
        self.mines = [maker for maker in economy.makers if isinstance(maker, Mine)]
        self.reports: list[Reports] = []
        self.sums: list[tuple[Row, Row, Row]] = []

    def write(self, t: int) -> None:
        self.reports.append([reporter.report() for reporter in self.reporters])
        self.sums.append(self.add_up())

    def add_up(self) -> tuple[Row, Row, Row]:
        """Everything in stock, on the way and in use; what was mined; what was lost."""
        users, makers, blocs = self.economy.users.values(), self.economy.makers, self.economy.blocs
        stocks = [row for user in users for row in (user.feed, user.transit, user.reserve)]
        stock = totals(stocks + [maker.made for maker in makers] + [bloc.in_use for bloc in blocs])
        mined = totals([mine.output for mine in self.mines])
        return stock, mined, totals([maker.lost for maker in makers] + [bloc.lost for bloc in blocs])

    def record(self) -> Record:
        """The same as the kernel's record."""
        record, economy = new_record(self.economy.model, self.economy.paths), self.economy
        number = {link: k for k, link in enumerate(economy.links)}
        place = {bloc: i for i, bloc in enumerate(economy.blocs)}
        for t, (reports, sums) in enumerate(zip(self.reports, self.sums, strict=True)):
            record.stock[t], record.mined[t], record.lost[t] = sums
            for who, rows in zip(self.reporters, reports, strict=True):
                if isinstance(who, Maker):
                    _enter_maker(record, t, who, place[who.bloc], [number[link] for link in who.users], rows)
                elif isinstance(who, Consumer):
                    record.used[t, place[who.bloc]] = rows[0]
                elif isinstance(who, Bloc):
                    record.wanted[t, place[who]], record.other_wanted[t, place[who]] = rows
                else:
                    record.price[t, 0], record.price[t, 1], record.paid[t] = rows
        return record


def _enter_maker(record: Record, t: int, maker: Maker, i: int, links: list[int], rows: tuple[Any, ...]) -> None:
    output, feed, sent, licensed, *other = rows
    record.output[t, maker.stage, i] = output
    if maker.stage > 0:
        record.feed[t, maker.stage - 1, i] = feed
    if links:
        record.shipped[t, links], record.licensed[t, links] = sent, licensed
    if other:
        record.other[t, i] = other[0]


def largest_difference(ours: Record, theirs: Record) -> dict[str, float]:
    """Largest difference of each field, relative to the number itself or, if that is more, to 1e-6 of the largest."""
    found = {}
    for name in Record._fields:
        a, b = getattr(ours, name), getattr(theirs, name)
        scale = np.maximum(np.abs(b), 1e-6 * np.abs(b).max(initial=0.0))
        found[name] = float((np.abs(a - b) / np.where(scale > 0, scale, 1.0)).max(initial=0.0))
    return found
