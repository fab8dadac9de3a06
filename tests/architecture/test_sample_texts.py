"""The sheet that readers mark is drawn from all texts, and the same for the same commit."""

from __future__ import annotations

import ast

from scripts.sample_texts import docstrings, drawn, messages, sentences

CODE = '''
"""Of the module."""


def check(limit: int) -> None:
    """Raise where the limit is too large."""
    raise NormalizedError("BAD_USER_INPUT", f"The limit is {limit}; the maximum is 100.", path=["limit"])
'''
PAGE = """# A page

The relay sends [due jobs](jobs.md). It sends `ids` only.

- A worker claims them.

| table | left out |
|---|---|

```sh
left out
```
"""


def test_texts_are_found() -> None:
    tree = ast.parse(CODE)
    assert sorted(docstrings(tree)) == ["Of the module.", "Raise where the limit is too large."]
    assert list(messages(tree)) == ["The limit is {…}; the maximum is 100."]
    assert [text for text in sentences(PAGE) if text] == [
        "The relay sends due jobs.",
        "It sends `ids` only.",
        "A worker claims them.",
    ]


def test_seed_decides() -> None:
    texts = [f"This is the sentence number {number}." for number in range(100)] + ["Too short."]
    assert drawn(texts, 10, "a") == drawn([*reversed(texts)], 10, "a")
    assert drawn(texts, 10, "a") != drawn(texts, 10, "b")
    assert len(set(drawn(texts, 200, "a"))) == 100
