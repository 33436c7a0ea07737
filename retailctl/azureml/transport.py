"""HTTP under the clients: urllib3 as azure-core's transport, because its own (requests) costs 70 ms to import."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import urllib3
from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest
from urllib3 import exceptions as failures

from retailctl.domain.clock import Clock
from retailctl.errors import InvalidConfig

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
_KEPT = 8
"""Connections that are kept to a host; urllib3 logs a warning for each that it has to drop."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Json = dict[str, Any]


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine."""
    return urlsplit(url).hostname in _LOOPBACK


class Answer:
    """One HTTP answer, read to its end."""

    def __init__(self, request: HttpRequest, status_code: int, headers: Mapping[str, str], content: bytes) -> None:
        self.request = request
        self.status_code = status_code
        self.headers = urllib3.HTTPHeaderDict(headers)
        self.content = content
        self.repeated = False
        """The request was sent more than once: an earlier sending may have done the work."""

    def json(self) -> Json:
        """The body as a JSON object; empty where there is none, or where it is something else."""
        try:
            value = json.loads(self.content or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


def open_pool(url: str, ca_bundle: Path | None) -> urllib3.PoolManager:
    """Connections to the host of ``url``: TLS verified, through the proxy that the environment names.

    A host on this machine is never reached through a proxy.
    """
    context = _tls(ca_bundle) if urlsplit(url).scheme == "https" else None
    proxy = None if is_loopback(url) else _proxy_for(url)
    if proxy:
        return urllib3.ProxyManager(proxy, ssl_context=context, maxsize=_KEPT)
    return urllib3.PoolManager(ssl_context=context, maxsize=_KEPT)


def _tls(ca_bundle: Path | None) -> ssl.SSLContext:
    named = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    if named:  # a company's own authority is named the way that az and the SDK read it
        return trusting(Path(named))
    import certifi  # the public authorities, as the SDK's own transport has them

    return trusting(Path(certifi.where()))


def trusting(ca_bundle: Path) -> ssl.SSLContext:
    """TLS that trusts the authorities of a file.

    Raises:
        InvalidConfig: the file is not there, or holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=str(ca_bundle))
    except OSError as error:  # ssl.SSLError is one, too
        raise InvalidConfig(
            f"cannot read certificates from {ca_bundle}",
            reason=error.strerror or "it holds none",
            hint="retailctl config show, or for the local profile retailctl local start",
        ) from error


def _proxy_for(url: str) -> str | None:
    from urllib.request import getproxies, proxy_bypass  # costs 15 ms, and only clouds need it

    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)


class Transport(HttpTransport[HttpRequest, Answer]):
    """Sends the pipeline's requests over connections that are kept, one pool a host.

    Safe for several threads. Retries are the pipeline's affair, so urllib3's own are off; its waits go through the
    injected clock.
    """

    def __init__(self, *, ca_bundle: Path | None, clock: Clock) -> None:
        self._ca_bundle = ca_bundle
        self._clock = clock
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._opening = Lock()

    def open(self) -> None:
        """Nothing to do: pools open with their first request."""

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            pool.clear()
        self._pools.clear()

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.close()

    def sleep(self, duration: float) -> None:
        """Wait between two attempts."""
        self._clock.sleep(duration)

    def send(self, request: HttpRequest, **options: Any) -> Answer:
        """Send one request and read its answer to the end.

        Raises:
            ServiceRequestError: nothing reached the server.
            ServiceResponseError: the answer did not arrive, or not whole.
        """
        timeout = urllib3.Timeout(
            connect=options.get("connection_timeout", CONNECT_TIMEOUT_S),
            read=options.get("read_timeout", READ_TIMEOUT_S),
        )
        try:
            reply = self._pool(request.url).request(
                request.method,
                request.url,
                body=request.content,
                headers=dict(request.headers),
                retries=False,
                redirect=False,
                timeout=timeout,
            )
        except failures.HTTPError as error:
            raise as_azure_error(error) from error
        return Answer(request, reply.status, reply.headers, reply.data)

    def _pool(self, url: str) -> urllib3.PoolManager:
        host = urlsplit(url).netloc
        with self._opening:
            if host not in self._pools:
                self._pools[host] = open_pool(url, self._ca_bundle)
            return self._pools[host]


def as_azure_error(error: failures.HTTPError) -> AzureError:
    """urllib3's failure as azure-core's, by whether the request can have reached the server."""
    if isinstance(error, failures.ConnectTimeoutError):
        return ServiceRequestTimeoutError(str(error), error=error)
    if isinstance(error, failures.ReadTimeoutError):
        return ServiceResponseTimeoutError(str(error), error=error)
    if isinstance(error, (failures.NewConnectionError, failures.SSLError, failures.ProxyError)):
        return ServiceRequestError(str(error), error=error)
    return ServiceResponseError(str(error), error=error)
