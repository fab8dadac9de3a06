"""Each example of docs/rules.md that takes time does what the page says, on a clock that the test holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from automate.rules.windows.option_checks import check_options
from tests.support.plane import Plane
from tests.support.windows import NOTE, come, pass_until

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text()
EXAMPLES = [
    example for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if "options" in (example := json.loads(text))
]
FOR_EVER = 10_000_000


def snake(value: Any) -> Any:
    """As the API stores it: the names of options and of their fields, not what stands in a condition."""
    return {
        re.sub("[A-Z]", lambda found: "_" + found[0].lower(), name): inner
        if name == "unless" or not isinstance(inner, dict)
        else snake(inner)
        for name, inner in value.items()
    }


def test_page_has_an_example_of_each() -> None:
    assert [next(iter(example["options"])) for example in EXAMPLES] == [
        "rateLimit", "debounce", "throttle", "count", "absence",
    ]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: next(iter(example["options"])))
def test_example_holds(plane: Plane, example: dict[str, Any]) -> None:
    plane.publish("one", NOTE, when=example.get("when", True), options=check_options(snake(example["options"])))
    begun: list[list[int]] = []
    events: list[Any] = []

    def look(second: int) -> None:
        """Note the runs that have begun since."""
        for (event,) in plane.rows(
            "SELECT event_id FROM execution_run WHERE started_at IS NOT NULL ORDER BY started_at, id"
        ):
            place = events.index(event)
            if all(place != known for _, known in begun):
                begun.append([second, place])

    seconds = {second for second, _, _ in example["comes"]} | {second for second, _ in example["starts"]}
    for second in sorted(seconds):
        pass_until(plane, second - 1)
        look(second - 1)
        for _, kind, payload in (one for one in example["comes"] if one[0] == second):
            events += come(plane, second, payload, kind=kind)
        pass_until(plane, second)
        look(second)
    pass_until(plane, FOR_EVER)
    look(FOR_EVER)
    assert sorted(begun) == example["starts"]
    said = dict(plane.rows("SELECT event_id, upper(verdict) FROM decision"))
    assert [said[event] for event in events] == example["says"]


def test_file_of_the_page_has_options_that_are_taken() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    vip, everything = yaml.safe_load(text)["rules"]
    assert check_options(vip["options"]) == {"stop": True}
    assert vip["priority"] > everything.get("priority", 0)
