"""Pages and code use the words of docs/contributing/writing.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.plain_words import REPLACED, TERMS, found, in_code, in_page, pages, prose
from tests.support.tree import ROOT, name_of, project_files

CODE = {
    "actors": 0.5,
    "graphql_schema": 0.5,
    "platform": 0.5,
    "rest_api": 0.5,
    "tenants": 0.5,
}
"""Most words in 1,000 lines of each package. The rest are stored values, names of events in logs, and migrations."""

PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_page_uses_plain_words(page: Path) -> None:
    words = in_page(page)
    assert [f"{name_of(page)}:{line}: {word}" for line, word in words] == []


def test_pages_are_all_found() -> None:
    names = {name_of(page) for page in PAGES}
    assert {"README.md", "CHANGELOG.md"} < names
    assert name_of(TERMS) not in names


@pytest.mark.parametrize("package", CODE)
def test_code_uses_fewer_replaced_words(package: str) -> None:
    files = [path for path in project_files() if path.suffix == ".py" and path.is_relative_to(ROOT / package)]
    assert files
    words = sum(len(in_code(path)) for path in files)
    lines = sum(path.read_text(encoding="utf-8").count("\n") for path in files)
    assert 1000 * words / lines <= CODE[package], (
        f"{words} words in {lines:,} lines; run scripts/plain_words.py on a file"
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "The message says how to mend it.",
        "Whoever asks first wins.",
        "What is disabled answers 404.",
        "A run goes on after a restart.",
        "It is refused. Whether it is valid is decided later.",
        "The key is left alone.",
    ],
)
def test_replaced_word_is_found(sentence: str) -> None:
    assert list(found(prose(sentence))) != []


@pytest.mark.parametrize(
    "sentence",
    [
        "The run continues after a restart.",
        "The field `moment` and the name [times](moment.md#moment) are as they were: `mend`.",
        "What does it cost? Nothing.",
        "```sh\nmend anew\n```\n",
        "Once more items have failed, the step fails.",
    ],
)
def test_plain_sentence_and_code_pass(sentence: str) -> None:
    assert list(found(prose(sentence))) == []


def test_page_of_words_has_a_row_for_each() -> None:
    _, table = TERMS.read_text(encoding="utf-8").split("| do not write | write |")
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ") and "---" not in line]
    words = [word for row in rows for _, word in found(row)]
    assert len(rows) >= 20
    assert len(words) >= len(REPLACED) - 5
