"""A small client of the GraphQL API."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, final
from urllib.parse import urlsplit

import httpx2

from automate.client.target import is_loopback
from automate.kernel.errors import CODES, NormalizedError
from automate.kernel.json_values import JsonObject

GraphqlData: TypeAlias = dict[str, Any]
"""An object in an answer of the GraphQL API. typeshed types the result of ``json.loads`` as Any, and the document of the
operation, a text, decides the fields.
"""
GraphqlNode: TypeAlias = Any
"""A part of a GraphqlData object, for which ``client.answers`` has the types. typeshed types the result of ``json.loads`` as Any."""

SECONDS = 10.0
CONFIGURING_SECONDS = 300.0
"""The time limit for the largest configuration file on a busy server."""
MOST_WAITS = 4
LONGEST_WAIT_SECONDS = 30
"""A command waits for points of the API at most this many times, and at most this many seconds each time. Then it
fails with the refusal."""
NOT_KNOWN = " The file may have been applied, or may be applied later. `automate plan` with the same file shows the remaining changes."
SENT_BY_COMMANDS = (
    "A command sends AUTOMATE_TOKEN, or else the token of `make up`, which creates a new token at each start."
)
"""Added to the API's message, because the message names a header. A user of the command line sets no headers."""


def refusal(what: str, error: GraphqlData) -> NormalizedError:
    """Convert an error in an answer to a NormalizedError. The parameter ``what`` is the name of the operation."""
    code = str(error.get("code"))
    known = code if code in CODES else "INTERNAL"
    message = f"{what}: {error.get('message')}" if what else str(error.get("message"))
    if known == "UNAUTHENTICATED":
        message = f"{message} {SENT_BY_COMMANDS}"
    return NormalizedError(known, message, details=error.get("details") or {}, path=error.get("path") or ())


def unreachable(url: str, cause: BaseException | None) -> NormalizedError:
    # The causes of that exception are searched as well.
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = f"The certificate of {url} is not trusted: {cause.verify_message}."
            return NormalizedError(
                "UNAVAILABLE", f"{why} Set SSL_CERT_FILE to the CA certificate that signed the server's certificate."
            )
        cause = cause.__cause__ or cause.__context__
    hint = (
        "Start it with `make up`." if is_loopback(url) else "Check AUTOMATE_URL, and whether this machine can reach it."
    )
    return NormalizedError("UNAVAILABLE", f"Nothing answers at {url}. {hint}")


def tls_of(url: str) -> ssl.SSLContext | None:
    # Of this machine, or of SSL_CERT_FILE. None for a URL without TLS saves 20 ms.
    return ssl.create_default_context() if urlsplit(url).scheme in {"https", "wss"} else None


def tls_verify(url: str) -> ssl.SSLContext:
    # A URL without TLS gets a context without certificates, to save time.
    return tls_of(url) or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _seconds_to_wait(answer: GraphqlData) -> float | None:
    # None if the request was not refused for its cost.
    error = (answer.get("errors") or [{}])[0].get("extensions", {})
    if "data" in answer or error.get("code") != "RATE_LIMITED":
        return None
    wait = (error.get("details") or {}).get("retry_after_seconds")
    return float(wait) if isinstance(wait, int) and wait <= LONGEST_WAIT_SECONDS else None


@final
class Api:
    """A client for use in a ``with`` block."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx2.Client(
            headers=headers, timeout=SECONDS, trust_env=not is_loopback(url), verify=tls_verify(url)
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.close()

    def query(
        self, document: str, variables: Mapping[str, object], *, seconds: float = SECONDS, then: str = ""
    ) -> GraphqlData:
        """Execute a GraphQL document and return the answer's ``data``.

        Raises the first error of the answer. Raises UNAVAILABLE if no answer came.
        """
        request = {"query": document, "variables": dict(variables)}
        for _ in range(MOST_WAITS):
            answer = self._answer(request, seconds, then)
            wait = _seconds_to_wait(answer)
            if wait is None:
                break
            time.sleep(wait)
        if errors := answer.get("errors"):
            raise refusal("", {**errors[0].get("extensions", {}), "message": errors[0]["message"]})
        data: GraphqlData = answer["data"]
        return data

    def attempt(
        self, document: str, values: Mapping[str, object], *, seconds: float = SECONDS, then: str = ""
    ) -> GraphqlNode:
        """Execute a mutation and return its payload. Errors in the payload's ``errors`` are returned, not raised."""
        (payload,) = self.query(document, {"input": dict(values)}, seconds=seconds, then=then).values()
        return payload

    def mutate(self, document: str, values: Mapping[str, object] | None = None) -> GraphqlNode:
        """Execute a mutation and return its payload. Raises NormalizedError with the first error.

        For a mutation without input, ``values`` is None.
        """
        ((name, payload),) = self.query(document, {} if values is None else {"input": dict(values)}).items()
        if payload["errors"]:
            raise refusal(name, payload["errors"][0])
        return payload

    def rows(
        self, document: str, variables: Mapping[str, object] | None = None, *, of: str = ""
    ) -> Iterator[GraphqlNode]:
        """Yield the nodes of a connection, page by page.

        The query in ``document`` must have the variable ``$after``. ``page`` must be the alias of the connection.
        If the connection is inside of a root field, ``of`` is the name of this root field. Yields no nodes if the
        root field is null.
        """
        after: str | None = None
        while True:
            found = self.query(document, {**(variables or {}), "after": after})
            above = found[of] if of else found
            if above is None:
                return
            page = above["page"]
            yield from (edge["node"] for edge in page["edges"])
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, JsonObject]:
        """Send a webhook, without a token."""
        answer = httpx2.post(
            url,
            content=body,
            headers=dict(headers),
            timeout=SECONDS,
            trust_env=not is_loopback(url),
            verify=tls_verify(url),
        )
        return answer.status_code, answer.json()

    def _answer(self, request: Mapping[str, object], seconds: float, then: str) -> GraphqlData:
        try:
            response = self._client.post(self._url, json=request, timeout=httpx2.Timeout(SECONDS, read=seconds))
            answer = response.json()
        except (httpx2.ConnectTimeout, httpx2.PoolTimeout):
            raise NormalizedError(
                "UNAVAILABLE", f"{self._url} did not answer within {SECONDS:.0f} s. Try again."
            ) from None
        except httpx2.TimeoutException:
            raise NormalizedError("UNAVAILABLE", f"{self._url} did not answer within {seconds:.0f} s.{then}") from None
        except httpx2.ConnectError as error:
            raise unreachable(self._url, error) from None
        except httpx2.TransportError as error:
            lost = f"The connection to {self._url} was lost: {str(error).rstrip('.')}."
            raise NormalizedError("UNAVAILABLE", f"{lost}{then}") from None
        except UnicodeEncodeError:
            message = "The request contains an incomplete UTF-8 character. Write the text in UTF-8."
            raise NormalizedError("BAD_USER_INPUT", message) from None
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not ("data" in answer or "errors" in answer):
            message = f"{self._url} answered {response.status_code}, but the answer does not come from this API. Check the URL."
            raise NormalizedError("UNAVAILABLE", message)
        return answer
