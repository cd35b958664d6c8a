"""Addresses in object stores, which are read like folders; nothing is written there.

A store is found by the scheme of an address, and asked with the credentials that the environment
has, as all three libraries take them that read here: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_REGION, AWS_ENDPOINT_URL; GOOGLE_APPLICATION_CREDENTIALS; AZURE_STORAGE_ACCOUNT_NAME and
AZURE_STORAGE_ACCOUNT_KEY. None of them is part of an address, and no answer of a store gets into a
message as it came, for it may repeat them.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infobip_analytics.errors import ArgumentError, SourceError

_AMAZON = (
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION (and AWS_ENDPOINT_URL where it is not "
    "Amazon's)"
)
_GOOGLE = "GOOGLE_APPLICATION_CREDENTIALS"
_AZURE = "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"

#: What an address begins with, and what has to be in the environment for it
_CREDENTIALS = {
    "s3": _AMAZON, "s3a": _AMAZON, "gs": _GOOGLE, "az": _AZURE, "abfs": _AZURE, "abfss": _AZURE,
}  # fmt: skip

#: A store that does not answer is told within seconds; the libraries' own patience is minutes
_RETRIES: Any = {"max_retries": 3}

_STATUS = re.compile(r"status code: (\d{3})")


@dataclass(frozen=True, slots=True)
class Address:
    """A folder or an object in an object store; to be asked what a `Path` is asked for reading.

    Attributes:
        root: The address of the archive in which it is.
        key: Where it is in there.
        store: The store, which looks for keys below the root.
    """

    root: str
    key: str = ""
    store: Any = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.root}/{self.key}" if self.key else self.root

    def __truediv__(self, name: str) -> "Address":
        return Address(self.root, f"{self.key}/{name}" if self.key else name, self.store)

    @property
    def name(self) -> str:
        """The last part of it."""
        return str(self).rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The ending of its name, with the point."""
        return Path(self.name).suffix

    def with_name(self, name: str) -> "Address":
        """Another one beside it."""
        return Address(self.root, f"{self.key.rpartition('/')[0]}/{name}".lstrip("/"), self.store)

    def iterdir(self) -> "Iterator[Address]":
        """The objects in it, without those in folders below."""
        import obstore

        with _told(self):
            found = obstore.list_with_delimiter(self.store, self.key)["objects"]
        yield from (Address(self.root, each["path"], self.store) for each in found)

    def below(self) -> "Iterator[Address]":
        """All objects below it."""
        import obstore

        with _told(self):
            for some in obstore.list(self.store, self.key):
                yield from (Address(self.root, each["path"], self.store) for each in some)

    def size(self) -> int:
        """How many bytes the object has."""
        import obstore

        with _told(self):
            return int(obstore.head(self.store, self.key)["size"])

    def exists(self) -> bool:
        """Whether there is such an object."""
        try:
            return self.size() >= 0
        except FileNotFoundError:
            return False

    def read_bytes(self) -> bytes:
        """All of the object."""
        import obstore

        with _told(self):
            return bytes(obstore.get(self.store, self.key).bytes())

    def tail(self, size: int) -> bytes:
        """The last bytes of the object."""
        import obstore

        whole = self.size()
        if not whole:
            return b""
        with _told(self):
            start = max(0, whole - size)
            return bytes(obstore.get_range(self.store, self.key, start=start, end=whole))

    def open(self, mode: str = "rb") -> io.BytesIO:
        """The object as a stream; a segment of a journal fits into memory."""
        assert mode == "rb", "an object store is only read"
        return io.BytesIO(self.read_bytes())


def is_address(source: Any) -> bool:
    """Whether *source* is an address in an object store.

    >>> is_address("s3://bucket/archive"), is_address("s3/archive"), is_address("C:/archive")
    (True, False, False)
    """
    scheme, colon, _ = source.partition("://") if isinstance(source, str) else ("", "", "")
    return bool(colon) and scheme.lower() in _CREDENTIALS


def address_at(source: str) -> Address:
    """The address *source* names, with the store it is in.

    Raises:
        ArgumentError: It is no address that can be, or has credentials in it.
        SourceError: The package for object stores is not there, or no store can be found.
    """
    scheme, _, rest = source.partition("://")
    bucket, _, key = rest.strip("/").partition("/")
    if ":" in bucket or "?" in source or (scheme.lower().startswith("s3") and "@" in bucket):
        raise ArgumentError(
            "an address has no credentials in it, for it is shown and written down: leave out "
            f"what is not the bucket and the folder; {_CREDENTIALS[scheme.lower()]} in the "
            "environment are used"
        )
    if not bucket:
        raise ArgumentError(f"{source}: an address names a bucket, as {scheme}://bucket/archive")
    if find_spec("obstore") is None:
        raise SourceError(
            f"{source}: reading from an object store needs the package obstore, which is not "
            'installed; pip install "infobip-analytics[cloud]" installs it'
        )
    root = f"{scheme.lower()}://{bucket}/{key}".rstrip("/")
    return Address(root, "", _store(root))


def _store(root: str) -> Any:
    from obstore.store import from_url

    with _told(Address(root)):
        return from_url(root, retry_config=_RETRIES)


def local_path(source: Any) -> Any:
    """The path of a `file://` address; anything else as it is.

    >>> local_path("file:///data/sms%20archive")
    '/data/sms archive'
    """
    if not isinstance(source, str) or not source.lower().startswith("file://"):
        return source
    found = urlsplit(source)
    if found.netloc not in ("", "localhost"):
        raise ArgumentError(f"{source}: a file:// address has three slashes: file:///folder")
    from urllib.request import url2pathname

    return url2pathname(found.path)


@contextmanager
def _told(address: Address) -> Iterator[None]:
    """What a store refuses as a sentence; FileNotFoundError where there is no such object."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as problem:
        if "NoSuchBucket" in str(problem):
            raise SourceError(why_not(address, problem)) from None
        raise FileNotFoundError(2, "there is no such object", str(address)) from None
    except (BaseError, OSError) as problem:
        raise SourceError(why_not(address, problem)) from None


def why_not(address: Address, problem: BaseException) -> str:
    """Why an address cannot be read, and what to do; without a word of the store's own."""
    said = str(problem)
    status = found[1] if (found := _STATUS.search(said)) else ""
    needed = _CREDENTIALS[address.root.partition("://")[0]]
    bucket = urlsplit(address.root).netloc
    if "NoSuchBucket" in said or "ContainerNotFound" in said:
        return f"{address} cannot be read: there is no bucket {bucket}; check the address"
    if re.search(r"169\.254\.|metadata|MissingAccount|must be specified|token", said):
        return f"{address} cannot be read: there are no credentials; set {needed}"
    if status in ("401", "403") or "privileges" in said or "ermission" in type(problem).__name__:
        return (
            f"{address} cannot be read: the object store refuses it. Give credentials that may "
            f"read and list it: {needed}"
        )
    if status:
        return f"{address} cannot be read: the object store answers with {status}; try again later"
    if isinstance(problem, FileNotFoundError):
        return (
            f"{address} cannot be read: an object is missing that its table names; copy or "
            "synchronise the archive again"
        )
    if not isinstance(problem, OSError) and "store" not in said:
        return (
            f"{address} cannot be read: a file of its table is broken; copy or synchronise the "
            "archive again"
        )
    return (
        f"{address} cannot be read: the object store does not answer, or not as one does; check "
        f"the network and the address, and what is set: {needed}"
    )
