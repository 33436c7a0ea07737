"""The SDK's exceptions as the errors of retailctl."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.rest import HttpRequest

from retailctl import errors
from retailctl.azureml import failures
from retailctl.azureml.subject import Subject
from retailctl.azureml.transport import Answer
from retailctl.azureml.yaml_files import invalid
from retailctl.domain.redaction import short

_VALIDATIONS = frozenset({"ValidationException", "ValidationError", "SchemaValidationError", "EmptyDirectoryError"})
_OF_THIS_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS})


def translate(
    error: Exception, subject: Subject, *, url: str, login_hint: str, file: Path | None = None
) -> errors.RetailctlError:
    """The error that an exception of the SDK stands for.

    Args:
        url: the address of the service, for an error without an answer.
        file: the YAML file that was sent, where one was.
    """
    answer = _answer_of(error)
    if answer is not None:
        return _answered(answer, subject, login_hint)
    if _is_validation(error) and file is not None:
        return invalid(subject.kind, file, error)
    if isinstance(error, AzureError) and not _is_the_sdks_own(error):
        return failures.from_exception(error, url, login_hint=login_hint)
    return errors.ApiRefused(f"the SDK refused {subject.text}", reason=short(str(error)))


def _answered(answer: Answer, subject: Subject, login_hint: str) -> errors.RetailctlError:
    if answer.status_code >= 400:
        return failures.from_answer(answer, subject, login_hint=login_hint)
    complaint = failures.Complaint.read(answer.json())
    reason = complaint.text or f"the service says {answer.json().get('status', 'Failed')}"
    return errors.WorkFailed(f"{subject.text} failed", reason=reason)


def _answer_of(error: BaseException | None) -> Answer | None:
    """The answer behind an error: the SDK wraps the one that holds it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, HttpResponseError) and error.response is not None:
            return _as_answer(error.response)
        error = error.__cause__ or getattr(error, "inner_exception", None) or error.__context__
    return None


def _as_answer(response: Any) -> Answer:
    """azure-core has two families of responses; of each, what is needed here."""
    content = response.body() if hasattr(response, "body") else response.content
    sent = HttpRequest(response.request.method, response.request.url, headers=dict(response.request.headers or {}))
    return Answer(sent, response.status_code, dict(response.headers), content)


def local_failure(error: BaseException | None) -> OSError | None:
    """This machine's own refusal behind an error, such as a full disk: neither the service's nor the SDK's."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _OF_THIS_MACHINE:
            return error
        error = error.__cause__ or error.__context__
    return None


def _is_validation(error: Exception) -> bool:
    """Whether it is about what the file says. Seen by name: some are the SDK's, some its libraries'.

    A bare MlException is how the SDK puts a validation in its own words.
    """
    names = {each.__name__ for each in type(error).__mro__}
    return bool(names & _VALIDATIONS) or type(error).__name__ == "MlException"


def _is_the_sdks_own(error: AzureError) -> bool:
    return type(error).__module__.startswith("azure.ai.ml")
