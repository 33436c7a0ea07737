"""Endpoints, slots and scoring of the in-memory workspace, with the rules that the service keeps."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from retailctl.azureml.deployments import Container, Progress
from retailctl.azureml.endpoints import EndpointEdit, KeyKind
from retailctl.azureml.scoring import ScoringAnswer
from retailctl.domain.deadline import Deadline, poll
from retailctl.domain.resources import AccessToken, Deployment, Endpoint, Keys
from retailctl.domain.traffic import Traffic, check_mirror
from retailctl.errors import ApiRefused, ResourceNotFound, WrongState
from tests.unit.workflows.fake_client import Client, absent, read_yaml, readable_fields, text_tags
from tests.unit.workflows.world import World


class FakeEndpoints(Client):
    def get(self, name: str) -> Endpoint:
        self.world.called("endpoints.get")
        if name not in self.world.endpoints:
            raise absent("endpoint", name)
        return self._read(name)

    def _read(self, name: str) -> Endpoint:
        if self.world.stale_reads and name in self._before:
            self.world.stale_reads -= 1
            return self._before[name]
        return self.world.endpoints[name]

    @property
    def _before(self) -> dict[str, Endpoint]:
        return self.__dict__.setdefault("_before_writes", {})

    def find(self, name: str) -> Endpoint | None:
        self.world.called("endpoints.find")
        return self._read(name) if name in self.world.endpoints else None

    def list(self) -> builtins.list[Endpoint]:
        self.world.called("endpoints.list")
        return [self._read(name) for name in sorted(self.world.endpoints)]

    def create(self, yaml: Path, *, deadline: Deadline | None = None) -> Endpoint:
        self.world.called("endpoints.create")
        fields = read_yaml(yaml)
        name = str(fields["name"])
        present = self.world.endpoints.get(name)
        tags = {**(present.tags if present else {}), **text_tags(fields)}
        auth_mode = str(fields.get("auth_mode", "key"))
        if present:
            self.world.endpoints[name] = replace(present, tags=tags, auth_mode=auth_mode)
        else:
            self.world.add_endpoint(name, tags=tags, auth_mode=auth_mode)
        return self.world.endpoints[name]

    def change(
        self, name: str, edit: Callable[[Endpoint], EndpointEdit], *, deadline: Deadline | None = None
    ) -> Endpoint:
        self.world.called("endpoints.change")
        if name not in self.world.endpoints:
            raise absent("endpoint", name)
        while True:
            wanted = edit(self.world.endpoints[name])
            if wanted == EndpointEdit():
                return self.world.endpoints[name]
            if not self.world.before_write:
                break
            self.world.before_write.pop(0)()
        return self._write(name, wanted, deadline or Deadline.after(self.world.clock, 300))

    def _write(self, name: str, wanted: EndpointEdit, deadline: Deadline) -> Endpoint:
        before = self.world.endpoints[name]
        after = replace(
            before,
            traffic=before.traffic if wanted.traffic is None else Traffic(wanted.traffic.live),
            mirror=before.mirror if wanted.mirror is None else Traffic(wanted.mirror.live),
            tags=before.tags if wanted.tags is None else dict(wanted.tags),
        )
        self._keep_rules(after)
        self._before[name] = before
        self.world.endpoints[name] = after

        def shown() -> Endpoint | None:
            read = self._read(name)
            return read if (read.traffic, read.mirror) == (after.traffic, after.mirror) else None

        return poll(shown, deadline, interval_s=1, waiting_for="the new split", look="retailctl status")

    def _keep_rules(self, endpoint: Endpoint) -> None:
        if endpoint.traffic.total not in (0, 100):
            raise ApiRefused("traffic must sum to 0 or 100")
        check_mirror(endpoint.mirror, endpoint.traffic)
        for slot in (*endpoint.traffic.live, *endpoint.mirror.live):
            if (endpoint.name, slot) not in self.world.deployments:
                raise ApiRefused(f"no deployment {slot}")

    def delete(self, name: str, *, deadline: Deadline | None = None) -> None:
        self.world.called("endpoints.delete")
        if self.world.endpoints.pop(name, None) is None:
            raise absent("endpoint", name)
        for key in [key for key in self.world.deployments if key[0] == name]:
            del self.world.deployments[key]

    def keys(self, name: str) -> Keys:
        self.world.called("endpoints.keys")
        return Keys(*self.world.keys[name])

    def regenerate_key(self, name: str, which: KeyKind) -> None:
        self.world.called("endpoints.regenerate_key")
        primary, secondary = self.world.keys[name]
        renewed = {"primary": ("new-" + primary, secondary), "secondary": (primary, "new-" + secondary)}
        self.world.keys[name] = renewed[which]

    def token(self, name: str) -> AccessToken:
        self.world.called("endpoints.token")
        return AccessToken(f"token-of-{name}")


class FakeDeployments(Client):
    def get(self, endpoint: str, slot: str) -> Deployment:
        self.world.called("deployments.get")
        if (endpoint, slot) not in self.world.deployments:
            raise absent("slot", slot)
        return self.world.deployments[endpoint, slot]

    def find(self, endpoint: str, slot: str) -> Deployment | None:
        self.world.called("deployments.find")
        return self.world.deployments.get((endpoint, slot))

    def list(self, endpoint: str) -> builtins.list[Deployment]:
        self.world.called("deployments.list")
        if endpoint not in self.world.endpoints:
            raise absent("endpoint", endpoint)
        return [slot for key, slot in sorted(self.world.deployments.items()) if key[0] == endpoint]

    def apply(self, yaml: Path, *, on_progress: Progress | None = None, deadline: Deadline | None = None) -> Deployment:
        self.world.called("deployments.apply")
        fields = read_yaml(yaml)
        endpoint, name = str(fields["endpoint_name"]), str(fields["name"])
        if endpoint not in self.world.endpoints:
            raise absent("endpoint", endpoint)
        environment = fields.get("environment")
        failure, self.world.next_slot_fails = self.world.next_slot_fails, None
        if on_progress:
            on_progress("Creating")
        applied = self.world.add_slot(
            name,
            endpoint,
            state="Failed" if failure else "Succeeded",
            model=str(fields.get("model", "")).removeprefix("azureml:") or None,
            image=str(environment["image"]) if isinstance(environment, dict) else None,
            instance_type=str(fields["instance_type"]),
            instance_count=int(str(fields["instance_count"])),
            tags=text_tags(fields),
            fields=readable_fields(fields),
            error=failure.message if failure else None,
        )
        if failure:
            raise failure
        return applied

    def delete(self, endpoint: str, slot: str, *, deadline: Deadline | None = None) -> None:
        self.world.called("deployments.delete")
        if (endpoint, slot) not in self.world.deployments:
            raise absent("slot", slot)
        holder = self.world.endpoints[endpoint]
        if holder.traffic.get(slot) or holder.mirror.get(slot):
            raise WrongState(f"slot '{slot}' takes traffic")
        del self.world.deployments[endpoint, slot]

    def logs(self, endpoint: str, slot: str, container: Container = "inference-server", lines: int = 100) -> str:
        self.world.called("deployments.logs")
        if (endpoint, slot) not in self.world.deployments:
            raise absent("slot", slot)
        whole = self.world.logs.get((slot, container), "")
        return "".join(whole.splitlines(keepends=True)[-lines:])


class FakeScoring:
    """Sends each request to the slot named, or to the one with most traffic."""

    def __init__(self, world: World, endpoint: str) -> None:
        self.world = world
        self.endpoint = endpoint

    def score(self, body: bytes, *, slot: str | None = None, timeout_s: float = 60.0) -> ScoringAnswer:
        self.world.called("scoring.score")
        live = self.world.endpoints[self.endpoint].traffic.live
        target = slot or max(live, key=lambda each: live[each], default=None)
        if target is None or (self.endpoint, target) not in self.world.deployments:
            raise ResourceNotFound(f"endpoint '{self.endpoint}' has no slot for the request")
        return replace(self.world.answer(target, body), slot=slot)

    def close(self) -> None:
        self.world.called("scoring.close")
