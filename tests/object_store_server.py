"""A small object store on loopback, which speaks as much S3 as reading a folder of it takes.

Its objects are the files below a folder: a bucket is a folder in it. The buckets `forbidden` and
`failing` do as they are called, `guarded` refuses data files alone. Signatures are not checked. It
runs as a process of its own, for some of what reads from it lets nothing else run in its process
meanwhile.
"""

import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

#: How many names an answer to a listing has at most: few, so that listings have several pages
PAGE = 7

#: Where it notes what was asked of it
_ASKED = "asked.txt"


@dataclass(frozen=True)
class ObjectStore:
    """An object store that runs: where it answers, and the folder with its buckets."""

    url: str
    folder: Path

    def asked(self) -> list[str]:
        """What was asked of it so far: method, path and range."""
        return (self.folder / _ASKED).read_text("utf-8").splitlines()

    def environment(self) -> dict[str, str]:
        """What has to be in the environment of whoever reads from it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIAINVENTED",
            "AWS_SECRET_ACCESS_KEY": "invented-secret",
        }


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """Run an object store over *folder*, at a port of its own."""
    folder.mkdir(exist_ok=True)
    (folder / _ASKED).touch()
    command = [sys.executable, "-S", __file__, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield ObjectStore(f"http://127.0.0.1:{process.stdout.readline().strip()}", folder)
        finally:
            process.terminate()


class _Server(ThreadingHTTPServer):
    folder = Path()

    def handle_error(self, *_: object) -> None:
        """Say nothing where a client hangs up in the middle: it has what it wanted."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        path = urllib.parse.unquote(address.path)
        with (self.server.folder / _ASKED).open("a", encoding="utf-8") as log:
            log.write(f"{self.command} {path} {self.headers.get('Range', '')}\n")
        bucket, _, key = path.lstrip("/").partition("/")
        file = self.server.folder / bucket / key
        if bucket == "failing":
            self._problem(500, "InternalError")
        elif bucket == "forbidden" or (bucket == "guarded" and "/part-" in key):
            self._problem(403, "AccessDenied")
        elif not (self.server.folder / bucket).is_dir():
            self._problem(404, "NoSuchBucket")
        elif "list-type" in query:
            self._send(200, _listing(self.server.folder / bucket, query))
        elif not file.is_file():
            self._problem(404, "NoSuchKey")
        else:
            self._object(file.read_bytes())

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _object(self, content: bytes) -> None:
        told = {"Last-Modified": "Mon, 02 Mar 2026 12:00:00 GMT", "ETag": f'"{len(content)}"'}
        asked = self.headers.get("Range", "")
        if not asked:
            self._send(200, content, told)
            return
        first, _, last = asked.removeprefix("bytes=").partition("-")
        begin = int(first) if first else max(0, len(content) - int(last))
        end = min(len(content), int(last) + 1) if first and last else len(content)
        if begin >= len(content):
            self._problem(416, "InvalidRange")
            return
        told["Content-Range"] = f"bytes {begin}-{end - 1}/{len(content)}"
        self._send(206, content[begin:end], told)

    def _problem(self, status: int, code: str) -> None:
        # as some stores do: what was sent comes back
        sent = escape(self.headers.get("Authorization", ""))
        self._send(status, f"<Error><Code>{code}</Code><Sent>{sent}</Sent></Error>".encode())

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _listing(bucket: Path, query: dict[str, str]) -> bytes:
    """A page of the names in a bucket, as ListObjectsV2 gives it."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    sizes = {
        each.relative_to(bucket).as_posix(): each.stat().st_size
        for each in bucket.rglob("*")
        if each.is_file()
    }
    named = {_cut(name, prefix, delimiter) for name in sizes if name.startswith(prefix)}
    after = query.get("continuation-token") or query.get("start-after", "")
    rest = sorted(name for name in named if name > after)
    page, more = rest[:PAGE], len(rest) > PAGE
    entries = "".join(
        f"<Contents><Key>{escape(name)}</Key><Size>{sizes[name]}</Size>"
        '<LastModified>2026-03-02T12:00:00.000Z</LastModified><ETag>"1"</ETag></Contents>'
        if name in sizes
        else f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
        for name in page
    )
    following = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
    return (
        f"<ListBucketResult><Name>{bucket.name}</Name><Prefix>{escape(prefix)}</Prefix>"
        f"<KeyCount>{len(page)}</KeyCount><MaxKeys>{PAGE}</MaxKeys>"
        f"<IsTruncated>{str(more).lower()}</IsTruncated>{following}{entries}</ListBucketResult>"
    ).encode()


def _cut(name: str, prefix: str, delimiter: str) -> str:
    """A name, or only its beginning up to the delimiter behind the prefix."""
    rest = name[len(prefix) :]
    if not delimiter or delimiter not in rest:
        return name
    return prefix + rest.split(delimiter)[0] + delimiter


if __name__ == "__main__":
    _Server.folder = Path(sys.argv[1])
    with _Server(("127.0.0.1", 0), _Handler) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()
