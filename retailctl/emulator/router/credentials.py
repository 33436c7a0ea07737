"""Who may call an endpoint: bearer tokens, known by their digests alone."""

import hashlib
import hmac
from collections.abc import Iterable

from retailctl.emulator.router.table import Credential

_SCHEME = b"bearer "
_NEVER = float("inf")
_PREFIX_BYTES = 8
_NOBODY = (b"", 0.0)


class Authority:
    """An endpoint's accepted keys or tokens.

    All three authentication modes send `Authorization: Bearer ...`; they differ in who issues the token and whether
    it ends, so here a credential is a digest and perhaps an end.

    There may be many tokens, so one is found by the first bytes of its SHA-256, which say nothing about the token, and
    then compared in constant time.
    """

    def __init__(self, credentials: Iterable[Credential]) -> None:
        self._accepted: dict[bytes, tuple[bytes, float]] = {}
        for credential in credentials:
            digest = bytes.fromhex(credential.sha256)
            ends_at = _NEVER if credential.expires_at is None else credential.expires_at
            self._accepted[digest[:_PREFIX_BYTES]] = (digest, ends_at)

    def accepts_until(self, authorization: bytes) -> float:
        """When the header's token ends (epoch seconds); 0 where it is none of them."""
        digest = hashlib.sha256(authorization[len(_SCHEME) :].strip()).digest()
        known, ends_at = self._accepted.get(digest[:_PREFIX_BYTES], _NOBODY)
        return ends_at if hmac.compare_digest(known, digest) else 0.0


def is_bearer(authorization: bytes | None) -> bool:
    """Whether the header has the scheme at all."""
    return authorization is not None and authorization[: len(_SCHEME)].lower() == _SCHEME
