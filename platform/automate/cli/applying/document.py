"""Reads a YAML file as a JSON value with line numbers. Follows the core schema of YAML 1.2.

Tags and repeated keys are refused. A value that is used through several aliases counts toward the size limit
once for each use.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from automate.kernel.json_text import MAX_INTEGER_DIGITS
from automate.kernel.json_values import JsonValue
from automate.kernel.storable import StorageFault, scalar_fault

Path = tuple[str | int, ...]
MAX_VALUES, MAX_DEPTH = 100_000, 100
_TAG = "tag:yaml.org,2002:"
_HEX, _OCTAL = 16, 8
_UNSTORABLE: Mapping[StorageFault, str] = {
    StorageFault.NUL: "contains a NUL character (\\0), which cannot be stored; remove it",
    StorageFault.SURROGATE: "contains half of a surrogate pair; write whole characters",
    StorageFault.TOO_MANY_DIGITS: f"is an integer of more than {MAX_INTEGER_DIGITS} digits; write it as a string, in quotes",
}
"""The problems of scalars that are JSON but cannot be stored. All other invalid scalars are refused earlier."""


@dataclass(frozen=True)
class DocumentProblem:
    """A problem in a configuration document."""

    message: str
    path: Path = ()
    """The path in the document, outermost first."""
    line: int = 0
    """From 1; 0 if the problem has no line."""


class DocumentRefusedError(Exception):
    def __init__(self, *problems: DocumentProblem) -> None:
        super().__init__(*(problem.message for problem in problems))
        self.problems = problems


@dataclass
class ConfigurationDocument:
    value: JsonValue
    lines: Mapping[Path, int] = field(default_factory=dict)

    def problem(self, message: str, path: Sequence[str | int]) -> DocumentProblem:
        """Return a problem with ``message`` and ``path``. Its line is the line of the document at which ``path`` begins."""
        known = tuple(path)
        while known and known not in self.lines:
            known = known[:-1]
        return DocumentProblem(message, tuple(path), self.lines.get(known, 0))


class _CoreLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


def core_resolvers() -> Iterator[tuple[str, re.Pattern[str], list[str]]]:
    # Each rule has a tag, a pattern and possible first characters.
    for name, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
        ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ):
        yield _TAG + name, re.compile(rf"(?:{pattern})\Z"), first


for _tag, _pattern, _first in core_resolvers():
    _CoreLoader.add_implicit_resolver(_tag, _pattern, _first)


def parse(text: bytes) -> ConfigurationDocument:
    """Parse YAML. Raises DocumentRefusedError if the text is not YAML or has no equivalent in JSON."""
    try:
        root = yaml.compose(text, Loader=_CoreLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise DocumentRefusedError(
            DocumentProblem(f"this is not YAML: {said}", line=mark.line + 1 if mark else 0)
        ) from None
    except yaml.reader.ReaderError as error:
        raise DocumentRefusedError(_unreadable(text, error)) from None
    except yaml.YAMLError as error:
        raise DocumentRefusedError(DocumentProblem(f"this is not YAML: {error}")) from None
    except (RecursionError, UnicodeDecodeError):
        raise DocumentRefusedError(
            DocumentProblem("this YAML cannot be read: it is nested too deep or is not UTF-8")
        ) from None
    if root is None:
        raise DocumentRefusedError(DocumentProblem("the file is empty"))
    reader = _YamlReader()
    value = reader.value(root, ())
    if reader.problems:
        raise DocumentRefusedError(*reader.problems)
    return ConfigurationDocument(value, reader.lines)


def _unreadable(text: bytes, error: yaml.reader.ReaderError) -> DocumentProblem:
    if isinstance(error.character, bytes):
        place = text[: error.position].count(b"\n") + 1
        return DocumentProblem("this is not UTF-8; save the file as UTF-8", line=place)
    wide = text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    before = text.decode("utf-16" if wide else "utf-8", errors="replace")[: error.position]
    code = error.character if isinstance(error.character, int) else ord(error.character)
    return DocumentProblem(f"the character U+{code:04X} is not allowed in YAML; remove it", line=before.count("\n") + 1)


class _YamlReader:
    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[DocumentProblem] = []

    def value(self, node: yaml.Node, path: Path) -> JsonValue:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if len(self.lines) > MAX_VALUES or len(path) > MAX_DEPTH:  # an alias inside itself ends here too
            raise DocumentRefusedError(DocumentProblem("the file has too many values or too many levels", path, line))
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag.startswith(_TAG):
            kind = node.tag.removeprefix(_TAG)
            if kind in _SCALARS:
                return self._scalar(kind, node.value, path, line)
        self.problems.append(DocumentProblem(f"the tag {node.tag} is not JSON; remove it", path, line))
        return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> JsonValue:
        members: dict[str, JsonValue] = {}
        for name, member in node.value:
            line = name.start_mark.line + 1
            if not isinstance(name, yaml.ScalarNode):
                self.problems.append(DocumentProblem("a key must be a string", path, line))
            elif (fault := scalar_fault(name.value)) is not None:
                self.problems.append(DocumentProblem(f"a key here {_UNSTORABLE[fault]}", path, line))
            elif name.value in members:
                self.problems.append(DocumentProblem("this key occurs twice", (*path, name.value), line))
            else:
                place = (*path, name.value)
                self.lines[place] = line
                members[name.value] = self.value(member, place)
        return members

    def _scalar(self, kind: str, text: str, path: Path, line: int) -> JsonValue:
        try:
            value = _SCALARS[kind](text)
        except (ValueError, KeyError):
            self.problems.append(DocumentProblem(f"{text[:40]!r} is not a {kind}", path, line))
            return None
        fault = scalar_fault(value)
        if fault is not None:
            self.problems.append(DocumentProblem(f"this {_UNSTORABLE[fault]}", path, line))
        return value


def _integer(text: str) -> int:
    bases = {"0x": _HEX, "0o": _OCTAL}
    return int(text, bases.get(text[:2], 10))


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")} or value != value:  # noqa: PLR0124 - only NaN differs from itself
        raise ValueError(text)
    return value


_SCALARS: Mapping[str, Callable[[str], JsonValue]] = {
    "null": lambda _text: None,
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
    "int": _integer,
    "float": _finite,
    "str": str,
}
