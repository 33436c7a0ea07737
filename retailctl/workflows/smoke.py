"""The smoke test of a slot: one real request, sent past the split to that slot alone."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from retailctl.azureml.scoring import ScoringAnswer, ScoringClient
from retailctl.domain.deadline import Deadline, poll
from retailctl.domain.resources import Deployment
from retailctl.errors import InvalidInput, ResourceNotFound, SmokeTestFailed, Unavailable, WaitTimedOut
from retailctl.workflows.events import Caution
from retailctl.workflows.invoke import content, failure, sample_body
from retailctl.workflows.toolbox import Toolbox, step

_PATIENCE_S = 60.0
_INTERVAL_S = 2.0
_SHOWN = 300
_NOT_YET = frozenset({429, 502, 503})
"""Statuses of the platform itself while it is still taking the slot in."""


@dataclass(frozen=True)
class SmokeResult:
    """The answer to the smoke test's request; ``seconds`` is its latency."""

    slot: str
    status: int
    seconds: float
    forecasts: int


def smoke_test(tools: Toolbox, slot: Deployment) -> SmokeResult | None:
    """Ask ``slot`` for a forecast of a series that its model knows; None where the model carries no sample request.

    A new slot may be unknown to the router for some seconds, so "not found" and "unavailable" are asked again.

    Raises:
        SmokeTestFailed: another status than 200, or an answer without the forecasts asked for.
    """
    try:
        body = sample_body(tools, slot)
    except InvalidInput as error:
        tools.tell(Caution(f"slot {slot.name} was not smoke tested: {error.message}"))
        return None
    with step(tools, "smoke", f"Smoke testing {slot.name}") as testing:
        client = tools.workspace.scoring(slot.endpoint)
        try:
            answer = _ask(tools, client, slot.name, body.content)
        finally:
            client.close()
        forecasts = _check(answer, slot.name, body.content)
        testing.text = f"Smoke tested {slot.name}: {forecasts} forecast in {answer.seconds * 1000:.0f} ms"
    return SmokeResult(slot.name, answer.status, answer.seconds, forecasts)


def _ask(tools: Toolbox, client: ScoringClient, slot: str, body: bytes) -> ScoringAnswer:
    timeout_s = tools.settings.request_timeout_ms / 1000 + 5
    refused: list[str] = []

    def probe() -> ScoringAnswer | None:
        try:
            answer = client.score(body, slot=slot, timeout_s=timeout_s)
        except (ResourceNotFound, Unavailable) as error:
            refused.append(error.message)
            return None
        if answer.status not in _NOT_YET:
            return answer
        refused.append(failure(answer).message)
        return None

    deadline = Deadline.after(tools.clock, _PATIENCE_S)
    try:
        return poll(probe, deadline, interval_s=_INTERVAL_S, waiting_for=f"an answer of {slot}", look=_logs(slot))
    except WaitTimedOut as error:
        raise _failed(slot, f"it did not answer within {_PATIENCE_S:.0f} s", refused[-1]) from error


def _check(answer: ScoringAnswer, slot: str, body: bytes) -> int:
    """Number of forecasts in the answer."""
    if not answer.ok:
        problem = failure(answer)
        raise _failed(slot, problem.message, problem.reason)
    answered = content(answer)
    forecasts = answered.get("forecasts") if isinstance(answered, dict) else None
    asked = len(json.loads(body).get("series", []))
    if not isinstance(forecasts, list) or len(forecasts) < max(1, asked):
        raise _failed(slot, "its answer holds no forecast for what was asked", str(answered)[:_SHOWN])
    if not all(_is_forecast(each) for each in forecasts):
        raise _failed(slot, "a forecast in its answer is empty or holds no number", str(answered)[:_SHOWN])
    return len(forecasts)


def _is_forecast(each: object) -> bool:
    mean = each.get("mean") if isinstance(each, dict) else None
    if not isinstance(mean, list) or not mean:
        return False
    return all(isinstance(day, int | float) and math.isfinite(day) for day in mean)


def _failed(slot: str, what: str, why: str | None) -> SmokeTestFailed:
    return SmokeTestFailed(
        f"slot {slot} failed its smoke test: {what}", reason=why or None, hint=_logs(slot), details={"slot": slot}
    )


def _logs(slot: str) -> str:
    return f"retailctl logs --slot {slot}"
