"""What our own code must not do, read from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("platform", "tenants", "graphql_schema", "actors")
SCOPES = {"acting_for", "acting_for_platform", "administering", "scope_of"}
MANAGERS = {"contextmanager", "asynccontextmanager"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[Path, Function]]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, Function):
                    yield path, node


def enters_scope(node: ast.AST) -> bool:
    calls = [item.context_expr for item in node.items] if isinstance(node, ast.With | ast.AsyncWith) else []
    return any(isinstance(call, ast.Call) and getattr(call.func, "id", "") in SCOPES for call in calls)


def gives_control_away(block: ast.AST) -> bool:
    """Whether a block yields itself; functions that are defined inside it are blocks of their own."""
    children = [child for child in ast.iter_child_nodes(block) if not isinstance(child, Function | ast.Lambda)]
    return any(isinstance(child, ast.Yield | ast.YieldFrom) or gives_control_away(child) for child in children)


@pytest.mark.slow
def test_no_generator_holds_a_scope():
    """Whoever resumes such a generator finds itself in its scope, and whoever drops it stays there."""
    entering, offenders = 0, []
    for path, function in functions():
        if MANAGERS & {getattr(decorator, "id", "") for decorator in function.decorator_list}:
            continue
        for node in ast.walk(function):
            if enters_scope(node):
                entering += 1
                if gives_control_away(node):
                    offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert entering > 10
    assert offenders == []


def test_this_walk_sees_an_offender():
    (function,) = ast.parse("def leak(t):\n    with acting_for(t):\n        yield 1\n").body
    (block,) = function.body
    assert enters_scope(block)
    assert gives_control_away(block)
