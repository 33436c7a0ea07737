"""Azure Container Registry: logged in with the caller's own Entra token, listed and cleaned through Azure's client.

The Entra token is exchanged for one of the registry's (github.com/Azure/acr/blob/main/docs/AAD-OAuth.md), which stands
for the password of a user that is nobody; an engine logs in with the pair like with any other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)

from retailctl.domain.redaction import short
from retailctl.errors import (
    ApiRefused,
    Forbidden,
    NotLoggedIn,
    ResourceNotFound,
    RetailctlError,
    ServerFault,
    Unreachable,
)
from retailctl.images.credentials import RegistryLogin
from retailctl.images.distribution import TIMEOUT
from retailctl.images.registry import Registry, RegistryImage

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The user name that says: the password is a token."""
AUDIENCE = "https://containerregistry.azure.net"


class AzureRegistry(Registry):
    """One Azure Container Registry."""

    def __init__(
        self,
        host: str,
        open_pool: Callable[[str], urllib3.PoolManager],
        credential: TokenCredential,
        *,
        tenant_id: str | None = None,
        ca_bundle: Path | None = None,
    ) -> None:
        self._pool = open_pool(f"https://{host}")
        self._credential = credential
        self._tenant_id = tenant_id
        self._ca_bundle = ca_bundle
        super().__init__(host, lambda url: self._pool, self._exchange)

    def images(self, repository: str) -> list[RegistryImage]:
        """Every image, those without a tag too, the newest first; a repository that is not there holds none."""
        with self._azure() as client:
            try:
                found = list(client.list_manifest_properties(repository))
            except ResourceNotFoundError:
                return []
        images = [_image(repository, each) for each in found]
        return sorted(images, key=lambda image: image.created_at or datetime.min.replace(tzinfo=UTC), reverse=True)

    def delete(self, repository: str, digest: str) -> None:
        """Delete an image and every tag of it.

        Raises:
            ResourceNotFound: there is none.
        """
        with self._azure() as client:
            if not any(each.digest == digest for each in client.list_manifest_properties(repository)):
                raise ResourceNotFound(f"{self.host} has no {repository}@{digest}", hint="retailctl image list")
            client.delete_manifest(repository, digest)

    @contextmanager
    def _azure(self) -> Iterator[Any]:
        from azure.containerregistry import ContainerRegistryClient

        trusted: dict[str, Any] = {"connection_verify": str(self._ca_bundle)} if self._ca_bundle else {}
        try:
            with ContainerRegistryClient(
                f"https://{self.host}", self._credential, audience=AUDIENCE, retry_total=3, **trusted
            ) as client:
                yield client
        except AzureError as error:
            raise self._failed(error) from error

    def _failed(self, error: AzureError) -> RetailctlError:
        reason = short(error.message or type(error).__name__)
        if isinstance(error, ResourceNotFoundError):
            return ResourceNotFound(f"{self.host} has no such image", reason=reason, hint="retailctl image list")
        if isinstance(error, ClientAuthenticationError):
            return NotLoggedIn(f"{self.host} does not accept the login", reason=reason, hint="az login")
        if isinstance(error, ServiceRequestError):
            return Unreachable(f"the registry {self.host} does not answer", reason=reason, hint="retailctl doctor")
        status = error.status_code if isinstance(error, HttpResponseError) else None
        if status == 403:
            return Forbidden(
                f"{self.host} does not allow it", reason=reason, hint=f"ask for the role AcrDelete on {self.host}"
            )
        kind = ServerFault if status and status >= 500 else ApiRefused
        return kind(f"the registry {self.host} refused the request", reason=reason)

    def _exchange(self) -> RegistryLogin:
        """The registry's own token for the caller's.

        Raises:
            NotLoggedIn: no token of the caller's could be had, or the registry does not know him.
            Unreachable: the registry does not answer.
        """
        token = self._credential.get_token(f"{AUDIENCE}/.default").token
        form = {"grant_type": "access_token", "service": self.host, "access_token": token}
        if self._tenant_id:
            form["tenant"] = self._tenant_id
        try:
            answer = self._pool.request(
                "POST",
                f"https://{self.host}/oauth2/exchange",
                body=urlencode(form),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                timeout=TIMEOUT,
            )
        except urllib3.exceptions.HTTPError as error:
            reason = short(str(getattr(error, "reason", None) or error), known=(token,))
            hint = "see that acr_name names it: retailctl config show"
            raise Unreachable(f"the registry {self.host} does not answer", reason=reason, hint=hint) from error
        if answer.status != 200:
            raise NotLoggedIn(
                f"{self.host} does not accept the login",
                reason=f"the exchange of the Entra token was answered with {answer.status}",
                hint=f"ask for the role AcrPush on {self.host}; then az login",
            )
        return RegistryLogin(NOBODY, str(json.loads(answer.data)["refresh_token"]))


def _image(repository: str, told: Any) -> RegistryImage:
    known = told.architecture and told.operating_system
    platform = f"{_word(told.operating_system)}/{_word(told.architecture)}" if known else None
    tags = tuple(sorted(told.tags or ()))
    return RegistryImage(repository, told.digest, tags, told.created_on, int(told.size_in_bytes or 0), platform)


def _word(value: Any) -> str:
    return str(getattr(value, "value", value))
