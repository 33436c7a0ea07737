"""What can be made to go wrong, as the bodies of `POST /_local/faults`: one shape a kind, unknown fields refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from retailctl.emulator.arm.bodies.shape import Shape, parse
from retailctl.emulator.arm.errors import ArmError, invalid_body
from retailctl.emulator.arm.operations import retry_headers
from retailctl.emulator.services.pace import REALISTIC

_THROTTLING = frozenset({429, 503})


def _is_expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


def _is_transition(value: str) -> str:
    if value != "*" and value not in REALISTIC:
        raise ValueError(f"neither '*' nor one of {', '.join(REALISTIC)}")
    return value


Expression = Annotated[str, AfterValidator(_is_expression)]
Transition = Annotated[str, AfterValidator(_is_transition)]


class Fault(Shape):
    """The base: names as they are written in the documentation, and no others."""

    model_config = ConfigDict(extra="forbid", alias_generator=None)

    kind: str


class CountedFault(Fault):
    """One that meets `count` of what it names (null: all), not before `after` have passed, each with `probability`."""

    count: int | None = Field(default=1, ge=1)
    after: int = Field(default=0, ge=0)
    probability: float = Field(default=1.0, gt=0, le=1)
    seed: int = 0


class RequestFault(CountedFault):
    """One of a request: by method, regular expression on the path, and published name of the operation.

    With `endpoint` it is one of scoring requests, for endpoints and slots of these names (regular expressions for the
    whole of a name), and not of the management API and storage.
    """

    scoring_alone: ClassVar[frozenset[str]] = frozenset({"slot"})

    method: str = "*"
    path: Expression = ".*"
    operation: str | None = None
    endpoint: Expression | None = None
    slot: Expression | None = None

    @model_validator(mode="after")
    def _is_of_one_plane(self) -> Self:
        if self.endpoint is not None and self.operation is not None:
            raise PydanticCustomError("two_planes", "an endpoint's requests are no operation of the management API")
        for name in sorted(self.scoring_alone & self.model_fields_set):
            if self.endpoint is None:
                raise PydanticCustomError("no_endpoint", "{name} needs an endpoint", {"name": name})
        return self


class StatusFault(RequestFault):
    """A refusal instead of the work, with `Retry-After` for 429 and 503; for scoring, only where it is asked for.

    `model_status` is what a container is said to have answered: a caller sees 424.
    """

    scoring_alone = frozenset({"slot", "model_status"})

    kind: Literal["status"] = "status"
    status: int = Field(default=503, ge=400, le=599)
    code: str | None = None
    model_status: int = Field(default=500, ge=201, le=599)
    retry_after_s: float | None = Field(default=None, ge=0)

    def error(self) -> ArmError:
        """What is answered."""
        usual = "TooManyRequests" if self.status == 429 else "InjectedFault"
        pause = retry_headers(self.retry_after_s if self.retry_after_s is not None else 1.0)
        message = "This answer was asked for at /_local/."
        return ArmError(self.status, self.code or usual, message, headers=pause if self.status in _THROTTLING else {})


class DropFault(RequestFault):
    """A connection cut `before` the work, `after` it, or in the `middle` of the answer."""

    kind: Literal["drop"] = "drop"
    when: Literal["before", "middle", "after"] = "before"


class DelayFault(RequestFault):
    """Work that begins `delay_s` late."""

    kind: Literal["delay"] = "delay"
    delay_s: float = Field(default=1.0, ge=0, le=600)


class TrickleFault(RequestFault):
    """An answer whose body comes at `bytes_per_s`."""

    kind: Literal["trickle"] = "trickle"
    bytes_per_s: int = Field(default=100, ge=1)


class StuckFault(Fault):
    """Transitions of some resources that do not go on until the fault is taken back.

    `resource` is a regular expression for the whole of a job's or endpoint's name, or of ENDPOINT/DEPLOYMENT.
    """

    kind: Literal["stuck"] = "stuck"
    transition: Transition = "*"
    resource: Expression


class FailFault(CountedFault):
    """Transitions of some resources that end in failure, with `code` in the operation's or the job's error."""

    kind: Literal["fail"] = "fail"
    transition: Transition = "*"
    resource: Expression
    code: str = "InternalServerError"
    message: str = "This failure was asked for at /_local/."

    def error(self) -> ArmError:
        """Why the operation failed."""
        return ArmError(400, self.code, self.message)


KINDS: Mapping[str, type[Fault]] = {
    "status": StatusFault,
    "drop": DropFault,
    "delay": DelayFault,
    "trickle": TrickleFault,
    "stuck": StuckFault,
    "fail": FailFault,
}


def read_fault(document: Any) -> Fault:
    """The fault that a body describes. Raises ArmError (400) that names the first wrong field."""
    kind = document.get("kind") if isinstance(document, dict) else None
    shape = KINDS.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise invalid_body("kind", f"one of {', '.join(KINDS)} is needed")
    return parse(shape, document)
