"""Draw texts for readers who do not know the project: ``python -m scripts.sample_texts [SEED] > sheet.md``.

100 docstrings, 60 error messages and 60 sentences of pages, drawn by the seed; by default the hash of the current commit.
A reader marks each text that needs a second reading. The aim: two readers mark the same text at most 7 times.
"""

from __future__ import annotations

import ast
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.plain_words import pages
from scripts.reference import BUILT, ROOT

PACKAGES = ("platform", "tenants", "graphql_schema", "rest_api", "actors")
COUNTS = {"docstrings": 100, "error messages": 60, "sentences of pages": 60}
ERRORS = {"NormalizedError": 1, "Problem": 1}
"""Error class -> the position of the message among the arguments."""
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[([^]]*)\]\([^)]*\)")
SHORTEST = 4
"""The minimum number of words; shorter texts show nothing about the language."""


def modules() -> list[Path]:
    """The code of the product, without migrations."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and (
            text := ast.get_docstring(node)
        ):
            yield text


def messages(tree: ast.Module) -> Iterator[str]:
    """Messages in the code that raises an error; ``{…}`` stands for a value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
            place = ERRORS[node.func.id]
            if len(node.args) > place and (text := _text(node.args[place])):
                yield text


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
    return ""


def sentences(page: str) -> Iterator[str]:
    """Sentences of paragraphs and lists, without links; headings, tables and code blocks are omitted."""
    text = BLOCK.sub("\n\n", page)
    text = LINK.sub(r"\1", "\n".join(line for line in text.splitlines() if not line.startswith(("#", "|", "    "))))
    for paragraph in re.split(r"\n\n|^ *(?:-|\d+\.) ", text, flags=re.MULTILINE):
        yield from re.split(r"(?<=[.?]) (?=[A-Z`])", " ".join(paragraph.split()).replace("**", ""))


def page_texts() -> Iterator[str]:
    """The committed pages and the built ones."""
    yield from (page.read_text(encoding="utf-8") for page in pages())
    yield from (page.text() for page in BUILT if page.path.endswith(".md"))


def drawn(texts: Sequence[str], count: int, seed: str) -> list[str]:
    """The same texts for the same seed, each at most once."""
    usable = sorted({text for text in texts if len(text.split()) >= SHORTEST})
    return random.Random(seed).sample(usable, min(count, len(usable)))  # noqa: S311 - a draw, not a key


def sheet(seed: str) -> str:
    """A list to mark, in Markdown."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in modules()]
    kinds = {
        "docstrings": [text for tree in trees for text in docstrings(tree)],
        "error messages": [text for tree in trees for text in messages(tree)],
        "sentences of pages": [text for page in page_texts() for text in sentences(page)],
    }
    parts = [f"# Texts of {seed}\n"]
    for kind, texts in kinds.items():
        parts.append(f"\n## {kind.capitalize()}\n")
        for number, text in enumerate(drawn(texts, COUNTS[kind], seed), start=1):
            parts.append(f"\n{number}. [ ] " + text.replace("\n", "\n   "))
    return "".join(f"{part}\n" for part in parts)


def commit() -> str:
    """The hash of the current commit."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - constant


def main(arguments: list[str]) -> None:
    seed = arguments[0] if arguments else commit()
    sys.stdout.write(sheet(seed))


if __name__ == "__main__":
    main(sys.argv[1:])
