"""A pair asked of SQLite and DuckDB, beside what ppmc said. Texts, dates, flags, durations and amounts must be the same; of numbers and percents SQL's double must round to what ppmc shows,
up to 2 units of the twelfth place, or of the sixteenth digit beside the half of a fifteenth one, since both sides round a double on the way to decimals."""
import csv
import datetime
import functools
import io
import sqlite3
from decimal import Decimal

from computed import added, places_of
from sql import Sql

try:
    import duckdb
except ImportError:
    duckdb = None

# DuckDB says this of a text that is compared with a CASE which gives a constant or nothing: a mistake of its own (DIFFERENCES.md).
OF_ITSELF = "BindBuiltinScalarFunction did not return a BoundFunctionExpression"
DIALECTS = ["sqlite"] + (["duckdb"] if duckdb else [])


def ask(model, dialect, connection):
    """([(name, kind, scale)], rows)."""
    sql = Sql(model, dialect)
    text, columns = sql.query()
    if not text:
        return [], []
    names = ["row_number"] + [c.name for c in model.columns]
    rows = [[i] + [sql.field(c.kind, value) for c, (_, value) in zip(model.columns, row)] for i, row in enumerate(model.rows)]
    marks = ", ".join("?" * len(names))
    if dialect == "sqlite":
        connection.execute("DROP TABLE IF EXISTS d")
        types = {"t": "TEXT", "d": "TEXT"}
        connection.execute("CREATE TABLE d (row_number INTEGER, " + ", ".join(f'"{c.name}" {types.get(c.kind, "REAL" if c.kind in "npq" else "INTEGER")}' for c in model.columns) + ")")
        connection.executemany(f"INSERT INTO d VALUES ({marks})", rows)
    else:
        kinds = {"m": "BIGINT", "r": "BIGINT"}
        connection.execute("CREATE OR REPLACE TEMP TABLE given (row_number INTEGER, " + ", ".join(f'"{c.name}" {kinds.get(c.kind) or sql.column_type(c.kind)}' for c in model.columns) + ")")
        connection.execute(f"INSERT INTO given VALUES {', '.join('(' + marks + ')' for _ in rows)}", [value for row in rows for value in row])
        connection.execute("CREATE OR REPLACE TEMP VIEW d AS SELECT row_number, " + ", ".join(f'"{c.name}"::HUGEINT * 100000000 AS "{c.name}"' if c.kind in "mr" else f'"{c.name}"' for c in model.columns) + " FROM given")
    return columns, connection.execute(text).fetchall()


@functools.cache
def connection(dialect):
    """Both get two functions more, which written out would be longer and deeper than their parsers take: ten to the places that count of a number, and a sum whose digits cancel."""
    if dialect == "sqlite":
        made = sqlite3.connect(":memory:")
        made.create_function("places_scale", 1, lambda x: None if x is None else float(10 ** places_of(x)), deterministic=True)
        made.create_function("add_numbers", 2, lambda a, b: None if a is None or b is None else float(added(a, b)), deterministic=True)
        return made
    made = duckdb.connect(":memory:")
    made.execute("SET threads = 1")
    # A macro is put in for its name: what it is given stands in it once, so that macros of macros do not double without end.
    made.execute("""CREATE MACRO places_scale(x) AS list_transform([x], lambda v:
        CASE WHEN abs(v) < 1e3 THEN 1e12 WHEN abs(v) < 1e14 THEN CAST('1e' || (15 - length(floor(abs(v))::BIGINT::VARCHAR)) AS DOUBLE) ELSE 1e0 END)[1]""")
    made.execute("CREATE MACRO ten_to(k) AS CAST('1e' || k AS DOUBLE)")
    made.execute("""CREATE MACRO digits_scale(x) AS list_transform([[x, floor(log10(x))]], lambda p:
        ten_to(greatest(0, 14 - (CASE WHEN p[1] < ten_to(p[2]::INTEGER) THEN p[2] - 1 WHEN p[1] >= ten_to(p[2]::INTEGER + 1) THEN p[2] + 1 ELSE p[2] END)::INTEGER)))[1]""")
    made.execute("""CREATE MACRO add_numbers(a, b) AS list_transform([[a::DOUBLE, b::DOUBLE]], lambda p:
        CASE WHEN greatest(abs(p[1]), abs(p[2])) >= 1e-8 AND abs(p[1] + p[2]) < greatest(abs(p[1]), abs(p[2]))
             THEN round((p[1] + p[2]) * digits_scale(greatest(abs(p[1]), abs(p[2])))) / digits_scale(greatest(abs(p[1]), abs(p[2]))) ELSE p[1] + p[2] END)[1]""")
    return made


def near(cell, value, relative):
    """A figure is shown with 15 digits."""
    shown, exact = Decimal(cell), Decimal(value)
    place = Decimal(1).scaleb(exact.adjusted() - 14) if exact else Decimal(0)
    return abs(shown - exact) <= max(Decimal("2e-12"), place / 2 + abs(exact) * Decimal(relative or 4e-16))


def agrees(kind, scale, value, cell, relative=0):
    """relative: how far a database's sum of doubles may be off, which depends on the order of its rows."""
    if value is None or cell == "":
        return value is None and cell == "" or (kind == "t" and value == "" == cell)
    if kind == "n":
        return near(cell, value, relative)
    if kind in "pq":
        return near(str(Decimal(cell.rstrip("%")) / 100), value, relative)
    if kind in "mr":
        whole, half = divmod(abs(int(value)) * 100, 10 ** scale)
        cents = whole + (2 * half >= 10 ** scale)
        return Decimal(cell) * 100 == (cents if value >= 0 else -cents)
    if kind == "f":
        return cell == ("yes" if value else "no")
    if kind in "uo":
        return int(cell.split()[0]) == value
    return cell == (value.isoformat() if isinstance(value, datetime.date) else str(value))


def disagreement(model, out, dialect):
    """(words or None, values compared). out: ppmc's result."""
    columns, rows = ask(model, dialect, connection(dialect))
    table = list(csv.reader(io.StringIO(out, newline="")))
    places = {}
    for i, item in enumerate(model.output):
        if item != "id" and item[0] != "reasons" and not item[2]:
            places[item[0]] = i
    compared = 0
    for at, (name, kind, scale) in enumerate(columns):
        if name not in places:
            continue
        for number, row in enumerate(rows):
            compared += 1
            cell = table[number + 1][places[name]]
            if not agrees(kind, scale, row[at], cell):
                return f"row {number + 1}, column {name}: {dialect} says {row[at]!r}{f' with {scale} places' if kind in 'mr' else ''}, ppmc {cell!r}", compared
    return None, compared
