"""The one mapping from Azure's failures to the errors of retailctl.

Foreign text is shown only when it comes in ARM's error shape, scrubbed of secrets and cut to 256 characters:
https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md#error-response-content
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceResponseTimeoutError

from retailctl import errors
from retailctl.azureml.policies import request_id
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Answer, Json, is_loopback
from retailctl.domain.redaction import short

LOCAL_HINT = "retailctl local start"


@dataclass(frozen=True)
class Rule:
    """One row: which answers it takes, what they become, and the next command where the class has no better one."""

    error: type[errors.RetailctlError]
    words: str
    status: int | None = None
    codes: frozenset[str] = frozenset()
    hint: str | None = None

    def takes(self, status: int, codes: frozenset[str]) -> bool:
        """Whether the row is about an answer of this status that names these codes."""
        fits = self.status is None or self.status == status
        return fits and (not self.codes or bool(self.codes & codes))


_NO_WORKSPACE = re.compile(r"/workspaces/[^/']+' under resource group")
"""How ARM itself words that the workspace, not something in it, is missing; the code is the same for both."""


def _codes(*names: str) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


RULES = (
    Rule(
        errors.ResourceNotFound,
        "the workspace was not found",
        404,
        _codes("SubscriptionNotFound", "ResourceGroupNotFound", "WorkspaceNotFound"),
        "retailctl config show",
    ),
    Rule(
        errors.ApiRefused,
        "the subscription has no quota left for {subject}",
        None,
        _codes("OutOfQuota", "QuotaExceeded", "InsufficientQuota", "NotEnoughQuota"),
        "retailctl doctor",
    ),
    Rule(
        errors.ApiRefused,
        "a policy of the subscription forbids {subject}",
        403,
        _codes("RequestDisallowedByPolicy"),
    ),
    Rule(errors.WrongState, "{subject} is locked", 409, _codes("ScopeLocked")),
    Rule(
        errors.AlreadyExists,
        "{subject} is there already",
        None,
        _codes("AlreadyExists", "ResourceAlreadyExists", "EntityAlreadyExists", "NameAlreadyExists"),
    ),
    Rule(errors.NotLoggedIn, "the service does not accept this login", 401),
    Rule(errors.Forbidden, "this login may not do that to {subject}", 403),
    Rule(errors.ResourceNotFound, "{subject} was not found", 404),
    Rule(errors.ServerFault, "the service took too long over {subject}", 408),
    Rule(errors.WrongState, "{subject} cannot be changed in its present state", 409),
    Rule(errors.Stale, "{subject} was changed by somebody else meanwhile", 412),
    Rule(errors.InvalidInput, "the service refused what was sent for {subject}", 422),
    Rule(errors.Throttled, "the service asks for fewer requests", 429),
    Rule(errors.ApiRefused, "the service does not offer that for {subject}", 501),
)


@dataclass(frozen=True)
class Complaint:
    """What an answer in ARM's error shape says."""

    codes: frozenset[str]
    text: str | None
    field: str | None = None

    @classmethod
    def read(cls, body: Json, *, known: tuple[str, ...] = ()) -> Complaint:
        """Read a body; anything but ARM's shape says nothing."""
        error = body.get("error")
        if not isinstance(error, dict) or not isinstance(error.get("message"), str):
            return cls(frozenset(), None)
        nodes = list(_nodes(error))
        codes = frozenset(str(node["code"]).lower() for node in nodes if node.get("code"))
        fields = [str(node["target"]) for node in nodes if node.get("target")]
        told = [str(node["message"]).strip() for node in nodes if node.get("message")]
        distinct = list(dict.fromkeys(filter(None, told)))
        text = ": ".join([*(each.rstrip(".") for each in distinct[:-1]), *distinct[-1:]])
        if _NO_WORKSPACE.search(text):
            codes |= {"workspacenotfound"}
        return cls(codes, short(text, known=known) or None, short(fields[0]) if fields else None)


def _nodes(error: Json) -> Iterator[Json]:
    """The error and what it holds: ARM nests the cause in ``details``."""
    yield error
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict):
            yield from _nodes(detail)


def from_answer(answer: Answer, subject: Subject, *, login_hint: str | None = None) -> errors.RetailctlError:
    """The error that an answer of 400 and above stands for."""
    complaint = Complaint.read(answer.json(), known=_secrets_of(answer))
    status = answer.status_code
    rule = next((rule for rule in RULES if rule.takes(status, complaint.codes)), _other(status, complaint))
    hint = rule.hint
    if rule.error is errors.NotLoggedIn:
        hint = login_hint
    elif rule.error is errors.ResourceNotFound and hint is None:
        hint = subject.list_command
    return rule.error(
        rule.words.format(subject=subject.text),
        reason=complaint.text,
        hint=hint,
        details=_details(answer, complaint),
    )


def _other(status: int, complaint: Complaint) -> Rule:
    """What no row takes: by the kind of status, and whether a field is named."""
    if status >= 500:
        return Rule(errors.ServerFault, "the service failed over {subject}")
    if status == 400 and complaint.field:
        return Rule(errors.InvalidInput, "the service refused what was sent for {subject}")
    return Rule(errors.ApiRefused, "the service refused the request for {subject}")


def _details(answer: Answer, complaint: Complaint) -> Mapping[str, object]:
    details = {
        "status": answer.status_code,
        "requestId": request_id(answer.headers),
        "field": complaint.field,
    }
    return {name: value for name, value in details.items() if value is not None}


def _secrets_of(answer: Answer) -> tuple[str, ...]:
    """What the request itself carried: a service that echoes it must not make us print it."""
    authorization = answer.request.headers.get("Authorization", "")
    return tuple(filter(None, (authorization.partition(" ")[2], urlsplit(answer.request.url).query)))


def from_exception(error: AzureError, url: str, *, login_hint: str | None = None) -> errors.RetailctlError:
    """The error that a request without an answer stands for."""
    if isinstance(error, ClientAuthenticationError):
        return errors.NotLoggedIn("logging in failed", reason=short(str(error.message)), hint=login_hint)
    host = urlsplit(url).netloc
    hint = LOCAL_HINT if is_loopback(url) else None
    details = {"host": host}
    if isinstance(error, ServiceResponseTimeoutError):
        return errors.Unreachable(f"{host} did not answer in time", hint=hint, details=details)
    return errors.Unreachable(f"no connection to {host}", reason=short(str(error.message)), hint=hint, details=details)
