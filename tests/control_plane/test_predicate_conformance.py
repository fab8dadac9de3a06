"""JsonLogic's shared cases, read in place beside the repository and never copied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from automate.rules.predicate import PredicateError, evaluate, explain

SUITES = Path(__file__).resolve().parents[3] / "shared" / "data" / "jsonlogic"
ABSENT = pytest.param(
    {}, id="absent", marks=pytest.mark.skip(reason=f"the shared JsonLogic cases are absent ({SUITES.name})")
)


def _case(suite: Path, index: int, case: Any) -> dict[str, Any]:
    if isinstance(case, list):
        case = dict(zip(("rule", "data", "result"), case, strict=True))
    return {"suite": suite.relative_to(SUITES).as_posix(), "index": index, **case}


def cases() -> list[Any]:
    found = [
        _case(suite, index, case)
        for suite in sorted(SUITES.rglob("*.json"))
        for index, case in enumerate(json.loads(suite.read_text(encoding="utf-8")))
        if not isinstance(case, str)
    ]
    return [pytest.param(case, id=f"{case['suite']}-{case['index']}") for case in found] or [ABSENT]


def typed(value: Any) -> str:
    """Told apart: true and 1, text and number. Not told apart: 2 and 2.0, one number in JSON."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return "[" + ",".join(map(typed, value)) + "]"
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("case", cases())
def test_jsonlogic_case_holds(case: dict[str, Any]) -> None:
    rule, data = case["rule"], case.get("data")
    if "error" in case:
        with pytest.raises(PredicateError) as caught:
            evaluate(rule, data)
        assert caught.value.error["type"] == case["error"]["type"]
        assert explain(rule, data).verdict == "type_error"
    else:
        assert typed(evaluate(rule, data)) == typed(case["result"])
        assert typed(explain(rule, data).value) == typed(case["result"])


@pytest.mark.skipif(not SUITES.exists(), reason="the shared JsonLogic cases are absent")
def test_compatible_suite_has_278_cases() -> None:
    cases = json.loads((SUITES / "compatible.json").read_text(encoding="utf-8"))
    assert sum(not isinstance(case, str) for case in cases) == 278
