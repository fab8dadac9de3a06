"""Names for values that a library leaves untyped. The text below each name states the library and the reason.

Use these names instead of ``Any``. If only one module needs such a name, define the name in the module that needs it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Imported: TypeAlias = Any
"""An attribute of a module that ``importlib`` imports by its name. typeshed types such attributes as Any."""
Unpickled: TypeAlias = Any
"""A value that ``pickle`` reads. typeshed types it as Any, because the pickled bytes decide its type."""
ErrorKind: TypeAlias = Any
"""The kind of an error of jsonschema-rs. Its type stub declares no common type of the members that the kinds have."""
Annotation: TypeAlias = Any
"""A type that code makes, such as ``list[one] | None``. typing has no type for such a value, and pydantic and strawberry
take it as Any.
"""
