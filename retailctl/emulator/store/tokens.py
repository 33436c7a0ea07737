"""Access tokens that were handed out, as digests: the state file gives none away, and a restart does not end them."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from retailctl.emulator.store.database import Database


def digest(secret: str) -> str:
    """SHA-256 of a key or token, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """Digest of a token and when it ends (seconds since the epoch)."""

    digest: str
    expires: float


class TokenStore:
    """Issues tokens for a purpose (`management`, or `endpoint:NAME`) and recognises them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(self, purpose: str, lifetime_s: float, stem: str = "") -> tuple[str, float]:
        """A new token, which begins with `stem`, and when it ends; ended ones are forgotten on the way."""
        token = stem + secrets.token_urlsafe(48)
        expires = time.time() + lifetime_s
        with self._database.transaction():
            self._database.write("DELETE FROM tokens WHERE expires < ?", (time.time(),))
            self._database.write(
                "INSERT INTO tokens (digest, purpose, expires) VALUES (?, ?, ?)", (digest(token), purpose, expires)
            )
        return token, expires

    def valid(self, token: str, purpose: str) -> bool:
        """True while the token was issued for this purpose and has not ended."""
        row = self._database.row(
            "SELECT expires FROM tokens WHERE digest = ? AND purpose = ?", (digest(token), purpose)
        )
        return row is not None and row[0] > time.time()

    def active(self, purpose: str) -> list[IssuedToken]:
        """Digests of the tokens of a purpose that have not ended."""
        rows = self._database.rows(
            "SELECT digest, expires FROM tokens WHERE purpose = ? AND expires > ?", (purpose, time.time())
        )
        return [IssuedToken(row[0], row[1]) for row in rows]

    def revoke(self, purpose: str) -> None:
        """Forget every token of a purpose."""
        self._database.write("DELETE FROM tokens WHERE purpose = ?", (purpose,))
