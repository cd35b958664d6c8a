"""Cells of a person's table that hold two things: a status with its id, a price with its currency.

Only the plain fields `status`, `error` and `price` are looked at, which payloads do not have: there
they are objects.
"""

import polars as pl

_WITH_ID = r"^\s*(?<name>.*?\S)\s*\((?<id>\d+)\)\s*$"
_NUMBER = r"-?\d+(?:[.,]\d+)?"
_PRICE = rf"^\s*(?:(?<before>[A-Z]{{3}})\s*)?(?<number>{_NUMBER})(?:\s*(?<after>[A-Z]{{3}}))?\s*$"


def cells_apart(texts: pl.DataFrame) -> pl.DataFrame:
    """Give the second thing of a cell its own column, where that is free (of `texts_by_column`).

    `DELIVERED_TO_HANDSET (5)` is a name and an id; `0,0321 EUR` a price of 0.0321 and its currency.
    """
    name, price = pl.col, pl.col("price").str.extract_groups(_PRICE).struct.field
    currency = pl.coalesce(price("before"), price("after"))
    return texts.with_columns(
        *(
            each
            for kind in ("status", "error")
            for each in (
                pl.coalesce(f"{kind}_id", _part(kind, "id")).alias(f"{kind}_id"),
                pl.coalesce(_part(kind, "name"), name(f"{kind}_name")).alias(f"{kind}_name"),
            )
        ),
        pl.coalesce(price("number").str.replace(",", ".", literal=True), "price").alias("price"),
        pl.coalesce("currency", currency).alias("currency"),
    )


def _part(kind: str, part: str) -> pl.Expr:
    """The name or the id of a cell that holds both, where no id stands elsewhere."""
    found = pl.col(f"{kind}_name").str.extract_groups(_WITH_ID).struct.field(part)
    return pl.when(pl.col(f"{kind}_id").is_null()).then(found)
