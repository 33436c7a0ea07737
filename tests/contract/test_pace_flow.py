"""New keys and cancellations take the time of the pace, and their clients wait for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.mgmt.machinelearningservices import models

from retailctl.emulator import LocalWorkspace
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

pytestmark = pytest.mark.contract


@pytest.fixture
def api(workspace: LocalWorkspace) -> Iterator[Api]:
    """A plain client; the pace is as before when the test is over."""
    found = Api.of(workspace)
    yield found
    found.call("PUT", "/_local/pace", json={"pace": "immediate"})


def _stop_at_every_transition(api: Api) -> None:
    assert api.call("PUT", "/_local/pace", json={"pace": "manual"}).status_code == 200


def _waits(api: Api, transition: str) -> bool:
    return transition in {each["transition"] for each in api.call("GET", "/_local/transitions").json()["value"]}


def _step(api: Api, transition: str) -> None:
    until(lambda: api.call("POST", f"/_local/transitions/{transition}/step").status_code == 200)


def test_new_keys_hold_when_their_operation_is_done_and_not_before(
    management: Any, here: tuple[str, str], api: Api
) -> None:
    endpoints = management.online_endpoints
    properties = models.OnlineEndpointProperties(auth_mode="Key")
    body = models.OnlineEndpoint(location="local", properties=properties)
    endpoints.begin_create_or_update(*here, "renewed", body).result()
    before = endpoints.list_keys(*here, "renewed")
    _stop_at_every_transition(api)
    waited = endpoints.begin_regenerate_keys(
        *here, "renewed", models.RegenerateEndpointKeysRequest(key_type="Secondary")
    )
    assert endpoints.get(*here, "renewed").properties.provisioning_state == "Updating"
    assert endpoints.list_keys(*here, "renewed") == before
    second = api.arm("POST", "/onlineEndpoints/renewed/regenerateKeys", json={"keyType": "Primary"})
    assert (second.status_code, second.json()["error"]["code"]) == (409, "Conflict")
    _step(api, "endpoint.keys")
    waited.result()
    after = endpoints.list_keys(*here, "renewed")
    assert (after.primary_key, after.secondary_key != before.secondary_key) == (before.primary_key, True)
    assert endpoints.get(*here, "renewed").properties.provisioning_state == "Succeeded"


def test_keys_whose_operation_fails_stay(api: Api) -> None:
    api.done(api.arm("PUT", "/onlineEndpoints/stays", json=bodies.endpoint()))
    before = api.arm("POST", "/onlineEndpoints/stays/listKeys").json()
    api.call("POST", "/_local/faults", json={"kind": "fail", "transition": "endpoint.keys", "resource": "stays"})
    ended = api.done(api.arm("POST", "/onlineEndpoints/stays/regenerateKeys", json={"keyType": "Primary"}))
    assert ended["status"] == "Failed"
    assert api.arm("POST", "/onlineEndpoints/stays/listKeys").json() == before


def test_a_running_job_is_cancelled_when_its_operation_is_done(
    management: Any, here: tuple[str, str], api: Api, trained: str
) -> None:
    job = models.CommandJob(command="sleep 300", environment_id=trained)
    management.jobs.create_or_update(*here, "slowly", models.JobBase(properties=job))
    until(lambda: management.jobs.get(*here, "slowly").properties.status == "Running")
    _stop_at_every_transition(api)
    waited = management.jobs.begin_cancel(*here, "slowly")
    assert management.jobs.get(*here, "slowly").properties.status == "CancelRequested"
    _step(api, "job.cancel")
    waited.result()
    assert management.jobs.get(*here, "slowly").properties.status == "Canceled"


@pytest.mark.parametrize("passed", [("job.prepare",), ("job.prepare", "job.queue")])
def test_a_job_whose_cancellation_was_asked_for_goes_no_further(
    management: Any, here: tuple[str, str], api: Api, trained: str, passed: tuple[str, ...]
) -> None:
    name, waits_at = f"no-further-{len(passed)}", ("job.queue", "job.finalize")[len(passed) - 1]
    _stop_at_every_transition(api)
    job = models.CommandJob(command="true", environment_id=trained)
    management.jobs.create_or_update(*here, name, models.JobBase(properties=job))
    for transition in passed:
        _step(api, transition)
    until(lambda: _waits(api, waits_at))
    waited = management.jobs.begin_cancel(*here, name)
    _step(api, waits_at)
    until(lambda: management.jobs.get(*here, name).properties.status == "Canceled")
    _step(api, "job.cancel")
    waited.result()
