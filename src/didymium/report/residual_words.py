"""Residuals in words: what was published, and by how much the balance differs."""

from __future__ import annotations

from didymium.chain.flows import Flows, Residual
from didymium.report.numbers import amount, percent
from didymium.words import Say
from didymium.world import World

__all__ = ["delta", "residual_label", "share_sentences"]

_STAGE_OF_FORM = {"concentrate": "mine", "oxide": "separate", "metal": "metal", "magnet": "magnet"}


def residual_label(world: World, r: Residual, say: Say) -> str:
    """What the figure is about, for people; the product of a trade figure stays as its source names it."""
    form = say(f"form.{r.form}") if say.has(f"form.{r.form}") else r.form
    basket = say("residual.all_elements") if r.basket == "*" else r.basket.replace(" ", " + ")
    return say(
        f"residual.{r.kind}",
        place=world.place_name(r.place, say.lang),
        partner=world.place_name(r.partner, say.lang) if r.partner and r.partner != "WLD" else say("residual.world"),
        form=form,
        basket=basket,
        stage=say(f"stage.{_STAGE_OF_FORM.get(r.form, 'mine')}"),
        flow=say("residual.export" if r.key.startswith("export") else "residual.import"),
    )


def delta(r: Residual, say: Say) -> str:
    """Balance minus published, in words: points for shares, percent for tonnages."""
    if r.unit == "percent":
        return say("residual.points", value=f"{r.fitted - r.observed:+.1f}")
    if r.observed == 0:
        return amount(say, r.fitted, r.unit)
    return f"{100 * (r.fitted / r.observed - 1):+.0f}\u00a0%"


def share_sentences(world: World, flows: Flows, say: Say) -> tuple[str, ...]:
    """One sentence for every published share of a stage: the balance beside it."""
    return tuple(
        say(
            "residual.share_sentence",
            place=world.place_name(r.place, say.lang),
            stage=say(f"noun_stage.{_STAGE_OF_FORM[r.form]}"),
            fitted=percent(say, r.fitted / 100, digits=1),
            observed=percent(say, r.observed / 100),
            delta=delta(r, say),
            z=f"{r.z:+.1f}",
        )
        for r in flows.residuals
        if r.kind == "share"
    )
