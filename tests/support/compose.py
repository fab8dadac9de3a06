"""compose.yaml as a machine without a Docker engine can use it: read, filled in, and its commands as processes can run them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tests.support.tree import ROOT

Json = Any
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?:(?P<mark>:[-?])(?P<rest>[^}]*))?\})")
SECONDS = {"s": 1, "m": 60, "h": 3600}


class MissingError(Exception):
    """A required variable is not set; says what Compose would say."""


def raw() -> dict[str, Json]:
    """The file with its anchors followed, before variables are filled in."""
    read: dict[str, Json] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def filled(value: Json, variables: Mapping[str, str]) -> Json:
    """With ``$$``, ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}`` replaced. Raises MissingError."""
    if isinstance(value, dict):
        return {key: filled(one, variables) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, variables) for one in value]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        found = variables.get(match["name"], "")
        if not found and match["mark"] == ":?":
            raise MissingError(f"required variable {match['name']} is missing a value: {match['rest']}")
        return found or (match["rest"] or "" if match["mark"] == ":-" else found)

    filled_in = VARIABLE.sub(fill, value)
    assert "${" not in filled_in, f"{value} says more than this reader understands"
    return filled_in


def required(value: Json) -> dict[str, set[str]]:
    """The variables that have to be set, each with what is said when it is not."""
    found: dict[str, set[str]] = {}
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            for name, messages in required(one).items():
                found.setdefault(name, set()).update(messages)
    elif isinstance(value, str):
        for match in VARIABLE.finditer(value):
            if match["mark"] == ":?":
                found.setdefault(match["name"], set()).add(match["rest"])
    return found


def seconds(duration: str) -> int:
    """Of ``75s`` or ``1m``."""
    number, unit = re.fullmatch(r"(\d+)([smh])", duration).groups()
    return int(number) * SECONDS[unit]


@dataclass(frozen=True)
class Service:
    """name: as in the file; definition: filled in."""

    name: str
    definition: Mapping[str, Json]

    @property
    def ours(self) -> bool:
        """Whether it runs the image that the Dockerfile makes."""
        return "build" in self.definition

    @property
    def runs_on(self) -> bool:
        """Whether it is to run for ever, not once."""
        return str(self.definition["restart"]) != "no"

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.definition.get("environment", {}).items()}

    @property
    def command(self) -> list[str]:
        return list(self.definition["command"])

    @property
    def check(self) -> list[str]:
        """The words of its health check."""
        kind, *words = self.definition["healthcheck"]["test"]
        assert kind in {"CMD", "CMD-SHELL"}
        return ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words

    @property
    def check_seconds(self) -> int:
        return seconds(self.definition["healthcheck"]["timeout"])

    @property
    def awaited(self) -> dict[str, str]:
        """What has to be before it starts: conditions by service."""
        return {name: one["condition"] for name, one in self.definition.get("depends_on", {}).items()}


def services(variables: Mapping[str, str]) -> dict[str, Service]:
    return {name: Service(name, one) for name, one in filled(raw()["services"], variables).items()}


@dataclass(frozen=True)
class Instruction:
    """One of the Dockerfile's, on one line. stage: counted from zero."""

    stage: int
    word: str
    rest: str


def dockerfile() -> list[Instruction]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    found: list[Instruction] = []
    stage = -1
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        stage += word == "FROM"
        found.append(Instruction(stage, word, rest.strip()))
    return found


def copied(instructions: Sequence[Instruction]) -> list[str]:
    """What is copied from the project's folder."""
    words = [one.rest.split() for one in instructions if one.word == "COPY"]
    return [name for parts in words if not parts[0].startswith("--from") for name in parts[:-1]]


def image_environment() -> dict[str, str]:
    """What the last stage sets, its PATH aside."""
    instructions = dockerfile()
    last = instructions[-1].stage
    pairs = [pair for one in instructions if one.word == "ENV" and one.stage == last for pair in one.rest.split()]
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs) if name != "PATH"}
