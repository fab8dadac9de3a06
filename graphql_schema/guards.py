"""Checks a GraphQL document against limits before validation: first its tokens, then its syntax tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    Token,
    TokenKind,
)

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import MAX_INTEGER_DIGITS
from graphql_schema.limits import DOCUMENT, DocumentLimits

_OPENING = frozenset({TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L})
_CLOSING = frozenset({TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R})
_TEXT = frozenset({TokenKind.STRING, TokenKind.BLOCK_STRING})
_DESCRIPTION_LISTS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes", "args"})
_DESCRIPTIONS = frozenset({"__schema", "__type"})


def _too_complex(what: str, limit: int, advice: str) -> NoReturn:
    raise NormalizedError(
        "GRAPHQL_TOO_COMPLEX",
        f"The document has more than {limit} {what}. {advice}",
        details={"limit": what, "maximum": limit},
    )


def too_many_comparisons(maximum: int) -> NormalizedError:
    return NormalizedError(
        "GRAPHQL_TOO_COMPLEX",
        f"Too many fields share a name: comparing them takes more than {maximum} steps. "
        "Write each field once in a selection, and spread each fragment once.",
        details={"limit": "comparisons", "maximum": maximum},
    )


class Repeated:
    """Counts pairs of equal names in each selection. graphql-core's validation compares the two names of each pair."""

    def __init__(self, limits: DocumentLimits) -> None:
        self._most = limits.comparisons
        self._pairs = 0
        self._levels: list[dict[str, int] | None] = []
        """For each open selection, how often each name occurs in it. None for arguments and lists."""

    def open(self, bracket: TokenKind) -> None:
        selection = bracket is TokenKind.BRACE_L and (not self._levels or self._levels[-1] is not None)
        self._levels.append({} if selection else None)

    def close(self) -> None:
        if self._levels:
            self._levels.pop()

    def add(self, name: str) -> None:
        """Record a name that occurs in the open selection. Raises GRAPHQL_TOO_COMPLEX if too many names are equal."""
        level = self._levels[-1] if self._levels else None
        if level is None:
            return
        before = level.get(name, 0)
        level[name] = before + 1
        self._pairs += before
        if self._pairs > self._most:
            raise too_many_comparisons(self._most)


def check_tokens(query: str, limits: DocumentLimits = DOCUMENT) -> int:
    """Count the tokens of a document before it is parsed. Returns their number.

    Raises GRAPHQL_TOO_COMPLEX if the document exceeds a limit. Raises BAD_USER_INPUT for a value that cannot be stored.
    Raises GraphQLSyntaxError for an invalid token.
    """
    if len(query) > limits.characters:
        _too_complex("characters", limits.characters, "Move values into variables.")
    lexer = Lexer(Source(query))
    count = nesting = 0
    repeated = Repeated(limits)
    while True:
        token = lexer.advance()
        if token.kind is TokenKind.EOF:
            return count
        count += 1
        if count > limits.tokens:
            _too_complex("tokens", limits.tokens, "Split the document, or move values into variables.")
        if token.kind is TokenKind.NAME:
            repeated.add(token.value or "")
        elif token.kind in _OPENING:
            repeated.open(token.kind)
            nesting += 1
            if nesting > limits.nesting:
                _too_complex("levels of brackets", limits.nesting, "Move nested values into variables.")
        elif token.kind in _CLOSING:
            repeated.close()
            nesting -= 1
        else:
            _check_value(token)


def _check_value(token: Token) -> None:
    if token.kind is TokenKind.INT and len(token.value or "") > MAX_INTEGER_DIGITS:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"An integer in the document has more than {MAX_INTEGER_DIGITS} digits. Send it as a string.",
            details={"max_digits": MAX_INTEGER_DIGITS},
        )
    if token.kind in _TEXT and "\0" in (token.value or ""):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The string at line {token.line} column {token.column} has a NUL character (\\u0000), which the "
            "database cannot store. Remove this character.",
            details={"line": token.line, "column": token.column},
        )


@dataclass(frozen=True)
class _Measure:
    depth: int = 0
    width: int = 0
    """The number of fields of the top level."""
    fields: int = 0
    """The number of fields of all levels."""
    aliases: int = 0
    directives: int = 0
    lists: int = 0
    """Levels of nested lists in an introspection query."""

    def beside(self, other: _Measure) -> _Measure:
        return _Measure(
            max(self.depth, other.depth),
            self.width + other.width,
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            max(self.lists, other.lists),
        )


_NOTHING = _Measure()


class _Ruler:
    def __init__(self, document: DocumentNode, limits: DocumentLimits) -> None:
        self.limits = limits
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.known: dict[str, _Measure] = {}
        self.open: set[str] = set()

    def selection(self, selection: SelectionSetNode | None) -> _Measure:
        total = _NOTHING
        for node in selection.selections if selection is not None else ():
            directives = _Measure(directives=len(node.directives or ()))
            if isinstance(node, FieldNode):
                total = total.beside(self.field(node)).beside(directives)
            elif isinstance(node, FragmentSpreadNode):
                total = total.beside(self.fragment(node.name.value)).beside(directives)
            elif isinstance(node, InlineFragmentNode):
                total = total.beside(self.selection(node.selection_set)).beside(directives)
        return total

    def field(self, node: FieldNode) -> _Measure:
        below = self.selection(node.selection_set)
        name, depth = node.name.value, below.depth + 1
        if name in _DESCRIPTIONS:
            if below.depth > self.limits.introspection_depth:
                _too_complex(
                    "levels of introspection", self.limits.introspection_depth, "Request fewer levels at once."
                )
            if below.lists > self.limits.introspection_lists:
                _too_complex("lists within lists", self.limits.introspection_lists, "Request fewer lists at once.")
            depth = 1
        return _Measure(
            depth,
            1,
            below.fields + 1,
            below.aliases + (node.alias is not None),
            below.directives,
            below.lists + (name in _DESCRIPTION_LISTS),
        )

    def fragment(self, name: str) -> _Measure:
        if name in self.known:
            return self.known[name]
        fragment = self.fragments.get(name)
        if fragment is None or name in self.open:
            return _NOTHING
        self.open.add(name)
        measure = self.selection(fragment.selection_set)
        self.open.remove(name)
        self.known[name] = measure
        return measure


def check_document(document: DocumentNode, limits: DocumentLimits = DOCUMENT) -> None:
    # Raises GRAPHQL_TOO_COMPLEX.
    ruler, fields = _Ruler(document, limits), 0
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        measure = ruler.selection(node.selection_set)
        fields += measure.fields
        if fields > limits.fields:
            _too_complex("fields", limits.fields, "A fragment counts wherever it is spread. Send several requests.")
        if measure.depth > limits.depth:
            _too_complex("levels of fields", limits.depth, "Request the deeper objects separately, by their ids.")
        if measure.width > limits.root_fields:
            _too_complex("root fields", limits.root_fields, "Send several requests.")
        if measure.aliases > limits.aliases:
            _too_complex("aliases", limits.aliases, "Send several requests.")
        if measure.directives + len(node.directives or ()) > limits.directives:
            _too_complex("directives", limits.directives, "Remove directives.")
