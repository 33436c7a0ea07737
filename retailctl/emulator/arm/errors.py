"""A refused request, in the shape that Azure Resource Manager gives it.

Body: `{"error": {"code", "message", "target", "details": [...], "additionalInfo": [...]}}`
(https://learn.microsoft.com/azure/azure-resource-manager/management/common-deployment-errors). Codes and wording
follow what the service is reported to answer; where that is not known the code is the generic one of its status [inf].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

INVALID_REQUEST = "The request is invalid."


class ArmError(Exception):
    """A refusal: HTTP status, ARM error code and a message that a user can act on."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        details: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.target = target
        self.details = tuple(details)
        self.headers = dict(headers or {})

    def error(self) -> dict[str, Any]:
        """The value of the body's `error`; also what a failed operation carries."""
        return {
            "code": self.code,
            "message": self.message,
            "target": self.target or "",
            "details": [{"code": code, "message": message} for code, message in self.details],
            "additionalInfo": [{"type": "ComponentName", "info": {"value": "managementfrontend"}}],
        }

    def body(self) -> dict[str, Any]:
        """The whole response body."""
        return {"error": self.error()}


def not_found(what: str) -> ArmError:
    """A resource inside the workspace that does not exist; `what` names it, as in "online endpoint 'x'"."""
    return ArmError(404, "NotFound", f"The specified resource was not found: {what}.")


def bad_request(reason: str, *, code: str = "BadRequest", target: str | None = None) -> ArmError:
    """A body that is well formed and still not acceptable."""
    detail = ("InferencingClientCallFailed", reason) if code == "BadRequest" else (code, reason)
    return ArmError(400, code, f"{INVALID_REQUEST} {reason}", target=target, details=[detail])


def invalid_body(field: str, reason: str) -> ArmError:
    """A body of the wrong shape, named by its field."""
    return ArmError(400, "ValidationError", f"{INVALID_REQUEST} {field}: {reason}", target=field)


def conflict(reason: str) -> ArmError:
    """The resource is busy with another operation, or in a state that does not allow this one."""
    return ArmError(409, "Conflict", reason)


def not_implemented(what: str) -> ArmError:
    """Something Azure may well know and the local Azure ML does not."""
    return ArmError(501, "NotImplemented", f"The local Azure ML does not support {what}.")
