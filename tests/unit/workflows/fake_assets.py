"""Jobs and registered assets of the in-memory workspace."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from retailctl.domain.deadline import Deadline
from retailctl.domain.references import ModelRef
from retailctl.domain.resources import DataVersion, EnvironmentVersion, Job, ModelVersion
from retailctl.errors import WaitTimedOut
from tests.unit.workflows.fake_client import Client, absent, read_yaml, require_asset, text_tags


class FakeJobs(Client):
    def submit(self, yaml: Path, *, name: str | None = None) -> Job:
        self.world.called("jobs.submit")
        fields, script = read_yaml(yaml), self.world.next_job
        job = name or str(fields.get("name") or f"brisk_fox_{len(self.world.jobs) + 1}")
        self.world.job_logs[job] = script.log
        self.world.job_files[job] = script.files
        self.world.add_job(
            job,
            script.status,
            experiment=str(fields.get("experiment_name")),
            compute=str(fields.get("compute", "")).removeprefix("azureml:"),
            tags=text_tags(fields),
            error=script.error,
            exit_code=script.exit_code,
        )
        return replace(self.world.jobs[job], status="Starting", error=None, exit_code=None)

    def get(self, name: str) -> Job:
        self.world.called("jobs.get")
        if name not in self.world.jobs:
            raise absent("job", name)
        return self.world.jobs[name]

    def list(
        self,
        limit: int | None = 30,
        *,
        status: str | None = None,
        experiment: str | None = None,
        tag: str | None = None,
    ) -> builtins.list[Job]:
        self.world.called("jobs.list")
        wanted = [
            job
            for job in reversed(self.world.jobs.values())
            if status in (None, job.status)
            and experiment in (None, job.experiment)
            and (tag is None or tag in job.tags)
        ]
        return wanted[:limit]

    def cancel(self, name: str, *, deadline: Deadline | None = None) -> None:
        self.world.called("jobs.cancel")
        if name not in self.world.jobs:
            raise absent("job", name)
        if not self.world.jobs[name].ended:
            self.world.jobs[name] = replace(self.world.jobs[name], status="Canceled")

    def log_chunks(self, name: str, *, deadline: Deadline | None = None) -> Iterator[str]:
        self.world.called("jobs.log_chunks")
        yield from self.world.job_logs.get(name, ())
        while not self.world.jobs[name].ended:
            if deadline and deadline.passed:
                raise WaitTimedOut(f"gave up waiting for job '{name}' to end")
            self.world.clock.sleep(1)

    def outputs(self, name: str) -> Mapping[str, str]:
        self.world.called("jobs.outputs")
        return {output: f"azureml://jobs/{name}/outputs/{output}" for output in self.world.job_files.get(name, {})}

    def download(self, name: str, to: Path, output: str | None = None) -> Path:
        self.world.called("jobs.download")
        outputs = self.world.job_files.get(name, {})
        for path, content in outputs.get(output or "default", {}).items():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            (to / path).write_bytes(content)
        return to


class FakeModels(Client):
    def create(self, yaml: Path) -> ModelVersion:
        self.world.called("models.create")
        fields = read_yaml(yaml)
        name, path = str(fields["name"]), str(fields["path"])
        version = int(str(fields.get("version") or 1 + max((v for n, v in self.world.models if n == name), default=0)))
        job = path.removeprefix("azureml://jobs/").partition("/")[0] if path.startswith("azureml://jobs/") else None
        return self.world.add_model(
            version, name, type=str(fields.get("type")), path=path, job=job, tags=text_tags(fields)
        )

    def get(self, ref: ModelRef) -> ModelVersion:
        if ref.version is None:
            return self.latest(ref.name)
        self.world.called("models.get")
        return self._at(ref)

    def _at(self, ref: ModelRef) -> ModelVersion:
        if ref.version is None or (ref.name, ref.version) not in self.world.models:
            raise absent("model", ref.text)
        return self.world.models[ref.name, ref.version]

    def latest(self, name: str) -> ModelVersion:
        self.world.called("models.latest")
        there = [each for each in self.world.models.values() if each.name == name and not each.archived]
        if not there:
            raise absent("model", name)
        return max(there, key=lambda each: each.version)

    def list(self, name: str | None = None, *, archived: bool = False) -> builtins.list[ModelVersion]:
        self.world.called("models.list")
        require_asset("model", name, self.world.models)
        wanted = [
            each for each in self.world.models.values() if name in (None, each.name) and (archived or not each.archived)
        ]
        return sorted(wanted, key=lambda each: (each.name, -each.version))

    def archive(self, ref: ModelRef) -> None:
        self.world.called("models.archive")
        self._replace(replace(self._at(ref), archived=True))

    def restore(self, ref: ModelRef) -> None:
        self.world.called("models.restore")
        self._replace(replace(self._at(ref), archived=False))

    def _replace(self, version: ModelVersion) -> ModelVersion:
        self.world.models[version.name, version.version] = version
        return version

    def delete(self, ref: ModelRef) -> None:
        self.world.called("models.delete")
        present = self._at(ref)
        del self.world.models[present.name, present.version]

    def set_tags(self, ref: ModelRef, tags: Mapping[str, str]) -> ModelVersion:
        self.world.called("models.set_tags")
        present = self._at(ref)
        return self._replace(replace(present, tags={**present.tags, **tags}))

    def download(self, ref: ModelRef, to: Path) -> Path:
        self.world.called("models.download")
        outputs = self.world.job_files.get(self._at(ref).job or "", {})
        for path, content in outputs.get("model_out", {"MLmodel": b"flavors: {}\n"}).items():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            (to / path).write_bytes(content)
        return to


class FakeEnvironments(Client):
    def create(self, yaml: Path) -> EnvironmentVersion:
        self.world.called("environments.create")
        fields = read_yaml(yaml)
        version = str(fields.get("version") or len(self.world.environments) + 1)
        image = str(fields["image"]) if "image" in fields else None
        return self.world.add_environment(version, str(fields["name"]), image=image, tags=text_tags(fields))

    def get(self, name: str, version: str) -> EnvironmentVersion:
        self.world.called("environments.get")
        return self._at(name, version)

    def _at(self, name: str, version: str) -> EnvironmentVersion:
        if (name, version) not in self.world.environments:
            raise absent("environment", f"{name}:{version}")
        return self.world.environments[name, version]

    def list(self, name: str | None = None, *, archived: bool = False) -> builtins.list[EnvironmentVersion]:
        self.world.called("environments.list")
        require_asset("environment", name, self.world.environments)
        wanted = [
            each
            for each in self.world.environments.values()
            if name in (None, each.name) and (archived or not each.archived)
        ]
        return wanted[::-1]

    def archive(self, name: str, version: str) -> None:
        self.world.called("environments.archive")
        self.world.environments[name, version] = replace(self._at(name, version), archived=True)

    def restore(self, name: str, version: str) -> None:
        self.world.called("environments.restore")
        self.world.environments[name, version] = replace(self._at(name, version), archived=False)

    def delete(self, name: str, version: str) -> None:
        self.world.called("environments.delete")
        self._at(name, version)
        del self.world.environments[name, version]


class FakeData(Client):
    def create(self, yaml: Path) -> DataVersion:
        self.world.called("data.create")
        fields = read_yaml(yaml)
        name = str(fields["name"])
        version = str(fields.get("version") or 1 + sum(1 for each, _ in self.world.data if each == name))
        made = DataVersion(name, version, str(fields["type"]), str(fields["path"]), text_tags(fields))
        self.world.data[name, version] = made
        return made

    def get(self, name: str, version: str) -> DataVersion:
        self.world.called("data.get")
        if (name, version) not in self.world.data:
            raise absent("data", f"{name}:{version}")
        return self.world.data[name, version]

    def list(self, name: str | None = None, *, archived: bool = False) -> builtins.list[DataVersion]:
        self.world.called("data.list")
        require_asset("data", name, self.world.data)
        wanted = [
            each for each in self.world.data.values() if name in (None, each.name) and (archived or not each.archived)
        ]
        return wanted[::-1]

    def archive(self, name: str, version: str) -> None:
        self.world.called("data.archive")
        self.world.data[name, version] = replace(self.world.data[name, version], archived=True)
