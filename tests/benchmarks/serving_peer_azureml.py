"""The scoring script of Azure's inference server, and the start of that server on 127.0.0.1 alone.

    AZUREML_MODEL_DIR=PEER_DIR PEER_PYTHON serving_peer_azureml.py --entry_script serving_peer_azureml.py --port PORT

Same requests and answers as `POST /score` of `python -m serving`, for what the benchmark asks; orjson writes the
answer, because the server's own json takes several times as long.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

_loaded: list[Any] = []


def init() -> None:
    """Called once by the server before its first request."""
    from serving_peer_forecaster import Forecaster

    _loaded.append(Forecaster(Path(os.environ["AZUREML_MODEL_DIR"])))


def run(raw_data: str) -> Any:
    """Called for each request with its body."""
    import orjson
    from azureml_inference_server_http.api.aml_response import AMLResponse
    from serving_forms import QUANTILES

    asked = orjson.loads(raw_data)
    stores = [entry["store_id"] for entry in asked["series"]]
    items = [entry["item_id"] for entry in asked["series"]]
    forecaster = _loaded[0]
    forecast = forecaster.forecast(stores, items, asked["horizon"])
    answers = [
        {
            "store_id": stores[row],
            "item_id": items[row],
            "dates": dates,
            "mean": forecast.mean[row],
            "quantiles": {str(level): forecast.quantiles[row, place] for place, level in enumerate(QUANTILES)},
        }
        for row, dates in enumerate(forecaster.dates(forecast))
    ]
    body = orjson.dumps({"forecasts": answers}, option=orjson.OPT_SERIALIZE_NUMPY)
    return AMLResponse(body, 200, {"Content-Type": "application/json"})


if __name__ == "__main__":
    from azureml_inference_server_http import amlserver

    amlserver.DEFAULT_HOST = "127.0.0.1"  # it has no option, and would listen on every address
    amlserver.run()
