"""What the frames of another engine are to this package: an engine to hand results back to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """An engine that is neither polars nor pandas.

    Attributes:
        name: What people call it.
        back: Makes one of its frames out of a result.
    """

    name: str
    back: Callable[[pl.DataFrame], Any]


def to_arrow(frame: pl.DataFrame) -> Any:
    """A polars frame as a pyarrow Table whose types every engine understands."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
