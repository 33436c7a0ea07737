"""The in-memory workspace has the same methods as the real one, parameter for parameter."""

from __future__ import annotations

import inspect

import pytest

from retailctl.azureml.computes import ComputesClient
from retailctl.azureml.data import DataClient
from retailctl.azureml.deployments import DeploymentsClient
from retailctl.azureml.endpoints import EndpointsClient
from retailctl.azureml.environments import EnvironmentsClient
from retailctl.azureml.jobs import JobsClient
from retailctl.azureml.metrics import MetricsClient
from retailctl.azureml.models import ModelsClient
from retailctl.azureml.roles import RolesClient
from retailctl.azureml.scoring import ScoringClient
from retailctl.azureml.workspace import Workspace
from tests.unit.workflows.fake_assets import FakeData, FakeEnvironments, FakeJobs, FakeModels
from tests.unit.workflows.fake_serving import FakeDeployments, FakeEndpoints, FakeScoring
from tests.unit.workflows.fakes import FakeComputes, FakeMetrics, FakeRoles, FakeWorkspace
from tests.unit.workflows.world import World

PAIRS = (
    (EndpointsClient, FakeEndpoints),
    (DeploymentsClient, FakeDeployments),
    (JobsClient, FakeJobs),
    (ModelsClient, FakeModels),
    (EnvironmentsClient, FakeEnvironments),
    (ComputesClient, FakeComputes),
    (DataClient, FakeData),
    (MetricsClient, FakeMetrics),
    (RolesClient, FakeRoles),
    (ScoringClient, FakeScoring),
    (Workspace, FakeWorkspace),
)


def shape(signature: inspect.Signature) -> list[tuple[object, ...]]:
    """Names, kinds, defaults and types; ``builtins.list`` and ``list`` are one type."""
    parameters = [
        (each.name, each.kind, each.default, written(each.annotation)) for each in signature.parameters.values()
    ]
    return [*parameters, (written(signature.return_annotation),)]


def written(annotation: object) -> str:
    return str(annotation).replace("builtins.", "").replace("Fake", "").replace("ScoringClient", "Scoring")


def methods(owner: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(owner, inspect.isfunction)
        if not name.startswith("_")
    }


@pytest.mark.parametrize(("real", "fake"), PAIRS, ids=lambda owner: owner.__name__)
def test_fake_has_the_methods_of_the_real_class_and_no_other(real: type, fake: type) -> None:
    assert set(methods(real)) == set(methods(fake))


@pytest.mark.parametrize(("real", "fake"), PAIRS, ids=lambda owner: owner.__name__)
def test_each_method_takes_and_returns_the_same(real: type, fake: type) -> None:
    pretended = methods(fake)
    for name, signature in methods(real).items():
        assert shape(pretended[name]) == shape(signature), name


def test_the_fake_workspace_has_a_client_for_each_kind_of_resource() -> None:
    clients = {name for name in Workspace.__annotations__ if not name.startswith("_")}
    clients |= {
        name for name, value in vars(Workspace).items() if hasattr(value, "attrname") and not name.startswith("_")
    }
    pretended = vars(FakeWorkspace(World()))
    assert clients <= set(pretended)
