"""Types of values whose exact type depends on a field or on a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Loaded: TypeAlias = dict[str, Any]
"""The values that ``graphql_schema.planning`` has loaded for an object, by field. Any, because each field has a type of
its own."""
Selections: TypeAlias = dict[Any, Any]
"""Compiled selections of a document. Any, because each module that compiles stores a type of its own."""
AnswerData: TypeAlias = Mapping[str, Any]
"""The data of an answer. Any, because the document, a text, decides its fields."""
