"""The ARM client: requests to one workspace, pages of lists, and long-running operations to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest

from retailctl.azureml import failures
from retailctl.azureml.credentials import Login, login_hint
from retailctl.azureml.operations import Monitor, follow, status_of
from retailctl.azureml.policies import Trace, build_pipeline
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Answer, Json, Transport
from retailctl.config.connection import Connection
from retailctl.domain.clock import Clock
from retailctl.domain.deadline import Deadline, poll
from retailctl.errors import ResourceNotFound, RetailctlError, Stale, WorkFailed

API_VERSION = "2024-04-01"
"""The newest stable version that describes everything retailctl reads and writes."""


def path_of(*segments: str) -> str:
    """``/onlineEndpoints/retail``: segments as a path, each quoted."""
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


class ArmClient:
    """Speaks to one workspace's ARM resources; opens nothing before the first request."""

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock,
        trace: Trace | None = None,
        transport: HttpTransport[HttpRequest, Answer] | None = None,
        credential: TokenCredential | None = None,
    ) -> None:
        self.connection = connection
        self.clock = clock
        self.credential: TokenCredential = credential or Login(connection)
        self._manager = connection.cloud.resource_manager.rstrip("/")
        self._login_hint = login_hint(connection)
        self._transport = transport or Transport(ca_bundle=connection.ca_bundle, clock=clock)
        scope = f"{self._manager}/.default"
        self._signed = build_pipeline(
            self._transport, host=self._manager, credential=self.credential, scope=scope, trace=trace
        )
        self._bare = build_pipeline(self._transport, host=self._manager, credential=None, trace=trace)

    def request(
        self,
        method: str,
        path: str,
        subject: Subject,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        api_version: str | None = API_VERSION,
    ) -> Answer:
        """Send one request and return its answer below 400.

        Args:
            path: below the workspace (``/jobs/x``), from a subscription on, or a whole https address.

        Raises:
            RetailctlError: as :mod:`retailctl.azureml.failures` maps it.
        """
        version = {"api-version": api_version} if api_version else {}
        url = _with_query(self.url(path), {**version, **(query or {})})
        request = HttpRequest(method, url, headers=dict(headers or {}), json=body)
        return self._send(request, subject, signed=True)

    def fetch(self, url: str, subject: Subject, *, headers: Mapping[str, str] | None = None) -> Answer:
        """GET an address that needs no login of ours because it carries its own (a SAS)."""
        return self._send(HttpRequest("GET", url, headers=dict(headers or {})), subject, signed=False)

    def _send(self, request: HttpRequest, subject: Subject, *, signed: bool) -> Answer:
        pipeline = self._signed if signed else self._bare
        try:
            result = pipeline.run(request)
        except AzureError as error:
            raise failures.from_exception(error, request.url, login_hint=self._login_hint) from error
        answer = result.http_response
        answer.repeated = bool(result.context.get("history"))
        if answer.status_code >= 400:
            raise failures.from_answer(answer, subject, login_hint=self._login_hint)
        return answer

    def url(self, path: str) -> str:
        """The whole address of a path."""
        if path.startswith("https://"):
            return path
        below = "" if path.startswith("/subscriptions/") else self.connection.workspace_id
        return f"{self._manager}{below}{path}"

    def get(self, path: str, subject: Subject, *, query: Mapping[str, str] | None = None) -> Json:
        """The resource at ``path``.

        Raises:
            ResourceNotFound: there is none.
        """
        return self.request("GET", path, subject, query=query).json()

    def find(self, path: str, subject: Subject) -> Json | None:
        """The resource at ``path``, or None where there is none."""
        try:
            return self.get(path, subject)
        except ResourceNotFound:
            return None

    def pages(self, path: str, subject: Subject, *, query: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Every item of a list, page by page as they are asked for."""
        page = self.get(path, subject, query=query)
        while True:
            yield from page.get("value") or []
            following = page.get("nextLink")
            if not following:
                return
            page = self.request("GET", following, subject, api_version=None).json()

    def delete(self, path: str, subject: Subject, deadline: Deadline, *, look: str) -> None:
        """Delete a resource and wait until no read shows it any more.

        Raises:
            ResourceNotFound: there is none: ARM answers 204, and 200 or 202 where there was one. A 204 to a request
                that had to be sent again may be the work of its first sending.
            WaitTimedOut: the deadline passed; the deletion goes on.
        """
        answer = self.request("DELETE", path, subject)
        if answer.status_code == 204 and not answer.repeated:
            raise ResourceNotFound(f"{subject.text} was not found", hint=subject.list_command)
        self.settle(answer, subject, deadline, doing="deleting", look=look)

        def gone() -> bool | None:
            return True if self.find(path, subject) is None else None

        poll(gone, deadline, interval_s=1.0, waiting_for=f"deleting {subject.text}", look=look)

    def settle(
        self,
        answer: Answer,
        subject: Subject,
        deadline: Deadline,
        *,
        doing: str,
        look: str,
        failed: type[RetailctlError] = WorkFailed,
    ) -> None:
        """Wait until the operation that ``answer`` began is over.

        Args:
            doing: the verb for messages, such as ``deleting``.
            look: the command that shows how it stands.

        Raises:
            WaitTimedOut: the deadline passed; the operation goes on.
            Stale: another operation overtook it; trying again is safe.
            RetailctlError: of class ``failed``: it ended badly.
        """
        monitor = Monitor.of(answer)
        if monitor is None:
            return
        last = follow(
            monitor,
            lambda url: self.request("GET", url, subject, api_version=None),
            deadline,
            waiting_for=f"{doing} {subject.text}",
            look=look,
        )
        if monitor.speaks_status and status_of(last).lower() != "succeeded":
            complaint = failures.Complaint.read(last.json())
            overtaken = "operationcanceled" in complaint.codes
            raise (Stale if overtaken else failed)(
                f"{doing} {subject.text} failed",
                reason=complaint.text or f"the service says {status_of(last)}",
                hint=look,
            )

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()


def _with_query(url: str, query: Mapping[str, Any]) -> str:
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query, quote_via=quote)}"
