"""Where training data is: a folder here, which travels with the job, or a reference that the workspace resolves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from retailctl.errors import InvalidData, InvalidInput
from retailctl.images.source_tree import digest
from retailctl.workflows.toolbox import Toolbox

_ENDINGS = (".csv", ".parquet")
_REFERENCE = "azureml:"


@dataclass(frozen=True)
class TrainingData:
    """``address`` is what the job's YAML says: an absolute folder, or an ``azureml:`` reference."""

    address: str
    folder: Path | None

    def fingerprint(self) -> str:
        """What tells this data from other data: the content of the files, or the reference itself."""
        if self.folder is None:
            return self.address
        return digest({PurePosixPath(file.relative_to(self.folder)): file for file in _files(self.folder)})


def training_data(tools: Toolbox, typed: str | None = None) -> TrainingData:
    """The data that was ``typed``, else that of the setting ``data``.

    A folder in a profile is relative to the project, one that was typed to where we are.

    Raises:
        InvalidInput: no data was named.
        InvalidData: the folder does not exist, or holds no .csv and no .parquet file.
    """
    named = typed or tools.settings.data
    if not named:
        raise InvalidInput(
            "no training data was named",
            hint="the same line with --data DIR (retailctl data sample --out DIR makes some), or data in the profile",
        )
    if named.startswith(_REFERENCE):
        return TrainingData(named, None)
    in_profile = typed is None and tools.settings.origin("data").startswith("profile")
    folder = ((tools.project.root if in_profile else Path.cwd()) / Path(named).expanduser()).resolve()
    _check(folder)
    return TrainingData(str(folder), folder)


def missing_data(tools: Toolbox) -> str | None:
    """What a hint has to put in place of the data: nothing where the settings name some."""
    return None if tools.settings.data else "DIR"


def _check(folder: Path) -> None:
    details = {"folder": str(folder)}
    if not folder.is_dir():
        what = "it is a file" if folder.exists() else "there is no such folder"
        raise InvalidData(f"{folder} is no folder of training data", reason=what, details=details)
    if not _files(folder):
        raise InvalidData(
            f"{folder} holds no training data", reason="it has no .csv and no .parquet file", details=details
        )


def _files(folder: Path) -> list[Path]:
    """The data files below ``folder``; hidden ones and those of writers (_SUCCESS) are none."""
    found = (file for file in sorted(folder.rglob("*")) if file.suffix.lower() in _ENDINGS and file.is_file())
    return [file for file in found if not any(part[0] in "._" for part in file.relative_to(folder).parts)]
