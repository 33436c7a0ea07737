"""Who a credential turned out to be, read from its own token; the token itself goes nowhere.

Claims: learn.microsoft.com/entra/identity-platform/access-token-claims-reference. They are shown, never relied on, so
the signature is not checked.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential

from retailctl.azureml import resources
from retailctl.domain.resources import Identity

_ACCOUNT_CLAIMS = ("upn", "preferred_username", "unique_name", "app_displayname", "appid", "oid")
"""What names an account, the most telling first: a person's mail address, an application's name or id."""
_FAR_AWAY_S = 2**31 - 1
"""The end of a token whose end nobody told."""


def identify(credential: TokenCredential, kind: str, scope: str) -> Identity:
    """Log in with ``credential`` and say who that is; ``kind`` is its name in the settings.

    Raises:
        NotLoggedIn: no token could be had.
    """
    token = credential.get_token(scope)
    claims = _claims(token)
    account = next((str(claims[name]) for name in _ACCOUNT_CLAIMS if claims.get(name)), None)
    tenant = claims.get("tid")
    ends = resources.epoch(token.expires_on) if token.expires_on < _FAR_AWAY_S else None
    return Identity(kind, str(tenant) if tenant else None, account, ends)


def _claims(token: AccessToken) -> dict[str, Any]:
    """The claims of a JSON Web Token; none for a token of another make, such as the local Azure ML's."""
    parts = token.token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
