"""One home for the limits: their numbers stand in ``automate.kernel.limits`` and nowhere else."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

import pytest

from automate.kernel.limits import LIMITS, Limits
from tests.support.tree import PACKAGES, ROOT, name_of, nodes, package_files, python_files

HOME = "platform/automate/kernel/limits.py"
# Numbers that are large enough to be nothing but a limit.
TELLING = {value for field in fields(Limits) if (value := getattr(LIMITS, field.name)) > 1_000}
ELSEWHERE = {
    "platform/automate/kernel/targets.py": "the longest URL that is read, refused as such",
    "platform/automate/kernel/queries.py": "how far a total is counted before it is at least that",
    "platform/automate/workflows/flow_steps/run_workflow.py": "as wide as the column of a version's number",
    "platform/automate/kernel/sensitive_shapes.py": "how long a text is searched, whatever its source",
    "platform/automate/rules/predicate/operators/patterns.py": "memory of one compiled pattern",
    "platform/automate/triggers/schemes/headers.py": "bytes of headers that are kept, which are cut and not refused",
    "platform/automate/rules/predicate/allowance.py": "what one evaluation may produce, an allowance",
    "platform/automate/project/settings.py": "the default of what a tenant may spend on GraphQL, a setting",
    "platform/automate/cli/applying/document.py": "values of a file that somebody applies",
    "platform/automate/simulation/backtesting.py": "the default number of events that are tested",
    "tenants/sign_in/cache.py": "entries of one process while Redis is away",
    "platform/automate/workflows/templates/allowance.py": "what one rendering may produce, an allowance",
}


def numbers(path: Path) -> set[int]:
    """Whole numbers of a module, products and powers of constants worked out."""
    found = set()
    for node in nodes(path, ast.Constant, ast.BinOp):
        try:
            value = eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}})  # type: ignore[arg-type]
        except (NameError, TypeError, ArithmeticError):
            continue
        if isinstance(value, int):
            found.add(value)
    return found


def test_no_other_module_writes_a_limit_out() -> None:
    written = {
        name_of(path): found
        for path in python_files(PACKAGES["automate"], PACKAGES["tenants"])
        if "migrations" not in path.parts and name_of(path) != HOME
        if (found := numbers(path) & TELLING) and name_of(path) not in ELSEWHERE
    }
    assert written == {}


@pytest.mark.parametrize("field", [field.name for field in fields(Limits)])
def test_each_limit_is_asked_by_somebody(field: str) -> None:
    assert field in attributes()


@lru_cache(maxsize=1)
def attributes() -> frozenset[str]:
    """All names that the product reads of something."""
    return frozenset(name for path in package_files() for name in re.findall(r"\.(\w+)", path.read_text()))


def test_page_of_settings_states_the_numbers() -> None:
    said = (ROOT / "docs" / "settings.md").read_text()
    (sentence,) = re.findall(r"^Some limits are fixed\. .*$", said, re.MULTILINE)
    assert [int(number.replace(",", "")) for number in re.findall(r"\d(?:[\d,]*\d)?", sentence)] == [
        LIMITS.event_bytes // 2**20,
        LIMITS.json_depth,
        LIMITS.steps_per_run,
        LIMITS.template_read_bytes // 2**20,
        LIMITS.for_each,
        LIMITS.waiting_runs,
        LIMITS.rule_bytes // 2**10,
        LIMITS.rule_nodes,
        LIMITS.workflow_bytes // 2**10,
        LIMITS.page_size,
        LIMITS.answer_payload_bytes // 2**20,
    ]
