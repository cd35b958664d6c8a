"""What is known of codes, prefixes, networks and countries, as small tables within a statement."""

import unicodedata
from collections import defaultdict

from infobip_analytics.codes.verdicts import RANKS, verdicts
from infobip_analytics.countries import UNKNOWN, country_names
from infobip_analytics.reference import rows
from infobip_analytics.sql.dialects import Dialect, piece, rows_of, text

#: Letters with a mark and those without, for names of countries that people write either way.
_MARKED = [
    (letter, plain)
    for letter in map(chr, range(0xDF, 0x250))
    for plain in [unicodedata.normalize("NFKD", letter)[0]]
    if letter.islower() and len(unicodedata.normalize("NFKD", letter)) > 1 and plain.isascii()
] + [("ς", "σ")]


def verdict_table() -> str:
    """What a report says by its group and id: only ids that say something else than their group."""
    judged = verdicts()
    telling = {
        key: found
        for key, found in judged.items()
        if key[1] is None or judged.get((key[0], None)) != found
    }
    return _union(
        [
            (group, "" if id is None else str(id), found.outcome, found.receipt or "", found.rank)
            for (group, id), found in sorted(telling.items(), key=lambda each: str(each[0]))
        ],
        ["group_name", "id", "outcome", "receipt", "rank"],
    )


def event_table() -> str:
    """What an event says by its status, and whether it makes a message or ends one."""
    judged = [row for row in rows("event_statuses") if row["part"] != "none"]
    return _union(
        [
            (row["status"], row["part"], row["outcome"], row["receipt"], int(row["rank"]))
            for row in judged
        ],
        ["name", "part", "outcome", "receipt", "rank"],
    )


def unknown_rank() -> int:
    """The rank of a report whose group nobody knows."""
    return RANKS["unknown", None]


def pending_rank() -> int:
    """The rank of a report that says no more than that the message is on its way."""
    return RANKS["pending", None]


def _union(lines: list[tuple[str | int, ...]], names: list[str]) -> str:
    """Lines as rows; the first of them names the columns."""

    def said(value: str | int) -> str:
        return f"'{value}'" if isinstance(value, str) else str(value)

    first, *rest = lines
    head = ", ".join(f"{said(value)} AS {name}" for value, name in zip(first, names, strict=True))
    selects = [head, *(", ".join(map(said, line)) for line in rest)]
    return " UNION ALL\n  ".join(f"SELECT {select}" for select in selects)


def prefix_table(dialect: Dialect) -> str:
    """The regions of all prefixes; `digits` where a prefix holds for numbers of one length alone.

    Columns: prefix, digits (null for any usual length), region.
    """
    by_region = defaultdict(list)
    for row in rows("prefixes"):
        by_region[row["region"]].append(row["prefix"] + (row["digits"] and f"/{row['digits']}"))
    entries = [f"{region} {' '.join(found)}" for region, found in sorted(by_region.items())]
    parts = dialect.split.format("entry", " ")
    each = dialect.unnest.format(parts, "part")
    pair = dialect.split.format("part || '/'", "/")
    return f"""\
SELECT
    {piece(pair, 0, dialect)} AS prefix,
    {dialect.attempt}({piece(pair, 1, dialect)} AS {dialect.integer}) AS digits,
    SUBSTR(entry, 1, 2) AS region
  FROM {rows_of(entries, "entry", dialect)}
  CROSS JOIN {each}
  WHERE part <> SUBSTR(entry, 1, 2)"""


def network_table(dialect: Dialect) -> str:
    """The country of each mobile country code. Columns: mcc, country."""
    known = [row for row in rows("mobile_country_codes") if row["country"]]
    entries = [row["mcc"] + row["country"] for row in known]
    return f"""\
SELECT SUBSTR(entry, 1, 3) AS mcc, SUBSTR(entry, 4) AS country
  FROM {rows_of(entries, "entry", dialect)}"""


def name_table(dialect: Dialect) -> str:
    """The English name of each country. Columns: country, country_name."""
    entries = [f"{code}{name}" for code, name in country_names().items()]
    return f"""\
SELECT SUBSTR(entry, 1, 2) AS country, SUBSTR(entry, 3) AS country_name
  FROM {rows_of(entries, "entry", dialect)}"""


def spelling_table(dialect: Dialect) -> str:
    """The country that each spelling means, as `folded` has it. Columns: spelling, country."""
    spellings = {
        _folded(spelling): row["country"]
        for row in rows("countries")
        for spelling in (row["country"], row["alpha3"], row["name"], *row["aliases"].split("|"))
        if spelling and row["country"] != UNKNOWN
    }
    return f"""\
SELECT SUBSTR(entry, 3) AS spelling, SUBSTR(entry, 1, 2) AS country
  FROM {rows_of((country + key for key, country in spellings.items()), "entry", dialect)}"""


def folded(column: str, dialect: Dialect) -> str:
    """A name of a country without case, accents, punctuation and "the", so that spellings meet."""
    marked, plain = ("".join(letters) for letters in zip(*_MARKED, strict=True))
    lower = f"TRANSLATE(REPLACE(LOWER({column}), '&', ' and '), '{marked}', '{plain}')"
    bare = f"' ' || {_replaced(lower, _DROPPED, '', dialect)} || ' '"
    words = _replaced(bare, _BETWEEN, " ", dialect)
    saints = _replaced(words, _SAINT, " saint ", dialect)
    return f"TRIM({_replaced(saints, _THE, '', dialect)})"


_DROPPED, _BETWEEN, _SAINT, _THE = r"[.\x27\x{2019}]", r"[^\pL\pN]+", r" ste? ", r"^ the "


def _replaced(column: str, pattern: str, instead: str, dialect: Dialect) -> str:
    return dialect.replaced.format(column, text(pattern, dialect), text(instead, dialect))


def _folded(spelling: str) -> str:
    """What `folded` makes of *spelling* in the statement."""
    lower = (
        spelling.lower()
        .replace("&", " and ")
        .translate(str.maketrans(*map("".join, zip(*_MARKED, strict=True))))
    )
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LN" else " "
        for letter in lower
        if letter not in ".'\u2019"
    )
    words = ["saint" if word in ("st", "ste") else word for word in kept.split()]
    return " ".join(words[1:] if words[:1] == ["the"] else words)
