"""What a caller has to show: Basic, a secret in a header, a signature of the body; or all of them.

The secrets come from the environment or from files that it names, never from arguments, which
every user of a machine can see. What is set there is asked for.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infobip_analytics.errors import ArgumentError, SourceError

#: Where secrets are looked for; with _FILE behind it, the file that holds one
USER = "INFOBIP_ANALYTICS_RECEIVE_USER"
PASSWORD = "INFOBIP_ANALYTICS_RECEIVE_PASSWORD"
SECRET = "INFOBIP_ANALYTICS_RECEIVE_SECRET"
HMAC_KEY = "INFOBIP_ANALYTICS_RECEIVE_HMAC_KEY"

#: How callers may prove themselves, and what is set for it
WAYS = {"basic": PASSWORD, "secret": SECRET, "hmac": HMAC_KEY}

ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")

#: How many characters a secret has at least: what is shorter can be guessed
LEAST = 8


@dataclass(frozen=True, slots=True)
class Proofs:
    """What is asked of a caller.

    Attributes:
        basic: User and password, as `user:password`; None where they are not asked for.
        secret: What the header `secret_header` has to hold; None likewise.
        secret_header: The name of that header.
        hmac_key: The key of the signature; None likewise.
        hmac_header: The header with the signature of the bytes of the body, as they are sent.
        algorithm: Its hash.
    """

    basic: bytes | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)
    secret_header: str = ""
    hmac_key: bytes | None = field(default=None, repr=False)
    hmac_header: str = ""
    algorithm: str = "sha256"

    @property
    def asked(self) -> list[str]:
        """What is asked for, in words."""
        named = {
            "user and password (Basic)": self.basic,
            f"a secret in the header {self.secret_header}": self.secret,
            f"an HMAC ({self.algorithm}) in the header {self.hmac_header}": self.hmac_key,
        }
        return [name for name, secret in named.items() if secret is not None]

    def hold_in(self, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Whether the headers prove what they alone can."""
        shown = [
            _same(_of_basic(_only(headers, "Authorization")), self.basic),
            _same(_only(headers, self.secret_header), self.secret),
        ]
        return all(shown)

    def hold_of(self, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        """Whether the signature is that of the body, byte by byte as it was sent."""
        if self.hmac_key is None:
            return True
        signed = hmac.digest(self.hmac_key, body, self.algorithm)
        return any(_same(each, signed) for each in _digests(_only(headers, self.hmac_header), self))


def _only(headers: Sequence[tuple[bytes, bytes]], name: str) -> bytes:
    """The value of a header that came once; of one that came twice nobody knows which to trust."""
    found = [value for each, value in headers if each.lower() == name.lower().encode()]
    return found[0] if len(found) == 1 else b""


def _same(shown: bytes, secret: bytes | None) -> bool:
    """Compare in a time that tells neither content nor length."""
    if secret is None:
        return True
    one, other = hashlib.sha256(shown).digest(), hashlib.sha256(secret).digest()
    return hmac.compare_digest(one, other)


def _of_basic(value: bytes) -> bytes:
    scheme, _, told = value.partition(b" ")
    try:
        return base64.b64decode(told.strip(), validate=True) if scheme.lower() == b"basic" else b""
    except binascii.Error:
        return b""


def _digests(value: bytes, asked: Proofs) -> list[bytes]:
    """What a signature may be as bytes: hex or base64, with or without `sha256=` before it."""
    prefix = f"{asked.algorithm}=".encode()
    text = value.strip()
    plain = text[len(prefix) :] if text.lower().startswith(prefix) else text
    found = []
    for decode in (bytes.fromhex, _of_base64):
        try:
            found.append(decode(plain.decode("ascii")))
        except (ValueError, binascii.Error):  # it is written in the other way
            continue
    return found


def _of_base64(text: str) -> bytes:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)  # which some leave out
    return base64.b64decode(padded.translate({45: "+", 95: "/"}), validate=True)


def proofs(
    environment: Mapping[str, str] | None = None,
    *,
    demanded: Sequence[str] = (),
    secret_header: str = "X-Callback-Secret",
    hmac_header: str | None = None,
    algorithm: str = "sha256",
) -> Proofs:
    """What the environment asks of callers.

    Args:
        environment: Where secrets, or the names of their files, are; that of the process.
        demanded: Of WAYS, those that must be set, so that a lost variable opens no door.
        secret_header: The header with the secret.
        hmac_header: The header with the signature; needed where there is a key for one.
        algorithm: One of ALGORITHMS.

    Raises:
        ArgumentError: Something is lacking, too short, or asked for twice.
        SourceError: A file of a secret cannot be read.
    """
    known = os.environ if environment is None else environment
    for way in demanded:
        if _secret(known, WAYS[way]) is None:
            name = WAYS[way]
            raise ArgumentError(f"--auth {way}: set {name}, or {name}_FILE to a file that holds it")
    key = _secret(known, HMAC_KEY)
    if key and not hmac_header:
        raise ArgumentError(
            f"{HMAC_KEY} is set, and no header: name it with --hmac-header. Infobip's documents do "
            "not say which one a subscription uses; a first callback, or their support, does"
        )
    made = Proofs(
        _basic(known), _secret(known, SECRET), secret_header, key, hmac_header or "", algorithm
    )
    _check_headers(made)
    return made


def _check_headers(made: Proofs) -> None:
    for name in filter(None, (made.secret_header, made.hmac_header)):
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise ArgumentError(
                f"{name!r} cannot be the name of a header; write one as X-Signature"
            )
    used = {
        "Authorization": made.basic,
        f"{made.secret_header} (--secret-header)": made.secret,
        f"{made.hmac_header} (--hmac-header)": made.hmac_key,
    }
    names = [name.split(" ")[0].lower() for name, secret in used.items() if secret is not None]
    if len(set(names)) < len(names):
        raise ArgumentError(
            f"the same header cannot show two things: {', '.join(used)}; name another, or unset "
            "one of the secrets"
        )


def _basic(known: Mapping[str, str]) -> bytes | None:
    user, password = known.get(USER, ""), _secret(known, PASSWORD)
    if bool(user) != bool(password):
        raise ArgumentError(f"set {USER} and {PASSWORD} both, or none of them")
    if ":" in user:
        raise ArgumentError(f"{USER} has a colon, which Basic ends the name with; take another")
    return user.encode() + b":" + password if password else None


def _secret(known: Mapping[str, str], name: str) -> bytes | None:
    found = known.get(name, "").strip().encode()
    file = known.get(f"{name}_FILE")
    if not found and file:
        try:
            found = Path(file).read_bytes().strip()
        except OSError as problem:
            raise SourceError(f"{name}_FILE: {file} cannot be read: {problem.strerror}") from None
        if not found:
            raise ArgumentError(f"{name}_FILE: {file} is empty; a secret has to be in it")
    if found and len(found) < LEAST:
        raise ArgumentError(
            f"{name} has {len(found)} characters, and can be guessed; give at least {LEAST}, at "
            "best 32 that are random"
        )
    return found or None
