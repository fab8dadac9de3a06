"""``automate connector new`` writes what Python reads, and nothing that would be refused."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automate.cli.connector import connector, scaffold, words_of
from automate.kernel.errors import NormalizedError


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("shop.create_order", "CreateOrder"),
        ("shop.none", "NoneConnector"),
        ("shop.true", "TrueConnector"),
        ("shop.false", "FalseConnector"),
        ("shop.exception", "ExceptionConnector"),
        ("shop.import", "Import"),
        ("shop.class", "Class"),
        ("shop.call", "CallConnector"),
        ("shop.connector_error", "ConnectorErrorConnector"),
        ("shop.twin", "TwinConnector"),
    ],
)
def test_class_has_a_name_that_is_free(name: str, made: str) -> None:
    words = words_of(name)
    assert words["class"] == made
    for path, text in scaffold(words).items():
        if path.endswith(".py"):
            ast.parse(text, path)


@pytest.mark.parametrize("name", ["http.request", "webhook.send", "log.write"])
def test_name_of_a_connector_that_is_there_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(NormalizedError) as caught:
        words_of(name)
    assert (caught.value.code, f"such as my_{name}" in caught.value.message) == ("CONFLICT", True)
    assert words_of(f"my_{name}")["name"] == f"my_{name}"
    CliRunner().invoke(connector, ["new", name, "--into", str(tmp_path / "made")])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["flow.delay", "Shop.x", "shop", "shop.", "shop.x!"])
def test_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(NormalizedError) as caught:
        words_of(name)
    assert caught.value.code == "BAD_USER_INPUT"
