"""The registry protocol, as far as releases need it: read, name and delete manifests, and ask for the right to push.

Protocol: github.com/opencontainers/distribution-spec. Logging in is Docker's way of it
(distribution.github.io/distribution/spec/auth/token): the registry's 401 says who gives out tokens, for what.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.util import Retry

from retailctl.domain.redaction import short
from retailctl.errors import (
    ApiRefused,
    Forbidden,
    NotLoggedIn,
    ResourceNotFound,
    RetailctlError,
    ServerFault,
    Throttled,
    Unreachable,
)
from retailctl.images.credentials import RegistryLogin
from retailctl.images.failures import login_line

MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
"""Without these in Accept, a registry answers with a format of 2014 whose digest nothing else knows."""
TIMEOUT = urllib3.Timeout(connect=5.0, read=30.0)
_AGAIN = Retry(
    total=3,
    backoff_factor=0.5,
    status_forcelist=(429, 502, 503, 504),
    allowed_methods=frozenset({"GET", "HEAD", "PUT", "DELETE"}),
    raise_on_status=False,
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Manifest:
    """A manifest as it was read."""

    digest: str
    media_type: str
    content: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The manifest's own JSON."""
        read = json.loads(self.content)
        return read if isinstance(read, dict) else {}


class Distribution:
    """A client of one registry."""

    def __init__(self, host: str, pool: urllib3.PoolManager, login: Callable[[], RegistryLogin]) -> None:
        """Point at a registry; nothing is sent yet.

        Args:
            login: asked once, when the registry first wants to know who we are.
        """
        self.host = host
        self._pool = pool
        self._login = login
        self._tokens: dict[str, str] = {}
        self._who: RegistryLogin | None = None
        self._base: str | None = None

    def ping(self) -> None:
        """Reach the registry, and be let in.

        Raises:
            Unreachable: nobody answers.
            NotLoggedIn: the login is not accepted.
        """
        self._request("GET", "/v2/", scope="")

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest of a tag or digest; None where there is none."""
        headers = {"Accept": ", ".join(MANIFESTS)}
        answer = self._request(
            "GET", f"/v2/{repository}/manifests/{reference}", scope=_pull(repository), headers=headers
        )
        if answer.status == 404:
            return None
        digest = answer.headers.get("Docker-Content-Digest") or reference
        return Manifest(digest, answer.headers.get("Content-Type", MANIFESTS[0]), answer.data)

    def blob(self, repository: str, digest: str) -> dict[str, Any]:
        """A blob that is JSON, such as an image's configuration."""
        answer = self._request("GET", f"/v2/{repository}/blobs/{digest}", scope=_pull(repository))
        read = json.loads(answer.data) if answer.status == 200 else {}
        return read if isinstance(read, dict) else {}

    def tags(self, repository: str) -> list[str]:
        """Every tag of a repository; none where there is no such repository."""
        found: list[str] = []
        path: str | None = f"/v2/{repository}/tags/list?n=500"
        while path:
            answer = self._request("GET", path, scope=_pull(repository))
            if answer.status == 404:
                return found
            found += answer.json().get("tags") or []
            link = re.search(r"<([^>]+)>", answer.headers.get("Link", ""))
            path = link[1] if link else None
        return found

    def put(self, repository: str, tag: str, manifest: Manifest) -> None:
        """Give a manifest that the repository holds a further tag."""
        path = f"/v2/{repository}/manifests/{tag}"
        headers = {"Content-Type": manifest.media_type}
        self._request("PUT", path, scope=_push(repository), headers=headers, body=manifest.content)

    def delete(self, repository: str, digest: str) -> None:
        """Delete a manifest, and every tag of it.

        Raises:
            ResourceNotFound: there is none.
            ApiRefused: the registry deletes nothing.
        """
        answer = self._request("DELETE", f"/v2/{repository}/manifests/{digest}", scope=f"{_push(repository)},delete")
        if answer.status == 404:
            raise ResourceNotFound(f"{self.host} has no {repository}@{digest}", hint="retailctl image list")
        if answer.status == 405:
            raise ApiRefused(
                f"{self.host} deletes nothing",
                reason="its configuration does not allow deletion",
                hint="set storage.delete.enabled in the registry's configuration",
            )

    def begin_and_cancel_upload(self, repository: str) -> None:
        """Do what a push does first, and leave nothing: the only sure test of the right to push.

        Raises:
            NotLoggedIn, Forbidden: there is no such right.
        """
        begun = self._request("POST", f"/v2/{repository}/blobs/uploads/", scope=_push(repository))
        place = urlsplit(urljoin(f"{self._address}/", begun.headers.get("Location", "")))
        if place.netloc != self.host:  # its storage's address, which is not to see our token
            return
        with suppress(RetailctlError):  # who may push may lack the right to cancel; it is given up by itself in a while
            self._request("DELETE", f"{place.path}?{place.query}", scope=f"{_push(repository)},delete")

    @property
    def _address(self) -> str:
        if self._base is None:
            self._base = f"{self._scheme()}://{self.host}"
        return self._base

    def _scheme(self) -> str:
        """https; on this machine also http, where that is what is spoken there. Docker holds it likewise."""
        if urlsplit(f"//{self.host}").hostname not in _LOOPBACK:
            return "https"
        try:
            self._pool.request("GET", f"https://{self.host}/v2/", retries=False, timeout=TIMEOUT)
        except urllib3.exceptions.SSLError as error:
            return "https" if "CERTIFICATE_VERIFY_FAILED" in str(error) else "http"
        except urllib3.exceptions.HTTPError:
            return "http"
        return "https"

    def _request(
        self, method: str, path: str, *, scope: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Send one request, logged in as far as the registry wants it; 404 and 405 are answers, the rest is raised."""
        sent = dict(headers or {})
        if scope in self._tokens:
            sent["Authorization"] = self._tokens[scope]
        answer = self._send(method, path, sent, body)
        if answer.status == 401:
            self._tokens[scope] = sent["Authorization"] = self._authorization(answer.headers, scope)
            answer = self._send(method, path, sent, body)
        if answer.status < 400 or answer.status in (404, 405):
            return answer
        raise self._failure(answer.status, answer.data)

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> urllib3.BaseHTTPResponse:
        url = urljoin(f"{self._address}/", path)
        try:
            return self._pool.request(method, url, headers=dict(headers), body=body, retries=_AGAIN, timeout=TIMEOUT)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(
                f"the registry {self.host} does not answer",
                reason=short(str(getattr(error, "reason", None) or error)),
                hint="see that it runs, and that registry (or acr_name) names it: retailctl config show",
            ) from error

    def _authorization(self, answered: Mapping[str, str], scope: str) -> str:
        """What to show for ``scope``, by the challenge of a 401."""
        challenge = answered.get("WWW-Authenticate", "")
        self._who = self._who or self._login()
        if challenge.lower().startswith("basic"):
            return _basic(self._who)
        asked = dict(_CHALLENGE.findall(challenge))
        if not asked.get("realm"):
            raise self._failure(401, b"")
        return f"Bearer {self._token(asked['realm'], asked.get('service', ''), scope or asked.get('scope', ''))}"

    def _token(self, realm: str, service: str, scope: str) -> str:
        """A token for ``scope`` from whoever the registry named, over TLS or on this machine alone."""
        assert self._who is not None
        place = urlsplit(realm)
        if place.scheme != "https" and place.hostname not in _LOOPBACK:
            raise NotLoggedIn(
                f"{self.host} wants the login sent to {place.netloc} in the clear", hint="retailctl doctor"
            )
        asked = {"service": service, **({"scope": scope} if scope else {})}
        if self._who.identity_token:
            form = {"grant_type": "refresh_token", "refresh_token": self._who.identity_token, **asked}
            answer = self._send(
                "POST", realm, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()
            )
        else:
            shown = {"Authorization": _basic(self._who)} if self._who.username else {}
            answer = self._send("GET", f"{realm}?{urlencode(asked)}", shown, None)
        if answer.status != 200:
            raise self._failure(answer.status, answer.data)
        given = answer.json()
        return str(given.get("access_token") or given.get("token") or "")

    def _failure(self, status: int, body: bytes) -> RetailctlError:
        known = tuple(filter(None, (self._who.password, self._who.identity_token))) if self._who else ()
        reason = short(f"{status} {_told(body)}".strip(), known=known)
        if status == 401:
            return NotLoggedIn(f"{self.host} does not accept the login", reason=reason, hint=login_line(self.host))
        if status == 403:
            return Forbidden(f"{self.host} does not allow it", reason=reason, hint="retailctl doctor")
        kind = Throttled if status == 429 else ServerFault if status >= 500 else ApiRefused
        return kind(f"the registry {self.host} refused the request", reason=reason)


def _told(body: bytes) -> str:
    """The message of a registry's error document; nothing of any other text."""
    try:
        errors = json.loads(body)["errors"]
        return "; ".join(str(each.get("message") or each.get("code")) for each in errors)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _basic(login: RegistryLogin) -> str:
    pair = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
    return f"Basic {pair}"


def _pull(repository: str) -> str:
    return f"repository:{repository}:pull"


def _push(repository: str) -> str:
    return f"repository:{repository}:pull,push"
