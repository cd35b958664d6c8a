"""Rebuild docs/codes.md, the page of all codes, from the tables of this folder.

    python -m infobip_analytics.reference.rebuild.codes

A table for each group of codes, a section for each cause: what many codes have in common is told
once, and each code points to it. The same tables give the same page.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from infobip_analytics.codes.groups import groups, meant_by
from infobip_analytics.codes.meanings import PERMANENT_MEANS, causes, coded_rows
from infobip_analytics.reference import FOLDER, rows
from infobip_analytics.reference.rebuild.code_links import (
    anchor,
    called,
    source_anchor,
    source_title,
    to_code,
    to_sources,
)
from infobip_analytics.reference.rebuild.markdown import escaped, listed, table, to_heading

Row = dict[str, str]

PAGE = Path(FOLDER).parent.parent / "docs" / "codes.md"
COMMAND = "python -m infobip_analytics.reference.rebuild.codes"

FLAGS = {"true": "yes", "false": "no", "": "-"}

TITLE = "# SMS and MMS codes of Infobip: what each means, and what to do"

INTRO = f"""\
Every status and error of SMS and MMS that Infobip documents, those of India's DLT registry, and the
codes of SMPP: what happened, who can act, what to do, whether to send again, and whether to leave
the number out. In Python `ia.explain("EC_ABSENT_SUBSCRIBER")` says all of it and more, also of a
whole report or event, `ia.code_table()` is a frame to join, and in a terminal it is

```sh
infobip-analytics explain EC_ABSENT_SUBSCRIBER
```

This page is made from the [tables](../infobip_analytics/reference/README.md). Correct a row there,
run `{COMMAND}`, and it follows."""

READING = f"""\
## How to read it

Names are in capitals, as Infobip spells them; search the page for one, or for an id with its name.

| column | says |
|---|---|
| code | id and name, and other spellings that occur |
| permanent | {PERMANENT_MEANS} As Infobip publishes it; "-" where it gives none |
| what happened | in plain words |
| what to do | about this code. "(Infobip)" where Infobip documents the action, here in our words; \
all other advice is ours |
| who | who can act: list (whoever keeps the contacts), content (whoever writes), account (whoever \
runs the account and the integration), operator (reached through Infobip Support), infobip, nobody |
| again | send again? no, later (the same message may pass), after fix (something has to be \
changed first) |
| leave out | the number, from now on? yes (one report is enough), after repeats, no |
| cause | what codes have in common: how many repeats, when to send again, what to send to Infobip \
Support, and why |

So a permanent error may be worth another try (an expired message is given up, a new one can
arrive), and the flag alone never speaks against a number.

Success is read from the status, never from the error: rejected messages often carry error 0. Ids
are not unique: the group and the name that came with an id decide. A code that is not here may be
new: Infobip adds some now and then."""

SMPP_ERR = (
    "The err field of a receipt is no code of SMPP: it carries the id of an SMS error, written in "
    "decimal or in hex."
)


class Section(NamedTuple):
    """Codes that stand together: *level* of the heading, what is said of all of them."""

    level: int
    title: str
    about: str
    codes: list[Row]


def page() -> str:
    """The whole page."""
    codes = [part for section in sections() for part in section_text(section)]
    contents = [(one.level, one.title) for one in sections()]
    more = [(2, "Codes that no table has"), (2, "Causes"), (2, "Sources")]
    parts = [TITLE, INTRO, READING, "## Contents", listed([*contents, *more]), *codes]
    return "\n\n".join([*parts, *unlisted(), *causes_text(), *sources_text()]) + "\n"


@cache
def sections() -> list[Section]:
    """The sections of codes, in the order of the page."""
    return [
        Section(2, "Statuses", "What became of a message.", []),
        *grouped("status", "Status group"),
        Section(3, "Statuses of MMS", "MMS has those above, too.", of("status", "mms")),
        Section(3, "Statuses of voice", "Those that share an id.", of("status", "voice")),
        Section(2, "SMS errors", "Why. MMS can carry them, too.", []),
        *grouped("error", "Error group"),
        Section(2, "MMS errors", "Infobip names no group of them.", of("error", "mms")),
        Section(
            2,
            "DLT errors of India",
            "Every SMS to India is compared with a registry of senders, templates and consent.",
            of("error", "dlt_india"),
        ),
        Section(2, "SMPP", SMPP_ERR, []),
        Section(3, "Command statuses of SMPP", "Answers to a command.", of("smpp_command", "smpp")),
        Section(3, "Message states of SMPP", "The stat of a receipt.", of("smpp_state", "smpp")),
    ]


def grouped(kind: str, word: str) -> list[Section]:
    """A section for each group that has codes of SMS."""
    return [
        Section(3, f"{word} {group.id} {group.name}", escaped(meant_by(group)), codes)
        for group in groups()
        if group.kind == kind
        if (codes := [code for code in of(kind, "sms") if code["group"] == group.name])
    ]


def of(kind: str, channel: str) -> list[Row]:
    """The codes of one kind and channel."""
    return [row for row in coded_rows() if (row["kind"], row["channel"]) == (kind, channel)]


def section_text(section: Section) -> Iterator[str]:
    """Heading, what holds for all, the table, and notes on single codes."""
    yield f"{'#' * section.level} {section.title}"
    if not section.codes:
        yield section.about
        return
    usual = Counter(row["source"] for row in section.codes).most_common(1)[0][0]
    yield f"{section.about} Source: {to_sources(usual)}."
    flagged = any(row.get("permanent") for row in section.codes)
    yield table(code_cells(row, flagged=flagged) for row in section.codes)
    if notes := [note for row in section.codes if (note := noted(row, usual))]:
        yield "\n".join(notes)


def code_cells(row: Row, *, flagged: bool) -> Row:
    """What the table says of a code, by the title of the column."""
    cause = causes()[row["cause"]]
    mark = " (Infobip)" if row["advice"] == "documented" else ""
    return {
        "code": f'<a id="{anchor(row)}"></a>{called(row)}{spellings(row)}',
        **({"permanent": FLAGS[row["permanent"]]} if flagged else {}),
        "what happened": escaped(row["description"]),
        "what to do": f"{escaped(row['action'])}{mark}",
        "who": cause["who"],
        "again": cause["retry"],
        "leave out": cause["suppress"],
        "cause": to_heading(cause["title"]),
    }


def spellings(row: Row) -> str:
    """Other spellings of the name."""
    also = [f"`{name}`" for name in row["also"].split()]
    return f", also {', '.join(also)}" if also else ""


def noted(row: Row, usual: str) -> str:
    """What else there is to know of a code, as a line below the table; empty if nothing."""
    told = [escaped(row["note"])] if row["note"] else []
    told += [f"Why this advice: {escaped(row['reason'])}"] if row["reason"] else []
    told += [f"Source: {to_sources(row['source'])}."] if row["source"] != usual else []
    return f"* {to_code(row)}: {' '.join(told)}" if told else ""


def unlisted() -> Iterator[str]:
    """Codes that are met in data although no table of Infobip has them."""
    yield "## Codes that no table has"
    for row in rows("unlisted_codes"):
        yield f"**{row['code']}**: {escaped(row['note'])} Source: {to_sources(row['source'])}."


def causes_text() -> Iterator[str]:
    """All causes in one table, then each by itself."""
    yield "## Causes"
    yield (
        "Codes with one cause have all of this in common. When to send again, how often, and when "
        "to leave a number out is our judgement; correct it where you know better."
    )
    yield table(
        {
            "cause": to_heading(cause["title"]),
            "who": cause["who"],
            "again": cause["retry"],
            "leave out": cause["suppress"],
            "codes": str(len(codes_of(cause))),
        }
        for cause in causes().values()
    )
    for cause in causes().values():
        yield f"### {cause['title']}"
        yield escaped(cause["act"])
        yield "\n".join(f"* {word}: {text}" for word, text in cause_facts(cause) if text)


def cause_facts(cause: Row) -> list[tuple[str, str]]:
    """What there is to say of a cause, as pairs of a word and a text."""
    when = f", {escaped(cause['when'])}" if cause["when"] else ""
    return [
        ("Who can act", f"**{cause['who']}**"),
        ("Send again", f"**{cause['retry']}**{when}"),
        ("Leave the number out", f"**{cause['suppress']}**"),
        ("Why", escaped(cause["why"])),
        ("For Infobip Support", escaped(cause["evidence"])),
        ("Codes", ", ".join(to_code(row, kind=True) for row in codes_of(cause))),
        ("In our tables", f"`{cause['cause']}`"),
        ("Source", to_sources(cause["source"])),
    ]


def codes_of(cause: Row) -> list[Row]:
    """The codes that have a cause."""
    return [row for row in coded_rows() if row["cause"] == cause["cause"]]


def sources_text() -> Iterator[str]:
    """Where the facts are from."""
    yield "## Sources"
    yield table(
        {
            "source": f'<a id="{source_anchor(row["source"])}"></a>{source_title(row)}',
            "date": row["date"],
            "what is from it": escaped(row["covers"]),
            "note": escaped(row["note"]),
        }
        for row in rows("sources")
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8", newline="\n")
    print(f"{PAGE.name}: {len(coded_rows())} codes, {len(causes())} causes")
