"""The query errorCodes: the codes of the platform's errors."""

from __future__ import annotations

import strawberry

from automate.kernel.errors import CODES


@strawberry.type(description="A code of the platform's errors.")
class ErrorCode:
    code: str = strawberry.field(description="The code, as in `NormalizedError.code` and `extensions.code`.")
    status: int = strawberry.field(description="The HTTP status of a request that is refused with this code.")
    retryable: bool = strawberry.field(description="Whether the same request may succeed later.")
    meaning: str = strawberry.field(description="When the code is used.")


@strawberry.type
class ErrorCodeQueries:
    @strawberry.field(description="The codes of the platform's errors. Installed connectors may have further codes.")
    def error_codes(self) -> list[ErrorCode]:
        return [
            ErrorCode(code=one.name, status=one.status, retryable=one.retryable, meaning=one.meaning)
            for one in CODES.values()
        ]
