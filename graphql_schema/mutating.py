"""Declares mutations and their payloads. A family is a group of mutations that change objects of one kind."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import strawberry

from automate.kernel.text import api_name
from graphql_schema.context import Caller, Info
from graphql_schema.errors import ErrorAnswer, answered
from graphql_schema.ids import global_id, row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection, own_name_of

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

    from graphql_schema.connections import Node

Changed = TypeVar("Changed")
Done = TypeVar("Done")
Given = TypeVar("Given")


@strawberry.type
class Payload:
    """The base class of the payloads of mutations."""

    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


class Mutates(Requires):
    """Checks a mutation's permission, converts refusals to the payload's ``errors``, and loads the selected fields."""

    def __init__(self, permission: str, name: str, payload: Callable[..., object]) -> None:
        super().__init__(permission)
        self.name = name
        self.payload = payload

    def answer(self, resolver: Callable[[], object], info: Info) -> object:
        return answered(self.name, self.payload, lambda: load_selection(info, resolver()))


def mutation(permission: str, description: str) -> Callable[[Callable[..., object]], StrawberryField]:
    """Decorate a resolver to declare a mutation: ``@mutation(PAUSE_RULES, "Pause a rule.")``.

    The return annotation of the resolver names the payload.
    """

    def declare(resolver: Callable[..., object]) -> StrawberryField:
        returns = resolver.__annotations__["return"]
        payload = getattr(resolver, "__globals__")[returns] if isinstance(returns, str) else returns  # noqa: B009
        checks = Mutates(permission, api_name(resolver.__name__), payload)
        field: StrawberryField = strawberry.mutation(resolver, extensions=[checks], description=description)
        return field

    return declare


@dataclass(frozen=True)
class Value:
    """A field of a mutation's input or payload."""

    kind: object
    """The type of the value, as in an annotation."""
    description: str | None
    """None if the field has a description that several types share."""
    default: object = strawberry.UNSET
    """UNSET if the value is required. ``list`` for an empty list."""

    def field(self) -> object:
        if self.default is strawberry.UNSET:
            return strawberry.field(description=self.description)
        if self.default is list:
            return strawberry.field(description=self.description, default_factory=list)
        return strawberry.field(description=self.description, default=self.default)


REASON = Value(str, "The reason, for the audit record.")


def seen(what: str, act: str = "change") -> Value:
    """Declare the field for the revision that the caller has seen.

    - ``what``: the name of the object.
    """
    return Value(
        int | None,
        f"The revision that you have seen. The {act} is refused if the {what} has changed since. Null skips this check.",
        None,
    )


def seen_revision(what: str, act: str = "change") -> int | None:
    """Declare the field ``expected_revision`` of an input. If its value is 0, a change creates a new object."""
    value = seen(what, act)
    new = f" 0: refused if the {what} exists already." if act == "change" else ""
    # strawberry types a field as its value.
    return cast("int | None", replace(value, description=f"{value.description}{new}").field())


def declared(  # noqa: PLR0917 - the parts of a mutation
    name: str,
    permission: str,
    description: str,
    takes: Mapping[str, Value],
    gives: Mapping[str, Value],
    act: Callable[..., Mapping[str, object]],
) -> StrawberryField:
    """Declare a mutation. The given fields define the input type and the payload type of the mutation.

    - ``name``: the name in Python, such as ``pause_rule``.
    - ``takes``, ``gives``: the fields of the input and of the payload.
    - ``act``: a function. Its arguments are the caller, and each field of the input under its name. The function returns
      the fields of the payload.
    """
    given = strawberry.input(type(f"{_title(name)}Input", (), _members(takes)))
    payload = _payload(name, gives)

    def resolve(info: Info, input: object) -> object:
        return payload(**act(info.context, **{field: getattr(input, field) for field in takes}))

    resolve.__name__ = name
    resolve.__annotations__ = {"info": Info, "input": given, "return": payload}
    return mutation(permission, description)(resolve)


def _title(name: str) -> str:
    called = api_name(name)
    return f"{called[0].upper()}{called[1:]}"


def _payload(name: str, gives: Mapping[str, Value]) -> Callable[..., Payload]:
    return strawberry.type(type(f"{_title(name)}Payload", (Payload,), _members(gives)))


def _members(fields: Mapping[str, Value]) -> dict[str, object]:
    annotations = {name: value.kind for name, value in fields.items()}
    return {"__annotations__": annotations, **{name: value.field() for name, value in fields.items()}}


@dataclass(frozen=True)
class Family(Generic[Changed]):
    """The mutations that change an object of one kind. Each input names the object."""

    argument: str
    """The field of inputs and payloads, such as ``rule``."""
    shown: type[Node]
    """The type of the object in the schema."""
    show: Callable[[Changed], Node | None]
    """Reads or converts the object that a mutation has changed."""
    what: str = ""
    """The name of the object in descriptions. Empty if it is the same as ``argument``."""
    named: str = ""
    """The description of the field ``argument``. If it is empty, the description names the object's slug or id."""
    by_id: bool = False
    """Whether inputs name the object by its id instead of its slug."""
    proven: bool = False
    """Whether mutations need the proof of the caller's token."""

    def changes(
        self,
        name: str,
        act: Callable[..., Changed],
        permission: str,
        description: str,
        shows: str | None = None,
        **values: Value,
    ) -> StrawberryField:
        """Declare a mutation whose payload has the object after the change.

        - ``act``: makes the change. The first argument of ``act`` is the object's name or row id. ``values`` and ``proof``
          are keyword arguments.
        - ``shows``: the description of the object in the payload.
        """
        gives = {self.argument: Value(self.shown | None, shows, None)}
        takes = {self.argument: self._named(), **values}
        return declared(
            name,
            permission,
            description,
            takes,
            gives,
            self._acting(act, lambda made: {self.argument: self.show(made)}),
        )

    def saves(
        self,
        name: str,
        takes: type[Given],
        act: Callable[[Given], Changed],
        permission: str,
        description: str,
        *,
        shows: str | None = None,
    ) -> StrawberryField:
        """Declare a mutation that creates or changes the object. Its payload has the saved object.

        - ``takes``: the type of the input.
        - ``act``: saves the input.
        - ``shows``: the description of the object in the payload.
        """
        payload = _payload(name, {self.argument: Value(self.shown | None, shows, None)})

        def resolve(input: Given) -> object:
            return payload(**{self.argument: self.show(act(input))})

        resolve.__name__ = name
        resolve.__annotations__ = {"input": takes, "return": payload}
        return mutation(permission, description)(resolve)

    def deletes(self, name: str, act: Callable[..., uuid.UUID], permission: str, description: str) -> StrawberryField:
        """Declare a mutation whose payload has the id of the deleted object.

        - ``act``: a function that deletes the object. Its arguments are the object's name and ``expected_revision``. It
          returns the row id.
        """
        what, type_name = self.what or self.argument, own_name_of(self.shown)
        takes = {self.argument: self._named(), "expected_revision": seen(what, "deletion")}
        gives = {"deleted_id": Value(strawberry.ID | None, f"The id of the deleted {what}.", None)}
        acting = self._acting(act, lambda row_id: {"deleted_id": strawberry.ID(global_id(type_name, row_id))})
        return declared(name, permission, description, takes, gives, acting)

    def _acting(
        self, act: Callable[..., Done], show: Callable[[Done], Mapping[str, object]]
    ) -> Callable[..., Mapping[str, object]]:
        def change(caller: Caller, **given: object) -> Mapping[str, object]:
            name = str(given.pop(self.argument))
            proof = {"proof": caller.proof} if self.proven else {}
            return show(act(row_id_of(name, own_name_of(self.shown)) if self.by_id else name, **given, **proof))

        return change

    def _named(self) -> Value:
        what = self.what or self.argument
        if self.by_id:
            return Value(strawberry.ID, self.named or f"The id of the {what}.")
        return Value(str, self.named or f"The {what}'s slug.")
