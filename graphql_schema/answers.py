"""Runs one operation on a WebSocket or an event stream, and yields its answers."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import structlog
from graphql import ExecutionResult, OperationType
from graphql.execution import subscribe

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import normalized
from automate.kernel.json_text import Encoded
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.trace import current_trace
from graphql_schema.answering import answer_to
from graphql_schema.completion import EXECUTOR_ARGUMENT, PlannedExecutor
from graphql_schema.context import Caller, FeedSlot
from graphql_schema.encoding import encoded
from graphql_schema.errors import count_errors, refused
from graphql_schema.execution import ApiOperation, InvalidDocument, schema_for
from graphql_schema.feeds.batches import FeedBatch
from graphql_schema.feeds.following import batches
from graphql_schema.feeds.logs import FeedRequest
from graphql_schema.loaded import CoreValue
from graphql_schema.streams import seat
from graphql_schema.threads import in_thread
from graphql_schema.token_watch import key_of, token_watch
from tenants.credentials import Credential
from tenants.lanes import lane_of_tenant

log = structlog.get_logger(__name__)

NEXT, ERROR, COMPLETE = "next", "error", "complete"
Message = tuple[str, Encoded | FeedBatch | list[JsonObject] | None]
"""A pair (kind, content). The content is an answer as Encoded, a Batch of answers, a list of errors, or None."""
Answers = AsyncGenerator[Encoded | FeedBatch, None]


async def answers(credential: Credential, operation: ApiOperation, caller: Caller) -> Answers:
    """Yield the answers of an operation. If an item is too large, its answer has only ``errors``. Raises NormalizedError."""
    if operation.kind is not OperationType.SUBSCRIPTION:
        lane = lane_of_tenant(credential.tenant)
        answer = await in_thread(lane, lambda: answer_to(credential, operation, caller))
        count_errors(answer.errors)
        yield Encoded(answer.content)
        return
    operation.bill.settle()
    executor: dict[str, CoreValue] = {EXECUTOR_ARGUMENT: PlannedExecutor}
    slot = FeedSlot()
    with seat(credential.tenant), token_watch.of(credential.principal, key_of(credential)) as standing:
        caller = replace(caller, standing=standing, feed=slot)
        stream: CoreValue = subscribe(
            schema_for(credential),
            operation.document,
            variable_values=dict(operation.request.variables),
            operation_name=operation.request.operation_name,
            context_value=caller,
            **executor,
        )
        if inspect.isawaitable(stream):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            for error in stream.errors or ():
                if isinstance(error.original_error, NormalizedError):
                    # A missing permission ends the operation, as an error of the stream does.
                    raise error.original_error
            failed = encoded(stream, operation.values)
            count_errors(failed.errors)
            yield Encoded(failed.content)
            return
        async with aclosing(stream):
            if isinstance(slot.request, FeedRequest):
                async with aclosing(batches(slot.request, operation, caller)) as found:
                    async for batch in found:
                        yield batch
                return
            async for result in stream:
                yield Encoded(encoded(result, operation.values).content)


async def messages(found: Answers) -> AsyncGenerator[Message, None]:
    """Yield all messages of one operation. The last message is COMPLETE or ERROR."""
    errors: list[dict[str, JsonValue]] = []
    try:
        async with aclosing(found):
            async for answer in found:
                yield NEXT, answer
    except InvalidDocument as invalid:
        errors = invalid.answer["errors"]
    except NormalizedError as error:
        errors = refused(error)["errors"]
    except Exception as fault:  # the boundary of each operation
        known = normalized(fault)
        log.exception("graphql operation failed", code=known.code, trace_id=current_trace().trace_id)
        errors = refused(known)["errors"]
    count_errors(errors)
    yield (ERROR, errors) if errors else (COMPLETE, None)
