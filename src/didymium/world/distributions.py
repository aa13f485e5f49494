"""Numbers that may be uncertain: plain, or a distribution with a quantile function.

In YAML a distribution is a mapping of one key: ``{uniform: [a, b]}``, ``{triangular: [a, m, b]}``,
``{normal: {mean:, sd:, low:, high:}}`` (cut off at ``low`` and ``high`` where given), ``{lognormal: {median:, gsd:}}``
and ``{choice: [a, b, c]}`` or ``{choice: {values:, weights:}}``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, ValidationError, model_validator

from didymium.errors import nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Choice",
    "Distribution",
    "LogNormal",
    "Misfit",
    "Normal",
    "Number",
    "Triangular",
    "Uniform",
    "bounds",
    "centre",
    "plain_number",
    "read_number",
]

Finite = Annotated[float, Field(allow_inf_nan=False, strict=True)]


class Misfit(ValueError):
    """A value that does not fit: what is wrong, what was expected, the cure, and which key of its mapping is meant."""

    def __init__(self, what: str, expected: str = "", cure: str = "", *, key: str = "") -> None:
        self.what, self.expected, self.cure, self.key = what, expected, cure, key
        super().__init__(what)


class _Distribution(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    form: ClassVar[str]
    """How the distribution is written in YAML."""


class Uniform(_Distribution):
    """Equally likely between ``low`` and ``high``."""

    form = "{uniform: [low, high]}"
    low: Finite
    high: Finite

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        _in_order(self.form, self.low, self.high)
        return self

    def ppf(self, u: ArrayLike) -> NDArray[np.float64]:
        """Quantiles at ``u`` (any shape, in 0..1)."""
        import numpy as np

        return np.asarray(self.low + (self.high - self.low) * np.asarray(u, np.float64))


class Triangular(_Distribution):
    """A tent from ``low`` over ``mode`` to ``high``."""

    form = "{triangular: [low, mode, high]}"
    low: Finite
    mode: Finite
    high: Finite

    @model_validator(mode="after")
    def _ordered(self) -> Triangular:
        if self.low == self.high:
            _in_order(self.form, self.low, self.high)
        if not self.low <= self.mode <= self.high:
            shown = f"{self.low:g}, {self.mode:g}, {self.high:g}"
            raise Misfit(
                f"the bounds are crossed: {shown}", f"{self.form} with low <= mode <= high", "put them in order"
            )
        return self

    def ppf(self, u: ArrayLike) -> NDArray[np.float64]:
        """Quantiles at ``u`` (any shape, in 0..1); written out, for scipy.stats takes a second to import."""
        import numpy as np

        share = np.asarray(u, np.float64)
        width, below, above = self.high - self.low, self.mode - self.low, self.high - self.mode
        up = self.low + np.sqrt(share * width * below)
        return np.where(share * width < below, up, self.high - np.sqrt((1.0 - share) * width * above))


class Normal(_Distribution):
    """Normal with ``mean`` and ``sd`` before it is cut off at ``low`` and ``high``; either may be left out."""

    form = "{normal: {mean:, sd:, low:, high:}}"
    mean: Finite
    sd: Finite
    low: Finite | None = None
    high: Finite | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Normal:
        if self.sd <= 0:
            raise Misfit(f"sd is {self.sd:g}", "sd > 0", "give the number alone if it is not uncertain")
        low, high = bounds(self)
        _in_order(self.form, low, high)
        reach = 8 * self.sd
        if not (low < self.mean + reach and high > self.mean - reach):
            raise Misfit(
                f"nothing is left between {low:g} and {high:g}",
                "bounds within 8 sd of the mean",
                "check low, high and sd",
            )
        return self

    def ppf(self, u: ArrayLike) -> NDArray[np.float64]:
        """Quantiles at ``u`` (any shape, in 0..1)."""
        import numpy as np
        from scipy.stats import truncnorm

        low, high = ((b - self.mean) / self.sd for b in bounds(self))
        return np.asarray(truncnorm.ppf(np.asarray(u, np.float64), low, high, self.mean, self.sd), np.float64)


class LogNormal(_Distribution):
    """Lognormal by its ``median`` and geometric standard deviation ``gsd``."""

    form = "{lognormal: {median:, gsd:}}"
    median: Finite
    gsd: Finite

    @model_validator(mode="after")
    def _positive(self) -> LogNormal:
        if self.median <= 0:
            raise Misfit(f"median is {self.median:g}", "median > 0")
        if self.gsd <= 1:
            raise Misfit(f"gsd is {self.gsd:g}", "gsd > 1, such as 1.5", "give the number alone if it is not uncertain")
        return self

    def ppf(self, u: ArrayLike) -> NDArray[np.float64]:
        """Quantiles at ``u`` (any shape, in 0..1)."""
        import numpy as np
        from scipy.special import ndtri

        return np.asarray(self.median * np.exp(math.log(self.gsd) * ndtri(np.asarray(u, np.float64))))


class Choice(_Distribution):
    """One of ``values``, with ``weights`` (equal when left out)."""

    form = "{choice: [a, b, c]} or {choice: {values:, weights:}}"
    values: tuple[Finite, ...]
    weights: tuple[Finite, ...] | None = None

    @model_validator(mode="after")
    def _matched(self) -> Choice:
        if not self.values:
            raise Misfit("there is nothing to choose from", self.form)
        if self.weights is not None:
            if len(self.weights) != len(self.values):
                raise Misfit(f"{len(self.weights)} weights for {len(self.values)} values", "one weight for each value")
            if min(self.weights) < 0 or sum(self.weights) <= 0:
                raise Misfit("a weight is negative, or all are zero", "weights >= 0 with a sum above 0")
        return self

    def ppf(self, u: ArrayLike) -> NDArray[np.float64]:
        """Quantiles at ``u`` (any shape, in 0..1): the values in rising order, by their weights."""
        import numpy as np

        order = np.argsort(self.values, kind="stable")
        weights = np.ones(len(self.values)) if self.weights is None else np.asarray(self.weights, np.float64)
        reached = np.cumsum(weights[order]) / weights.sum()
        last = int(np.flatnonzero(weights[order])[-1])
        at = np.minimum(np.searchsorted(reached, u, side="left"), last)
        first = int(np.flatnonzero(weights[order])[0])
        return np.asarray(np.asarray(self.values, np.float64)[order][np.maximum(at, first)])


Distribution = Uniform | Triangular | Normal | LogNormal | Choice

_KINDS: dict[str, type[Distribution]] = {
    "uniform": Uniform,
    "triangular": Triangular,
    "normal": Normal,
    "lognormal": LogNormal,
    "choice": Choice,
}
_EXPECTED = "a number, or one of " + ", ".join(f"{{{kind}: ...}}" for kind in _KINDS)


def _in_order(form: str, low: float, high: float) -> None:
    if low > high:
        raise Misfit(f"the bounds are crossed: {low:g} to {high:g}", f"{form} with low < high", "swap them")
    if low == high:
        raise Misfit(f"both bounds are {low:g}", f"{form} with low < high", f"write {low:g} alone")


def centre(number: float | Distribution) -> float:
    """The number itself, or the median of its distribution."""
    return float(number) if isinstance(number, int | float) else float(number.ppf(0.5))


def bounds(number: float | Distribution) -> tuple[float, float]:
    """The least and the largest value that ``number`` can take."""
    match number:
        case Uniform() | Triangular():
            return number.low, number.high
        case Normal():
            low = -math.inf if number.low is None else number.low
            return low, math.inf if number.high is None else number.high
        case LogNormal():
            return 0.0, math.inf
        case Choice():
            possible = number.values
            if number.weights is not None:
                possible = tuple(v for v, w in zip(number.values, number.weights, strict=True) if w > 0)
            return min(possible), max(possible)
        case _:
            return float(number), float(number)


def read_number(value: object) -> float | Distribution:
    """The number or distribution that ``value`` (as read from YAML) means; raises Misfit."""
    if isinstance(value, _Distribution):
        return value  # type: ignore[return-value]  # _KINDS holds every subclass
    if isinstance(value, bool) or not isinstance(value, int | float | dict):
        percent = isinstance(value, str) and value.rstrip().endswith("%")
        cure = "leave the sign out: 0.3 for a share, 30 for a key in percent" if percent else ""
        raise Misfit(f"{value!r:.60} is not a number", _EXPECTED, cure)
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise Misfit(f"{value} is not finite", _EXPECTED)
        return float(value)
    if len(value) != 1:
        raise Misfit(f"a mapping of {len(value)} keys is not a distribution", _EXPECTED)
    kind, body = next(iter(value.items()))
    model = _KINDS.get(kind)
    if model is None:
        near = nearest(str(kind), _KINDS, n=1)
        raise Misfit(f"unknown distribution {kind!r:.40}", _EXPECTED, f"did you mean {near[0]!r}?" if near else "")
    try:
        return model.model_validate(_fields(model, body))
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, Misfit):
            raise cause from None
        raise Misfit(f"{body!r:.60} does not make a {kind} distribution", model.form) from None


def _fields(model: type[Distribution], body: object) -> dict[str, object]:
    """The fields of a distribution from its YAML body: a mapping, or a list in the order of the fields."""
    if isinstance(body, dict):
        return {str(k): v for k, v in body.items() if v is not None}
    names = list(model.model_fields)
    if not isinstance(body, list | tuple) or model in (Normal, LogNormal):
        raise Misfit(f"{body!r:.60} does not fit", model.form)
    if model is Choice:
        return {"values": tuple(body)}
    if len(body) != len(names):
        raise Misfit(f"{len(body)} numbers", model.form)
    return dict(zip(names, body, strict=True))


def plain_number(number: float | Distribution) -> object:
    """``number`` as YAML holds it: read_number turns it back."""
    if isinstance(number, int | float):
        return int(number) if number == int(number) and abs(number) < 1e15 else number
    kind = next(k for k, model in _KINDS.items() if isinstance(number, model))
    given = number.model_dump(exclude_none=True)
    if isinstance(number, Uniform | Triangular):
        return {kind: [plain_number(v) for v in given.values()]}
    if isinstance(number, Choice):
        values = [plain_number(v) for v in number.values]
        return {kind: values if number.weights is None else {"values": values, "weights": list(number.weights)}}
    return {kind: {k: plain_number(v) for k, v in given.items()}}


Number = Annotated[float | Distribution, PlainValidator(read_number), PlainSerializer(plain_number)]
"""A field that takes a plain number or a distribution."""
