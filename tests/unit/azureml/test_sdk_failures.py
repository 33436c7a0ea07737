"""The SDK's exceptions as the errors of retailctl."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from azure.core.rest import HttpRequest

from retailctl import errors
from retailctl.azureml.sdk_failures import local_failure, translate
from retailctl.azureml.subject import Subject
from tests.unit.azureml.doubles import arm_error


class Response:
    """An answer as either family of azure-core's responses holds it."""

    reason = "because"
    content_type = "application/json"

    def __init__(self, status: int, body: object, *, legacy: bool = False) -> None:
        self.status_code = status
        self.headers = {"x-ms-request-id": "r-1"}
        self.request = HttpRequest("PUT", "https://arm.example/x", headers={"Authorization": "Bearer t0k3n"})
        self.content = json.dumps(body).encode()
        if legacy:
            self.body = lambda: self.content

    def text(self, encoding: str | None = None) -> str:
        return self.content.decode()


def translated(error: Exception, file: Path | None = None) -> errors.RetailctlError:
    subject = Subject("slot", "green")
    return translate(error, subject, url="https://arm.example", login_hint="az login", file=file)


def answered(status: int, body: object, **options: Any) -> HttpResponseError:
    return HttpResponseError(response=Response(status, body, **options))


@pytest.mark.parametrize("legacy", [False, True])
def test_an_answer_is_mapped_as_our_own_client_maps_it(legacy: bool) -> None:
    error = translated(answered(404, arm_error("NotFound", "no such endpoint"), legacy=legacy))
    assert type(error) is errors.ResourceNotFound
    assert error.reason == "no such endpoint"
    assert error.details["requestId"] == "r-1"


def test_an_answer_inside_the_sdks_own_exception_is_found(sdk: ModuleType) -> None:
    wrapped = sdk.exceptions.MlException(message="wrapped", no_personal_data_message="wrapped")
    wrapped.__cause__ = answered(409, arm_error("Conflict", "busy"))
    assert type(translated(wrapped)) is errors.WrongState


def test_a_failed_operation_is_failed_work() -> None:
    body = {"status": "Failed", **arm_error("ResourceNotReady", "User container has crashed")}
    error = translated(answered(200, body))
    assert type(error) is errors.WorkFailed
    assert error.reason == "User container has crashed"


def test_a_service_that_is_away_is_unreachable() -> None:
    assert type(translated(ServiceRequestError("refused"))) is errors.Unreachable


def test_a_validation_of_a_file_names_the_file(sdk: ModuleType, tmp_path: Path) -> None:
    failure = sdk.exceptions.ValidationException(message="bad", no_personal_data_message="bad")
    error = translated(failure, tmp_path / "x.yml")
    assert type(error) is errors.InvalidTemplate
    assert error.details["file"] == str(tmp_path / "x.yml")


def test_anything_else_is_refused_shortly_and_without_secrets(sdk: ModuleType) -> None:
    text = "token=t0k3n " + "x" * 900
    own = sdk.exceptions.AssetException(message=text, no_personal_data_message="", target="Asset")
    for failure in (ValueError(text), own):
        error = translated(failure)
        assert type(error) is errors.ApiRefused
        assert "t0k3n" not in str(error.reason)
        assert len(str(error.reason)) <= 256


def test_the_sdks_colours_and_lines_are_folded(sdk: ModuleType, tmp_path: Path) -> None:
    text = "\x1b[31mError\x1b[39m:\n\n1) One or more fields\n   are invalid"
    failure = sdk.exceptions.MlException(message=text, no_personal_data_message="")
    assert translated(failure, tmp_path / "x.yml").reason == "Error: 1) One or more fields are invalid"


def test_a_full_disk_is_this_machines_own(sdk: ModuleType) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/data/x")
    wrapped = sdk.exceptions.MlException(message="download failed", no_personal_data_message="")
    wrapped.__context__ = full
    assert local_failure(wrapped) is full
    assert local_failure(ConnectionResetError(errno.ECONNRESET, "reset")) is None
