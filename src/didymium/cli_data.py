"""``didymium data``: audit the tables, show rows, say why a figure is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from didymium import console
from didymium.errors import DidymiumError, TableError, UnknownName

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from didymium.console import Cell
    from didymium.world.audit import Audit, TableAudit
    from didymium.world.belief import Belief, Choice, Figure
    from didymium.world.reader import Row
    from didymium.world.schema import TableSchema
    from didymium.world.world import World

__all__ = ["app"]

WORDS = {
    "app": "The tables of facts: how good they are, what they say, and why a figure is used.",
    "audit": "Count rows, grades, unverified rows, conflicts, age and gaps of every table.",
    "show": "Show rows of a table; without a table, list the tables.",
    "why": "Show all rival figures with their definitions and sources, which one is used and why.",
    "on": "Reference date for the age of a table, YYYY-MM-DD; today when left out.",
    "json": "Write JSON to standard output.",
    "csv": "Write CSV to standard output.",
    "dir": "Directory of tables to read instead of the ones that come with the package.",
    "table": "Name of a table.",
    "where": "COLUMN=TEXT; may be repeated, all must hold. Places go by any name; an empty text finds gaps.",
    "column": "Show only this column; may be repeated.",
    "quantity": "reserves, production, share, quota or statement.",
    "place": "Country or bloc by code or name; for reserves also a deposit.",
    "year": "Only figures of this year (for reserves: of this edition).",
    "stage": "Only this stage (share, quota) or variable (statement).",
    "policy": "How one of the rivals is picked: latest, best_grade or publisher.",
    "publisher": "Use figures of the publisher whose name begins so; implies the policy publisher.",
    "definition": "Pick under this definition; definitions are never mixed.",
    "audit title": "Audit of {tables} tables, {rows:,} rows, as of {on}",
    "audit units": "not verified: grade D or recalled; conflicts: rivals of one definition, place and year more than "
    "{pct:g} % apart; gaps: empty among optional cells",
    "no source": "Rows without a source: {n}",
    "worst": "Widest conflict of each table",
    "worst line": "{c.table}: {c.place}, {c.year}, {definition}: {low} to {high} {c.unit} ({c.rivals} figures, "
    "{c.gap_pct:.0f} % apart)",
    "unused": "Sources that no row cites: {n}",
    "dangling": "References to keys that do not exist",
    "dangling error": "{n} references to keys that do not exist",
    "dangling cure": "add the missing rows, or correct the keys",
    "show title": "{table}: {description}",
    "rows of": "{n} of {total} {total:row|rows}",
    "hidden": "Columns not shown: {names}. Use --column NAME, --csv or --json.",
    "same": "The same in every row: {cells}",
    "tables title": "Tables",
    "why title": "{quantity} of {place}",
    "used": "used",
    "used line": "Used: {value} {unit}, {publisher}, {year}. Why: {reason}.",
    "related": "Asked for apart, since they hold for another scope: {names}",
    "used none": "Used: none. No source states a value.",
    "sources": "Sources",
    "no value": "not stated",
}
"""Every phrase that this module shows to people."""

SHOWN_WIDTH_PER_COLUMN = 14
"""Columns of text that one column of a table takes at the least, when counting how many fit a terminal."""

app = typer.Typer(help=WORDS["app"], no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

AsJson = Annotated[bool, typer.Option("--json", help=WORDS["json"])]
AsCsv = Annotated[bool, typer.Option("--csv", help=WORDS["csv"])]
Directory = Annotated[Path | None, typer.Option("--dir", help=WORDS["dir"])]


@app.command("audit", help=WORDS["audit"])
def audit_command(
    on: Annotated[str, typer.Option("--on", help=WORDS["on"])] = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = None,
) -> None:
    """Print the audit of all tables; raises TableError when a reference dangles."""
    from didymium.separation.tables import read_all
    from didymium.world import load_world
    from didymium.world.audit import audit

    found = audit(load_world(directory), _date(on), {"separation": read_all()})
    records = [_audit_record(t) for t in found.tables]
    whole = {
        "on": found.on.isoformat(),
        "rows": found.rows,
        "rows_without_source": found.without_source,
        "tables": records,
        "sources_used": len(found.sources),
        "sources_unused": list(found.unused_sources),
        "dangling": [vars(d) for d in found.dangling],
    }
    if as_csv:
        console.emit([{k: v for k, v in r.items() if k != "worst"} for r in records], as_json, True)
    elif not console.emit(whole, as_json, False):
        _print_audit(found)
    if found.dangling:
        first = found.dangling[0]
        raise TableError(
            WORDS["dangling error"].format(n=len(found.dangling)),
            where=f"{first.table}.csv:{first.line}, {first.column}",
            expected=f"a key that exists, not {first.key!r}",
            cure=WORDS["dangling cure"],
        )


def _date(text: str) -> dt.date:
    import datetime as dt

    if not text:
        return dt.date.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise DidymiumError(f"{text!r} is not a date", where="--on", expected="a date such as 2026-01-31") from None


def _audit_record(t: TableAudit) -> dict[str, object]:
    grades = t.grades or {}
    return {
        "table": t.table,
        "rows": t.rows,
        **{grade: grades.get(grade) for grade in "ABCD"},
        "share_unverified": _rounded(t.share_unverified, 4),
        "rows_without_source": t.without_source,
        "conflicts": None if t.conflicts is None else len(t.conflicts),
        "newest": t.newest,
        "age_y": _rounded(t.age_y, 2),
        "share_gaps": _rounded(t.share_gaps, 4),
        "worst": vars(t.worst) if t.worst else None,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _percent(share: float | None) -> Cell:
    return None if share is None else round(100 * share, 1)


def _print_audit(found: Audit) -> None:
    from didymium.world.audit import CONFLICT_PCT

    columns = ["table", "rows", *"ABCD", "not verified", "no source", "conflicts", "newest", "age", "gaps"]
    rows: list[list[Cell]] = []
    for t in found.tables:
        grades = t.grades or {}
        rows.append(
            [
                t.table,
                t.rows,
                *(grades.get(g) for g in "ABCD"),
                _percent(t.share_unverified),
                t.without_source,
                None if t.conflicts is None else len(t.conflicts),
                t.newest,
                _rounded(t.age_y, 1),
                _percent(t.share_gaps),
            ]
        )
    out = console.console()
    title = WORDS["audit title"].format(tables=len(found.tables), rows=found.rows, on=found.on)
    console.print_table(columns, rows, title, {"not verified": "%", "age": "y", "gaps": "%"}, to=out)
    out.print(WORDS["audit units"].format(pct=CONFLICT_PCT), style="dim")
    out.print(WORDS["no source"].format(n=found.without_source), style="bold")
    worst = [t.worst for t in found.tables if t.worst]
    if worst:
        out.print(WORDS["worst"], style="bold")
    for c in worst:
        low, high = console.number(c.low), console.number(c.high)
        definition = c.definition.removesuffix(f" {c.year}")
        out.print("  " + WORDS["worst line"].format(c=c, definition=definition, low=low, high=high))
    unused = WORDS["unused"].format(n=len(found.unused_sources))
    out.print(unused + (": " + ", ".join(found.unused_sources) if found.unused_sources else ""))
    if found.dangling:
        cells = [[d.table, str(d.line), d.column, d.key] for d in found.dangling]
        console.print_table(["table", "line", "column", "key"], cells, WORDS["dangling"], to=out)


@app.command("show", help=WORDS["show"])
def show_command(
    table: Annotated[str, typer.Argument(help=WORDS["table"])] = "",
    where: Annotated[list[str] | None, typer.Option("--where", metavar="COLUMN=TEXT", help=WORDS["where"])] = None,
    column: Annotated[list[str] | None, typer.Option("--column", metavar="NAME", help=WORDS["column"])] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = None,
) -> None:
    """Print the rows of a table that fit every ``--where``."""
    from didymium.world import load_world
    from didymium.world.schema import table_schema
    from didymium.world.show import select, to_csv, to_records

    if not table:
        _list_tables(as_json, as_csv)
        return
    schema = table_schema(table)
    names = [schema.column(name).name for name in column or ()]
    world = load_world(directory)
    rows = select(world, table, _conditions(where or ()))
    if as_csv and not as_json and not names:
        console.write(to_csv(schema, rows))
        return
    records = [{k: v for k, v in r.items() if not names or k in names} for r in to_records(rows)]
    if not console.emit(records, as_json, as_csv, columns=names):
        _print_rows(schema, rows, names, len(world.rows(table)))


def _list_tables(as_json: bool, as_csv: bool) -> None:
    from didymium.world.schema import schemas

    known = [{"table": s.name, "columns": len(s.columns), "description": s.description} for s in schemas().values()]
    if not console.emit(known, as_json, as_csv):
        cells = [[s.name, s.description] for s in schemas().values()]
        console.print_table(["table", "description"], cells, WORDS["tables title"])


def _conditions(where: Sequence[str]) -> dict[str, str]:
    conditions: dict[str, str] = {}
    for text in where:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise DidymiumError(f"{text!r} is no condition", where="--where", expected="COLUMN=TEXT, as in country=RUS")
        if name.strip() in conditions:
            raise DidymiumError(f"column {name.strip()!r} is given twice", where="--where", expected="each column once")
        conditions[name.strip()] = value
    return conditions


def _print_rows(schema: TableSchema, rows: Sequence[Row], names: Sequence[str], total: int) -> None:
    """Rows as a table of as many columns as fit; what is left out or the same everywhere is said, not dropped."""
    from didymium.words import fill

    out = console.console()
    every = [c.name for c in schema.columns]
    filled = [n for n in every if any(row[n] is not None for row in rows)]
    same = [n for n in filled if len(rows) > 1 and all(row[n] == rows[0][n] for row in rows)]
    on_a_map = [c.name for c in schema.columns if c.unit == "degree"]
    shown = list(names) or _that_fit([n for n in filled if n not in (*same, *on_a_map)], out.width)
    cells = [[_cell(schema, row, name) for name in shown] for row in rows]
    units = {c.name: c.unit for c in schema.columns if c.unit not in ("", "1")}
    title = WORDS["show title"].format(table=schema.name, description=schema.description)
    console.print_table(shown, cells, title, units, to=out)
    out.print(fill(WORDS["rows of"], n=len(rows), total=total))
    if names or not rows:
        return
    if same:
        text = "; ".join(f"{name} {_cell(schema, rows[0], name)}" for name in same)
        out.print(WORDS["same"].format(cells=text), style="dim")
    hidden = [n for n in every if n not in shown and n not in same]
    if hidden:
        out.print(WORDS["hidden"].format(names=", ".join(hidden)), style="dim")


def _that_fit(names: Sequence[str], width: int) -> list[str]:
    """The first columns that fit ``width``; source and grade always have a place, for a figure needs them."""
    room = max(3, width // SHOWN_WIDTH_PER_COLUMN)
    always = [n for n in names if n in ("source", "grade")]
    rest = [n for n in names if n not in always][: max(1, room - len(always))]
    return [n for n in names if n in rest or n in always]


def _cell(schema: TableSchema, row: Row, name: str) -> Cell:
    from didymium.world.show import cell_text

    value = row[name]
    if schema.column(name).kind == "number" and isinstance(value, float):
        return value
    return cell_text(value)


@app.command("why", help=WORDS["why"])
def why_command(
    quantity: Annotated[str, typer.Argument(help=WORDS["quantity"])],
    place: Annotated[str, typer.Argument(help=WORDS["place"])],
    year: Annotated[int | None, typer.Option("--year", help=WORDS["year"])] = None,
    stage: Annotated[str, typer.Option("--stage", help=WORDS["stage"])] = "",
    policy: Annotated[str, typer.Option("--policy", help=WORDS["policy"])] = "",
    publisher: Annotated[str, typer.Option("--publisher", help=WORDS["publisher"])] = "",
    definition: Annotated[str, typer.Option("--definition", help=WORDS["definition"])] = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = None,
) -> None:
    """Print all rivals for a quantity by definition, their sources, and the one that the policy picks."""
    from didymium.world import belief, load_world

    world = load_world(directory)
    rivals = belief(world, quantity, place, year=year, stage=stage)
    choice = _choose(rivals, policy, publisher, definition) if _any_value(rivals) else None
    used = choice.figure if choice else None
    sources = {row.text("source"): row for row in world.bibliography(rivals)}
    records = [_figure_record(f, f is used, sources) for f in rivals.figures]
    whole = {
        "quantity": quantity,
        "place": rivals.place,
        "name": world.place_name(rivals.place),
        "used": _choice_record(choice, sources) if choice else None,
        "figures": records,
        "sources": [dict(row) for row in sources.values()],
    }
    if not console.emit(records if as_csv and not as_json else whole, as_json, as_csv):
        _print_why(world, rivals, choice, sources)


def _any_value(rivals: Belief) -> bool:
    return any(f.value is not None for f in rivals.figures)


def _choose(rivals: Belief, policy: str, publisher: str, definition: str) -> Choice:
    """The pick of the policy; a named publisher alone means the policy publisher, and must be one of the rivals'."""
    policy = policy or ("publisher" if publisher else "latest")
    theirs = [f for f in rivals.figures if publisher and f.publisher.casefold().startswith(publisher.casefold())]
    publishers = sorted({f.publisher for f in rivals.figures})
    if policy == "publisher" and not publisher:
        raise DidymiumError(
            "the policy publisher needs a name",
            where="--policy",
            expected="one of " + ", ".join(publishers),
            cure="add --publisher NAME",
        )
    if policy == "publisher" and not theirs:
        raise UnknownName("publisher", publisher, publishers, where="--publisher")
    if policy != "publisher" and publisher:
        raise DidymiumError(
            f"--publisher does not go with the policy {policy}",
            expected="--policy publisher, or no --policy",
            cure="leave --policy out",
        )
    if policy == "publisher" and not definition:
        definition = min(theirs, key=lambda f: f.value is None).definition
    return rivals.pick(policy, definition=definition or None, publisher=publisher)


def _figure_record(figure: Figure, used: bool, sources: Mapping[str, Row]) -> dict[str, object]:
    return {
        "definition": figure.definition,
        "value": figure.value,
        "unit": figure.unit,
        "publisher": figure.publisher,
        "year": figure.year,
        "grade": figure.grade,
        "state": figure.state,
        "scope": figure.scope or None,
        "formula": figure.formula or None,
        "used": used,
        "source": figure.source,
        "address": sources[figure.source].text("address") or None,
        "where": figure.where,
        "note": figure.note or None,
    }


def _used_line(choice: Choice | None) -> str:
    if choice is None or choice.figure.value is None:
        return WORDS["used none"]
    f, value = choice.figure, console.number(choice.figure.value)
    return WORDS["used line"].format(value=value, unit=f.unit, publisher=f.publisher, year=f.year, reason=choice.reason)


def _related(world: World, rivals: Belief) -> list[str]:
    """Deposits of the country, or for a deposit those of the same name: Tomtor (Buranny) beside Tomtor."""
    from didymium.world.quantities import deposits

    if rivals.quantity != "reserves":
        return []
    of_country = {row.text("deposit") for row in world.rows("reserves", place=rivals.place)}
    base = rivals.place.split(" (")[0].casefold()
    others = (name for name in deposits(world).values() if name != rivals.place)
    return [name for name in others if name in of_country or name.casefold().split(" (")[0] == base]


def _choice_record(choice: Choice, sources: Mapping[str, Row]) -> dict[str, object]:
    record = _figure_record(choice.figure, True, sources)
    return {**record, "policy": choice.policy, "reason": choice.reason}


def _print_why(world: World, rivals: Belief, choice: Choice | None, sources: Mapping[str, Row]) -> None:
    out = console.console()
    name = world.place_name(rivals.place)
    place = rivals.place if name == rivals.place else f"{name} ({rivals.place})"
    out.print(WORDS["why title"].format(quantity=rivals.quantity, place=place), style="bold")
    extras = [c for c in ("formula", "note") if any(getattr(f, c) for f in rivals.figures)]
    for definition in rivals.definitions:
        group = [f for f in rivals.figures if f.definition == definition]
        cells: list[list[Cell]] = [
            [
                WORDS["used"] if choice and f is choice.figure else " ",
                WORDS["no value"] if f.value is None else f.value,
                f.publisher,
                str(f.year),
                f.grade,
                f.state,
                f.source,
                *(getattr(f, c) or " " for c in extras),
            ]
            for f in group
        ]
        columns = ["", "value", "publisher", "year", "grade", "state", "source", *extras]
        console.print_table(columns, cells, definition, {"value": group[0].unit}, to=out)
    related = _related(world, rivals)
    if related:
        out.print(WORDS["related"].format(names=", ".join(related)))
    out.print(_used_line(choice), style="bold")
    cells = [
        [row.text("source"), row.text("title"), row.text("publisher"), row.text("date"), row.text("address")]
        for row in sources.values()
    ]
    console.print_table(["source", "title", "publisher", "date", "address"], cells, WORDS["sources"], to=out)
