"""Each question of docs/backtests.md is answered as the page says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
from graphql import parse, validate

from automate.cli.app import app
from tests.api.test_docs_recovery import filled, is_subscription, like, remembered
from tests.support.api import Api

PAGE = (Path(__file__).parents[2] / "docs" / "backtests.md").read_text()
BLOCKS = re.compile(r"^```(graphql|json|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def orders(plane: Any) -> Any:
    from tests.support.backtests import CREATED, stored

    note = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
    plane.publish("big-orders", note, when={"and": [CREATED, {">": [{"var": "payload.amount"}, 5]}]})
    stored(plane, *({"amount": n} for n in range(10)))
    return plane


def test_every_question_is_answered_so(api: Api, orders: Any) -> None:
    from graphql_schema.schema import tenant_schema

    asked: list[tuple[str, list[str]]] = []
    for kind, text in BLOCKS.findall(PAGE):
        if kind == "graphql":
            asked.append((text, []))
        elif kind == "json":
            asked[-1][1].append(text)
    assert len(asked) == 4
    known: dict[str, str] = {}
    for document, blocks in asked:
        assert validate(tenant_schema._schema, parse(document)) == []
        if is_subscription(document):
            continue
        variables, said = (json.loads(filled(block, known)) for block in blocks)
        answer = api.data(document, **variables)
        assert like(said, answer), (document, answer)
        known |= {"id": remembered(answer)["id"]} if "id" not in known else {}
        orders.drain()


def test_commands_can_be_typed() -> None:
    (block,) = [text for kind, text in BLOCKS.findall(PAGE) if kind == "bash"]
    commands = [shlex.split(line) for line in block.splitlines() if line and not line.startswith("#")]
    command: Any = typer.main.get_command(app)
    for program, name, *words in commands:
        assert (program, name) == ("automate", "backtest")
        _, found, rest = command.resolve_command(command.make_context(program, [name]), [name, *words])
        found.make_context(name, rest)
    assert len(commands) == 2
