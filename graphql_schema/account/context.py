"""What the resolvers of ``/graphql/account`` know of their caller: a person, or nobody yet, and never a tenant."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry.types import Info as StrawberryInfo


@dataclass(frozen=True)
class AccountCaller:
    """user_id: the person of the session; None without one. sign_in: begins a session for a person who has just set a password."""

    user_id: uuid.UUID | None
    sign_in: Callable[[uuid.UUID], None]


if TYPE_CHECKING:
    AccountInfo = StrawberryInfo[AccountCaller, None]
else:
    AccountInfo = StrawberryInfo[Any, Any]
