"""Doctor: each thing that is wrong is named with its repair, and nothing that is wrong hides the rest."""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from retailctl.domain.resources import Compute, Usage, VmSize
from retailctl.errors import Forbidden, InvalidConfig, NotLoggedIn, Unreachable
from retailctl.images.engine import Engine
from retailctl.images.registry import Registry
from retailctl.workflows.doctor import (
    CHECKS,
    Check,
    DoctorRequest,
    DoctorResult,
    Finding,
    Patient,
    diagnose,
    images,
    machine,
)
from retailctl.workflows.toolbox import Toolbox
from tests.unit.workflows.fake_images import FakeEngine, FakeRegistry
from tests.unit.workflows.fakes import Shop

Usages = namedtuple("Usages", "total used free")


@pytest.fixture
def azure(tmp_path: Path) -> Shop:
    """An Azure profile with everything that a release needs."""
    shop = Shop(tmp_path, profile="prod")
    shop.world.computes["cpu-cluster"] = Compute(
        "cpu-cluster", "AmlCompute", "Standard_DS3_v2", "Succeeded", max_nodes=4
    )
    shop.world.vm_sizes.append(VmSize("Standard_DS3_v2", "standardDSv2Family", 4))
    shop.world.usages.append(Usage("Standard DSv2 Family Cluster Dedicated vCPUs", 4, 20))
    return shop


def examined(shop: Shop) -> DoctorResult:
    return diagnose(lambda: shop.tools)


def found(shop: Shop, check: str) -> Finding:
    (finding,) = [each for each in examined(shop).findings if each.check == check]
    return finding


def test_a_sound_setup_is_healthy_and_every_check_speaks(azure: Shop) -> None:
    azure.world.add_endpoint(traffic={"blue": 100})
    result = examined(azure)
    assert result.healthy, [each for each in result.findings if each.severity == "error"]
    silent_when_well = {"variables", "local-extra", "lightgbm", "registry", "pull"}
    assert {each.check for each in result.findings} == {each.name for each in CHECKS} - silent_when_well
    assert {each.severity for each in result.findings if each.check not in ("docker", "git")} == {"ok"}


def test_a_malformed_configuration_is_a_finding_and_the_rest_of_the_machine_is_still_examined() -> None:
    def broken() -> Toolbox:
        raise InvalidConfig("retailctl.toml:3: unknown key 'regon'", reason="did you mean 'region'?", hint="edit it")

    result = diagnose(broken)
    (bad,) = [each for each in result.findings if each.severity == "error"]
    assert (bad.check, bad.why, bad.repair) == ("configuration", "did you mean 'region'?", "edit it")
    assert any(each.check == "versions" and each.severity == "ok" for each in result.findings)
    (skipped,) = [each for each in result.findings if each.severity == "skipped"]
    assert "workspace" in skipped.what
    assert skipped.why == "they build on configuration"
    assert not result.healthy


def test_a_failed_login_skips_what_needs_the_workspace(azure: Shop) -> None:
    azure.world.faults["workspace.identity"].append(NotLoggedIn("logging in failed", hint="az login"))
    failed, skipped = [each for each in examined(azure).findings if each.check == "credential"]
    assert (failed.severity, failed.repair) == ("error", "az login")
    assert skipped.what == "not checked: workspace, clock, compute, quota, endpoint, registry, pull"


def test_a_workspace_that_does_not_answer_is_an_error(azure: Shop) -> None:
    azure.world.faults["workspace.describe"].append(Unreachable("no connection", hint="check the network"))
    failed, skipped = [each for each in examined(azure).findings if each.check == "workspace"]
    assert failed.repair == "check the network"
    assert skipped.severity == "skipped"


def test_a_check_that_breaks_does_not_hide_the_others(azure: Shop) -> None:
    def broken(patient: Patient) -> Iterator[Finding]:
        raise ZeroDivisionError("by zero")

    result = diagnose(lambda: azure.tools, DoctorRequest((Check("broken", broken), *CHECKS)))
    assert result.findings[0].what == "the check itself failed: ZeroDivisionError"
    assert len(result.findings) > 5


def test_the_account_and_tenant_are_named(azure: Shop) -> None:
    assert found(azure, "credential").what == "logged in as ann@example.org of tenant tenant-1 (cli)"


def test_a_login_that_ends_soon_is_a_warning(azure: Shop) -> None:
    ends = azure.world.clock.now() + timedelta(seconds=90)
    azure.world.identity = replace(azure.world.identity, expires_at=ends)
    assert found(azure, "credential").severity == "warning"
    assert "1m30s" in found(azure, "credential").what


@pytest.mark.parametrize(("ahead", "side"), [(300, "behind"), (-300, "ahead of")])
def test_a_clock_that_is_off_is_a_warning(azure: Shop, ahead: int, side: str) -> None:
    azure.world.clock_skew = timedelta(seconds=ahead)
    assert found(azure, "clock").what == f"this machine's clock is 5m00s {side} the service's"


def test_a_missing_compute_comes_with_the_command_that_makes_it(azure: Shop) -> None:
    azure.world.computes.clear()
    repair = found(azure, "compute").repair
    assert repair is not None
    assert repair.startswith("az ml compute create --name cpu-cluster --type AmlCompute --size Standard_DS3_v2")
    assert repair.endswith("-g retail-rg -w retail-ws")


def test_on_this_machine_a_missing_compute_is_answered_with_those_there_are(shop: Shop) -> None:
    shop.tools.settings = replace(shop.tools.settings, compute="gpu-cluster")
    assert found(shop, "compute").repair == "set compute to one of cpu-cluster"


def test_a_compute_that_is_not_ready_is_a_warning(azure: Shop) -> None:
    azure.world.computes["cpu-cluster"] = replace(azure.world.computes["cpu-cluster"], state="Resizing")
    assert found(azure, "compute").severity == "warning"


@pytest.mark.parametrize(
    ("used", "slots", "severity"),
    [(4, [], "ok"), (5, [], "error"), (12, ["blue"], "ok"), (13, ["blue"], "error"), (20, ["blue", "green"], "ok")],
)
def test_the_quota_has_to_hold_both_slots_with_a_fifth_in_reserve(
    azure: Shop, used: int, slots: list[str], severity: str
) -> None:
    azure.world.usages[0] = Usage("standardDSv2Family", used, 20)
    azure.world.add_endpoint()
    for slot in slots:
        azure.world.add_slot(slot)
    assert found(azure, "quota").severity == severity


def test_low_priority_and_other_families_are_other_quotas(azure: Shop) -> None:
    azure.world.usages.insert(0, Usage("Standard DSv2 Family Cluster Low Priority vCPUs", 0, 0))
    azure.world.usages.insert(0, Usage("Standard DS Family Cluster Dedicated vCPUs", 0, 0))
    assert found(azure, "quota").severity == "ok"


def test_an_unknown_size_is_an_error(azure: Shop) -> None:
    azure.world.vm_sizes.clear()
    assert found(azure, "quota").repair == "choose another --instance-type"


def test_a_quota_that_cannot_be_told_is_a_warning(azure: Shop) -> None:
    azure.world.usages.clear()
    assert found(azure, "quota").severity == "warning"


def test_an_endpoint_that_is_being_changed_is_a_warning(azure: Shop) -> None:
    azure.world.add_endpoint(state="Updating")
    assert found(azure, "endpoint").severity == "warning"


def test_another_registry_wants_a_role_for_the_endpoints_identity(tmp_path: Path, azure: Shop) -> None:
    shop = Shop(tmp_path, profile="prod", acr_name="acrretail")
    shop.world.computes, shop.world.vm_sizes, shop.world.usages = (
        azure.world.computes,
        azure.world.vm_sizes,
        azure.world.usages,
    )
    own = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/other"
    shop.world.description["properties"] = {"containerRegistry": own}
    shop.world.add_endpoint(raw={"identity": {"principalId": "principal-1"}})
    shop.world.registries["acrretail"] = own
    missing = found(shop, "pull")
    assert missing.what == "the endpoint's identity holds no role to pull from acrretail"
    assert missing.repair is not None
    assert "--role AcrPull --assignee principal-1" in missing.repair
    shop.world.pullers.add((own, "principal-1"))
    assert found(shop, "pull").severity == "ok"
    shop.world.description["properties"] = {"containerRegistry": own.replace("other", "acrRetail")}
    assert found(shop, "pull").what == "images come from the workspace's own registry, acrretail"


def test_who_may_not_read_role_assignments_is_told_the_role_all_the_same(tmp_path: Path) -> None:
    shop = Shop(tmp_path, profile="prod", acr_name="acrretail")
    shop.world.add_endpoint(raw={"identity": {"principalId": "principal-1"}})
    shop.world.faults["roles.registry_id"].append(Forbidden("no right to read"))
    finding = found(shop, "pull")
    assert finding.severity == "warning"
    assert "not the workspace's own registry" in finding.what


def test_a_registry_is_tried_by_beginning_a_push(tmp_path: Path) -> None:
    registry = FakeRegistry()
    shop = Shop(tmp_path, registry="registry.example")
    shop.tools.open_registry = lambda tools: cast(Registry, registry)
    assert found(shop, "registry").what.endswith("takes pushes to retail/train and retail/infer")
    registry.fails = Forbidden("registry.example does not allow it", hint="ask for AcrPush")
    assert (found(shop, "registry").severity, found(shop, "registry").repair) == ("error", "ask for AcrPush")


def test_a_stray_variable_that_decides_is_a_warning(tmp_path: Path) -> None:
    shop = Shop(tmp_path, endpoint_name="old-endpoint", origins={"endpoint_name": "environment ENDPOINT_NAME"})
    assert found(shop, "variables").repair == "unset ENDPOINT_NAME, or set RETAILCTL_ENDPOINT_NAME"


def test_the_local_profile_wants_the_local_extra(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(shop, "local-extra").severity == "ok"
    monkeypatch.setattr(machine, "_installed", lambda name: None if name == "mlflow" else "1.35.2")
    missing, skipped = [each for each in examined(shop).findings if each.check == "local-extra"]
    assert missing.repair == "pip install 'retailctl[local]'"
    assert skipped.what == "not checked: lightgbm"


def test_a_system_without_openmp_is_told_how_to_install_it(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(shop, "lightgbm").severity == "ok"
    (library,) = machine._shared_libraries("lightgbm")
    wanting = tmp_path / library.name
    wanting.write_bytes(library.read_bytes().replace(b"libgomp.so.1\0", b"libgomp.so.0\0"))
    monkeypatch.setattr(machine, "_shared_libraries", lambda package: [wanting])
    finding = found(shop, "lightgbm")
    assert finding.severity == "error"
    assert "libgomp.so.0: cannot open shared object file" in finding.what
    assert finding.repair == "sudo apt-get install libgomp1"


@pytest.mark.parametrize(("sdk", "severity"), [(None, "error"), ("1.36.0", "warning"), ("1.35.2", "ok")])
def test_the_sdk_has_to_be_one_that_was_tested(
    azure: Shop, monkeypatch: pytest.MonkeyPatch, sdk: str | None, severity: str
) -> None:
    monkeypatch.setattr(machine, "_installed", lambda name: sdk)
    assert found(azure, "versions").severity == severity


@pytest.mark.parametrize(("free", "severity"), [(100 << 20, "error"), (1 << 30, "warning"), (1 << 40, "ok")])
def test_little_room_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch, free: int, severity: str) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda folder: Usages(1 << 41, 0, free))
    assert found(shop, "state-folder").severity == severity


def test_a_folder_that_cannot_be_written_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    assert found(shop, "state-folder").repair == "set RETAILCTL_STATE"


def test_git_and_docker_are_missed_as_warnings_only(azure: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert found(azure, "git").severity == "warning"
    assert found(azure, "docker").severity == "warning"
    assert examined(azure).healthy


@pytest.mark.parametrize(("free", "severity"), [(20 << 30, "ok"), (2 << 30, "warning"), (1 << 20, "error")])
def test_an_engine_is_told_with_the_room_it_has(
    azure: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, severity: str
) -> None:
    azure.tools.open_engine = lambda: cast(Engine, FakeEngine(folder=str(tmp_path)))
    monkeypatch.setattr(images.shutil, "disk_usage", lambda folder: Usages(free, 0, free))
    finding = found(azure, "docker")
    assert (finding.severity, finding.what.partition(",")[0]) == (
        severity,
        "Docker 28.0 answers at unix:///var/run/docker.sock",
    )


def test_the_local_profile_needs_no_docker(shop: Shop) -> None:
    assert found(shop, "docker").severity == "ok"


def test_every_finding_that_is_not_well_has_a_repair(azure: Shop) -> None:
    azure.world.computes.clear()
    azure.world.usages.clear()
    azure.world.clock_skew = timedelta(hours=1)
    for finding in examined(azure).findings:
        assert finding.severity in ("ok", "skipped") or finding.repair
