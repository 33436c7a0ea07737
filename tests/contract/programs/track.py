"""What a team's own script does with MLflow, told no more than address, token and certificates by its environment.

Tells what it finds again as one JSON document.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import mlflow

mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
mlflow.set_experiment("by-hand")
with tempfile.TemporaryDirectory() as folder, mlflow.start_run(run_name="first", tags={"sha": "abc"}) as run:
    mlflow.log_params({"horizon": 28})
    for step, value in enumerate((0.3, 0.2, 0.1)):
        mlflow.log_metric("wape", value, step=step)
    model = Path(folder) / "model"
    model.mkdir()
    (model / "MLmodel").write_text(f"flavors: {{}}\nrun_id: {run.info.run_id}\nartifact_path: model\n")
    mlflow.log_artifacts(str(model), "model")
    mlflow.log_text("kept", "note.txt")

client = mlflow.MlflowClient()
client.create_registered_model("retail-forecast")
version = client.create_model_version("retail-forecast", f"runs:/{run.info.run_id}/model", run_id=run.info.run_id)
client.set_registered_model_alias("retail-forecast", "champion", version.version)
champion = client.get_model_version_by_alias("retail-forecast", "champion")
found = client.get_run(champion.run_id)
with tempfile.TemporaryDirectory() as folder:
    downloaded = mlflow.artifacts.download_artifacts(f"models:/{champion.name}/{champion.version}", dst_path=folder)
    has_model = (Path(downloaded) / "MLmodel").is_file()
json.dump(
    {
        "experiment": client.get_experiment(found.info.experiment_id).name,
        "runs": len(client.search_runs([found.info.experiment_id], "metrics.wape < 0.15 and tags.sha = 'abc'")),
        "params": found.data.params,
        "history": [each.value for each in client.get_metric_history(champion.run_id, "wape")],
        "artifacts": sorted(each.path for each in client.list_artifacts(champion.run_id)),
        "note": mlflow.artifacts.load_text(f"{found.info.artifact_uri}/note.txt"),
        "model": has_model,
        "linked": champion.run_id == run.info.run_id,
    },
    sys.stdout,
)
