"""Who may call an endpoint: bearer tokens compared by digest, in constant time."""

import hashlib
import hmac
from collections.abc import Iterable

from retailctl.emulator.router.table import Credential

_SCHEME = b"bearer "


class Authority:
    """An endpoint's accepted keys or tokens.

    All three authentication modes send `Authorization: Bearer ...`; they differ in who issues the token and whether
    it ends, so here a credential is a digest and perhaps an end.
    """

    def __init__(self, credentials: Iterable[Credential]) -> None:
        self._accepted = [(bytes.fromhex(credential.sha256), credential.expires_at) for credential in credentials]

    def accepts(self, authorization: bytes, now_s: float) -> bool:
        """Whether the header's token is one of them and has not expired (`now_s` in epoch seconds)."""
        digest = hashlib.sha256(authorization[len(_SCHEME) :].strip()).digest()
        accepted = False
        for known, expires_at in self._accepted:  # to the end, so that time says nothing about a match
            same = hmac.compare_digest(known, digest)
            accepted = accepted or (same and (expires_at is None or now_s < expires_at))
        return accepted


def is_bearer(authorization: bytes | None) -> bool:
    """Whether the header has the scheme at all."""
    return authorization is not None and authorization[: len(_SCHEME)].lower() == _SCHEME
