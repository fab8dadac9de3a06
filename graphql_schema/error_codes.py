"""errorCodes: the codes that the platform's errors have."""

from __future__ import annotations

import strawberry

from automate.kernel.errors import CODES


@strawberry.type(description="A code that errors of the platform have.")
class ErrorCode:
    code: str = strawberry.field(description="As `NormalizedError.code` and `extensions.code` have it.")
    status: int = strawberry.field(description="The HTTP status of a request that is refused with it.")
    retryable: bool = strawberry.field(description="Whether the same request may succeed later.")
    meaning: str = strawberry.field(description="When the code is given.")


@strawberry.type
class ErrorCodeQueries:
    @strawberry.field(description="The codes of the platform's errors. Connectors of packages may give others.")
    def error_codes(self) -> list[ErrorCode]:
        return [
            ErrorCode(code=one.name, status=one.status, retryable=one.retryable, meaning=one.meaning)
            for one in CODES.values()
        ]
