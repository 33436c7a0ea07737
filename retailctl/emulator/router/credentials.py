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

    def accepts(self, authorization: bytes, now_s: float) -> bool:
        """Whether the header's token is one of them and has not expired (`now_s` in epoch seconds)."""
        digest = hashlib.sha256(authorization[len(_SCHEME) :].strip()).digest()
        known, ends_at = self._accepted.get(digest[:_PREFIX_BYTES], _NOBODY)
        return hmac.compare_digest(known, digest) and now_s < ends_at


def is_bearer(authorization: bytes | None) -> bool:
    """Whether the header has the scheme at all."""
    return authorization is not None and authorization[: len(_SCHEME)].lower() == _SCHEME
