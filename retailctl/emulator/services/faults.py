"""Faults on purpose, so that a client's waits and retries can be tested.

A fault names the requests that it meets (method and a regular expression on the path), how many of them
(`count`), and what happens instead of, or before, the answer: a status (with `Retry-After` for 429 and 503), a
dropped connection, or a delay. A deployment may also be told to hang while it is being created or updated.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from pydantic import Field

from retailctl.emulator.arm.bodies.shape import Shape, parse
from retailctl.emulator.arm.errors import ArmError, invalid_body, not_found


class FaultBody(Shape):
    """POST of a fault."""

    method: str = "*"
    path: str = ".*"
    count: int = Field(default=1, ge=1)
    kind: Literal["status", "drop", "delay", "stuck"]
    status: int = Field(default=503, ge=400, le=599)
    retry_after_s: float | None = Field(default=None, ge=0)
    delay_s: float = Field(default=1.0, ge=0, le=600)
    deployment: str | None = None


@dataclass(slots=True)
class Fault:
    """A fault in force; `left` is how many requests it still meets."""

    body: FaultBody
    pattern: re.Pattern[str]
    left: int
    id: str = field(default_factory=lambda: uuid4().hex)
    cleared: asyncio.Event = field(default_factory=asyncio.Event)

    def meets(self, method: str, path: str) -> bool:
        """True when the request is one of those it is meant for."""
        wanted = self.body.method.upper()
        return self.body.kind != "stuck" and wanted in {"*", method} and bool(self.pattern.search(path))

    def document(self) -> dict[str, Any]:
        """The fault as `/_local/faults` lists it."""
        return {"id": self.id, "left": self.left, **self.body.document()}

    def error(self) -> ArmError:
        """The refusal of a fault of kind `status`."""
        throttled = self.body.status in {429, 503}
        seconds = self.body.retry_after_s if self.body.retry_after_s is not None else 1.0
        return ArmError(
            self.body.status,
            "TooManyRequests" if self.body.status == 429 else "InjectedFault",
            "This answer was asked for at /_local/faults.",
            headers={"Retry-After": f"{seconds:g}"} if throttled else {},
        )


class Faults:
    """The faults in force, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def add(self, document: Any) -> Fault:
        """Put a fault in force. Raises ArmError (400)."""
        body = parse(FaultBody, document)
        if body.kind == "stuck" and not body.deployment:
            raise invalid_body("deployment", "a stuck deployment is named as ENDPOINT/DEPLOYMENT")
        try:
            pattern = re.compile(body.path, re.IGNORECASE)
        except re.error as error:
            raise invalid_body("path", f"not a regular expression: {error}") from error
        fault = Fault(body, pattern, body.count)
        self._faults[fault.id] = fault
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, one of whose uses is spent by asking."""
        for fault in self._faults.values():
            if fault.meets(method, path):
                fault.left -= 1
                if not fault.left:
                    del self._faults[fault.id]
                return fault
        return None

    async def hold(self, endpoint: str, deployment: str) -> None:
        """Wait while this deployment is told to hang."""
        for fault in list(self._faults.values()):
            if fault.body.kind == "stuck" and fault.body.deployment == f"{endpoint}/{deployment}":
                await fault.cleared.wait()

    def list(self) -> list[dict[str, Any]]:
        """Every fault in force."""
        return [fault.document() for fault in self._faults.values()]

    def clear(self, fault_id: str | None = None) -> None:
        """End one fault, or all of them. Raises ArmError (404)."""
        if fault_id is not None and fault_id not in self._faults:
            raise not_found(f"fault '{fault_id}'")
        for identifier in [fault_id] if fault_id else list(self._faults):
            self._faults.pop(identifier).cleared.set()
