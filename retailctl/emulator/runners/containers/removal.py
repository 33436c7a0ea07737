"""The removal of one container, which may be gone already."""

from retailctl.emulator.runners.containers.engine import Client, EngineError, NotThere, guarded


def remove(client: Client, container: str) -> None:
    """Remove a container whatever its state; that it is gone or going is what was wanted. Raises EngineError."""
    try:
        guarded(lambda asked: asked.api.remove_container(container, force=True, v=True), client)
    except NotThere:
        return
    except EngineError as error:
        if "already in progress" not in str(error):
            raise
