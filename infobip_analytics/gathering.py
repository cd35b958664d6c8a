"""What the rows of a message tell: that of its first row, but where another row tells more."""

import numpy as np
import polars as pl


def greatest(told: pl.DataFrame, rows: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """The greatest value that each column of *told* has among the rows of each message of *keys*.

    Columns of *rows*: `_key`, which row is the first of its message; `_place`, which row of *told*
    it is; `_told`, equal where all that is told is.
    """
    place, key, content = (rows[name].to_numpy() for name in ("_place", "_key", "_told"))
    usual = told.select(pl.all().gather(pl.Series(place[keys.to_numpy()])))
    odd = np.flatnonzero(content != content[key])
    if not len(odd):
        return usual
    where = np.zeros(len(key), dtype=np.int64)
    where[keys.to_numpy()] = np.arange(len(keys))
    others = told.select(pl.all().gather(pl.Series(place[odd])))
    return usual.with_columns(
        _raised(usual[name], others[name], pl.Series(where[key[odd]])) for name in told.columns
    )


def _raised(usual: pl.Series, others: pl.Series, where: pl.Series) -> pl.Series:
    """*usual*, but what is greater among *others*, each of which belongs *where* it says."""
    here = usual.gather(where)
    greater = pl.DataFrame({"at": where, "best": others}).filter(
        (others > here) | (here.is_null() & others.is_not_null())
    )
    best = greater.group_by("at").agg(pl.max("best"))
    return usual.scatter(best["at"], best["best"]) if greater.height else usual
