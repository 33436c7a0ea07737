"""Requests to an endpoint's scoring address, over a connection that is kept.

The SDK's ``invoke`` keeps the slot of one call in a header that all later calls share, so that a smoke test of green
would make every later test one of green. Here headers are made anew for each call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from azure.core.rest import HttpRequest
from urllib3 import exceptions as http_failures

import retailctl
from retailctl.azureml import failures
from retailctl.azureml.policies import Trace
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import CONNECT_TIMEOUT_S, Answer, as_azure_error, open_pool
from retailctl.errors import ResourceNotFound, RetailctlError

SLOT_HEADER = "azureml-model-deployment"
MODEL_STATUS_HEADER = "ms-azureml-model-error-statuscode"

Secret = Callable[[], str]
"""Fetches the key or token, as the endpoint's ``auth_mode`` has it."""


@dataclass(frozen=True)
class ScoringAnswer:
    """What came back; a failure of the model is an answer too, and its own status is told apart."""

    status: int
    body: bytes = field(repr=False)
    seconds: float
    slot: str | None
    """The slot that was asked for; None: the endpoint's split chose."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the model answered with a success."""
        return self.status == 200

    @property
    def model_status(self) -> int | None:
        """The container's own status, which the platform hides behind 424; None where it does not tell."""
        told = self.headers.get(MODEL_STATUS_HEADER, "")
        return int(told) if told.isdecimal() else None


class ScoringClient:
    """Sends requests to one endpoint; fetches its key or token once."""

    def __init__(
        self,
        endpoint: str,
        uri: str,
        secret: Secret,
        *,
        ca_bundle: Path | None = None,
        trace: Trace | None = None,
    ) -> None:
        self.uri = uri
        self._endpoint = endpoint
        self._fetch_secret = secret
        self._ca_bundle = ca_bundle
        self._trace = trace
        self._secret: str | None = None

    def score(self, body: bytes, *, slot: str | None = None, timeout_s: float = 60.0) -> ScoringAnswer:
        """Send one JSON body, past the split to ``slot`` where one is named.

        408, 424, 429 and 5xx are answers: what they mean is for the caller to say. What says that the call itself
        was wrong is raised.

        Raises:
            NotLoggedIn: neither the key or token at hand nor a fresh one is accepted (401).
            Forbidden: the login may not score (403).
            ResourceNotFound: no slot takes traffic, or the named one does not exist (404).
            Unreachable: no connection, or no answer within ``timeout_s``.
        """
        answer = self._send(body, slot, timeout_s)
        if answer.status == 401:  # a key may have been renewed, a token have ended
            self._secret = None
            answer = self._send(body, slot, timeout_s)
        if answer.status in (401, 403, 404):
            raise self._refused(answer)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def _send(self, body: bytes, slot: str | None, timeout_s: float) -> ScoringAnswer:
        if self._secret is None:
            self._secret = self._fetch_secret()
        headers = {
            "Authorization": f"Bearer {self._secret}",
            "Content-Type": "application/json",
            "User-Agent": f"retailctl/{retailctl.__version__}",
        }
        if slot:
            headers[SLOT_HEADER] = slot
        timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, timeout_s), read=timeout_s)
        started = time.perf_counter()
        try:
            reply = self._post(body, headers, timeout)
        except http_failures.HTTPError as error:
            raise failures.from_exception(as_azure_error(error), self.uri) from error
        seconds = time.perf_counter() - started
        if self._trace:
            path = urlsplit(self.uri).path
            self._trace(f"POST {path} {reply.status} {round(seconds * 1000)} ms (slot {slot or 'any'})")
        return ScoringAnswer(reply.status, reply.data, seconds, slot, reply.headers)

    def _post(self, body: bytes, headers: Mapping[str, str], timeout: urllib3.Timeout) -> urllib3.BaseHTTPResponse:
        """One request; a kept connection that the server closed meanwhile gets a second chance."""
        try:
            return self._request(body, headers, timeout)
        except http_failures.ProtocolError:
            return self._request(body, headers, timeout)

    def _request(self, body: bytes, headers: Mapping[str, str], timeout: urllib3.Timeout) -> urllib3.BaseHTTPResponse:
        return self._pool.request(
            "POST", self.uri, body=body, headers=headers, timeout=timeout, retries=False, redirect=False
        )

    def _refused(self, answer: ScoringAnswer) -> RetailctlError:
        if answer.status == 404:
            missing = f"slot '{answer.slot}'" if answer.slot else "slot that takes traffic"
            return ResourceNotFound(
                f"endpoint '{self._endpoint}' has no {missing}",
                reason="the platform answered 404",
                hint="retailctl status",
                details={"status": 404},
            )
        sent = Answer(HttpRequest("POST", self.uri), answer.status, dict(answer.headers), answer.body)
        hint = "retailctl endpoint get-credentials" if answer.status == 401 else None
        return failures.from_answer(sent, Subject("endpoint", self._endpoint), login_hint=hint)

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        return open_pool(self.uri, self._ca_bundle)
