"""What jobs and slots run on: whether it exists, and whether the quota lets both slots run at once."""

from __future__ import annotations

import math
from collections.abc import Iterator

from retailctl.domain.resources import Usage, VmSize
from retailctl.domain.slots import SLOTS
from retailctl.errors import ResourceNotFound
from retailctl.workflows.doctor.findings import Finding, Patient, error, ok, warning

RESERVE = 1.2
"""Azure ML reserves a fifth more than a deployment's instances, for upgrades
(learn.microsoft.com/azure/machine-learning/how-to-manage-quotas)."""


def check_compute(patient: Patient) -> Iterator[Finding]:
    """The compute of training jobs."""
    settings, connection = patient.tools.settings, patient.tools.workspace.connection
    try:
        compute = patient.tools.workspace.computes.get(settings.compute)
    except ResourceNotFound:
        make = (
            f"az ml compute create --name {settings.compute} --type AmlCompute --size {settings.instance_type}"
            f" --min-instances 0 --max-instances 4 -g {connection.resource_group} -w {connection.workspace_name}"
        )
        others = ", ".join(each.name for each in patient.tools.workspace.computes.list())
        yield error(
            f"there is no compute '{settings.compute}'",
            why="training jobs run on it",
            repair=f"set compute to one of {others}" if patient.is_local else make,
        )
        return
    if compute.state == "Succeeded":
        yield ok(f"compute {compute.name} is there ({compute.size}, up to {compute.max_nodes} nodes)")
    else:
        yield warning(
            f"compute {compute.name} is {compute.state}",
            why="jobs wait until it is Succeeded",
            repair=f"retailctl compute show {compute.name}",
        )


def check_quota(patient: Patient) -> Iterator[Finding]:
    """Cores for both slots at once, which a release needs while it lasts."""
    settings, workspace = patient.tools.settings, patient.tools.workspace
    size = next((each for each in workspace.vm_sizes() if each.name.lower() == settings.instance_type.lower()), None)
    if size is None:
        yield error(
            f"{workspace.location} has no VM size '{settings.instance_type}'",
            why="slots run on it",
            repair="choose another --instance-type",
        )
        return
    usage = next((each for each in workspace.usages() if _counts(each, size.family)), None)
    if usage is None:
        yield warning(
            f"the quota of {size.family} cannot be told", repair="az ml compute list-usage, in the workspace's region"
        )
        return
    yield _verdict(patient, size, usage)


def _counts(usage: Usage, family: str) -> bool:
    """Whether a quota is that of a family's dedicated cores; it goes by ``standardDSv2Family`` or by the same in words
    ("Standard DSv2 Family Cluster Dedicated vCPUs")."""
    words = "".join(usage.name.lower().split())
    return words.startswith(family.lower()) and "lowpriority" not in words


def _verdict(patient: Patient, size: VmSize, usage: Usage) -> Finding:
    settings = patient.tools.settings
    slot_cores = math.ceil(RESERVE * settings.instance_count) * size.cores
    wanted = slot_cores * len(_slots_to_come(patient))
    room = f"{usage.used} of {usage.limit} cores of {size.family} are in use; the slots to come want {wanted}"
    if usage.used + wanted <= usage.limit:
        return ok(room)
    return error(
        room,
        why=f"a slot of {settings.instance_count} x {size.name} reserves {slot_cores} cores, a fifth more than it runs",
        repair="ask for more quota in the portal (Quotas, Machine Learning), or choose a smaller --instance-type",
    )


def _slots_to_come(patient: Patient) -> set[str]:
    """The slots that a release will still make; the others are in the figures already."""
    try:
        there = patient.tools.workspace.deployments.list(patient.tools.settings.endpoint_name)
    except ResourceNotFound:
        there = []
    return set(SLOTS) - {slot.name for slot in there}
