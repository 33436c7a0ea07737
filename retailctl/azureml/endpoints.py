"""Online endpoints: the one writer of them, so that no change drops a field, a tag, a share or a mirror.

An update is a PUT of the whole resource, and Azure's reads are eventually consistent. Every change therefore reads
first, changes what was asked for, writes everything, and waits until a read shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from retailctl.azureml import resources
from retailctl.azureml.arm import ArmClient, path_of
from retailctl.azureml.endpoint_documents import EndpointEdit, edited, laid_onto, moving, read_endpoint, shown
from retailctl.azureml.operations import growing_pauses
from retailctl.azureml.sdk import Sdk
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Json
from retailctl.azureml.turns import one_at_a_time
from retailctl.domain.deadline import Deadline, poll
from retailctl.domain.resources import AccessToken, Endpoint, Keys
from retailctl.errors import Stale, WorkFailed, WrongState

KeyKind = Literal["primary", "secondary"]

CHANGE_S = 600.0
"""Seconds a change may take, waiting for somebody else's included."""
CREATE_S = 1200.0

__all__ = ["EndpointEdit", "EndpointsClient", "KeyKind"]


class EndpointsClient:
    """Reads and writes online endpoints."""

    def __init__(self, arm: ArmClient, sdk: Sdk) -> None:
        self._arm = arm
        self._sdk = sdk

    def get(self, name: str) -> Endpoint:
        """The endpoint as it is now.

        Raises:
            ResourceNotFound: there is none of that name.
        """
        return read_endpoint(self._arm.get(_path(name), _subject(name)))

    def find(self, name: str) -> Endpoint | None:
        """The endpoint, or None when there is none of that name."""
        found = self._arm.find(_path(name), _subject(name))
        return read_endpoint(found) if found else None

    def list(self) -> list[Endpoint]:
        """Every endpoint of the workspace, by name."""
        found = self._arm.pages("/onlineEndpoints", Subject("endpoint"))
        return sorted((read_endpoint(each) for each in found), key=lambda endpoint: endpoint.name)

    def create(self, yaml: Path, *, deadline: Deadline | None = None) -> Endpoint:
        """Bring the endpoint of ``yaml`` into being, or an existing one up to it.

        An existing endpoint keeps its traffic, its mirror, its identity and every tag that the file does not set.

        Raises:
            InvalidTemplate: the SDK does not take the file.
            WorkFailed: the service took the request and could not do it.
            WaitTimedOut: the deadline passed; the service goes on.
        """
        name, body = self._sdk.endpoint_body(yaml)
        deadline = deadline or Deadline.after(self._arm.clock, CREATE_S)
        with self._turn(name, deadline):
            if self.find(name) is not None or not self._begun(name, body, deadline):
                self._write(name, lambda live: laid_onto(live, body), deadline)
            made = self._ready(name, deadline)
        if made.state != "Succeeded":
            raise WorkFailed(f"endpoint '{name}' could not be made", reason=f"its state is {made.state}")
        return made

    def change(
        self, name: str, edit: Callable[[Endpoint], EndpointEdit], *, deadline: Deadline | None = None
    ) -> Endpoint:
        """Read, let ``edit`` say what changes, write the whole resource, and wait until a read shows it.

        Where somebody else is changing the endpoint, this waits, reads again and asks ``edit`` again.

        Raises:
            ResourceNotFound: there is no such endpoint.
            WrongState: somebody else was still changing it when the deadline passed.
            Stale: the change was written, and somebody else changed it meanwhile.
            WaitTimedOut: no read showed the change in time.
        """
        deadline = deadline or Deadline.after(self._arm.clock, CHANGE_S)
        asked = EndpointEdit()

        def body(now: Endpoint) -> Json | None:
            nonlocal asked
            asked = edit(now)
            return edited(now, asked) if asked != EndpointEdit() else None

        with self._turn(name, deadline):
            before = self._write(name, body, deadline)
            if asked == EndpointEdit():
                return before
            return poll(
                lambda: shown(self.get(name), before, asked),
                deadline,
                interval_s=1.0,
                waiting_for=f"a read to show the change of endpoint '{name}'",
                look="retailctl status",
            )

    def delete(self, name: str, *, deadline: Deadline | None = None) -> None:
        """Delete the endpoint with its slots, and wait until it is gone.

        Raises:
            ResourceNotFound: there is none of that name.
            WaitTimedOut: the deadline passed; the deletion goes on.
        """
        deadline = deadline or Deadline.after(self._arm.clock, CREATE_S)
        self._arm.delete(_path(name), _subject(name), deadline, look="retailctl endpoint list")

    def keys(self, name: str) -> Keys:
        """Both keys of an endpoint whose ``auth_mode`` is key."""
        found = self._arm.request("POST", f"{_path(name)}/listKeys", _subject(name)).json()
        return Keys(found.get("primaryKey") or "", found.get("secondaryKey") or "")

    def regenerate_key(self, name: str, which: KeyKind) -> None:
        """Replace one key; the other goes on working."""
        subject = _subject(name)
        body = {"keyType": which.capitalize()}
        answer = self._arm.request("POST", f"{_path(name)}/regenerateKeys", subject, body=body)
        deadline = Deadline.after(self._arm.clock, CHANGE_S)
        self._arm.settle(answer, subject, deadline, doing="renewing a key of", look="retailctl status")

    def token(self, name: str) -> AccessToken:
        """A token for an endpoint whose ``auth_mode`` is aml_token."""
        found = self._arm.request("POST", f"{_path(name)}/token", _subject(name)).json()
        return AccessToken(
            found.get("accessToken") or "",
            resources.epoch(found.get("expiryTimeUtc")),
            resources.epoch(found.get("refreshAfterTimeUtc")),
        )

    def _begun(self, name: str, body: Json, deadline: Deadline) -> bool:
        """Make the endpoint; False where it is being made already.

        That is by somebody else, or by a first sending of this very request whose answer was lost.
        """
        try:
            self._put(name, body, deadline, doing="creating")
        except (WrongState, Stale):
            if self.find(name) is None:  # the name is taken outside this workspace
                raise
            return False
        return True

    def _write(self, name: str, body: Callable[[Endpoint], Json | None], deadline: Deadline) -> Endpoint:
        """Write ``body`` of the endpoint as it is (None: nothing), as often as somebody else is in the way.

        Returns the state before it.
        """
        pauses = growing_pauses(first_s=0.5)
        while True:
            before = self._ready(name, deadline)
            content = body(before)
            if content is None:
                return before
            try:
                self._put(name, content, deadline, doing="updating")
                return before
            except (WrongState, Stale):
                if deadline.passed:
                    raise
                deadline.clock.sleep(min(next(pauses), deadline.remaining_s))

    def _turn(self, name: str, deadline: Deadline) -> AbstractContextManager[None]:
        return one_at_a_time(self._arm.url(_path(name)), deadline, text=_subject(name).text)

    def _put(self, name: str, body: Json, deadline: Deadline, *, doing: str) -> None:
        """Send the whole resource; ``etag``, where the service hands one out, makes it refuse a stale one."""
        etag = body.pop("etag", None)
        headers = {"If-Match": str(etag)} if etag else None
        answer = self._arm.request("PUT", _path(name), _subject(name), body=body, headers=headers)
        self._arm.settle(answer, _subject(name), deadline, doing=doing, look="retailctl status")

    def _ready(self, name: str, deadline: Deadline) -> Endpoint:
        """The endpoint once nobody is changing it; a PUT meanwhile would only be refused.

        Raises:
            WrongState: it was still being changed when the deadline passed.
        """
        pauses = growing_pauses()
        while True:
            endpoint = self.get(name)
            if not moving(endpoint):
                return endpoint
            if deadline.passed:
                raise WrongState(
                    f"endpoint '{name}' is still being changed",
                    reason=f"its state is {endpoint.state}",
                    hint="retailctl status",
                )
            deadline.clock.sleep(min(next(pauses), deadline.remaining_s))


def _path(name: str) -> str:
    return path_of("onlineEndpoints", name)


def _subject(name: str) -> Subject:
    return Subject("endpoint", name)
