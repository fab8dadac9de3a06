"""Evaluates JMESPath with a limit on operations and bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypedDict, TypeVar

from jmespath.exceptions import ArityError, JMESPathError, JMESPathTypeError
from jmespath.visitor import Options, TreeInterpreter

from automate.kernel.json_values import JsonValue
from automate.workflows.templates.allowance import CHARACTERS_PER_OPERATION, TemplateAllowance, TemplateFailure
from automate.workflows.templates.functions import FUNCTIONS

NodeValue: TypeAlias = Any
"""The value of a node, such as a name or an index. jmespath's types have Any for it: the type of the node decides."""


class ExpressionNode(TypedDict):
    """A node of jmespath's tree."""

    type: str
    value: NodeValue
    children: list[ExpressionNode]


_OPTIONS = Options(custom_functions=FUNCTIONS)

_EQUALITY = frozenset({"eq", "ne"})

_BUILDERS = frozenset(
    ["format_number", "join", "keys", "map", "merge", "reverse", "sort", "sort_by", "to_array", "to_string", "values"]
)
"""Functions that make a new result. The result is not a part of their arguments."""


Built = TypeVar("Built", bound=JsonValue)


def evaluate(node: ExpressionNode, context: JsonValue, allowance: TemplateAllowance) -> JsonValue:
    """Evaluate an expression. Raises TemplateFailure for any fault."""
    try:
        value = BoundedInterpreter(allowance).visit(node, context)
    except JMESPathTypeError as error:
        raise TemplateFailure(
            f"{error.function_name}() takes {' or '.join(error.expected_types)}, but got {error.actual_type}"
        ) from None
    except ArityError as error:
        raise TemplateFailure(str(error)) from None
    except (JMESPathError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        # The message of a Python error may quote data; its type does not.
        raise TemplateFailure(f"the data does not fit it ({type(error).__name__})") from None
    except RecursionError:
        raise TemplateFailure("it is nested too deeply") from None
    allowance.charge(value)
    return value


class BoundedInterpreter(TreeInterpreter):
    def __init__(self, allowance: TemplateAllowance) -> None:
        super().__init__(_OPTIONS)
        self._allowance = allowance

    def visit(self, node: ExpressionNode, value: JsonValue) -> JsonValue:
        allowance = self._allowance
        allowance.operations -= 1
        if allowance.operations < 0:
            allowance.spend(0)
        return _METHODS[node["type"]](self, node, value)

    def _built(self, value: Built) -> Built:
        if value is not None:
            self._allowance.charge(value)
        return value

    def visit_multi_select_list(self, node: ExpressionNode, value: JsonValue) -> list[JsonValue] | None:
        return self._built(super().visit_multi_select_list(node, value))

    def visit_multi_select_dict(self, node: ExpressionNode, value: JsonValue) -> JsonValue:
        built: JsonValue = super().visit_multi_select_dict(node, value)
        return self._built(built)

    def visit_projection(self, node: ExpressionNode, value: JsonValue) -> list[JsonValue] | None:
        return self._built(super().visit_projection(node, value))

    def visit_value_projection(self, node: ExpressionNode, value: JsonValue) -> list[JsonValue] | None:
        return self._built(super().visit_value_projection(node, value))

    def visit_filter_projection(self, node: ExpressionNode, value: JsonValue) -> list[JsonValue] | None:
        return self._built(super().visit_filter_projection(node, value))

    def visit_flatten(self, node: ExpressionNode, value: JsonValue) -> JsonValue:
        built: JsonValue = super().visit_flatten(node, value)
        return self._built(built)

    def visit_slice(self, node: ExpressionNode, value: JsonValue) -> JsonValue:
        built: JsonValue = super().visit_slice(node, value)
        return self._built(built)

    def visit_comparator(self, node: ExpressionNode, value: JsonValue) -> JsonValue:
        """Compare two values. Raises TemplateFailure if one is text and the other a number, except for ``==`` and ``!=``."""
        left = self.visit(node["children"][0], value)
        right = self.visit(node["children"][1], value)
        if node["value"] in _EQUALITY:
            self._spend_on_comparing(left, right)
        elif not (_is_comparable(left) and _is_comparable(right)):
            return None  # as JMESPath defines for null, booleans, lists and objects
        elif isinstance(left, str) != isinstance(right, str):
            raise TemplateFailure("it compares text with a number; convert with to_number() or to_string()")
        compared: JsonValue = self.COMPARATOR_FUNC[node["value"]](left, right)
        return compared

    def visit_function_expression(self, node: ExpressionNode, value: JsonValue) -> JsonValue:
        name = node["value"]
        arguments = [self.visit(child, value) for child in node["children"]]
        for argument in arguments:
            if isinstance(argument, (list, dict)):
                self._allowance.spend(len(argument))
            elif isinstance(argument, str):
                self._allowance.spend(len(argument) // CHARACTERS_PER_OPERATION)
        if name == "to_string":
            self._allowance.charge(arguments)
        elif name == "join":
            self._reserve_separators(arguments)
        elif name == "contains" and len(arguments) > 1:
            self._spend_on_comparing(*arguments[:2])
        result: JsonValue = FUNCTIONS.call_function(name, arguments)
        return self._built(result) if name in _BUILDERS else result

    def _reserve_separators(self, arguments: list[JsonValue]) -> None:
        # A long separator between many items could take much memory.
        match arguments:
            case [str() as separator, list() as items] if len(separator) * len(items) > self._allowance.bytes:
                raise TemplateFailure("it produces more bytes than a template may; select less data")

    def _spend_on_comparing(self, left: JsonValue, right: JsonValue) -> None:
        if not (isinstance(left, (list, dict)) and isinstance(right, (list, dict))):
            return
        pending: list[JsonValue] = [left]
        while pending:
            item = pending.pop()
            if isinstance(item, (list, dict)):
                self._allowance.spend(1 + len(item))
                pending.extend(item.values() if isinstance(item, dict) else item)


def _is_comparable(value: JsonValue) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


_METHODS: dict[str, Callable[[BoundedInterpreter, ExpressionNode, JsonValue], JsonValue]] = {
    name.removeprefix("visit_"): getattr(BoundedInterpreter, name)
    for name in dir(BoundedInterpreter)
    if name.startswith("visit_")
}
