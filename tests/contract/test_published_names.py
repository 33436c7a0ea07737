"""What is not supported is refused under the name that Microsoft's description gives it."""

from __future__ import annotations

import re

import pytest

from retailctl.emulator.app.build import OPERATIONS
from retailctl.emulator.arm.published import operation_name
from tests.contract.conformance import descriptions

_WORKSPACE = re.compile(r"^/subscriptions/.*/workspaces/\{workspaceName\}(?P<below>.*)$")


def _published() -> set[tuple[str, str, str]]:
    found = {
        (name, method, match["below"])
        for description in descriptions().values()
        for name, method, path, _ in description.listing()
        if (match := _WORKSPACE.match(path))
    }
    assert len(found) > 80
    return found


def test_every_published_operation_is_known_by_its_name() -> None:
    wrong = {(name, operation_name(method, path)) for name, method, path in _published()}
    assert {pair for pair in wrong if pair[0] != pair[1]} == set()


def test_every_supported_operation_is_a_published_one() -> None:
    assert {each.name for each in OPERATIONS} <= {name for name, _, _ in _published()}


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/schedules/nightly", "Schedules_Get"),
        ("PUT", "/components/train/versions/1", "ComponentVersions_CreateOrUpdate"),
        ("POST", "/batchEndpoints/b/listkeys", "BatchEndpoints_Listkeys"),
        ("GET", "/nonsense", None),
        ("GET", "/jobs/a/b/c/d/e", None),
    ],
)
def test_names_follow_from_paths(method: str, path: str, name: str | None) -> None:
    assert operation_name(method, path) == name
