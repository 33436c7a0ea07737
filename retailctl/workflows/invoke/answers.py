"""What an answer means: the forecast, or whose fault it is that there is none.

Status map of managed online endpoints: learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints.
"""

from __future__ import annotations

import json

from retailctl.azureml.scoring import SLOT_HEADER, ScoringAnswer
from retailctl.errors import ApiRefused, InvalidInput, RetailctlError, ServerFault, Throttled, WorkFailed

LONGEST_MESSAGE = 256
"""Characters of foreign text worth showing."""
_REQUEST_HEADER = "x-request-id"
_MESSAGE_KEYS = ("message", "detail", "error")


def answering_slot(answer: ScoringAnswer) -> str | None:
    """The slot that answered: as the endpoint says, else the one that was asked for."""
    return header(answer, SLOT_HEADER) or answer.slot


def request_id(answer: ScoringAnswer) -> str | None:
    """The id under which the endpoint's and the slot's logs know the request."""
    return header(answer, _REQUEST_HEADER)


def header(answer: ScoringAnswer, name: str) -> str | None:
    """A header of the answer, whatever its case."""
    return next((value for key, value in answer.headers.items() if key.lower() == name), None)


def content(answer: ScoringAnswer) -> object:
    """The body: parsed where it is JSON, else as text."""
    try:
        parsed: object = json.loads(answer.body)
    except ValueError:
        return answer.body.decode(errors="replace")
    return parsed


def failure(answer: ScoringAnswer) -> RetailctlError:
    """What an answer other than 200 means to whoever sent the request."""
    slot = answering_slot(answer) or "the slot"
    logs = f"retailctl logs --slot {slot}" if answering_slot(answer) else "retailctl logs"
    kind, what, hint = _meaning(answer, slot, logs)
    details = {"status": answer.status, "modelStatus": answer.model_status, "requestId": request_id(answer)}
    return kind(
        what,
        reason=_message(content(answer)),
        hint=hint,
        details={name: value for name, value in details.items() if value is not None},
    )


def _meaning(answer: ScoringAnswer, slot: str, logs: str) -> tuple[type[RetailctlError], str, str]:
    model = answer.model_status
    if answer.status == 424 and model is not None and 400 <= model < 500:
        return InvalidInput, f"the model in {slot} refused the request ({model})", "correct the request"
    if answer.status == 424:
        return WorkFailed, f"the model in {slot} failed" + (f" ({model})" if model else ""), logs
    if answer.status == 408:
        return WorkFailed, f"the model in {slot} took longer than request_timeout_ms", logs
    if answer.status == 429:
        return Throttled, f"too many requests wait for {slot}", "send fewer at once, or raise --instance-count"
    if answer.status >= 500:
        return ServerFault, f"the endpoint failed ({answer.status})", "run the command again"
    return ApiRefused, f"the endpoint refused the request ({answer.status})", "retailctl endpoint show"


def _message(body: object) -> str | None:
    """The message in a JSON error, however deep, else the text itself; cut."""
    while isinstance(body, dict):
        inner = next((body[key] for key in _MESSAGE_KEYS if body.get(key)), None)
        if inner is None:
            break
        body = inner
    text = body if isinstance(body, str) else json.dumps(body)
    cut = text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "..."
    return cut.strip() or None
