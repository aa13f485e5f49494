"""The words shown to people: one catalogue file per language; a third language is a third file."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from didymium.errors import UnknownName

__all__ = ["Say", "fill", "languages", "say_in"]


class _Counting(string.Formatter):
    """``{n:run|runs}`` reads "run" where ``n`` is one and "runs" elsewhere; all else is as in ``str.format``."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        if bar:
            return one if str(value) == "1" else many
        return str(super().format_field(value, format_spec))


_COUNTING = _Counting()


def fill(template: str, **values: object) -> str:
    """``template`` with ``values`` filled in; a count chooses between two words, as ``{n} {n:run|runs}``."""
    return _COUNTING.vformat(template, (), values)


@dataclass(frozen=True)
class Say:
    """The catalogue of one language."""

    lang: str
    phrases: dict[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The phrase ``key`` with ``values`` filled in; raises UnknownName for a key that the catalogue lacks."""
        if key not in self.phrases:
            raise UnknownName(f"phrase ({self.lang})", key, self.phrases)
        return fill(self.phrases[key], **values)

    def data(self, text: str) -> str:
        """A text that comes with the data, such as the question of a scenario, in this language where it has one."""
        return self.phrases.get(f"data.{text}", text)

    def has(self, key: str) -> bool:
        """Whether the catalogue holds ``key``."""
        return key in self.phrases

    def parameters(self, key: str) -> frozenset[str]:
        """Names of the values that phrase ``key`` takes."""
        return frozenset(_named(self.phrases[key]))


def _named(template: str) -> Iterator[str]:
    """Names in braces, also those within the words that a count chooses between."""
    for _, name, spec, _ in _COUNTING.parse(template):
        if name:
            yield name
            yield from _named(spec or "")


def languages() -> tuple[str, ...]:
    """Languages that have a catalogue, English first."""
    found = {f.name.removesuffix(".yaml") for f in files("didymium.words").iterdir() if f.name.endswith(".yaml")}
    return ("en", *sorted(found - {"en"}))


@lru_cache(maxsize=8)
def say_in(lang: str) -> Say:
    """The catalogue of ``lang``; raises UnknownName with the languages that there are."""
    import yaml

    if lang not in languages():
        raise UnknownName("language", lang, languages())
    text = files("didymium.words").joinpath(f"{lang}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Say(lang, _flat(yaml.load(text, Loader=loader)))


def _flat(tree: dict[str, object], prefix: str = "") -> dict[str, str]:
    phrases: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            phrases |= _flat(value, f"{name}.")
        else:
            phrases[name] = str(value)
    return phrases
