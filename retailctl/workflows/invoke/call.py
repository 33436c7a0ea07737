"""Send one request, or a run of them, to the endpoint or past its split to one slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from retailctl.azureml.scoring import ScoringAnswer
from retailctl.domain.resources import Deployment
from retailctl.errors import ResourceNotFound, RetailctlError
from retailctl.workflows.invoke.answers import answering_slot, content, failure, request_id
from retailctl.workflows.invoke.body import Body
from retailctl.workflows.invoke.latency import Latency, summarise
from retailctl.workflows.invoke.sample import sample_body
from retailctl.workflows.plain import plain
from retailctl.workflows.toolbox import Toolbox

GRACE_S = 5.0
"""Beyond the slot's own time limit: what the way there and back may take."""


@dataclass(frozen=True)
class InvokeRequest:
    """What to send, where, and how often."""

    body: Body | None = None
    """None: the sample request of the model that answers."""
    slot: str | None = None
    """None: the endpoint's split chooses."""
    repeat: int = 1
    """Requests, one after the other."""
    timeout_s: float | None = None
    """None: the setting ``request_timeout_ms`` and a little more."""


@dataclass(frozen=True)
class InvokeResult:
    """The last answer, and the run it belongs to."""

    endpoint: str
    slot: str | None
    """The slot that answered, where the endpoint says so."""
    status: int
    answer: object
    seconds: float
    request_id: str | None
    source: str
    """Where the request came from, in words."""
    sent: int
    slots: Mapping[str, int]
    """Requests that each slot answered."""
    latency: Latency


def invoke(tools: Toolbox, request: InvokeRequest) -> InvokeResult:
    """Send the request and return the model's answer.

    Raises:
        InvalidInput: the model refused the request; its own message is the reason.
        WorkFailed: the model failed, or took too long.
        Throttled: more requests were waiting than the slot takes.
        ResourceNotFound: no such endpoint or slot, or no slot that takes traffic.
    """
    name = tools.settings.endpoint_name
    body = request.body or sample_body(tools, _serving(tools, request.slot))
    timeout_s = request.timeout_s or tools.settings.request_timeout_ms / 1000 + GRACE_S
    client = tools.workspace.scoring(name)
    try:
        answers = [
            client.score(body.content, slot=request.slot, timeout_s=timeout_s) for _ in range(max(1, request.repeat))
        ]
    finally:
        client.close()
    _raise_failures(answers)
    last = answers[-1]
    return InvokeResult(
        endpoint=name,
        slot=answering_slot(last),
        status=last.status,
        answer=content(last),
        seconds=last.seconds,
        request_id=request_id(last),
        source=body.source,
        sent=len(answers),
        slots=_by_slot(answers),
        latency=summarise([answer.seconds for answer in answers]),
    )


def _serving(tools: Toolbox, slot: str | None) -> Deployment:
    """The slot whose model the sample is for: the one asked for, else the one with most traffic."""
    name = tools.settings.endpoint_name
    if slot is not None:
        return tools.workspace.deployments.get(name, slot)
    live = tools.workspace.endpoints.get(name).traffic.live
    if not live:
        raise ResourceNotFound(
            f"no slot of endpoint '{name}' takes traffic",
            hint="retailctl traffic blue=100, or retailctl invoke --slot blue",
        )
    return tools.workspace.deployments.get(name, max(live, key=lambda each: live[each]))


def _by_slot(answers: list[ScoringAnswer]) -> dict[str, int]:
    return dict(Counter(answering_slot(answer) or "unknown" for answer in answers))


def _raise_failures(answers: list[ScoringAnswer]) -> None:
    failed = [answer for answer in answers if not answer.ok]
    if not failed:
        return
    error: RetailctlError = failure(failed[0])
    if len(answers) > 1:
        latency = summarise([answer.seconds for answer in answers])
        error.details |= {"sent": len(answers), "failed": len(failed), "latency": plain(latency)}
        error.message = f"{len(failed)} of {len(answers)} requests failed: {error.message}"
        error.args = (error.message,)
    raise error
