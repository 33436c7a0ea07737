"""The one mapping from Azure's failures to the errors of retailctl, and what it keeps to itself."""

from __future__ import annotations

import json

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.rest import HttpRequest

from retailctl import errors
from retailctl.azureml.failures import from_answer, from_exception
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Answer
from tests.unit.azureml.doubles import arm_error

SLOT = Subject("slot", "green")


def failed(status: int, body: object, subject: Subject = SLOT, **headers: str) -> errors.RetailctlError:
    request = HttpRequest("GET", "https://arm.example/x?sig=s4s", headers={"Authorization": "Bearer t0k3n"})
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(request, status, {name.replace("_", "-"): text for name, text in headers.items()}, content)
    return from_answer(answer, subject, login_hint="az login")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "BadRequest", errors.ApiRefused),
        (400, "OutOfQuota", errors.ApiRefused),
        (400, "ResourceAlreadyExists", errors.AlreadyExists),
        (401, "InvalidAuthenticationToken", errors.NotLoggedIn),
        (403, "AuthorizationFailed", errors.Forbidden),
        (403, "RequestDisallowedByPolicy", errors.ApiRefused),
        (404, "NotFound", errors.ResourceNotFound),
        (404, "ResourceGroupNotFound", errors.ResourceNotFound),
        (405, "MethodNotAllowed", errors.ApiRefused),
        (408, "Timeout", errors.ServerFault),
        (409, "Conflict", errors.WrongState),
        (409, "ScopeLocked", errors.WrongState),
        (409, "AlreadyExists", errors.AlreadyExists),
        (412, "PreconditionFailed", errors.Stale),
        (418, "Teapot", errors.ApiRefused),
        (422, "Unprocessable", errors.InvalidInput),
        (429, "TooManyRequests", errors.Throttled),
        (500, "InternalServerError", errors.ServerFault),
        (501, "NotImplemented", errors.ApiRefused),
        (502, "BadGateway", errors.ServerFault),
    ],
)
def test_status_and_code_decide_the_class(status: int, code: str, expected: type[errors.RetailctlError]) -> None:
    error = failed(status, arm_error(code, "because"))
    assert type(error) is expected
    assert error.reason == "because"


@pytest.mark.parametrize(
    ("kind", "hint"),
    [("slot", "retailctl status"), ("model", "retailctl model list"), ("job", "retailctl job list")],
)
def test_a_missing_thing_comes_with_the_command_that_lists_its_kind(kind: str, hint: str) -> None:
    error = failed(404, arm_error("NotFound", "gone"), Subject(kind, "x"))
    assert error.message == f"{kind} 'x' was not found"
    assert error.hint == hint


def test_a_missing_workspace_is_not_blamed_on_the_slot() -> None:
    error = failed(404, arm_error("ResourceGroupNotFound", "Resource group 'rg' could not be found."))
    assert error.message == "the workspace was not found"
    assert error.hint == "retailctl config show"


def test_a_workspace_that_arm_does_not_find_is_not_blamed_on_the_slot() -> None:
    text = "The Resource 'Microsoft.MachineLearningServices/workspaces/ws' under resource group 'rg' was not found."
    error = failed(404, arm_error("ResourceNotFound", text))
    assert error.message == "the workspace was not found"


def test_a_refused_field_is_named() -> None:
    error = failed(400, arm_error("ValidationError", "must sum to 100", target="properties.traffic"))
    assert isinstance(error, errors.InvalidInput)
    assert error.details["field"] == "properties.traffic"


def test_the_cause_in_the_details_is_told_once() -> None:
    inner = [{"code": "Inner", "message": "the real cause"}, {"code": "Inner", "message": "outer words"}]
    error = failed(400, arm_error("UserError", "outer words", details=inner))
    assert error.reason == "outer words: the real cause"


def test_the_request_id_is_kept_for_support() -> None:
    assert failed(500, {}, x_ms_request_id="r-1").details["requestId"] == "r-1"


@pytest.mark.parametrize(
    "body",
    [b"<html>internal path /srv/secret</html>", {"message": "not ARM's shape"}, {"error": "text"}, b"", [1]],
)
def test_text_in_any_other_shape_is_not_shown(body: object) -> None:
    error = failed(400, body)
    assert error.reason is None
    assert "secret" not in str(error)


def test_long_text_is_cut() -> None:
    reason = failed(400, arm_error("BadRequest", "x" * 5000)).reason
    assert reason is not None
    assert len(reason) == 256


def test_a_service_that_echoes_the_request_does_not_make_us_print_its_secrets() -> None:
    error = failed(400, arm_error("BadRequest", "you sent t0k3n to /x?sig=s4s with primaryKey: k3y"))
    told = f"{error} {error.reason} {error.details}"
    assert not any(secret in told for secret in ("t0k3n", "s4s", "k3y"))


def test_a_failed_login_names_the_command_that_logs_in() -> None:
    error = from_exception(
        ClientAuthenticationError("no accounts"), "https://arm.example", login_hint="az login --tenant t"
    )
    assert isinstance(error, errors.NotLoggedIn)
    assert error.hint == "az login --tenant t"


def test_a_local_server_that_is_away_is_to_be_started() -> None:
    error = from_exception(ServiceRequestError("refused"), "https://127.0.0.1:4443/x")
    assert isinstance(error, errors.Unreachable)
    assert error.hint == "retailctl local start"


def test_a_cloud_that_is_away_is_not_to_be_started() -> None:
    error = from_exception(ServiceRequestError("refused"), "https://management.azure.com/x")
    assert error.hint != "retailctl local start"
