"""Who may call: the server's own token, and tokens that the local Entra issues for its one client id and secret."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.store.settings import SettingStore
from retailctl.emulator.store.tokens import TokenStore

TOKEN_LIFETIME_S = 3600
_MANAGEMENT = "management"


def same(left: str, right: str) -> bool:
    """Compare secrets in a time that tells nothing about them."""
    return hmac.compare_digest(left.encode(), right.encode())


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token, its lifetime in seconds and its end in seconds since the epoch."""

    token: str
    lifetime_s: int
    expires: float


class Identity:
    """The secrets of one state folder, and who is recognised by them."""

    def __init__(self, settings: SettingStore, tokens: TokenStore) -> None:
        self._tokens = tokens
        self.token = settings.get_or_make("token", lambda: secrets.token_urlsafe(48))
        self.tenant_id = settings.get_or_make("tenant_id", lambda: str(uuid4()))
        self.client_id = settings.get_or_make("client_id", lambda: str(uuid4()))
        self.client_secret = settings.get_or_make("client_secret", lambda: secrets.token_urlsafe(32))

    def recognises(self, token: str) -> bool:
        """True for the server's own token and for one that was issued and has not ended."""
        return same(token, self.token) or self._tokens.valid(token, _MANAGEMENT)

    def grant(self, client_id: str, client_secret: str, scope: str) -> Issued:
        """A token for the client's credentials and a scope (`RESOURCE/.default`). Raises ArmError (401)."""
        if not (same(client_id, self.client_id) and same(client_secret, self.client_secret)):
            raise ArmError(401, "invalid_client", "The client id or the client secret is wrong.")
        token, expires = self._tokens.issue(_MANAGEMENT, TOKEN_LIFETIME_S, self._claims(scope))
        return Issued(token, TOKEN_LIFETIME_S, expires)

    def _claims(self, scope: str) -> str:
        """Head and claims of a JSON Web Token: clients look into it for its audience and its tenant.

        What stands for the signature is random: the whole token is looked up, nothing is verified by it.
        """
        claims = {
            "aud": scope.removesuffix("/.default"),
            "appid": self.client_id,
            "oid": self.client_id,
            "tid": self.tenant_id,
            "exp": int(time.time()) + TOKEN_LIFETIME_S,
        }
        return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}."

    def active_digests(self) -> list[tuple[str, float]]:
        """Digest and end of every issued token that has not ended."""
        return [(issued.digest, issued.expires) for issued in self._tokens.active(_MANAGEMENT)]


def _encoded(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
