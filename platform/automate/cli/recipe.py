"""``automate recipes`` and ``automate recipe``: list, show and install ready-made automations."""

from __future__ import annotations

from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen, json_of
from automate.cli.output import line, table
from automate.client import answers
from automate.client.operations import INSTALL_RECIPE, RECIPES
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_texts
from automate.kernel.strict_json import loads

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Show a ready-made automation (recipe), and install it."
)


def recipes(*, tenant: Tenant = "") -> None:
    """List the ready-made automations (recipes)."""
    table((one["slug"], one["title"]) for one in _recipes(tenant))


@app.command()
def show(
    recipe: Annotated[str, typer.Argument(help="The slug, see `automate recipes`.")], *, tenant: Tenant = ""
) -> None:
    """Show a recipe with its parameters and the objects that it creates."""
    found = next((one for one in _recipes(tenant) if one["slug"] == recipe), None)
    if found is None:
        raise NormalizedError("NOT_FOUND", f"There is no recipe {recipe}. `automate recipes` lists all recipes.")
    line(found["description"])
    line()
    required = as_texts(found["parameters"].get("required", []))
    parts = as_object(found["parameters"]["properties"])
    table(_parameter(name, as_object(part), required) for name, part in parts.items())
    line()
    for made in found["creates"]:
        line("makes  ", made["kind"].lower(), made["slug"])
    for secret in found["secrets"]:
        line("needs  ", "secret", secret["name"], "(exists)" if secret["exists"] else "(set it first)")


@app.command()
def install(
    recipe: Annotated[str, typer.Argument(help="The slug, see `automate recipes`.")],
    *,
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter: a string, or JSON.")
    ] = None,
    parameters: Annotated[str, typer.Option(help="All parameters: JSON, or @FILE.", metavar="JSON")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Publish nothing, and leave the recipe disabled.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be created, and create nothing.")] = False,
    tenant: Tenant = "",
) -> None:
    """Create all objects of a recipe. If one of them cannot be created, create none."""
    values = json_of(parameters, "--parameters") if parameters else {}
    if not isinstance(values, dict):
        raise NormalizedError("BAD_USER_INPUT", "--parameters must be a JSON object with the value of each parameter.")
    values |= dict(map(_named, given or ()))
    wanted = {"recipe": recipe, "parameters": values, "state": "DRAFT" if draft else "LIVE", "planOnly": plan}
    with api_of(chosen(tenant)) as api:
        changes = api.mutate(INSTALL_RECIPE, wanted)["changes"]
    table(_change(change) for change in changes)
    if plan:
        line("Nothing was created. To create this, remove --plan.")


def _recipes(tenant: str) -> list[answers.Recipe]:
    with api_of(chosen(tenant)) as api:
        found: list[answers.Recipe] = api.query(RECIPES, {})["recipes"]
    return found


def _parameter(name: str, part: JsonObject, required: list[str]) -> tuple[str, ...]:
    said = "required" if name in required else f"default {part['default']}" if "default" in part else "optional"
    return name, said, " ".join([str(part["title"]) + ".", str(part.get("description", ""))]).strip()


def _named(text: str) -> tuple[str, JsonValue]:
    # A value that is not valid JSON is a string. So digits that begin with 0 remain a string.
    name, is_named, value = text.partition("=")
    if not is_named:
        raise NormalizedError("BAD_USER_INPUT", f"--set is {text!r}, which has no equals sign. Write NAME=VALUE.")
    try:
        return name, loads(value.encode())
    except NormalizedError:
        return name, value


def _change(change: answers.ConfigurationChange) -> tuple[str, ...]:
    version = f"published as version {change['version']}" if change["version"] else ""
    return change["kind"].lower(), change["slug"], change["outcome"].lower(), version
