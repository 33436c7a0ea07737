"""The storage initializer: in the cloud it downloads the model before the container starts; here it checks and records.

The model is used where it lies in the state folder, so there is nothing to copy.
"""

from datetime import UTC, datetime
from pathlib import Path

from retailctl.emulator.runners.spec import SlotFailed, SlotSpec

LOG_NAME = "storage-initializer.log"


def mount_model(spec: SlotSpec) -> None:
    """Write what is mounted into the log; raises SlotFailed when the model's folder is not there."""
    log_file = spec.log_folder / LOG_NAME
    if spec.model_dir is None:
        _write_line(log_file, "INFO No model is mounted: the deployment names none")
        return
    if not spec.model_dir.is_dir():
        problem = f"its model folder {spec.model_dir} does not exist"
        _write_line(log_file, f"ERROR Deployment {spec.deployment} cannot start: {problem}")
        raise SlotFailed(f"Deployment {spec.deployment} did not become ready: {problem}.", "")
    sizes = [file.stat().st_size for file in spec.model_dir.rglob("*") if file.is_file()]
    _write_line(log_file, f"INFO Mounting {spec.model_dir} as {spec.model_mount or 'AZUREML_MODEL_DIR'}")
    _write_line(log_file, f"INFO Mounted {len(sizes)} files, {sum(sizes):,} bytes")


def _write_line(log_file: Path, text: str) -> None:
    log_file.touch(mode=0o600)
    with log_file.open("a", encoding="utf-8") as stream:
        stream.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")
