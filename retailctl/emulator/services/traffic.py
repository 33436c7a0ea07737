"""Which traffic and mirror rules an endpoint accepts.

Live traffic: whole percents of deployments that exist, in sum 100, or 0 for none. Mirrored traffic: to one
deployment that takes no live traffic, at most 50 percent ("Safe rollout for online endpoints", Azure ML
documentation).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from retailctl.emulator.arm.errors import bad_request

MOST_MIRRORED = 50


def _check_targets(rules: Mapping[str, int], deployments: Collection[str], field: str, most: int) -> None:
    existing = {name.lower() for name in deployments}
    for name, percent in rules.items():
        if name.lower() not in existing:
            raise bad_request(f"The {field} rule names the deployment '{name}', which does not exist.", target=field)
        if not 0 <= percent <= most:
            raise bad_request(f"The {field} of '{name}' is {percent}; it must be 0 to {most}.", target=field)


def check_traffic(traffic: Mapping[str, int], deployments: Collection[str]) -> None:
    """Raise ArmError (400) unless this split of live traffic is acceptable."""
    _check_targets(traffic, deployments, "traffic", 100)
    total = sum(traffic.values())
    if total not in {0, 100}:
        raise bad_request(f"The traffic rules add up to {total}; they must add up to 100 or to 0.", target="traffic")


def check_mirror(mirror: Mapping[str, int], traffic: Mapping[str, int], deployments: Collection[str]) -> None:
    """Raise ArmError (400) unless this mirroring is acceptable beside the live traffic."""
    active = {name: percent for name, percent in mirror.items() if percent}
    _check_targets(mirror, deployments, "mirrorTraffic", MOST_MIRRORED)
    if len(active) > 1:
        raise bad_request("Traffic can be mirrored to one deployment only.", target="mirrorTraffic")
    live = {name.lower() for name, percent in traffic.items() if percent}
    for name in active:
        if name.lower() in live:
            raise bad_request(
                f"The deployment '{name}' takes live traffic; it cannot be mirrored to.", target="mirrorTraffic"
            )


def share(rules: Mapping[str, int] | None, deployment: str) -> int:
    """Percent that a deployment gets; names compare without regard to case."""
    wanted = deployment.lower()
    return sum(percent for name, percent in (rules or {}).items() if name.lower() == wanted)
