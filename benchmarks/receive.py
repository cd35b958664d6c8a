"""How many reports a second `receive` keeps, each on disk before it is answered.

    python benchmarks/receive.py [--seconds 10] [--clients 2] [--connections 16] [--reports 100]
                                 [--rounds 3]

Processes post callbacks of 100 reports over connections that stay open, as fast as they are
answered. Once what comes during a sync goes to disk in the next one, as it does; and once each
callback is synced by itself. At the end all that was answered with 200 is counted in the archive.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infobip_analytics.archive import make_archive, replay, scan

PATH = "/sms/3/reports"


def template(count: int) -> bytes:
    """A callback with invented reports, in which @ is to be the number of the callback."""
    reports = [
        {
            "bulkId": "b", "messageId": f"m-@-{number}", "to": f"4477009{number % 100_000:05}",
            "sender": "Shop", "sentAt": "2026-03-02T09:00:00.000+0000",
            "doneAt": "2026-03-02T09:00:04.321+0000", "messageCount": 1,
            "price": {"pricePerMessage": 0.03, "currency": "EUR"},
            "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5,
                       "name": "DELIVERED_TO_HANDSET", "description": "Delivered to handset"},
            "error": {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR",
                      "description": "No Error", "permanent": False},
            "mccMnc": "23410", "callbackData": "campaign-1",
        }
        for number in range(count)
    ]  # fmt: skip
    return json.dumps({"results": reports}).encode()


def serve(path: str, together: int) -> None:
    """Be the receiver, until told to stop; say where it is and what it did."""
    from infobip_analytics.receiving.answering import Rules
    from infobip_analytics.receiving.serving import bound, url_of
    from infobip_analytics.receiving.serving import serve as served

    rules = Rules((PATH,), replay_every=3600.0, together=together)
    with bound("127.0.0.1", 0, open_door=False) as listening:
        print(url_of(listening), flush=True)
        tally = served(make_archive(path), rules, listening, print)
    print(tally.callbacks, tally.reports, tally.syncs, tally.refused.total())


def post(port: int, seconds: float, connections: int, reports: int, number: int) -> None:
    """Be a client; print how long each callback took."""
    print(json.dumps(asyncio.run(_posted(port, seconds, connections, reports, number))))


async def _posted(
    port: int, seconds: float, connections: int, reports: int, number: int
) -> list[float]:
    end = time.monotonic() + seconds
    each = (
        _one_connection(port, end, 10_000_000 * (number * connections + place), template(reports))
        for place in range(connections)
    )
    return [took for part in await asyncio.gather(*each) for took in part]


async def _one_connection(port: int, end: float, first: int, callback: bytes) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took: list[float] = []
    while time.monotonic() < end:
        body = callback.replace(b"@", b"%d" % (first + len(took)))
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(answer.decode())
    writer.close()
    return took


@contextmanager
def receiver(path: Path, together: int) -> Iterator[tuple[int, dict[str, int]]]:
    """A receiver in a process of its own: its port, and at the end what it did."""
    command = [sys.executable, __file__, "--serve", str(path), "--together", str(together)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        did: dict[str, int] = {}
        yield int(process.stdout.readline().rpartition(":")[2]), did
        process.terminate()
        counts = process.communicate()[0].split()
        did.update(zip(("callbacks", "reports", "syncs", "refused"), map(int, counts), strict=True))


def one_round(args: argparse.Namespace, together: int) -> dict[str, Any]:
    """Post for a while; the figures."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "archive"
        with receiver(path, together) as (port, did):
            told = ["--seconds", args.seconds, "--connections", args.connections,
                    "--reports", args.reports]  # fmt: skip
            clients = [
                subprocess.Popen(
                    [sys.executable, __file__, "--post", str(port), "--number", str(number),
                     *map(str, told)],
                    stdout=subprocess.PIPE,
                )
                for number in range(args.clients)
            ]  # fmt: skip
            took = [each for client in clients for each in json.loads(client.communicate()[0])]
        archive = make_archive(path)
        replay(archive)
        if (kept := scan(archive).collect().height) != len(took) * args.reports:
            raise SystemExit(f"{len(took) * args.reports:,} answered with 200, {kept:,} kept")
    quantiles = statistics.quantiles(took, n=100)
    figures = {"posts": len(took) / args.seconds, "p50": quantiles[49], "p99": quantiles[98]}
    return {**figures, "syncs": did["syncs"], "callbacks": did["callbacks"]}


def sync_time(count: int = 200) -> float:
    """Seconds that a sync of a small write takes here."""
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        for _ in range(count):
            os.write(file.fileno(), b"x" * 100)
            os.fsync(file.fileno())
        return (time.perf_counter() - began) / count


def main() -> None:
    """Print the figures and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--connections", type=int, default=16, help="of each client")
    parser.add_argument("--reports", type=int, default=100, help="in each callback")
    parser.add_argument("--rounds", type=int, default=3)
    for hidden in ("serve", "post", "together", "number"):
        parser.add_argument(f"--{hidden}", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(args.serve, int(args.together))
    if args.post:
        return post(int(args.post), args.seconds, args.connections, args.reports, int(args.number))
    size = len(template(args.reports))
    print(f"a sync takes {1000 * sync_time():.2f} ms; {args.reports} reports are {size:,} bytes")
    ratios = []
    for _ in range(args.rounds):
        group, single = one_round(args, 1000), one_round(args, 1)
        for called, found in (("together", group), ("one by one", single)):
            print(f"  {called:<11}{args.reports * found['posts']:9,.0f} reports/s "
                  f"{found['posts']:7,.0f} POSTs/s   p50 {1000 * found['p50']:6.1f} ms   "
                  f"p99 {1000 * found['p99']:6.1f} ms   {found['callbacks']:,} callbacks in "
                  f"{found['syncs']:,} syncs")  # fmt: skip
        ratios.append(group["posts"] / single["posts"])
    print(f"together {statistics.median(ratios):.1f} times as many as one by one; all are kept")
    return None


if __name__ == "__main__":
    main()
