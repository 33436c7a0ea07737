"""The folder of a job that runs as a container: what is mounted where, at the places that the platform uses.

/mnt/azureml/cr/j/JOB/exe/wd                        copy of the code, the working directory; in it `outputs` and
                                                    `logs` of the run
/mnt/azureml/cr/j/JOB/cap/data-capability/wd/INPUT_x  an input, read-only unless it is a copy
/mnt/azureml/cr/j/JOB/cap/data-capability/wd/y        an output, the place in the datastore itself
"""

from __future__ import annotations

from pathlib import Path

from retailctl.emulator.runners.job import Mount
from retailctl.emulator.services.jobs.bindings import InputBinding, OutputBinding
from retailctl.emulator.services.jobs.workdir import (
    RUN_FOLDERS,
    WorkFolder,
    WorkPlan,
    copy_code,
    copy_input,
    kept_folder,
)

_JOBS = "/mnt/azureml/cr/j"


def build(plan: WorkPlan) -> WorkFolder:
    """Everything in place for a container. Touches files alone."""
    base = f"{_JOBS}/{plan.root.name}"
    workdir, data = f"{base}/exe/wd", f"{base}/cap/data-capability/wd"
    mounts = [Mount(plan.root / "code", workdir), *_run_folders(plan, workdir)]
    inputs = {
        name: _input(plan.root / "inputs" / name, f"{data}/INPUT_{name}", binding, mounts)
        for name, binding in plan.inputs.items()
    }
    outputs = {name: _output(f"{data}/{name}", binding, mounts) for name, binding in plan.outputs.items()}
    return WorkFolder(plan.root, inputs, outputs, plan.kept, workdir, tuple(mounts))


def _run_folders(plan: WorkPlan, workdir: str) -> list[Mount]:
    copy_code(plan)
    mounts = []
    for name in RUN_FOLDERS:
        place = plan.root / "code" / name
        if not place.exists():
            place.mkdir()  # to be mounted upon; the engine would make it as root
            (plan.artifacts / name).mkdir(parents=True, exist_ok=True)
            mounts.append(Mount(plan.artifacts / name, f"{workdir}/{name}"))
    return mounts


def _input(copy: Path, target: str, binding: InputBinding, mounts: list[Mount]) -> str:
    source = binding.source
    if source is None:
        return binding.value
    place = f"{target}/{source.name}" if source.is_file() else target
    if binding.copied:
        copy_input(source, copy)
        mounts.append(Mount(copy, target))
    else:
        mounts.append(Mount(source, place, read_only=True))
    return place


def _output(target: str, binding: OutputBinding, mounts: list[Mount]) -> str:
    if binding.kept is None:
        return binding.value
    mounts.append(Mount(kept_folder(binding), target))
    return f"{target}/{binding.kept.name}" if binding.is_file else target
