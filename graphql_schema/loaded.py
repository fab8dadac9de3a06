"""Names for values whose Python type is known only at run time, such as the value of a GraphQL field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Shown: TypeAlias = Any
"""The value of a field, or the object whose field is read. graphql-core passes both to resolvers, and takes them from
resolvers, as Any: the document, a text, decides the fields.
"""
CoreValue: TypeAlias = Any
"""A value that graphql-core passes to its executor, such as the details of a fragment, and that is passed on. Versions 3.2
and 3.3 have different types for it.
"""
Loaded: TypeAlias = dict[str, object]
"""The loaded values of an object, by field."""
Selections: TypeAlias = dict[object, object]
"""Compiled selections of a document. Each module stores its own type."""
AnswerData: TypeAlias = Mapping[str, Shown]
"""The data of an answer."""
Arguments: TypeAlias = Mapping[str, Shown]
"""The arguments of a field."""
