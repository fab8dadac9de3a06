"""The command line of Django Automate, and the handling of its errors."""

from __future__ import annotations

import importlib
from typing import Annotated, Any, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from automate.cli import version
from automate.cli.faults import exit_on_error
from automate.cli.listed import LISTED, ListedCommand

ClickObject: TypeAlias = Any
"""A context, formatter or command of click. Newer versions of typer have a private copy of click, and older ones need
click, so that no type fits both.
"""


class LazyGroup(TyperGroup):
    """A group of commands. The module of a command is imported when the command runs."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - click's call
        return list(LISTED)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002 - click's call
        listed = LISTED.get(cmd_name)
        return TyperCommand(cmd_name, help=listed.summary, rich_help_panel=listed.panel) if listed else None

    def format_commands(self, ctx: ClickObject, formatter: ClickObject) -> None:  # noqa: ARG002 - click's call
        for panel in dict.fromkeys(listed.panel for listed in LISTED.values()):
            with formatter.section(panel):
                formatter.write_dl([(name, listed.summary) for name, listed in LISTED.items() if listed.panel == panel])

    def resolve_command(self, ctx: ClickObject, args: list[str]) -> tuple[str | None, ClickObject, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, loaded(name, LISTED[name]) if name is not None else None, rest


def loaded(name: str, listed: ListedCommand) -> ClickObject:
    module, _, attribute = listed.target.partition(":")
    imported = importlib.import_module(f"automate.cli.{module}")
    found = getattr(imported, attribute)
    own = found if isinstance(found, typer.Typer) else _group()
    if own is not found:
        own.command(name, context_settings=getattr(imported, "SETTINGS", None))(found)
    # Plain, as the list of commands: Rich's markup takes a tenth of a second.
    own.rich_markup_mode = None
    command = get_command(own)
    command.name = name
    return command


def _group() -> typer.Typer:
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False)


app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer's call
    if asked:
        version.main()
        raise typer.Exit


@app.callback()
def automate(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Django Automate: when an event arrives, run a workflow, once."""


def main() -> None:
    """The entry point."""
    with exit_on_error():
        app()
