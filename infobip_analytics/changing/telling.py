"""A change in words: the answer in one sentence, and what must be said beside it."""

from collections.abc import Iterator

import polars as pl

from infobip_analytics.changing.asked import Asked
from infobip_analytics.changing.judging import Verdict
from infobip_analytics.changing.sides import Row, Side
from infobip_analytics.differences import points
from infobip_analytics.masking import as_shown
from infobip_analytics.tables.columns import key_text
from infobip_analytics.tables.text import printable
from infobip_analytics.wording import NBSP, count, interval, moment, percent, plural

ASSUMES = (
    "assumes that messages are independent of one another, which those of one campaign are not "
    "(then intervals are wider and fewer differences proven), and that groups of one name are the "
    "same on both sides; it says which groups moved the rate, and not why"
)
DEFINITION = (
    "delivery rate = delivered / settled messages, {}; rate: what the change of each group's own "
    "rate did, at the mean of its two shares; mix: what the change of its share did (Kitagawa, "
    "against the overall rate before); both together are the change, exactly"
)

#: The second reason is named where it did at least half of what the first did
_BESIDE = 0.5


def sentence(totals: Row, why: str | None) -> str:
    """The answer: how much, by what, and where."""
    if why is None:
        return f"No change can be told: {_unsettled(totals)}"
    return f"{points(totals['difference'])} points: {why}"


def parts(totals: Row, groups: pl.DataFrame, asked: Asked) -> str | None:
    """The two parts of the change, and where they come from; None where there is no change."""
    if totals["difference"] is None:
        return None
    mix, rate = points(totals["mix_effect"]), points(totals["rate_effect"])
    return f"mix {mix}, rate {rate}: {_reason(totals, groups, asked)}"


def _unsettled(totals: Row) -> str:
    empty = [end for end in ("before", "after") if not totals[f"{end}_settled"]]
    told = [f"nothing of {end} is settled{_waiting(totals[f'{end}_waiting'])}" for end in empty]
    return "; ".join(told)


def _waiting(number: int) -> str:
    return f" ({count(number)} still waiting)" if number else ""


def _reason(totals: Row, groups: pl.DataFrame, asked: Asked) -> str:
    """What made the change, as far as that can be told."""
    rows = _labelled(groups, asked)
    change, mix, rate = (abs(totals[f"{name}"]) for name in _SIZES)
    settled = min(totals["before_settled"], totals["after_settled"])
    if settled < asked.messages:
        return f"too few to judge, with {plural(settled, 'settled message')} on a side"
    if max(change, mix, rate) < asked.effect:
        told = f"next to nothing, each less than {_size(asked.effect)}"
        return ", though ".join([told, *map(_delivers, _found(rows)[:1])])
    if mix >= rate:
        return _mix(_foremost(rows, "mix_effect", totals), asked.names)
    return _rate(rows, totals)


_SIZES = ("difference", "mix_effect", "rate_effect")


def _size(share: float) -> str:
    return f"{100 * share:g} {'point' if share == 0.01 else 'points'}"


def _labelled(groups: pl.DataFrame, asked: Asked) -> list[Row]:
    """The groups with what they are called, for people."""
    named = groups.select(_naming(asked.names))
    called = as_shown(named, show_numbers=asked.show_numbers).iter_rows()
    labels = [printable(", ".join(key_text(value) for value in row)) for row in called]
    rows = groups.iter_rows(named=True)
    return [row | {"label": label} for row, label in zip(rows, labels, strict=True)]


def _naming(names: list[str]) -> list[str]:
    return ["country_name" if name == "country" else name for name in names]


def _foremost(rows: list[Row], effect: str, totals: Row) -> list[Row]:
    """The group that did most of *effect*, and the next where it did much as well."""
    sign = 1 if totals[effect] > 0 else -1
    ranked = sorted(rows, key=lambda row: -sign * row[effect])
    first = ranked[0][effect]
    return [row for row in ranked[:2] if sign * row[effect] > 0 and row[effect] / first >= _BESIDE]


def _mix(rows: list[Row], names: list[str]) -> str:
    to = "to" if names == ["country"] else "of"
    return " and ".join(_moved(row, to) for row in rows)


def _moved(row: Row, to: str) -> str:
    label = f"{to} {row['label']}"
    if row["kind"] == "entering":
        return f"messages {label}, where there were none before"
    if row["kind"] == "leaving":
        return f"no more messages {label}"
    if row["after_share"] > row["before_share"]:
        more = row["after_settled"] > row["before_settled"]
        return f"more messages {label}" if more else f"a larger share of messages {label}"
    fewer = row["after_settled"] < row["before_settled"]
    return f"fewer messages {label}" if fewer else f"a smaller share of messages {label}"


def _rate(rows: list[Row], totals: Row) -> str:
    verdict = Verdict.WORSE if totals["rate_effect"] < 0 else Verdict.BETTER
    proven = [row for row in rows if row["verdict"] == verdict]
    if proven:
        return " and ".join(map(_delivers, _foremost(proven, "rate_effect", totals)))
    if totals["rate_effect_verdict"] != verdict:
        return "which may be chance"
    both = sum(row["kind"] == "both" for row in rows)
    return f"{plural(both, 'group')} together, none of them beyond chance by itself"


def _delivers(row: Row) -> str:
    more = "more" if row["verdict"] == Verdict.BETTER else "less"
    rates = f"{percent(row['before_rate'])} \N{RIGHTWARDS ARROW} {percent(row['after_rate'])}"
    return f"{row['label']} delivers {more} ({rates})"


def _found(rows: list[Row]) -> list[Row]:
    """The groups that changed beyond chance, the greatest difference first."""
    found = [row for row in rows if row["verdict"] in (Verdict.WORSE, Verdict.BETTER)]
    return sorted(found, key=lambda row: -abs(row["difference"]))


def notes(
    totals: Row, groups: pl.DataFrame, before: Side, after: Side, asked: Asked
) -> Iterator[str]:
    """What must be said beside the answer, the weightiest first."""
    rows = _labelled(groups, asked)
    if totals["difference"] is not None:
        yield _both(totals, asked.confidence)
    if totals["population"] == "reported" and rows:
        yield (
            "only reported messages are known, so these are rates among reported messages; read "
            "logs, or campaign events, and they become rates of all that was sent"
        )
    yield _judged(rows, totals, asked)
    yield from _silenced(rows)
    if rows and all(row["kind"] != "both" for row in rows):
        yield (
            f"no group by {', '.join(asked.names)} is on both sides: nothing can be compared with "
            "itself, and all of the change counts as mix"
        )
    yield DEFINITION.format("no-report countries left out" if asked.silent else "to all countries")
    yield ASSUMES
    yield from _stamp(totals)
    yield from (said for each in (before, after) for said in _left_out(each))


def _both(totals: Row, confidence: float) -> str:
    level = f"{100 * confidence:g}{NBSP}%"
    then, now = (
        f"{percent(totals[f'{end}_rate'])} of {count(totals[f'{end}_settled'])} settled "
        f"({interval(totals[f'{end}_low'], totals[f'{end}_high'])})"
        for end in ("before", "after")
    )
    held = _range(totals["rate_effect"], totals["rate_effect_low"], totals["rate_effect_high"])
    change = _range(totals["difference"], totals["difference_low"], totals["difference_high"])
    return (
        f"before {then}, after {now}: {change}; with the mix held, {held} ({level} intervals; "
        "Newcombe's of the change)"
    )


def _range(value: float, low: float | None, high: float | None) -> str:
    between = "" if low is None else f" ({points(low)} to {points(high)})"
    return f"{points(value)} points{between}"


def _judged(rows: list[Row], totals: Row, asked: Asked) -> str:
    """Which groups changed beyond chance, of how many that were looked at."""
    tested = sum(row["q_value"] is not None for row in rows)
    few = sum(row["verdict"] == Verdict.TOO_FEW for row in rows)
    changed = _found(rows)
    named = [f"{row['label']} {points(row['difference'])}" for row in changed[:8]]
    more = [f"{len(changed) - 8} more"] if len(changed) > 8 else []
    told = f"beyond chance: {', '.join([*named, *more]) or 'none'}"
    told = f"{told}, of {plural(tested, 'group')} tested"
    if few:
        told = f"{told}; {plural(few, 'group')} with fewer than {count(asked.messages)} not tested"
    return (
        f"{told} ({plural(totals['tested'], 'test')} in one family, all groups together among "
        f"them; false discovery rate 5{NBSP}%, differences of at least {_size(asked.effect)})"
    )


def _silenced(rows: list[Row]) -> Iterator[str]:
    """Groups of which less was heard, by about as much as less was delivered."""
    for row in rows:
        then, now = row["before_coverage"], row["after_coverage"]
        if row["verdict"] != Verdict.WORSE or then is None or now is None:
            continue
        if then - now >= -row["difference"] / 2:
            yield (
                f"{row['label']}: coverage fell from {percent(then)} to {percent(now)}: perhaps it "
                "is the reports that stopped, and not delivery"
            )


def _stamp(totals: Row) -> Iterator[str]:
    then, now = totals["before_as_of"], totals["after_as_of"]
    if now is not None and then == now:
        yield f"as of {moment(now)}"
    elif now is not None and then is not None:
        yield f"before as of {moment(then)}, after as of {moment(now)}"


_LEFT = {
    "set aside": "rows set aside",
    "enqueue failed": "never forwarded (enqueue_failed)",
    "orphan": "orphans",
    "undated": "without a time of sending",
    "no-report country": "to no-report countries",
    "waiting": "still waiting",
}


def _left_out(side: Side) -> Iterator[str]:
    told = [f"{count(side.left[why])} {words}" for why, words in _LEFT.items() if why in side.left]
    if told:
        yield f"left out {side.name}: {'; '.join(told)}"
