"""Type aliases for values of different types. A field or a document decides the type of a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Loaded: TypeAlias = dict[str, Any]
"""The loaded values of an object, by field. Any, because the fields have different types."""
Selections: TypeAlias = dict[Any, Any]
"""Compiled selections of a document. Any, because the modules store different types here."""
AnswerData: TypeAlias = Mapping[str, Any]
"""The data of an answer. Any, because the document, a text, decides its fields."""
