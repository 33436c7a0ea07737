"""Deployments (slots) of an online endpoint: read and deleted over ARM, created through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient, path_of
from retailctl.azureml.deployed_fields import deployed_fields
from retailctl.azureml.operations import growing_pauses
from retailctl.azureml.sdk import DeploymentPut, Sdk
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Json
from retailctl.domain import tags
from retailctl.domain.deadline import Deadline, timed_out
from retailctl.domain.redaction import scrub
from retailctl.domain.resources import Deployment
from retailctl.errors import DeploymentFailed, RetailctlError, WorkFailed, WrongState

Container = Literal["inference-server", "storage-initializer"]
Progress = Callable[[str], None]

APPLY_S = 3600.0
"""Seconds a slot may take to become ready: machines are made and images pulled meanwhile."""
BUSY_S = 120.0
"""Seconds that a conflict is waited for: some are another's update, which ends, and some never do."""
DELETE_S = 1200.0
LOG_TAIL = 40
"""Lines of the container's log that a failed deployment shows."""

_CONTAINERS = {"inference-server": "InferenceServer", "storage-initializer": "StorageInitializer"}


class DeploymentsClient:
    """Reads, applies and deletes the slots of an endpoint."""

    def __init__(self, arm: ArmClient, sdk: Sdk) -> None:
        self._arm = arm
        self._sdk = sdk

    def get(self, endpoint: str, slot: str) -> Deployment:
        """The slot as it is now.

        Raises:
            ResourceNotFound: the endpoint, or the slot, does not exist.
        """
        return read_deployment(self._arm.get(_path(endpoint, slot), _subject(slot)), endpoint)

    def find(self, endpoint: str, slot: str) -> Deployment | None:
        """The slot, or None when it does not exist."""
        found = self._arm.find(_path(endpoint, slot), _subject(slot))
        return read_deployment(found, endpoint) if found else None

    def list(self, endpoint: str) -> list[Deployment]:
        """Every slot of the endpoint, by name.

        Raises:
            ResourceNotFound: the endpoint does not exist.
        """
        path = path_of("onlineEndpoints", endpoint, "deployments")
        found = self._arm.pages(path, Subject("endpoint", endpoint))
        return sorted((read_deployment(each, endpoint) for each in found), key=lambda slot: slot.name)

    def apply(self, yaml: Path, *, on_progress: Progress | None = None, deadline: Deadline | None = None) -> Deployment:
        """Create or update the slot of ``yaml`` and wait until it is ready.

        Args:
            on_progress: gets each new provisioning state, and what the start waits for.

        Raises:
            InvalidTemplate: the SDK does not take the file.
            WrongState: the endpoint was still being changed by somebody else after BUSY_S.
            DeploymentFailed: it never became ready; ``details["log"]`` holds its container's last lines.
            WaitTimedOut: the deadline passed; the deployment goes on.
        """
        deadline = deadline or Deadline.after(self._arm.clock, APPLY_S)
        tell = on_progress or _silent
        with ExitStack() as stack:
            put = self._begin(yaml, stack, tell, deadline)
            self._follow(put, tell, deadline)
            try:
                put.result()
            except WorkFailed as error:
                raise self._failed(put, error) from error
        return self.get(put.endpoint, put.slot)

    def delete(self, endpoint: str, slot: str, *, deadline: Deadline | None = None) -> None:
        """Delete the slot and wait until it is gone.

        Raises:
            ResourceNotFound: it does not exist.
            WrongState: it takes traffic.
            WaitTimedOut: the deadline passed; the deletion goes on.
        """
        deadline = deadline or Deadline.after(self._arm.clock, DELETE_S)
        self._arm.delete(_path(endpoint, slot), _subject(slot), deadline, look="retailctl status")

    def logs(self, endpoint: str, slot: str, container: Container = "inference-server", lines: int = 100) -> str:
        """The last ``lines`` lines of one of the slot's containers.

        Raises:
            ResourceNotFound: the endpoint, or the slot, does not exist.
        """
        body = {"containerType": _CONTAINERS[container], "tail": lines}
        path = f"{_path(endpoint, slot)}/getLogs"
        return self._arm.request("POST", path, _subject(slot), body=body).json().get("content") or ""

    def _begin(self, yaml: Path, stack: ExitStack, tell: Progress, deadline: Deadline) -> DeploymentPut:
        """Send the slot, as often as somebody else is changing the endpoint, but not for ever."""
        patience = Deadline.after(self._arm.clock, min(BUSY_S, deadline.remaining_s))
        pauses = growing_pauses(first_s=0.5)
        while True:
            try:
                return stack.enter_context(self._sdk.deployment_put(yaml))
            except WrongState as error:
                if patience.passed:
                    raise
                tell(f"waiting: {error.reason or error.message}")
            patience.clock.sleep(min(next(pauses), patience.remaining_s))

    def _follow(self, put: DeploymentPut, tell: Progress, deadline: Deadline) -> None:
        """Wait until the operation is over, telling each new state that a read shows."""
        told = ""
        pauses = growing_pauses()
        while not put.done():
            found = self.find(put.endpoint, put.slot)
            if found and found.state != told:
                told = found.state
                tell(told)
            if deadline.passed:
                waiting_for = f"slot '{put.slot}' of endpoint '{put.endpoint}' to become ready"
                raise timed_out(deadline, waiting_for=waiting_for, look="retailctl status --watch")
            deadline.clock.sleep(min(next(pauses), deadline.remaining_s))

    def _failed(self, put: DeploymentPut, error: RetailctlError) -> DeploymentFailed:
        container, tail = self._last_words(put.endpoint, put.slot)
        details = {**error.details, **({"log": tail, "container": container} if tail else {})}
        return DeploymentFailed(
            f"slot '{put.slot}' of endpoint '{put.endpoint}' never became ready",
            reason=error.reason,
            hint=f"retailctl logs --slot {put.slot} --container {container}",
            details=details,
        )

    def _last_words(self, endpoint: str, slot: str) -> tuple[Container, str]:
        """The log's tail: the model server's, or where that never started, that of the step before it."""
        containers: tuple[Container, ...] = ("inference-server", "storage-initializer")
        for container in containers:
            try:
                tail = scrub(self.logs(endpoint, slot, container, LOG_TAIL).strip())
            except RetailctlError:  # the failure itself matters more than its log
                continue
            if tail:
                return container, tail
        return containers[0], ""


def read_deployment(resource: Json, endpoint: str) -> Deployment:
    """A slot from its ARM resource."""
    own = resources.properties(resource)
    marks = resources.tags(resource)
    return Deployment(
        name=str(resource["name"]),
        endpoint=endpoint,
        state=str(own.get("provisioningState", "")),
        model=resources.pinned_asset(own.get("model")),
        image=marks.get(tags.IMAGE),
        instance_type=own.get("instanceType") or "",
        instance_count=int((resource.get("sku") or {}).get("capacity") or 0),
        tags=marks,
        environment=resources.pinned_asset(own.get("environmentId")),
        created_at=resources.created_at(resource),
        changed_at=resources.changed_at(resource),
        runner=(own.get("properties") or {}).get("local.runner"),
        fields=deployed_fields(resource),
        raw=resource,
    )


def _path(endpoint: str, slot: str) -> str:
    return path_of("onlineEndpoints", endpoint, "deployments", slot)


def _subject(slot: str) -> Subject:
    return Subject("slot", slot)


def _silent(state: str) -> None:
    """Nobody listens."""
