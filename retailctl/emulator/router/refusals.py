"""The answers that the platform gives itself, in place of a container's.

Statuses are the documented map of managed online endpoints; reasons and bodies are documented nowhere. The reasons
`model_error`, `model_not_ready` and `too_many_pending_request` with its empty body, and the plain texts of 401, are
what users have seen; the other bodies are ours and say what to do.
"""

import json
from dataclasses import dataclass

from retailctl.emulator.router.messages import status_line

MODEL_ERROR = "model_error"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One such answer. `model_status` is what a gateway in front of the container would have seen, None if unasked."""

    status: int
    body: bytes
    reason: str | None = None
    model_status: int | None = None
    content_type: str = "application/json"
    retry_after_s: int | None = None

    def fields(self) -> bytes:
        """The header fields that go with it."""
        lines = [f"content-type: {self.content_type}"]
        if self.status == 401:
            lines.append("www-authenticate: Bearer")
        if self.reason:
            lines.append(f"ms-azureml-model-error-reason: {self.reason}")
        if self.model_status:
            lines.append(f"ms-azureml-model-error-statuscode: {self.model_status}")
        if self.retry_after_s is not None:
            lines.append(f"retry-after: {self.retry_after_s}")
        return "".join(line + "\r\n" for line in lines).encode()


class Refused(Exception):
    """Raised while a request is being admitted; `endpoint` and `slot` as far as they were known, for the records."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


def _explained(status: int, code: str, message: str, **more: object) -> Refusal:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Refusal(status, body, **more)  # type: ignore[arg-type]


BAD_REQUEST = _explained(400, "BadRequest", "The request is not valid HTTP/1.1.")
WRONG_HOST = _explained(421, "MisdirectedRequest", "This server answers for 127.0.0.1 and localhost only.")
NO_BEARER = Refusal(401, b"key_auth_bad_header_forbidden", content_type="text/plain")
ACCESS_DENIED = Refusal(401, b"key_auth_access_denied", content_type="text/plain")
FAILED = _explained(500, "InternalServerError", "The router failed; slots/router.log of the state folder says why.")
SLOW_CALLER = _explained(408, "RequestTimeout", "The request did not arrive in time.")
TOO_LARGE = _explained(413, "PayloadTooLarge", "The request's body is larger than this server takes.")
HEAD_TOO_LARGE = _explained(431, "HeadersTooLarge", "The request's head is larger than this server takes.")
TOO_MANY_PENDING = Refusal(429, b"", reason="too_many_pending_request", content_type="text/plain")
# Inferred [inf]: Envoy answers 503 by itself for a container that it cannot reach or that hangs up, and the platform's
# rewriting of every status other than 200 makes 424 of that as of any other.
NOT_READY = _explained(
    424, "ModelNotReady", "No instance of the deployment is ready.", reason="model_not_ready", model_status=503
)
UNREACHABLE = _explained(424, "ModelUnreachable", "The container did not answer.", reason=MODEL_ERROR, model_status=503)
BAD_ANSWER = _explained(
    424, "ModelError", "The container's answer was not valid HTTP.", reason=MODEL_ERROR, model_status=502
)

TOO_MANY_CONNECTIONS = _explained(
    503, "TooManyConnections", "Every connection that this server takes has a request.", retry_after_s=1
)


def refusal_bytes(refusal: Refusal, fields: bytes, *, with_body: bool = True) -> bytes:
    """The whole message; `fields` are further lines of its head."""
    length = b"content-length: %d\r\n\r\n" % len(refusal.body)
    return b"".join((status_line(refusal.status), refusal.fields(), fields, length, refusal.body if with_body else b""))


def no_endpoint(name: str) -> Refusal:
    """Nothing of that name here."""
    return _explained(404, "EndpointNotFound", f"There is no endpoint '{name}' on this server.")


def no_traffic(endpoint: str) -> Refusal:
    """The platform's own meaning of 404."""
    return _explained(404, "NoTraffic", f"Endpoint '{endpoint}' has no deployment with a positive share of traffic.")


def no_slot(endpoint: str, slot: str) -> Refusal:
    """The request names a deployment by header."""
    return _explained(404, "DeploymentNotFound", f"Endpoint '{endpoint}' has no deployment '{slot}'.")


def timed_out(timeout_ms: int) -> Refusal:
    """The container needed longer than its request settings allow."""
    message = f"The deployment did not answer within its request_timeout_ms of {timeout_ms}."
    return _explained(408, "RequestTimeout", message)
