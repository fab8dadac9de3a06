"""All commands, and what becomes of their errors."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from automate.kernel.errors import NormalizedError
from automate.project.cli import processes, setup
from automate.project.cli.apply import apply, export, plan_changes
from automate.project.cli.audit import audit
from automate.project.cli.backtest import backtest
from automate.project.cli.bulk import bulk
from automate.project.cli.checkup.environment import DISTRIBUTION
from automate.project.cli.connector import connector
from automate.project.cli.deliveries import deliveries, redeliver, verify
from automate.project.cli.doctor import doctor
from automate.project.cli.effects import breaker, breakers, effects, resolve
from automate.project.cli.explain import explain
from automate.project.cli.health import health
from automate.project.cli.init import init
from automate.project.cli.member import member
from automate.project.cli.output import line
from automate.project.cli.recipe import app as recipe
from automate.project.cli.recipe import recipes
from automate.project.cli.record import record
from automate.project.cli.recover import cancel, pause, replay, resume, retry
from automate.project.cli.run import run
from automate.project.cli.send import send
from automate.project.cli.tail import tail
from automate.project.cli.test import run_cases
from automate.project.cli.token import token
from automate.project.cli.vault import vault

HERE = "On this machine"
CLIENT = "Work with a tenant (through the API, with its token)"
PROCESSES = "One process each"
SETUP = "Set up a database"
BUILD = "Build on it"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _say_version(asked: bool) -> None:  # noqa: FBT001 - Typer's call
    if asked:
        line(f"Django Automate {version(DISTRIBUTION)}")
        raise typer.Exit


@app.callback()
def automate(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Django Automate: when this event happens, do that, once."""


for panel, commands in {
    HERE: (processes.up, processes.stop, processes.demo, doctor),
    CLIENT: (
        init,
        apply,
        run,
        send,
        tail,
        explain,
        backtest,
        deliveries,
        redeliver,
        verify,
        cancel,
        retry,
        replay,
        pause,
        resume,
        effects,
        resolve,
        breakers,
        breaker,
        record,
        recipes,
    ),
    PROCESSES: (
        processes.web,
        processes.relay,
        processes.worker,
        processes.scheduler,
        health,
    ),
    SETUP: (setup.roles, setup.migrate, setup.platform_token),
}.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.command("plan", rich_help_panel=CLIENT)(plan_changes)
app.command(rich_help_panel=CLIENT)(export)
app.add_typer(audit, name="audit", rich_help_panel=CLIENT)
app.add_typer(bulk, name="bulk", rich_help_panel=CLIENT)
app.add_typer(recipe, name="recipe", rich_help_panel=CLIENT)
app.add_typer(vault, name="vault", rich_help_panel=SETUP)
app.add_typer(token, name="token", rich_help_panel=CLIENT)
app.add_typer(member, name="member", rich_help_panel=CLIENT)


app.command("test", rich_help_panel=BUILD)(run_cases)
app.add_typer(connector, name="connector", rich_help_panel=BUILD)


def main() -> None:
    """The entry point. What a user can mend is one clear message and status 1, never a stack trace."""
    try:
        app()
    except NormalizedError as error:
        sys.exit(error.message)
    except OperationalError as error:
        sys.exit(f"The database cannot be used: {str(error).strip()}")
    except ImproperlyConfigured as error:
        sys.exit(f"The configuration is refused: {error}")
