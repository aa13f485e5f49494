"""The market in plain NumPy: the equations of docs/explanation/market.md, written for reading and slow.

It shares with the package the model, the start and the record, and nothing of the kernel. Arrays are named and shaped
as in ``didymium.market.structure``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from didymium.market.build import Model
from didymium.market.simulate import in_steps, new_record, start
from didymium.market.structure import Knobs, Paths, Record

Array = np.ndarray
BULK = 2
"""Forms below this, concentrate and mixed compounds, are goods of their makers' mix."""
OXIDE, METAL, MAGNET, PRODUCT = 2, 3, 4, 5


def ratio(a: Array, b: Array, without: Array | float = 0.0) -> Array:
    """``a / b`` where ``b`` is above zero, elsewhere ``without``."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.divide(a, b, out=np.broadcast_to(np.asarray(without, float), a.shape).copy(), where=b > 0)


class Reference:
    """One member; ``run`` gives its record."""

    def __init__(self, model: Model, knobs: Knobs, paths: Paths) -> None:
        self.c, self.l, self.k, self.p = model.chain, model.links, in_steps(knobs, paths.steps_per_y), paths
        self.s, self.r = start(model, knobs, paths), new_record(model, paths)
        self.dt = 1.0 / paths.steps_per_y
        self.market = np.where(self.c.inside, 0, 1)
        self.level = np.ones_like(self.s.price)
        self.within = np.ones((len(model.links.form), 1))
        self.licensed = np.zeros((len(model.links.form), 1))
        self.s.cover[:] = self.years_of_use(self.s.expected[PRODUCT] / self.c.yields[PRODUCT], self.c.other_use)

    def run(self) -> Record:
        for t in range(len(self.p.use_index)):
            self.step(t)
        return self.r

    def part(self, time_y: float | Array) -> float | Array:
        """What a first-order adjustment does within a step."""
        return -np.expm1(-self.dt / time_y)

    def by(self, where: Array, links: Array, what: Array) -> Array:
        """Sums of ``what`` (links, ...) by bloc."""
        out = np.zeros((len(self.c.inside), *what.shape[1:]))
        np.add.at(out, where[links], what)
        return out

    def step(self, t: int) -> None:
        s, p, c, k = self.s, self.p, self.c, self.k
        year, first = divmod(t, p.steps_per_y)
        if first == 0:
            self.begin_year(year)
        outside = np.log(k.spot_share * np.exp(s.price[1]) + (1 - k.spot_share) * np.exp(s.price[0]))
        paid = np.stack([s.price[0], outside])
        factor = np.exp(k.demand_short * paid + s.thrift)[self.market]
        use = c.final_use * p.use_index[t][:, None] * factor
        other = c.other_use * p.other_index[t][:, None] * factor
        grown = s.plants.copy()
        grown[0] = s.mines
        growth = p.built[t] * np.exp(grown)
        room = np.full(growth.shape, k.headroom)
        room[0] = np.exp(k.mine_short * self.basket(t))
        limit = c.capacity * growth * room * p.running[t]
        for regime in range(p.approved.shape[1]):
            self.licences(t, regime)
        passing = self.let_out(t)
        orders, plan, intake, wished = self.plans(t, use, other, growth, limit)
        self.arrive(t)
        allowed = self.permits(t, orders * passing)
        self.public_stocks(t)
        swarf = 0.0
        for f in range(PRODUCT + 1):
            taken = self.make(t, f, plan[f], intake, other, limit[0])
            swarf = swarf if f != MAGNET else taken - self.r.output[t, f]
            self.ship(t, f, orders, allowed)
        self.recycle(t, self.retire(t, year) + swarf)
        self.prices(orders, passing, allowed, self.years_of_use(intake[MAGNET], other))
        self.respond(t, paid, wished, limit)
        self.write(t, use, other, paid)

    def basket(self, t: int) -> Array:
        """Logarithm of what a bloc's mines earn, over the base year."""
        worth = self.c.worth * self.c.output[0]
        now = (worth * np.maximum(self.level[self.market], self.p.floor[t])).sum(axis=1)
        return np.log(ratio(now, worth.sum(axis=1), 1.0))

    def plans(self, t: int, use: Array, other: Array, growth: Array, limit: Array) -> tuple[Array, Array, Array, Array]:
        """Orders (L, 15), plans (6, N, 15), intake (5, N, 15) and wishes (6, N); bulk forms in the mix of today."""
        s, c, k = self.s, self.c, self.k
        orders = np.zeros_like(self.l.offered)
        plan, intake, wished = np.zeros_like(s.made), np.zeros_like(s.feed), np.zeros_like(limit)
        standing = 1 - self.p.banned * (1 - self.p.open[t])[:, None]
        bulk = np.zeros(limit.shape)
        for f in range(PRODUCT, -1, -1):
            links = np.flatnonzero(self.l.form == f)
            self.choose(t, f, links, growth[f])
            if f >= BULK:
                need = use if f == PRODUCT else intake[f]
                orders[links] = self.place(f, links, need + self.bought(t, f, need))
            else:
                orders[links] = self.place_bulk(t, f, links, bulk[f])
            received = self.by(self.l.origin, links, (orders * standing * self.within)[links])
            s.expected[f] += self.part(k.expect_y) * (received - s.expected[f])
            hope, ready = s.expected[f], s.made[f]
            if f < BULK:
                hope, ready = hope.sum(axis=1, keepdims=True), ready.sum(axis=1, keepdims=True)
            plan[f, :, : hope.shape[1]] = np.maximum(hope + (k.cover_made_y * hope - ready) / k.order_adjust_y, 0.0)
            wished[f] = plan[f].sum(axis=1)
            if f != OXIDE:
                plan[f] *= np.minimum(ratio(limit[f], wished[f], 1.0), 1.0)[:, None]
            if f > OXIDE:
                intake[f - 1] = plan[f] / c.yields[f] + (other if f == METAL else 0.0)
            elif f == OXIDE:
                worth = c.worth * self.level[self.market]
                asked = (worth * np.maximum(plan[OXIDE] - s.recycled, 0.0)).sum(axis=1)
                run = ratio(asked, (worth * c.output[OXIDE]).sum(axis=1))
                wished[OXIDE] = run * c.capacity[OXIDE]
                bulk[1] = np.minimum(run, ratio(limit[OXIDE], c.capacity[OXIDE])) * c.intake[1].sum(axis=1)
            elif f == 1:
                bulk[0] = ratio(plan[1, :, 0] * c.intake[0].sum(axis=1), c.capacity[1])
        intake[:BULK, :, 0] = bulk[:BULK]
        return orders, plan, intake, wished

    def bought(self, t: int, f: int, need: Array) -> Array:
        out = np.zeros_like(need)
        for form, bloc, rate, what in zip(
            self.p.reserve_form, self.p.reserve_bloc, self.p.reserve_rate[t], self.p.reserve_what, strict=True
        ):
            if form == f:
                out[bloc] += max(rate, 0.0) * what
        return out

    def choose(self, t: int, f: int, links: Array, growth: Array) -> None:
        """Shares drift towards offer x capacity x reliability x price ** -elasticity."""
        goods = slice(None) if f >= BULK else slice(1)
        origin, share = self.l.origin[links], self.s.share
        cheap = self.level[self.market[origin]] ** -self.k.supplier_price if f >= BULK else 1.0
        weight = growth[origin] * (1 + self.p.tariff[t, links]) ** -self.k.supplier_price
        pull = (self.l.offered[links] * weight[:, None] * self.s.reliability[links] * cheap)[:, goods]
        whole = self.by(self.l.to, links, pull)[self.l.to[links]]
        rivals = self.by(self.l.to, links, np.ones(len(links)))[self.l.to[links]] > 1
        moved = np.where(rivals[:, None] & (whole > 0), ratio(pull, whole) - share[links, goods], 0.0)
        share[links, goods] += self.part(self.k.supplier_inertia_y) * moved

    def place(self, f: int, links: Array, need: Array) -> Array:
        s, k = self.s, self.k
        share, want = s.share[links], need
        if f != PRODUCT:
            wait = self.by(self.l.to, links, share * self.l.transit_y[links, None])
            watch = np.where(self.c.inside[:, None], 1.0, 1.0 + k.caution * s.caution)
            gap = (k.cover_users_y * watch + wait) * need - s.feed[f] - s.transit[f]
            want = np.maximum(need + gap / k.order_adjust_y, 0.0)
        return share * want[self.l.to[links]]

    def place_bulk(self, t: int, f: int, links: Array, need: Array) -> Array:
        s, k = self.s, self.k
        share = s.share[links, 0]
        wait = self.by(self.l.to, links, share * self.l.transit_y[links])
        stock = (s.feed[f] + s.transit[f]).sum(axis=1)
        want = np.maximum(need + ((k.cover_bulk_y + wait) * need - stock) / k.order_adjust_y, 0.0)
        usual = self.c.output[f] * self.dt
        fresh = self.r.output[t - 1, f] if t else usual
        ready, base = (self.l.part[links] * of[self.l.origin[links]] for of in (s.made[f] + fresh, usual))
        whole, least = ready.sum(axis=1, keepdims=True), base.sum(axis=1, keepdims=True)
        mix = np.where(whole > 1e-9 * least, ratio(ready, whole), ratio(base, least))
        return (share * want[self.l.to[links]])[:, None] * mix

    def arrive(self, t: int) -> None:
        slot = t % self.s.ring.shape[1]
        for link in np.flatnonzero(self.l.transit_y > 0):
            f, j, came = self.l.form[link], self.l.to[link], self.s.ring[link, slot]
            self.s.transit[f, j] = np.maximum(self.s.transit[f, j] - came, 0.0)
            self.receive(t, f, j, came)
            came[:] = 0.0

    def receive(self, t: int, f: int, j: int, mass: Array) -> None:
        if f == PRODUCT:
            self.r.used[t, j] += mass
        else:
            self.s.feed[f, j] += mass

    def licences(self, t: int, r: int) -> None:
        """Shares of trade: licensed, waiting for the review to end, queued for a decision; the rest has none.

        The fourth is what was due by law, less what was decided.
        """
        s, p = self.s, self.p
        links = np.flatnonzero(p.regime_of == r)
        force = p.licensed[t, r]
        filed = np.maximum(1.0 - s.licence[links, :3].sum(axis=1), 0.0) * self.part(self.k.filing_y) * force
        ready = self.later(s.review, links, t, p.review_y[t, r], filed)
        law = p.statutory_y[t, r]
        s.licence[links, 3] += self.later(s.due, links, t, *((law, filed) if np.isfinite(law) else (0.0, 0.0 * filed)))
        queued = s.licence[links, 2] + ready
        form = self.l.form[links]
        trade = (self.l.offered[links] * p.controlled[t, r, form]).sum(axis=1)
        waiting = (queued * trade * p.term_y[t, r] / p.per_licence[t, r, form]).sum()
        worked = min(float(ratio(p.reviews[t, r] * self.dt * force, waiting)), 1.0)
        done = np.minimum(np.maximum(queued * worked, s.licence[links, 3]), queued) if force > 0 else 0.0 * queued
        refused = (1 - p.approved[t, r]) * -np.expm1(-self.dt * force / p.term_y[t, r])
        s.licence[links, 1] += filed - ready
        s.licence[links, 2] = queued - done
        s.licence[links, 3] -= done if np.isfinite(law) else np.minimum(done, np.maximum(s.licence[links, 3], 0.0))
        more = done * p.approved[t, r] - s.licence[links, 0] * refused if force > 0 else 0.0 * done
        self.licensed[links] = (s.licence[links, 0] + more / 2)[:, None]
        s.licence[links, 0] += more

    def later(self, ring: Array, links: Array, t: int, wait_y: float, share: Array) -> Array:
        """Puts ``share`` into the ring ``wait_y`` from now, in two parts; what is there for now comes out."""
        slots = ring.shape[1]
        whole, late = divmod(min(wait_y / self.dt, slots - 2), 1)
        ring[links, (t + int(whole)) % slots] += share * (1 - late)
        ring[links, (t + int(whole) + 1) % slots] += share * late
        ready = ring[links, t % slots].copy()
        ring[links, t % slots] = 0.0
        return ready

    def let_out(self, t: int) -> Array:
        p = self.p
        passing = 1 - p.banned * (1 - p.open[t])[:, None]
        for r in range(p.approved.shape[1]):
            links = np.flatnonzero(p.regime_of == r)
            holds = p.general[t, r] + (1 - p.general[t, r]) * np.clip(self.licensed[links], 0, 1)
            needs = p.controlled[t, r, self.l.form[links]]
            free = (1 - needs) * (1 - p.held[t, r, self.l.form[links], None]) + needs * holds
            passing[links] *= 1 - p.licensed[t, r] * (1 - free)
        return passing

    def permits(self, t: int, let_out: Array) -> Array:
        """What quotas let pass of ``let_out`` (L, 15), t/y."""
        allowed = let_out * self.dt
        for q in range(self.p.quota.shape[1]):
            links = np.flatnonzero(self.p.quota_of == q)
            left = max(self.p.quota[t, q] - self.s.quota_used[q], 0.0)
            self.within[links] = min(float(ratio(left, allowed[links].sum(), 1.0)), 1.0)
        return allowed * self.within

    def ship(self, t: int, f: int, orders: Array, allowed: Array) -> None:
        s, k, sent = self.s, self.k, self.r.shipped[t]
        at_home = self.l.origin == self.l.to
        links = np.flatnonzero(self.l.form == f)
        home = self.by(self.l.origin, links, allowed[links] * at_home[links, None])
        away = self.by(self.l.origin, links, allowed[links] * ~at_home[links, None])
        short = home + away > s.made[f]
        even = k.home_preference + (1 - k.home_preference) * ratio(home, home + away)
        kept = np.minimum(home, s.made[f] * even)
        keep = np.where(short, ratio(kept, home), 1.0)
        give = np.where(short, np.minimum(ratio(s.made[f] - kept, away), 1.0), 1.0)
        origin = self.l.origin[links]
        sent[links] = allowed[links] * np.where(at_home[links, None], keep[origin], give[origin])
        s.made[f] = np.maximum(s.made[f] - self.by(self.l.origin, links, sent[links]), 0.0)
        for link in links:
            self.judge(link, orders[link] * self.dt, sent[link])
            self.send(t, link, sent[link])
            if self.p.quota_of[link] >= 0:
                s.quota_used[self.p.quota_of[link]] += sent[link].sum()

    def judge(self, link: int, asked: Array, sent: Array) -> None:
        known = self.s.reliability[link]
        if self.l.form[link] < BULK:
            known, asked, sent = known[:1], asked.sum(keepdims=True), sent.sum(keepdims=True)
        news = known + self.part(self.k.reliability_y) * (ratio(sent, asked, 1.0) - known)
        known[:] = np.where(asked > 0, np.maximum(news, 0.02), known)

    def send(self, t: int, link: int, sent: Array) -> None:
        f, j, slots = self.l.form[link], self.l.to[link], self.s.ring.shape[1]
        whole, late = divmod(self.l.transit_y[link] / self.dt, 1)
        if whole == 0:
            self.receive(t, f, j, (1 - late) * sent)
        else:
            self.s.ring[link, (t + int(whole)) % slots] += (1 - late) * sent
            self.s.transit[f, j] += (1 - late) * sent
        self.s.ring[link, (t + int(whole) + 1) % slots] += late * sent
        self.s.transit[f, j] += late * sent

    def public_stocks(self, t: int) -> None:
        s, p = self.s, self.p
        for f, i, rate, what in zip(p.reserve_form, p.reserve_bloc, p.reserve_rate[t], p.reserve_what, strict=True):
            mass = np.clip(rate * what * self.dt, -s.reserve[f, i], s.feed[f, i])
            s.feed[f, i] -= mass
            s.reserve[f, i] += mass

    def begin_year(self, year: int) -> None:
        s, c = self.s, self.c
        s.quota_used[:] = 0.0
        s.retiring[:], s.collecting[:] = c.past_leaving[year], c.past_collected[year]
        for age in range(1, min(year, c.leave.shape[1]) + 1):
            s.retiring[:] += s.inflow[year - age] * c.leave[:, age - 1, None]
            s.collecting[:] += s.inflow[year - age] * c.collected[:, age - 1, None]

    def retire(self, t: int, year: int) -> Array:
        s, used = self.s, self.r.used[t]
        s.inflow[year] += used
        s.in_use[:] += used - s.retiring * self.dt
        self.r.lost[t] += (s.retiring - s.collecting).sum(axis=0) * self.dt
        return s.collecting * self.dt

    def make(self, t: int, f: int, plan: Array, intake: Array, other: Array, mines: Array) -> Array:
        """One stage of all blocs; what it took in."""
        s, c, dt, out = self.s, self.c, self.dt, self.r.output[t, f]
        if f == 0:
            out[:] = c.output[0] * ratio(np.minimum(plan[:, 0], mines), c.capacity[0])[:, None] * dt
            self.r.mined[t] = out.sum(axis=0)
            s.made[0] += out
            return out
        kept, lost = np.ones_like(c.unseparated), 0.0
        if f <= OXIDE:
            kept = 1 - c.unseparated if f == OXIDE else kept
            share = np.minimum(ratio(intake[f - 1, :, 0] * dt, s.feed[f - 1].sum(axis=1)), 1.0)
            taken = s.feed[f - 1] * share[:, None]
        elif f == METAL:
            need = plan / c.yields[METAL] * dt
            have = np.minimum(ratio(s.feed[OXIDE], need + other * dt), 1.0)
            taken, lost = need * have, other * dt * have
            self.r.other[t] = lost
        else:
            taken = self.take(s.feed[f - 1], intake[f - 1] * dt)
        out[:] = taken * kept[:, None] * c.yields[f]
        s.feed[f - 1] = np.maximum(s.feed[f - 1] - taken - lost, 0.0)
        s.made[f] += out
        self.r.lost[t] += (lost + (taken - out if f != MAGNET else 0.0) + np.zeros_like(out)).sum(axis=0)
        return taken

    def recycle(self, t: int, scrap: Array) -> None:
        s, c, back = self.s, self.c, np.zeros_like(scrap)
        np.add.at(back, c.scrap_to, scrap[c.scrap_from] * c.scrap_share * c.recovered[c.scrap_to])
        self.r.lost[t] += (scrap - back).sum(axis=0)
        self.r.output[t, OXIDE] += back
        s.made[OXIDE] += back
        s.recycled[:] += self.part(self.k.expect_y) * (back / self.dt - s.recycled)

    def take(self, feed: Array, need: Array) -> Array:
        """Light (1) and heavy (2) groups bind each other; the rest is taken element by element."""
        group: Callable[[int], Array] = lambda g: self.c.group == g  # noqa: E731
        light, heavy = (
            np.minimum(ratio(feed[:, group(g)].sum(axis=1), need[:, group(g)].sum(axis=1), 1.0), 1.0) for g in (1, 2)
        )
        heavy = np.minimum(light, heavy)
        light = (1 - self.k.heavy_share) * light + self.k.heavy_share * heavy
        taken = np.minimum(need, feed)
        for g, share in ((1, light), (2, heavy)):
            of = group(g)
            part = np.minimum(ratio(share * need[:, of].sum(axis=1), feed[:, of].sum(axis=1)), 1.0)
            taken[:, of] = feed[:, of] * part[:, None]
        return taken

    def by_market(self, what: Array) -> Array:
        return np.stack([what[side].sum(axis=0) for side in (self.c.inside, ~self.c.inside)])

    def stocks(self) -> Array:
        s = self.s
        return self.by_market(s.feed[OXIDE:].sum(axis=0) + (s.made + s.transit)[OXIDE : MAGNET + 1].sum(axis=0))

    def years_of_use(self, for_magnets: Array, other: Array) -> Array:
        return ratio(self.stocks(), self.by_market(for_magnets + other), self.s.cover)

    def prices(self, orders: Array, passing: Array, allowed: Array, years: Array) -> None:
        s, k, links = self.s, self.k, self.l
        border = (links.form >= OXIDE) & (links.form < MAGNET) & self.c.inside[links.origin] & ~self.c.inside[links.to]
        least = 1e-9 * links.offered[border] * self.dt
        out, asked = allowed[border] + least * passing[border], orders[border] * self.dt + least
        passed = ratio(out.sum(axis=0), asked.sum(axis=0), 1.0)
        s.caution[:] = np.maximum(s.caution * (1 - self.part(k.caution_decay_y)), 1 - passed)
        held = s.cover * np.stack([np.ones_like(s.caution), 1 + k.caution * s.caution])
        target = -k.price_cover * np.log(np.maximum(ratio(years, held, 1.0), 0.01))
        target[1] += k.price_shortage * (1 - passed)
        s.price[:] += self.part(k.price_adjust_y) * (target - s.price)
        passed = np.where(s.price[1] > s.price[0], passed, 1.0)
        together = -np.expm1(-k.arbitrage_per_y * passed / (1 - passed + 0.01) * self.dt)
        stock = self.stocks()
        gap, share = together * (s.price[0] - s.price[1]), ratio(stock, stock.sum(axis=0), [[1.0], [0.0]])
        s.price[0] -= share[1] * gap
        s.price[1] += share[0] * gap

    def respond(self, t: int, paid: Array, wished: Array, limit: Array) -> None:
        s, k = self.s, self.k
        s.thrift[:] += self.part(k.thrift_y) * ((k.demand_long - k.demand_short) * paid - s.thrift)
        s.mines[:] += self.part(k.mine_response_y) * ((k.mine_long - k.mine_short) * self.basket(t) - s.mines)
        push = np.log(np.maximum(ratio(wished, k.target_use * limit, 1.0), 1.0))
        push[(self.p.running[t] < 1) | (np.arange(6) == 0)[:, None]] = 0.0
        s.plants[:] += self.dt / k.expansion_y * np.minimum(push, 1.0)

    def write(self, t: int, use: Array, other: Array, paid: Array) -> None:
        s, r = self.s, self.r
        self.level = np.exp(s.price)
        r.wanted[t], r.other_wanted[t] = use * self.dt, other * self.dt
        r.paid[t], r.price[t], r.feed[t], r.licensed[t] = np.exp(paid[1]), self.level, s.feed, s.licence[:, 0]
        r.stock[t] = (s.in_use + s.feed.sum(axis=0) + (s.made + s.transit + s.reserve).sum(axis=0)).sum(axis=0)
