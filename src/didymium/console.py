"""What every command shares: one place that catches errors, tables for terminals, JSON and CSV for programs."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TextIO

from didymium.errors import DidymiumError, OutputError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "GAP",
    "Cell",
    "console",
    "csv_text",
    "emit",
    "json_text",
    "number",
    "patience",
    "print_error",
    "print_table",
    "print_warning",
    "progress_bar",
    "refuse_both",
    "run",
    "write",
]

Cell = str | float | int | None

GAP = "–"
"""What a table shows where nothing is known; a gap is never shown as zero."""

PIPE_WIDTH = 120
"""Columns of a table that goes to a file or a pipe, unless COLUMNS says otherwise."""

NARROWEST_TEXT = 8
"""Width below which a column of text is not squeezed."""

CELL_MARGIN = 3
"""What a cell takes beside its text: a blank on each side and the gap between columns."""

PATIENCE_S = 12.0
"""Longer than any command is silent, except where it compiles."""

CLOSED_PIPE = 1
INTERRUPTED = 130


def run(app: Callable[[], object]) -> None:
    """Run a typer app and leave with its exit code; an error for people goes to standard error without a traceback.

    A reader that closes the pipe early (``| head``) ends the run quietly.
    """
    try:
        _tolerate(sys.stdout, sys.stderr)
        try:
            app()
        finally:
            sys.stdout.flush()
    except DidymiumError as error:
        print_error(error, _asked_language(sys.argv))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Python flushes standard output once more on its way out, which must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(CLOSED_PIPE)
    except OSError as error:
        # Whatever reads and writes files turns its errors into words; what is left is standard output itself.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print_error(OutputError(f"standard output cannot be written: {error.strerror}", cure="free some space"))
        sys.exit(OutputError.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _tolerate(*streams: TextIO) -> None:
    """Let a terminal that is not UTF-8 show a question mark where it lacks the letter, rather than stop."""
    for stream in streams:
        encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
        reconfigure = getattr(stream, "reconfigure", None)
        if encoding != "utf8" and reconfigure is not None:
            reconfigure(errors="replace")


def _asked_language(arguments: Sequence[str]) -> str:
    """The language that ``--lang`` asks for where there is one of that name, else English."""
    from didymium.words import languages

    asked = [b for a, b in itertools.pairwise(arguments) if a == "--lang"]
    asked += [a.removeprefix("--lang=") for a in arguments if a.startswith("--lang=")]
    return asked[-1] if asked and asked[-1] in languages() else "en"


def print_error(error: DidymiumError, lang: str = "en") -> None:
    """The error in red on standard error, plain where that is not a terminal; its labels in the language ``lang``."""
    from didymium.words import say_in

    say, text = say_in(lang), "{text}"
    at = say("error.at", where="{where}", what="{what}")
    err = console(stderr=True)
    lines = error.render(at, say("error.expected", text=text), say("error.cure", text=text))
    first, *rest = lines.split("\n")
    err.print(first, style="bold red", markup=False, soft_wrap=True)
    for line in rest:
        err.print(line, style="red", markup=False, soft_wrap=True)


def print_warning(text: str) -> None:
    """A warning in yellow on standard error, plain where that is not a terminal."""
    console(stderr=True).print(text, style="yellow", markup=False, soft_wrap=True)


def console(*, stderr: bool = False) -> Console:
    """A rich console as wide as the terminal, or ``PIPE_WIDTH`` columns where there is none."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, emoji=False, markup=False)


def number(value: float) -> str:
    """A number for people: six significant digits below 100,000, thousands parted from five digits on."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1e5 or value == int(value):
        value = round(value)
    parted = "," if abs(value) >= 10_000 else ""
    return f"{value:{parted}}" if isinstance(value, int) else f"{value:{parted}.6g}"


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    title: str = "",
    units: Mapping[str, str] | None = None,
    *,
    to: Console | None = None,
    whole: int = 0,
) -> None:
    """A table for a terminal: units under the headings, numbers to the right, gaps as ``GAP``; text is never cut.

    The first ``whole`` columns are not folded either. Where all that does not fit, headings take more lines first.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    units, out = units or {}, to or console()
    body = [list(row) for row in rows]
    widths = [max([1, *(cell_len(_shown(row[i])) for row in body)]) for i in range(len(columns))]
    numeric = [any(isinstance(row[i], int | float) for row in body) for i in range(len(columns))]
    headings = [Text(name).append(f"\n{units[name]}" if units.get(name) else "", style="dim") for name in columns]
    words = [max([1, *map(_unbroken, heading.plain.split())]) for heading in headings]
    natural = [max(map(cell_len, heading.plain.split("\n"))) for heading in headings]
    most = _heading_width(natural, [max(pair) for pair in zip(widths, words, strict=True)], out.width)
    table = Table(title=Text(title, style="bold") if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    least = 0
    for i, heading in enumerate(headings):
        # Rich folds Chinese at any cell, within a number too.
        mixed = any(cell_len(s) > len(s) for s in (_shown(row[i]) for row in body)) and widths[i] <= 2 * NARROWEST_TEXT
        squeezed = widths[i] if numeric[i] or mixed or i < whole else min(widths[i], NARROWEST_TEXT)
        narrowest, widest = max(squeezed, words[i]), max(widths[i], words[i], most)
        least += narrowest + CELL_MARGIN
        justify: Literal["right", "left"] = "right" if numeric[i] else "left"
        table.add_column(heading, justify=justify, overflow="fold", min_width=narrowest, max_width=widest)
    for row in body:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    # Rich would cut digits to fit a narrow terminal; a table that is too wide is folded by the terminal instead.
    out.print(table, width=max(out.width, least + CELL_MARGIN), crop=False)


def _unbroken(word: str) -> int:
    """Cells of a word in a heading that must stay together; Chinese has no blanks and breaks anywhere."""
    from rich.cells import cell_len

    cells = cell_len(word)
    return cells if cells == len(word) else min(cells, NARROWEST_TEXT)


def _heading_width(headings: Sequence[int], widths: Sequence[int], room: int) -> int:
    """The most cells that a heading may take for all columns, of which none is below ``widths``, to fit ``room``.

    Nought where they do not fit at all.
    """
    for most in range(max(headings, default=0), 0, -1):
        taken = (max(w, min(h, most)) + CELL_MARGIN for h, w in zip(headings, widths, strict=True))
        if sum(taken) + CELL_MARGIN <= room:
            return most
    return 0


@contextlib.contextmanager
def patience(message: str, to: Console | None = None) -> Iterator[Callable[[], None]]:
    """Tells ``message`` on standard error where a wait grows long; silent where that is no terminal.

    What it gives ends the watch.
    """
    err = to or console(stderr=True)
    watch = threading.Timer(PATIENCE_S, err.print, [message], {"soft_wrap": True})
    watch.daemon = True
    if err.is_terminal:
        watch.start()
    try:
        yield watch.cancel
    finally:
        watch.cancel()


@contextlib.contextmanager
def progress_bar(title: str, message: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error with the time left, moved by calling (done, wanted); silent where that is no terminal.

    ``message`` is told where it takes long to begin to move.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    err = console(stderr=True)
    with (
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar,
        patience(message, err) as begun,
    ):
        task = bar.add_task(title, start=False)

        def move(done: int, wanted: int) -> None:
            if bar.tasks[0].started:
                begun()
                bar.update(task, completed=done, total=wanted)
            else:
                # What was done before says nothing about the time left.
                bar.reset(task, completed=done, total=wanted)

        yield move


def _shown(cell: Cell) -> str:
    if cell is None or cell == "":
        return GAP
    return cell if isinstance(cell, str) else number(cell)


def emit(data: object, as_json: bool, as_csv: bool, *, columns: Sequence[str] = ()) -> bool:
    """Write ``data`` as JSON or CSV where asked for, and say whether it was.

    JSON takes anything of dictionaries, lists and plain values, and writes null where a number is not finite. CSV takes
    a list of flat dictionaries; ``columns`` gives the header of an empty one. Raises DidymiumError when both are asked
    for.
    """
    refuse_both(as_json, as_csv)
    if as_json:
        write(json_text(data))
    elif as_csv:
        write(csv_text(data, columns))
    return as_json or as_csv


def refuse_both(as_json: bool, as_csv: bool) -> None:
    """Raise DidymiumError when both JSON and CSV are asked for; called before long work."""
    if as_json and as_csv:
        raise DidymiumError("--json and --csv exclude each other", expected="one of them", cure="leave one out")


def json_text(data: object) -> str:
    """JSON of dictionaries, lists and plain values; null where a number is not finite."""
    import json

    return json.dumps(_plain(data), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write(text: str) -> None:
    """Write ``text`` for a program to standard output: UTF-8 whatever the terminal speaks, newlines as they are."""
    buffer = getattr(sys.stdout, "buffer", None)
    sys.stdout.flush()
    if buffer is None or sys.stdout.isatty():
        sys.stdout.write(text)
        return
    buffer.write(text.encode("utf-8"))
    buffer.flush()


def _plain(data: object) -> object:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple | set | frozenset):
        return [_plain(value) for value in (sorted(data) if isinstance(data, set | frozenset) else data)]
    return data if isinstance(data, str | int | None) else str(data)


def _csv_cell(cell: object) -> object:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, list):
        return "; ".join(str(part) for part in cell)
    return cell


def csv_text(data: object, columns: Sequence[str] = ()) -> str:
    """CSV of a list of flat dictionaries; ``columns`` gives the header of an empty one."""
    import csv
    import io

    if not isinstance(data, list):
        raise TypeError("CSV takes a list of dictionaries")
    text = io.StringIO()
    names = list(columns) or list(data[0] if data else ())
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for record in data:
        plain = (_plain(record[name]) for name in names)
        writer.writerow([_csv_cell(cell) for cell in plain])
    return text.getvalue()
