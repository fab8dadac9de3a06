"""``flow.for_each`` makes a call for each item of a list. Several calls run at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from automate.kernel.json_values import JsonValue, as_object
from automate.kernel.large import HeldJson
from automate.kernel.limits import LIMITS
from automate.workflows.definition import FOR_EACH, ItemStep
from automate.workflows.flow_steps.spec import FlowSpec, step_schema
from automate.workflows.parts import Part

MAX_PARALLEL = 100
DEFAULT_PARALLEL = 10
MOST_KEPT = 50
# No braces and no $, so that it is never read as a template.
KEPT_PATH = r"^[^.{}$]+(\.[^.{}$]+)*$"


def tolerated_failures(tolerate: int | str, items: int) -> int:
    """Return how many items may fail before the step fails. For example, ``"5%"`` of 30 items is 1 item."""
    if isinstance(tolerate, str):
        return items * int(tolerate[:-1]) // 100
    return min(tolerate, items)


def kept(output: JsonValue, paths: Sequence[str]) -> JsonValue:
    """Return the parts of the output that ``paths`` name, and no other parts. A path looks like ``json.id``."""
    found: dict[str, JsonValue] = {}
    for path in paths:
        *above, last = path.split(".")
        source: JsonValue = output
        place = found
        for name in above:
            source = source.get(name) if isinstance(source, dict) else None
        if isinstance(source, dict) and last in source:
            for name in above:
                place = as_object(place.setdefault(name, {}))
            place[last] = source[last]
    return found


@dataclass(frozen=True)
class ForEachInput:
    """The input of a ``flow.for_each``."""

    items: Annotated[
        JsonValue,
        Part(
            "Items",
            f"A list of at most {LIMITS.for_each:,} items of any JSON.",
            {"type": "array", "maxItems": LIMITS.for_each},
            examples=[["a@example.com", "b@example.com"]],
        ),
    ]
    parallel: Annotated[
        int,
        Part(
            "At a time",
            "The maximum of items in process.",
            {"minimum": 1, "maximum": MAX_PARALLEL},
            examples=[DEFAULT_PARALLEL],
        ),
    ] = DEFAULT_PARALLEL
    tolerate: Annotated[
        int | str,
        Part(
            "Tolerate",
            'The number of items that may fail before the step fails, or a share such as "5%", which is at most 100%',
            {
                "type": ["integer", "string"],
                "minimum": 0,
                "maximum": LIMITS.for_each,
                "pattern": "^(100|[1-9]?[0-9])%$",
            },
            examples=[3, "5%"],
        ),
    ] = 0
    keep: Annotated[
        tuple[
            Annotated[
                str,
                Part(
                    "Path",
                    "Names with dots between them, such as json.id",
                    {"maxLength": LIMITS.text_characters, "pattern": KEPT_PATH},
                    examples=["json.id"],
                ),
            ],
            ...,
        ]
        | None,
        Part(
            "Keep",
            "The parts of each call's output to store: paths of names with dots. The default is the whole output.",
            {"maxItems": MOST_KEPT},
            examples=[["status", "json.id"]],
        ),
    ] = None
    step: Annotated[
        ItemStep,
        Part(
            "Step",
            "The call for each item. Its input can also read item.value, and item.index, which counts from 0.",
            examples=[
                {
                    "uses": "http.request",
                    "with": {"method": "POST", "url": "https://example.com", "json": "{{ item.value }}"},
                    "retry": {"max_attempts": 5},
                }
            ],
        ),
    ] = field(kw_only=True)


@dataclass(frozen=True)
class ItemResult:
    """The result of one item."""

    state: Annotated[str, Part("State", "succeeded, failed or cancelled.", examples=["succeeded"])]
    output: Annotated[
        HeldJson, Part("Output", "The call's output; null if the call failed.", examples=[{"status": 200}])
    ]
    error: Annotated[Mapping[str, JsonValue] | None, Part("Error", "The error; null without one.", examples=[None])]


@dataclass(frozen=True)
class ForEachOutput:
    """The output of a ``flow.for_each``."""

    items: Annotated[
        tuple[Annotated[ItemResult, Part("Item", "The result of one item.")], ...],
        Part(
            "Items",
            "The result of each item, in the order of the list.",
            examples=[[{"state": "succeeded", "output": {"status": 200}, "error": None}]],
        ),
    ]
    succeeded: Annotated[int, Part("Succeeded", "The number of items that succeeded.", {"minimum": 0}, examples=[1])]
    failed: Annotated[int, Part("Failed", "The number of items that failed.", {"minimum": 0}, examples=[0])]


FOR_EACH_STEP = FlowSpec(
    name=FOR_EACH,
    title="For each",
    input_schema=step_schema(
        ForEachInput,
        Part(
            "For each",
            "Makes one call for each item of a list, several at a time.",
            examples=[
                {
                    "items": "{{ event.payload.rows }}",
                    "parallel": 5,
                    "tolerate": "5%",
                    "step": {
                        "uses": "http.request",
                        "with": {"method": "POST", "url": "https://example.com", "json": "{{ item.value }}"},
                    },
                }
            ],
        ),
    ),
    output_schema=step_schema(
        ForEachOutput,
        Part(
            "Results",
            "The result of each item, and their counts.",
            examples=[
                {
                    "items": [{"state": "succeeded", "output": {"status": 200}, "error": None}],
                    "succeeded": 1,
                    "failed": 0,
                }
            ],
        ),
    ),
    raw=frozenset({"step", "keep"}),
)
