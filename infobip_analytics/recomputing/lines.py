"""Lines as text: as they stand in the CSV file, and as two files are compared."""

import io

import polars as pl

from infobip_analytics.wording import FORMULA

#: What every file of ours has
OURS = ("messages", "settled", "delivered", "delivery_rate", "as_of")


def as_texts(lines: pl.DataFrame) -> pl.DataFrame:
    """Every value as it is written in CSV; what is unknown stays null.

    Rates are the shortest text that reads back as the same number, cost has as many decimals as it
    needs and no exponent, times have their offset, and text that a spreadsheet would take for a
    formula has a ' before it.
    """
    return lines.select(_text(name, dtype) for name, dtype in lines.schema.items())


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if name == "cost" and dtype.is_float():
        digits = column.cast(pl.Decimal(38, 8)).cast(pl.String)
        return digits.str.strip_chars_end("0").str.strip_suffix(".")
    if isinstance(dtype, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f" + ("%:z" if dtype.time_zone else ""))
    if dtype == pl.String:
        runs = column.str.slice(0, 1).is_in(list(FORMULA))
        return pl.when(runs).then("'" + column).otherwise(column).alias(name)
    return column.cast(pl.String)


def as_csv(lines: pl.DataFrame) -> bytes:
    """Comma-separated lines under one of headings, in UTF-8."""
    return as_texts(lines).write_csv().encode()


def as_parquet(lines: pl.DataFrame) -> bytes:
    """The same lines with their types, as a Parquet file."""
    buffer = io.BytesIO()
    lines.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()
