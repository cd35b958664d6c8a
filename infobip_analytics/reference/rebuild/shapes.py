"""Rebuild world.json.gz, the shapes of the map: every ISO territory but Antarctica, and XK, AC, TA.

    npm pack world-atlas@2.0.2
    tar -xzf world-atlas-2.0.2.tgz
    python infobip_analytics/reference/rebuild/shapes.py package

world-atlas (ISC licence, see world.LICENSE) packs the countries of Natural Earth (public domain) as
TopoJSON: borders are arcs that neighbours share. The arcs are simplified, not the countries, so no
gap opens between two of them. What Natural Earth folds into another country, or has without an ISO
number, stands in parts.csv; territories.csv has the ISO 3166-1 numbers.

The result is a map on paper: Equal Earth, cut in the Bering Strait (169 degrees west, where no land
is cut), whole numbers, 1000 to the radius of the globe, y upwards.
"""

import csv
import gzip
import heapq
import json
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

PACKAGE = "world-atlas 2.0.2"
HERE = Path(__file__).parent
WEST_EDGE = -169.0
SCALE = 1000
SMALLEST_BEND = 4.0  # square units: a corner that encloses less is smoothed away
SMALLEST_ISLAND = 9.0  # square units: a smaller island is left out, unless it is the largest
EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)  # the polynomial of the projection

Json = dict[str, Any]
Point = tuple[float, float]
Ring = list[Point]


def main(folder: str) -> None:
    """Write world.json.gz from the unpacked npm package in *folder*."""
    coarse, fine = (territories(Path(folder) / f"countries-{res}.json") for res in ("50m", "10m"))
    shapes = {code: shape(rings) for code, rings in sorted((fine | coarse).items())}
    text = json.dumps({"from": PACKAGE, "shapes": shapes}, separators=(",", ":"))
    packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    (HERE.parent / "world.json.gz").write_bytes(packed)
    points = sum(len(ring) // 2 for one in shapes.values() for ring in one["rings"])
    print(f"{len(shapes)} territories, {points:,} points, {len(packed):,} bytes packed")


def territories(path: Path) -> dict[str, list[Ring]]:
    """The outlines of each territory in one TopoJSON file, projected and simplified."""
    topology = json.loads(path.read_text("utf-8"))
    degrees = decoded(topology)
    arcs = [simplified([projected(point) for point in unwrapped(arc)]) for arc in degrees]
    found: dict[str, list[list[int]]] = {}
    for country in topology["objects"]["countries"]["geometries"]:
        many = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        for polygon in many:
            code = code_of(
                country, centre([degrees[i] if i >= 0 else degrees[~i] for i in polygon[0]])
            )
            if code not in ("", "AQ"):
                found.setdefault(code, []).extend(polygon)
    return {code: dissolved(rings, arcs) for code, rings in found.items()}


def decoded(topology: Json) -> list[Ring]:
    """The arcs of a topology in degrees, its whole-number steps added up."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for step_x, step_y in steps:
            x, y = x + step_x, y + step_y
            arc.append((x * kx + dx, y * ky + dy))
        arcs.append(arc)
    return arcs


def code_of(country: Json, middle: Point) -> str:
    """The territory of one polygon: the part that parts.csv cuts out there, else the country's."""
    name, (lon, lat) = country["properties"]["name"], middle
    for part in table("parts"):
        west, south, east, north = (
            float(part[side]) for side in ("west", "south", "east", "north")
        )
        if part["of"] == name and west <= lon <= east and south <= lat <= north:
            return part["code"]
    by_number = {row["numeric"]: row["code"] for row in table("territories")}
    return by_number.get(country.get("id", ""), "")


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table beside this script."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def centre(arcs: list[Ring]) -> Point:
    """The middle of the box around some arcs."""
    xs, ys = zip(*(point for arc in arcs for point in arc), strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def unwrapped(arc: Ring) -> Ring:
    """An arc that does not jump at the 180th meridian, and lies east of the map's own edge."""
    line = arc[:1]
    for lon, lat in arc[1:]:
        line.append((lon - 360 * round((lon - line[-1][0]) / 360), lat))
    middle = sum(lon for lon, _ in line) / len(line)
    turns = math.floor((middle - WEST_EDGE) / 360)
    return [(lon - 360 * turns, lat) for lon, lat in line]


def projected(point: Point) -> Point:
    """Degrees to units on paper, by the Equal Earth projection."""
    lon, lat = point
    a1, a2, a3, a4 = EQUAL_EARTH
    turned = math.radians(lon - WEST_EDGE - 180)
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) * turned * math.cos(t) / (3 * slope)
    return x * SCALE, (a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t) * SCALE


def simplified(arc: Ring) -> Ring:
    """Visvalingam and Whyatt: corners go, the flattest first, while they enclose too little."""
    before, after = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))
    alive = [True] * len(arc)
    queue = [
        (area([arc[i - 1], arc[i], arc[i + 1]]), i, i - 1, i + 1) for i in range(1, len(arc) - 1)
    ]
    heapq.heapify(queue)
    while queue:
        size, i, left, right = heapq.heappop(queue)
        if not alive[i] or (before[i], after[i]) != (left, right):
            continue
        if size > SMALLEST_BEND:
            break
        alive[i], after[left], before[right] = False, right, left
        for j in (left, right):
            if 0 < j < len(arc) - 1:
                bend = area([arc[before[j]], arc[j], arc[after[j]]])
                heapq.heappush(queue, (max(size, bend), j, before[j], after[j]))
    return [point for point, stays in zip(arc, alive, strict=True) if stays]


def dissolved(rings: list[list[int]], arcs: list[Ring]) -> list[Ring]:
    """The outlines of polygons that belong together: an arc walked both ways lies within."""
    walked = Counter(i for ring in rings for i in ring)
    ways: dict[Point, list[Ring]] = {}
    for i in sorted(walked):
        arc = arcs[i] if i >= 0 else arcs[~i][::-1]
        ways.setdefault(arc[0], []).extend([arc] * (walked[i] - walked[~i]))
    outlines = []
    for start in ways:
        while ways[start]:
            outlines.append(closed(start, ways))
    return outlines


def closed(start: Point, ways: dict[Point, list[Ring]]) -> Ring:
    """Follow the arcs from *start* until they are back there; the arcs are used up."""
    outline = ways[start].pop()
    while outline[-1] != start:
        outline = outline + ways[outline[-1]].pop()[1:]
    return outline


def shape(rings: list[Ring]) -> Json:
    """Whole-number outlines, the largest first, and where a marker for the territory belongs."""
    ordered = sorted(rings, key=area, reverse=True)
    kept = [ring for ring in ordered if ring is ordered[0] or area(ring) >= SMALLEST_ISLAND]
    whole = [flat for ring in kept if len(flat := rounded(ring)) >= 6]
    x, y = centre([ordered[0]])
    return {"at": [round(x), round(y)], "rings": whole}


def rounded(ring: Ring) -> list[int]:
    """x, y, x, y, ... in whole units without repeats; plotly closes the ring itself."""
    points = [(round(x), round(y)) for x, y in ring[:-1]]
    distinct = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
    return [number for point in distinct for number in point]


def area(ring: Ring) -> float:
    """What a ring encloses, in square units."""
    ends = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in ends)) / 2


if __name__ == "__main__":
    main(*sys.argv[1:])
