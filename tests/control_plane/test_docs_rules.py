"""Each example of docs/rules.md does what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from automate.rules.predicate import check_rule, compile_rule, necessary_conditions, verdict

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
ALL = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)]
EXAMPLES = [example for example in ALL if "options" not in example]
"""The others take time: see test_docs_rules_over_time.py."""
EVENT: dict[str, Any] = {
    "type": "",
    "source": "",
    "subject": "",
    "payload": None,
    "headers": {},
    "occurred_at": "2026-11-26T00:00:00+00:00",
}


def test_page_has_its_examples() -> None:
    assert len(EXAMPLES) == 12


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: json.dumps(example["when"])[:60])
def test_example_holds(example: dict[str, Any]) -> None:
    assert example.keys() == {"when", "found_by", "matches", "passes"}
    assert check_rule(example["when"]).ok
    rule = compile_rule(example["when"])
    assert [verdict(rule, EVENT | event).verdict for event in example["matches"]] == ["matched"] * len(
        example["matches"]
    )
    assert not any(verdict(rule, EVENT | event).matched for event in example["passes"])
    assert example["matches"]
    assert example["passes"]
    assert [".".join(need.keys) for need in necessary_conditions(example["when"])] == example["found_by"]
