"""Who a claim is about: places, deposits and firms found in the words of its subject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from didymium.world import World
from didymium.world.quantities import deposits

__all__ = ["Subject", "initials", "mentions", "places_in", "resolve"]

# Names that texts use and the tables do not.
_ALSO = {"Europe": "EUU"}
_CJK = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Subject:
    """A resolved subject: codes of the places named, in order, deposits by name in the reserves table, and the text.

    ``whole`` is the code of the place that the text names and nothing else: "Jiangxi (China)" is not all of China.
    """

    text: str
    places: tuple[str, ...]
    deposits: tuple[str, ...] = ()
    whole: str = ""

    @property
    def place(self) -> str | None:
        """The first place named, or None."""
        return self.places[0] if self.places else None


@lru_cache(maxsize=4)
def _names(world: World) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of place names with their codes, longest first; two-letter names only as written in capitals."""
    names = {**world.place_names(), **_ALSO}
    patterns = []
    for name in sorted(names, key=lambda n: (-len(n), n)):
        if len(name) < 2:
            continue
        body = re.escape(name)
        if not _CJK.search(name):
            body = rf"(?<![A-Za-z]){body}(?![A-Za-z])"
        flags = re.NOFLAG if len(name) <= 3 else re.IGNORECASE
        patterns.append((re.compile(body, flags), names[name]))
    return tuple(patterns)


def places_in(world: World, text: str) -> tuple[str, ...]:
    """Codes of all places named in ``text``, in order of appearance; a longer name hides those inside it."""
    found: dict[int, str] = {}
    rest = text
    for pattern, code in _names(world):
        for match in pattern.finditer(rest):
            found[match.start()] = code
        rest = pattern.sub(lambda m: "\0" * len(m.group()), rest)
    return tuple(dict.fromkeys(found[i] for i in sorted(found)))


def mentions(name: str, text: str) -> bool:
    """Whether ``name`` stands in ``text`` as whole words, case ignored."""
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def initials(text: str) -> str:
    """First letters of the words: Department of Energy gives DOE."""
    return "".join(w[0] for w in re.findall(r"[A-Za-z]+", text)).upper()


def _deposits_in(world: World, text: str) -> tuple[str, ...]:
    return tuple(name for name in deposits(world).values() if mentions(_base(name), text))


def _base(name: str) -> str:
    """The deposit without the part in brackets: Tomtor (Buranny) gives Tomtor."""
    return name.split("(")[0].strip()


def resolve(world: World, text: str, subject_type: str = "") -> Subject:
    """The places and deposits that ``text`` names; empty where it names none that the world knows."""
    named = _deposits_in(world, text) if subject_type in ("deposit", "thing", "") else ()
    return Subject(text, places_in(world, text), named, _whole(world, text))


def _whole(world: World, text: str) -> str:
    """The place that ``text`` is a name of, with or without another of its names in brackets."""
    names = {n.casefold(): code for n, code in {**world.place_names(), **_ALSO}.items()}
    head, _, rest = text.partition("(")
    codes = {
        names.get(part.strip(" )").removeprefix("the ").casefold(), "") for part in (head, rest) if part.strip(" )")
    }
    return codes.pop() if len(codes) == 1 else ""
