"""``automate connector new``: create a package with a working connector and its tests."""

from __future__ import annotations

import builtins
import keyword
import re
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.output import line
from automate.cli.rehearsing.installed import installed_specs
from automate.kernel.errors import NormalizedError

connector = typer.Typer(add_completion=False, no_args_is_help=True, help="Create connectors in separate packages.")

PACKAGE = "automate.cli"
FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "src/@module@/__init__.py": "src/__init__.py.txt",
    "src/@module@/connector.py": "src/connector.py.txt",
    "src/@module@/schema.py": "src/schema.py.txt",
    "src/@module@/py.typed": "",
    "tests/test_contract.py": "tests/test_contract.py.txt",
}
"""The files of the package, with their templates."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+")
MOST_CHARACTERS = 60


@connector.callback()
def _group() -> None:
    """Make ``new`` a subcommand. Without this function, Typer would omit the name of a group's only command."""


@connector.command()
def new(
    name: Annotated[str, typer.Argument(help='The name in a step\'s "uses", such as shop.create_order.')],
    into: Annotated[Path | None, typer.Option(help="The folder to write. The default is the package's name.")] = None,
) -> None:
    """Create a package with a working connector and its tests."""
    words = words_of(name)
    folder = into or Path(words["distribution"])
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise NormalizedError(
            "CONFLICT", f"The folder {folder} exists already and was not changed. Name another folder with --into."
        ) from None
    except OSError as error:
        raise NormalizedError("BAD_USER_INPUT", f"The folder {folder} cannot be created: {error.strerror}.") from None
    for path, text in scaffold(words).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    line(
        f"Wrote {folder}. Now, in the environment with Django Automate: cd {folder} && pip install -e '.[test]' && pytest"
    )


def words_of(name: str) -> dict[str, str]:
    """Return the values for the placeholders in the template of a connector.

    Raises BAD_USER_INPUT for an invalid name, and CONFLICT if a connector with this name exists.
    """
    if not _NAME.fullmatch(name) or len(name) > MOST_CHARACTERS or name.startswith("flow."):
        message = f"{name[:MOST_CHARACTERS]!r} is not a valid name of a connector. Write the system and the action, such as shop.create_order."
        raise NormalizedError("BAD_USER_INPUT", message)
    if name in installed_specs():
        message = (
            f"The connector {name} exists, and a second one would be refused. Choose another name, such as my_{name}."
        )
        raise NormalizedError("CONFLICT", message)
    module = "automate_" + name.replace(".", "_")
    action = name.rpartition(".")[2]
    return {
        "name": name,
        "module": module,
        "distribution": module.replace("_", "-"),
        "class": _class_name("".join(part.capitalize() for part in action.split("_"))),
        "title": action.replace("_", " ").capitalize(),
        "secret": f"{name.partition('.')[0].upper()}_TOKEN",
    }


def _class_name(name: str) -> str:
    # A name that Python or the template already uses gets a suffix.
    root = resources.files(PACKAGE).joinpath("scaffold")
    texts = (
        root.joinpath(source).read_text(encoding="utf-8") for source in FILES.values() if source.endswith(".py.txt")
    )
    taken = keyword.iskeyword(name) or hasattr(builtins, name)
    return f"{name}Connector" if taken or any(re.search(rf"\b{name}\b", text) for text in texts) else name


def scaffold(words: dict[str, str]) -> dict[str, str]:
    root = resources.files(PACKAGE).joinpath("scaffold")
    return {
        _filled(path, words): _filled(root.joinpath(source).read_text(encoding="utf-8"), words) if source else ""
        for path, source in FILES.items()
    }


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text
