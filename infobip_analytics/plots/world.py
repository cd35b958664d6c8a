"""The shapes of the map: outlines on paper for every territory, from reference/world.json.gz."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: A territory that covers less (square units; a unit is about 6.4 km) gets a marker
SMALL = 120

#: The part of the paper that is shown: everything but Antarctica
WEST, EAST, SOUTH, NORTH = -2540, 2690, -1060, 1330

Line = list[int | None]


@dataclass(frozen=True, slots=True)
class Territory:
    """One territory on the map.

    Attributes:
        code: ISO 3166-1 alpha-2, or XK, AC, TA.
        at: Where a marker for it belongs.
        rings: Its outlines as x, y, x, y, ...; none where it is too small to have any.
        area: What the outlines enclose, in square units.
    """

    code: str
    at: tuple[int, int]
    rings: tuple[tuple[int, ...], ...]
    area: float

    @property
    def is_small(self) -> bool:
        """Whether nobody would see it without a marker."""
        return self.area < SMALL


@cache
def world() -> dict[str, Territory]:
    """Every territory by its code.

    >>> world()["SG"].is_small, world()["DE"].is_small
    (True, False)
    """
    packed = (files("infobip_analytics.reference") / "world.json.gz").read_bytes()
    return {
        code: Territory(code, tuple(shape["at"]), tuple(map(tuple, shape["rings"])), _area(shape))
        for code, shape in json.loads(gzip.decompress(packed))["shapes"].items()
    }


def outline(territories: list[Territory]) -> tuple[Line, Line]:
    """The outlines of some territories as two lines of numbers, None between two rings."""
    xs: Line = []
    ys: Line = []
    for ring in (ring for territory in territories for ring in territory.rings):
        xs += [*ring[0::2], None]
        ys += [*ring[1::2], None]
    return xs[:-1], ys[:-1]


def _area(shape: dict[str, list[list[int]]]) -> float:
    return sum(_enclosed(ring) for ring in shape["rings"])


def _enclosed(ring: list[int]) -> float:
    xs, ys = ring[0::2], ring[1::2]
    steps = zip(xs, ys, xs[1:] + xs[:1], ys[1:] + ys[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for x1, y1, x2, y2 in steps)) / 2
