"""Logging in: one kind of credential a profile, azure-identity imported only for the kinds that need it.

A credential never shows its token: not in its repr, and not in an error.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from retailctl.config.connection import Connection
from retailctl.domain.redaction import short
from retailctl.errors import InvalidConfig, NotLoggedIn, RetailctlError, Unreachable

_SHARED_S = 5.0
"""How long a failed login stands for those asked for meanwhile: reads are sent several at once."""
_RETRIES = {"retry_total": 2, "retry_connect": 1, "retry_backoff_factor": 0.4}
"""azure-identity's own would keep a user without a network waiting for six seconds."""
_NO_CONNECTION = re.compile(r"Failed to (?:establish a new connection|resolve)|Connection refused")
_TRIED = re.compile(r"^\t(\w+): (.*)", re.MULTILINE)
_NEVER = 2**31 - 1
"""When a token ends whose end nobody told: the service says so with a 401."""


class Login:
    """A credential whose failures are ours and whose repr tells nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._hint = login_hint(connection)
        self._inner: TokenCredential | None = None
        self._one_at_a_time = Lock()
        self._failure: RetailctlError | None = None
        self._failed_at = 0.0

    def __repr__(self) -> str:
        return f"Login({self._connection.credential!r})"

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for ``scopes``, from the cache of the credential where it still holds.

        Requests sent at once share one login, and its failure.

        Raises:
            NotLoggedIn: no token could be had; the hint is the command that logs in.
            Unreachable: nobody answered at the address that gives out tokens.
        """
        if self._connection.credential == "default" and self._connection.tenant_id:
            options.setdefault("tenant_id", self._connection.tenant_id)  # who is a guest has more than one
        with self._one_at_a_time:
            if self._failure and time.monotonic() - self._failed_at < _SHARED_S:
                raise self._failure
            try:
                return self._login(scopes, options)
            except RetailctlError as failure:
                self._failure, self._failed_at = failure, time.monotonic()
                raise

    def _login(self, scopes: Sequence[str], options: Mapping[str, Any]) -> AccessToken:
        try:
            if self._inner is None:
                self._inner = _make(self._connection)
            return self._inner.get_token(*scopes, **options)
        except (ClientAuthenticationError, ServiceRequestError, ValueError) as error:
            # ValueError is azure-identity's way to say that a setting is missing or malformed.
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> RetailctlError:
        secrets = tuple(filter(None, (self._connection.token, self._connection.client_secret)))
        reason = short(_told(str(error)), known=secrets)
        if _is_away(error):
            return Unreachable(f"no connection to {self._connection.cloud.active_directory}", reason=reason)
        return NotLoggedIn(
            f"logging in failed (credential = {self._connection.credential})", reason=reason, hint=self._hint
        )


def _is_away(error: BaseException | None) -> bool:
    """Whether the login failed because nobody answered.

    azure-identity makes an authentication error of that, too, and its chain of credentials keeps nothing but the text.
    """
    if error is None or isinstance(error, ServiceRequestError):
        return error is not None
    return bool(_NO_CONNECTION.search(str(error))) or _is_away(error.__cause__)


def _told(text: str) -> str:
    """What was said; of a chain of credentials what the Azure CLI's said, or else the one it ended with."""
    tried = dict(_TRIED.findall(text))
    if not tried:
        return text
    teller = "AzureCliCredential" if "AzureCliCredential" in tried else list(tried)[-1]
    return f"{teller}: {tried[teller]} (tried {', '.join(tried)})"


class StaticToken:
    """The token that the local Azure ML gives to whoever may read its state folder."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __repr__(self) -> str:
        return "StaticToken(***)"

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """The token, whatever it is for."""
        return AccessToken(self._token, _NEVER)


_BY_CLI = 'set credential = "cli" in the profile'


def login_hint(connection: Connection) -> str:
    """The next command for a caller whom the service does not know."""
    tenant = f" --tenant {connection.tenant_id}" if connection.tenant_id else ""
    return {
        "token": "retailctl local start",
        "environment": f"set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or {_BY_CLI}",
        "secret": "set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET to a service principal's that still hold",
        "managed": f"run on an Azure machine with a managed identity, or {_BY_CLI}",
        "workload": f"run in a pod with workload identity, or {_BY_CLI}",
        "browser": f"run the command again and log in in the browser, or az login{tenant} and {_BY_CLI}",
    }.get(connection.credential, f"az login{tenant}, or --profile local to work on this machine")


def _make(connection: Connection) -> TokenCredential:
    makers: dict[str, Callable[[Connection], TokenCredential]] = {
        "token": _token,
        "default": _default,
        "cli": _cli,
        "environment": _environment,
        "managed": _managed,
        "workload": _workload,
        "browser": _browser,
        "secret": _secret,
    }
    if connection.credential not in makers:
        raise InvalidConfig(f"'{connection.credential}' is not a credential", reason=f"one of {', '.join(makers)} is")
    return makers[connection.credential](connection)


def _authority(connection: Connection) -> dict[str, Any]:
    """Where to log in. Only the public cloud can vouch for an authority, so for others nobody is asked."""
    options: dict[str, Any] = {"authority": connection.cloud.active_directory, **_RETRIES}
    if not connection.cloud.is_public:
        options["disable_instance_discovery"] = True
    if connection.ca_bundle:
        options["connection_verify"] = str(connection.ca_bundle)
    return options


def _tenant(connection: Connection) -> dict[str, str]:
    return {"tenant_id": connection.tenant_id} if connection.tenant_id else {}


def _token(connection: Connection) -> TokenCredential:
    if not connection.token:
        raise NotLoggedIn("the profile has no token", hint=login_hint(connection))
    return StaticToken(connection.token)


def _default(connection: Connection) -> TokenCredential:
    from azure.identity import DefaultAzureCredential

    tenants = [connection.tenant_id] if connection.tenant_id else []
    return DefaultAzureCredential(additionally_allowed_tenants=tenants, **_authority(connection))


def _cli(connection: Connection) -> TokenCredential:
    from azure.identity import AzureCliCredential

    return AzureCliCredential(tenant_id=connection.tenant_id or "")


def _environment(connection: Connection) -> TokenCredential:
    from azure.identity import EnvironmentCredential

    return EnvironmentCredential(**_authority(connection))


def _managed(connection: Connection) -> TokenCredential:
    from azure.identity import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=connection.client_id)


def _workload(connection: Connection) -> TokenCredential:
    from azure.identity import WorkloadIdentityCredential

    return WorkloadIdentityCredential(**_tenant(connection), **_authority(connection))


def _browser(connection: Connection) -> TokenCredential:
    from azure.identity import InteractiveBrowserCredential

    return InteractiveBrowserCredential(**_tenant(connection), **_authority(connection))


def _secret(connection: Connection) -> TokenCredential:
    from azure.identity import ClientSecretCredential

    values = {
        "AZURE_TENANT_ID": connection.tenant_id,
        "AZURE_CLIENT_ID": connection.client_id,
        "AZURE_CLIENT_SECRET": connection.client_secret,
    }
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise NotLoggedIn(
            f"credential = secret wants {', '.join(missing)} too",
            hint=f"export {' '.join(f'{name}=...' for name in missing)}",
        )
    return ClientSecretCredential(
        str(connection.tenant_id),
        str(connection.client_id),
        str(connection.client_secret),
        **_authority(connection),
    )
