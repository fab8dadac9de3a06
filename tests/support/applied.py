"""A file that can be applied, and what the command says of it."""

from __future__ import annotations

from pathlib import Path

FILE = """\
sources:
  - slug: shop
    scheme: UNSIGNED
  - slug: hub
    scheme: GITHUB
    secrets: [a long secret of the hub]
workflows:
  - slug: note
    name: Note
    definition:
      schema: 1
      steps:
        - key: note
          uses: log.write
          with: {message: hello}
rules:
  - slug: orders
    name: Orders
    workflow: note
    when: {"==": [{"var": "type"}, order.created]}
"""


def write(folder: Path, text: str) -> str:
    path = folder / "it.yaml"
    path.write_text(text)
    return str(path)


def rows(text: str) -> list[list[str]]:
    return [line.split(maxsplit=2) for line in text.splitlines()]
