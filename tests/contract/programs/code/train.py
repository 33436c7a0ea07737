"""A training script in miniature: reads its data, writes a model, leaves a note; fails with the code it is told to."""

import argparse
import json
import os
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path)
parser.add_argument("--out_dir", type=Path)
parser.add_argument("--exit", type=int, default=0)
options = parser.parse_args()

sys.stdout.write(f"training on {sorted(path.name for path in options.data.iterdir())}\n")
(options.out_dir / "MLmodel").write_text("flavors: {}\n")
(options.out_dir / "weights.json").write_text(json.dumps({"run": os.environ["AZUREML_RUN_ID"]}))
Path("outputs/note.txt").write_text("kept with the run")
if options.exit:
    sys.exit(options.exit)
