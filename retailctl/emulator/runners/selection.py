"""Which runner starts a program: the one place that asks."""

from retailctl.emulator.runners import process
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.containers.jobs import start_container
from retailctl.emulator.runners.containers.launcher import ContainerLauncher
from retailctl.emulator.runners.job import JobSpec
from retailctl.emulator.runners.launching import Launcher
from retailctl.emulator.runners.process_launcher import ProcessLauncher
from retailctl.emulator.runners.program import Program
from retailctl.emulator.runners.running import Running
from retailctl.emulator.runners.spec import SlotSpec


def launcher_of(spec: SlotSpec) -> Launcher:
    """What starts the instances of a slot."""
    if isinstance(spec.program, ContainerImage):
        return ContainerLauncher(spec, spec.program)
    return ProcessLauncher(spec, spec.program)


async def start_job(program: Program, spec: JobSpec) -> Running:
    """A job's command, running. Raises StartFailed; when cancelled, what was started has ended."""
    if isinstance(program, ContainerImage):
        return await start_container(program, spec)
    variables = dict(program.environment) | dict(spec.environment)
    return await process.start(spec.shell_line(), cwd=spec.folder, environment=variables, log_file=spec.log_file)
