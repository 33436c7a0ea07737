"""Logging in: one kind of credential a profile, azure-identity imported only for the kinds that need it.

A credential never shows its token: not in its repr, and not in an error.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, NoReturn

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from retailctl.azureml.redaction import short
from retailctl.config.connection import Connection
from retailctl.errors import InvalidConfig, NotLoggedIn, Unreachable

_NEVER = 2**31 - 1
"""When a token ends whose end nobody told: the service says so with a 401."""


class Login:
    """A credential whose failures are ours and whose repr tells nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._hint = login_hint(connection)
        self._inner: TokenCredential | None = None
        self._one_at_a_time = Lock()

    def __repr__(self) -> str:
        return f"Login({self._connection.credential!r})"

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for ``scopes``, from the cache of the credential where it still holds.

        Requests sent at once share one login.

        Raises:
            NotLoggedIn: no token could be had; the hint is the command that logs in.
            Unreachable: nobody answered at the address that gives out tokens.
        """
        if self._connection.credential == "default" and self._connection.tenant_id:
            options.setdefault("tenant_id", self._connection.tenant_id)  # who is a guest has more than one
        try:
            with self._one_at_a_time:
                if self._inner is None:
                    self._inner = _make(self._connection)
                return self._inner.get_token(*scopes, **options)
        except ClientAuthenticationError as error:
            self._refuse(error)
        except ServiceRequestError as error:
            host = self._connection.cloud.active_directory
            raise Unreachable(f"no connection to {host}", reason=short(str(error.message))) from error
        except ValueError as error:  # azure-identity's way to say that a setting is missing or malformed
            self._refuse(error)

    def _refuse(self, error: Exception) -> NoReturn:
        secrets = tuple(filter(None, (self._connection.token, self._connection.client_secret)))
        raise NotLoggedIn(
            f"logging in failed (credential = {self._connection.credential})",
            reason=short(str(error), known=secrets),
            hint=self._hint,
        ) from error


class StaticToken:
    """The token that the local Azure ML gives to whoever may read its state folder."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __repr__(self) -> str:
        return "StaticToken(***)"

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """The token, whatever it is for."""
        return AccessToken(self._token, _NEVER)


def login_hint(connection: Connection) -> str:
    """The next command for a caller whom the service does not know."""
    tenant = f" --tenant {connection.tenant_id}" if connection.tenant_id else ""
    return {
        "token": "retailctl local start",
        "environment": "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or use --credential cli",
        "secret": "set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET to a service principal's that still hold",
        "managed": "run on an Azure machine with a managed identity, or use --credential cli",
        "workload": "run in a pod with workload identity, or use --credential cli",
        "browser": f"run the command again and log in in the browser, or az login{tenant} and --credential cli",
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
    options: dict[str, Any] = {"authority": connection.cloud.active_directory}
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
        "tenant_id": connection.tenant_id,
        "AZURE_CLIENT_ID": connection.client_id,
        "AZURE_CLIENT_SECRET": connection.client_secret,
    }
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise NotLoggedIn(f"credential = secret wants {', '.join(missing)} too", hint=f"set {' and '.join(missing)}")
    return ClientSecretCredential(
        str(connection.tenant_id),
        str(connection.client_id),
        str(connection.client_secret),
        **_authority(connection),
    )
