"""Tests assert facts: codes, paths, states, values. A sentence of the product is asserted once, by the test of its catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

import pytest

from tests.support.tree import ROOT, name_of, package_files, parsed, python_files

IN_A_ROW = 4
"""So many words in a row are prose; fewer are a name, a state or a term."""

CATALOGUES = {
    "tests/control_plane/test_cli_documents.py": "problems of a configuration file",
    "tests/control_plane/test_predicate_explain.py": "explanations, reasons and warnings of a predicate",
    "tests/control_plane/test_run_wording.py": "waiting runs, rules over time, proofs of effects, schedules",
    "tests/control_plane/test_shapes.py": "problems of a value that does not have its shape",
    "tests/control_plane/test_workflow_wording.py": "problems of a workflow definition",
    "tests/security/test_diagnosis.py": "causes of a wrong signature",
    "tests/security/test_strict_json.py": "causes of invalid JSON",
}
"""Each test holds the sentences of one catalogue, close to the pure functions that make them. To reword one, edit its line there."""

OTHERS = {
    "tests/architecture/test_facts.py": "its own examples",
    "tests/architecture/test_plain_words.py": "its sentences are examples of words that are replaced",
    "tests/architecture/test_sample_texts.py": "its sentences are a page and a module of its own",
    "tests/control_plane/test_fingerprints.py": "its messages are inputs that stand for any connector's",
    "tests/journeys/test_docs_writing_connectors.py": "compares docs/writing_connectors.md with the output of its commands",
    "tests/journeys/test_tour.py": "compares docs/tour.md with the output of its commands",
}
"""These tests may hold sentences, for the reason beside each. Tests named test_docs_* compare pages with outputs, too."""

STATEMENT = re.compile(
    r"\s*(query|mutation|subscription|fragment|SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|GRANT|REVOKE|DROP|SET|LOCK|FROM|WHERE|"
    r"AND|ORDER|JOIN|DO|COPY)\b|.*\{ ",
    re.DOTALL,
)
"""SQL and GraphQL."""
WORDS = re.compile(r"\b[A-Za-z][a-z']*\b(?:[,;:]? [A-Za-z][a-z']*\b)*")
SENTENCE = re.compile(r"[A-Z].*\.\s*", re.DOTALL)


def in_a_row(text: str) -> Iterator[str]:
    """Words side by side; values, names in capitals, quotes and the ends of sentences part them."""
    for found in WORDS.findall(text):
        words = [word.strip(",;:").lower() for word in found.split()]
        yield from (" ".join(words[at : at + IN_A_ROW]) for at in range(len(words) - IN_A_ROW + 1))


def texts(tree: ast.AST, *, compared_alone: bool = False) -> Iterator[tuple[int, str]]:
    """Line and text of each string, except docstrings, names of cases, statements and the message of an assertion.

    compared_alone: only those of assertions, of the patterns of expected errors, and of tables of cases.
    """
    waiting: list[tuple[ast.AST, bool]] = [(tree, not compared_alone)]
    while waiting:
        node, wanted = waiting.pop()
        if isinstance(node, ast.Constant):
            if wanted and isinstance(node.value, str) and not STATEMENT.match(node.value):
                yield node.lineno, node.value
            continue
        wanted = wanted or is_compared(node)
        passed_over = passed_over_of(node)
        waiting += [(child, wanted) for child in ast.iter_child_nodes(node) if child not in passed_over]


def is_compared(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in {"raises", "parametrize"}
    return isinstance(node, ast.Assert)


def passed_over_of(node: ast.AST) -> list[ast.AST | None]:
    if isinstance(node, ast.Assert):
        return [node.msg]
    if isinstance(node, ast.Expr):
        return [node.value] if isinstance(node.value, ast.Constant) else []
    if isinstance(node, ast.Dict):
        return [*node.keys]
    if isinstance(node, ast.keyword):
        return [node.value] if node.arg == "ids" else []
    return []


@lru_cache(maxsize=1)
def product_prose() -> frozenset[str]:
    said = (text for path in package_files() if "migrations" not in path.parts for _, text in texts(parsed(path)))
    return frozenset(words for text in said for words in in_a_row(text))


def prose_of(tree: ast.Module) -> list[tuple[int, str]]:
    """What repeats the product's words, wherever it stands, and whole sentences that are compared with something."""
    repeated = [one for one in texts(tree) if not product_prose().isdisjoint(in_a_row(one[1]))]
    whole = [
        one
        for one in texts(tree, compared_alone=True)
        if SENTENCE.fullmatch(one[1]) and len(one[1].split()) >= IN_A_ROW
    ]
    return sorted({*repeated, *whole})


def test_no_test_asserts_a_sentence_of_the_product() -> None:
    """Assert the code, the path and the facts instead: ``message == naming("payload.total", 50)``, of tests.support.facts."""
    judged = [
        path
        for path in python_files(ROOT / "tests")
        if path.name.startswith("test_")
        and not path.name.startswith("test_docs_")
        and name_of(path) not in {*CATALOGUES, *OTHERS}
    ]
    found = [f"{name_of(path)}:{line}: {text[:80]!r}" for path in judged for line, text in prose_of(parsed(path))]
    assert found == []


@pytest.mark.parametrize("name", [*CATALOGUES, *OTHERS])
def test_file_that_may_hold_sentences_does(name: str) -> None:
    assert prose_of(parsed(ROOT / name))


@pytest.mark.parametrize(
    "line",
    [
        "assert refusal.message == 'The run is paused until it is resumed.'",
        "with pytest.raises(ValueError, match='paused until it is resumed'): pass",
        "CASES = [('x', 'paused until it is resumed')]",
        "assert said == f'The run is paused until {name}.'",
        "assert said == 'Words of no product stand here.'",
    ],
)
def test_sentence_is_seen(line: str) -> None:
    assert prose_of(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    [
        "assert (refusal.code, refusal.message) == ('CONFLICT', naming('payload.total', 50))",
        "assert waits, 'The run is paused until it is resumed.'",
        "rows = root.execute('SELECT the run is paused until it is resumed')",
    ],
)
def test_fact_is_no_sentence(line: str) -> None:
    assert prose_of(ast.parse(line)) == []
