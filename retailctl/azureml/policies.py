"""What every request to Azure goes through: its id, the retries, the login, and one redacted line of trace."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential
from azure.core.pipeline import Pipeline, PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    HTTPPolicy,
    RequestIdPolicy,
    RetryPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest

import retailctl
from retailctl.azureml.transport import Answer, is_loopback

Trace = Callable[[str], None]

REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "POST"})
"""Every request that retailctl sends may be sent twice; its POSTs read keys, tokens and logs, or cancel.

Those of the SDK on its behalf read a datastore's secrets, or name the place of an upload.
"""

LONGEST_RETRY_AFTER_S = 60.0
"""A service that asks for a longer pause than this gets no silent wait: the caller is told."""


def request_id(headers: Mapping[str, str]) -> str | None:
    """The id under which the service knows a request, for its support."""
    return headers.get("x-ms-request-id") or headers.get("x-request-id") or headers.get("x-ms-client-request-id")


class PatientRetry(RetryPolicy[HttpRequest, Any]):
    """azure-core's retries (429 and 5xx, Retry-After respected), but no wait that looks like a hang."""

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        """The settings of one request's retries."""
        options.setdefault("retry_on_methods", REPEATABLE)
        return super().configure_retries(options)

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Whether to send the request again."""
        if (self.get_retry_after(response) or 0) > LONGEST_RETRY_AFTER_S:
            return False
        return bool(super().is_retry(settings, response))


@contextlib.contextmanager
def repeated_posts() -> Iterator[None]:
    """While open, azure-core sends a POST again as well, when its answer was lost or a pause was asked for.

    The clients that azure-ai-ml makes take no list of methods; without this, a lost answer to a POST is the end.
    """
    configure = RetryPolicy.configure_retries

    def configured(policy: RetryPolicy[Any, Any], options: dict[str, Any]) -> dict[str, Any]:
        # In the caller's own dict: what is taken out of it must not go on to the transport.
        options.setdefault("retry_on_methods", REPEATABLE)
        return configure(policy, options)

    patched: Any = RetryPolicy
    patched.configure_retries = configured
    try:
        yield
    finally:
        patched.configure_retries = configure


class TracePolicy(HTTPPolicy[HttpRequest, Answer]):
    """One line an attempt: method, path, status, milliseconds, request id. Headers, query and body stay out."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self._trace = trace

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, Answer]:
        """Pass the request on and tell what came of it."""
        started = time.perf_counter()
        line = f"{request.http_request.method} {urlsplit(request.http_request.url).path}"
        try:
            response = self.next.send(request)
        except Exception as error:
            self._trace(f"{line} {type(error).__name__} {_milliseconds(started)} ms")
            raise
        answer = response.http_response
        known_as = request_id(answer.headers) or "no id"
        self._trace(f"{line} {answer.status_code} {_milliseconds(started)} ms ({known_as})")
        return response


def _milliseconds(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def build_pipeline(
    transport: HttpTransport[HttpRequest, Answer],
    *,
    host: str,
    credential: TokenCredential | None,
    scope: str = "",
    trace: Trace | None = None,
) -> Pipeline[HttpRequest, Answer]:
    """The pipeline of one kind of request; without a ``credential`` it sends none (a SAS address carries its own).

    Nothing on this machine comes up by asking again, so a refused loopback connection is told at once.
    """
    policies: list[Any] = [
        RequestIdPolicy(),
        UserAgentPolicy(base_user_agent=f"retailctl/{retailctl.__version__}"),
        PatientRetry(retry_total=4, retry_connect=0 if is_loopback(host) else 2, retry_backoff_max=30),
    ]
    if credential is not None:
        policies.append(BearerTokenCredentialPolicy(credential, scope))
    if trace is not None:
        policies.append(TracePolicy(trace))
    return Pipeline(transport, policies)
