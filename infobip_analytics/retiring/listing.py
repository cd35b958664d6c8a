"""The numbers to suppress as a list that another system imports."""

import polars as pl

from infobip_analytics.wording import plural

#: A number as networks write it, without its plus: a spreadsheet takes no formula for it
E164 = r"^[1-9]\d{6,14}$"
#: A pseudonym has more digits than any number
PSEUDONYM = r"^\d{18}$"

ABOUT_PSEUDONYMS = (
    "{} here: the archive was begun with --pseudonymise. A list of them can be imported nowhere, "
    "and no command makes numbers of them. Whoever has the key makes the pseudonyms of the "
    "customers' own numbers and looks them up among these: docs/privacy.md"
)


def importable(numbers: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Those rows of `hygiene` whose recipient is a number (E.164), and a sentence on the others."""
    good = numbers.filter(pl.col("recipient").str.contains(E164))
    other = numbers.height - good.height - pseudonyms(numbers)
    said = [
        f"{plural(other, 'recipient')} left out of the list: no numbers as networks write them "
        "(E.164, 7 to 15 digits with the country's code); correct them where they come from"
    ]
    return good, [*(said if other else []), *about_pseudonyms(numbers)]


def pseudonyms(numbers: pl.DataFrame) -> int:
    """How many recipients are pseudonyms of an archive."""
    found: int = numbers.select(pl.col("recipient").str.contains(PSEUDONYM).sum()).item()
    return found


def about_pseudonyms(numbers: pl.DataFrame) -> list[str]:
    """What can be done where recipients are pseudonyms; nothing is said where none is."""
    found = pseudonyms(numbers)
    return [ABOUT_PSEUDONYMS.format(plural(found, "pseudonym"))] if found else []
