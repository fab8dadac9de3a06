"""Each option of a command that the documentation names is one that the command has."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from typer.testing import CliRunner

from automate.cli.app import LISTED, app
from tests.support.tree import ROOT, project_files

GROUPS = {"audit", "budgets", "bulk", "connector", "member", "recipe", "retention", "tenant", "token", "vault"}


def _written() -> dict[tuple[str, ...], set[str]]:
    """The options that pages name, by command."""
    options: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for page in project_files():
        if page != ROOT / "README.md" and (page.parent != ROOT / "docs" or page.suffix != ".md"):
            continue
        for words in re.findall(r"automate ([a-z][^`|>;\n]*)", page.read_text(encoding="utf-8")):
            command = tuple(words.split()[: 2 if words.split()[0] in GROUPS else 1])
            if command[0] in LISTED and command[0] != "manage":
                options[command] |= set(re.findall(r"(?<![\w'\"-])--[a-z][a-z-]*", words))
    return {command: named for command, named in options.items() if named}


WRITTEN = _written()


def test_pages_name_options() -> None:
    assert {("audit", "export"), ("usage",), ("token", "create")} <= set(WRITTEN)


@pytest.mark.parametrize("command", sorted(WRITTEN), ids=" ".join)
def test_command_has_each_option_that_the_pages_name(command: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0, shown.output
    assert WRITTEN[command] <= set(re.findall(r"--[a-z][a-z-]*", shown.output))
    assert "--install-completion" not in shown.output
