"""Schemas of what is asked. With a model in memory they are that model's own: its horizon, levels, columns and events.

The bounds are those of the checks themselves (``serving.fields``, ``serving.request``), so that both stay one.
"""

from __future__ import annotations

from serving.day_rows import HISTORY, MOST_DAYS
from serving.entries import STATICS
from serving.model import Model
from serving.openapi.shapes import DAY, FLAG, ID, NUMBER, PRICE, TEXT, UNITS, Schema, array, nullable, ref, strict
from serving.request import MOST_QUANTILES, UNKNOWN
from serving.tabular import KEY
from training.features.spec import MAX_HORIZON

SERIES: Schema = {"store_id": TEXT, "item_id": TEXT}


def request_schemas(model: Model | None, max_series: int) -> dict[str, Schema]:
    """Name -> schema of everything that POST /score takes."""
    values, known = _day_values(model)
    day = {"date": DAY} | values
    past = day | {HISTORY: UNITS}
    return {
        "FutureDay": strict(day, ["date"], description="What is known of a day of the forecast.", **known),
        "HistoryDay": strict(
            past,
            ["date", HISTORY],
            description="A day's sales that came after training, or a correction of an earlier day's.",
            **known,
        ),
        "KeyedFutureDay": strict(
            SERIES | day, [*SERIES, "date"], description="The same, for every entry of that series.", **known
        ),
        "KeyedHistoryDay": strict(
            SERIES | past, [*SERIES, "date", HISTORY], description="The same, for every entry of that series.", **known
        ),
        "Series": _series(),
        "ScoreRequest": _score_request(model, max_series),
        "TabularRequest": _tabular_request(model),
    }


def _day_values(model: Model | None) -> tuple[dict[str, Schema], Schema]:
    """The columns a day may have beside its date, and what stands for columns whose names only a model knows."""
    values: dict[str, Schema] = {
        "price": nullable(PRICE),
        "promo": nullable(FLAG),
        "event_name": nullable(TEXT) | {"description": "null says that the day has no event."},
        "event_type": nullable(TEXT) | {"description": "Accepted and ignored: a model knows its events' types."},
    }
    if model is None:
        return values, {"patternProperties": {"^known_": nullable(NUMBER)}}
    spec = model.artifact.manifest.spec
    events = list(spec.event_names)
    values |= {name: nullable(FLAG if name in spec.flags else NUMBER) for name in spec.known}
    values["event_name"] = {"enum": [*events, None], "description": values["event_name"]["description"]}
    return {name: values[name] for name in model.parser.schemas.future}, {}


def _series() -> Schema:
    days: Schema = {
        "future": array(ref("FutureDay"), description="Stands above the request's `future`."),
        "history": array(ref("HistoryDay"), description="Stands above the request's `history`."),
    }
    about = TEXT | {"description": "Read only of series that training did not have."}
    return strict(
        SERIES | {"id": ID} | days | dict.fromkeys(STATICS, about),
        list(SERIES),
        description="One forecast. A series may be asked for several times, each with its own `id`.",
    )


def _options(model: Model | None) -> dict[str, Schema]:
    longest = MAX_HORIZON if model is None else model.artifact.horizon_max
    level: Schema = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    trained = "those the model was trained for"
    if model is not None:
        lowest, highest = model.artifact.quantile_range
        level = {"type": "number", "minimum": lowest, "maximum": highest}
        trained = ", ".join(map(str, model.artifact.quantiles))
    return {
        "horizon": {
            "type": "integer",
            "minimum": 1,
            "maximum": longest,
            "description": "Days to forecast; default: the model's longest.",
        },
        "quantiles": array(
            level,
            uniqueItems=True,
            maxItems=MOST_QUANTILES,
            description=f"Levels to answer beside the mean; default: {trained}.",
        ),
        "unknown": {
            "enum": list(UNKNOWN),
            "default": UNKNOWN[0],
            "description": "Series that training did not have: name them in a 422, or forecast from similar items.",
        },
    }


def _score_request(model: Model | None, max_series: int) -> Schema:
    days = f"; at most {MOST_DAYS:,} days over all series"
    return strict(
        {
            "series": array(ref("Series"), minItems=1, maxItems=max_series),
            "future": array(ref("KeyedFutureDay"), description=f"Known days of the forecast{days}."),
            "history": array(ref("KeyedHistoryDay"), description=f"Sales that came after training{days}."),
        }
        | _options(model),
        ["series"],
        description="When a property stands twice in an object, the last one counts.",
    )


def _tabular_request(model: Model | None) -> Schema:
    column: Schema = TEXT
    if model is not None:
        column = {"enum": [*KEY, "date", *model.parser.schemas.history, *STATICS]}
    table = strict(
        {
            "columns": array(
                column, minItems=2, uniqueItems=True, allOf=[{"contains": {"const": name}} for name in KEY]
            ),
            "data": array(
                array({"type": ["string", "number", "boolean", "null"]}),
                minItems=1,
                description="Rows of one value a column; null says nothing.",
            ),
            "index": array({"type": ["string", "number"]}, description="A label a row, ignored."),
        },
        ["columns", "data"],
    )
    return strict(
        {"input_data": table, "params": strict(_options(model), [])},
        ["input_data"],
        description="Azure ML's tabular form: a row a series, or a row a series and day. A row with `date` and `sales` "
        "is history, one with a `date` alone is future.",
    )
