"""``--set`` on a training job: a field of the job's YAML, or an option of training/train.py.

``--set compute=azureml:gpu-cluster`` and ``--set limits.timeout=3600`` are fields, as for ``az ml job create``;
``--set seed=1`` is no field, and becomes ``--seed 1`` on the command line of the training script.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from retailctl.errors import InvalidInput
from retailctl.rendering.fields import known_fields
from retailctl.rendering.overrides import Override, parse_override

_OPTION = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class JobOptions:
    """The two kinds of ``--set``, apart."""

    overrides: tuple[str, ...]
    arguments: tuple[str, ...]
    """For the training script, each quoted for a shell."""


def split_options(texts: Iterable[str]) -> JobOptions:
    """Tell fields of a job from options of the training script.

    Raises:
        InvalidInput: neither: not ``name=value``, or almost the name of a field.
    """
    known = known_fields("job")
    overrides: list[str] = []
    arguments: list[str] = []
    for text in texts:
        override = parse_override(text)
        unknown = known.first_unknown(override.path[:1])
        if unknown is None:
            overrides.append(text)
        else:
            arguments += _argument(override, list(unknown[1]))
    return JobOptions(tuple(overrides), tuple(arguments))


def _argument(override: Override, fields: list[str]) -> list[str]:
    name = override.path[0]
    near = difflib.get_close_matches(name, fields, n=1, cutoff=0.8)
    if near or len(override.path) > 1 or not _OPTION.fullmatch(name):
        raise InvalidInput(
            f"--set {override.text}: a job has no field '{name}'",
            reason=f"did you mean '{near[0]}'?" if near else "an option of training/train.py is one plain word",
            details={"set": override.text},
        )
    value = override.text.partition("=")[2]
    return [f"--{name}", shlex.quote(value)]
