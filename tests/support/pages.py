"""The names and links that a page of the documentation has."""

from __future__ import annotations

import re

from scripts.reference import BUILT
from tests.support.tree import ROOT

LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
MENTIONED = re.compile(
    r"`((?:platform|tenants|graphql_schema|rest_api|actors|tests|docs|scripts|bench|soak|portal)/[\w./-]+)`"
)
CITED = re.compile(r"\b(?:docs/[\w/-]+|[A-Z][A-Z_]+)\.md\b|\bDES" + r"IGN \d")


def exists(name: str) -> bool:
    """Whether the project has a file or folder, or ``make reference`` builds it."""
    return (ROOT / name).exists() or name in {"docs/reference", *(f"docs/{page.path}" for page in BUILT)}
