"""Stores Django's messages in a signed cookie until the next page shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase


@contextmanager
def carrying_messages(request: HttpRequest) -> Iterator[Callable[[HttpResponseBase], None]]:
    # Yields a function that stores the messages in a response.
    storage = CookieStorage(request)
    request._messages = storage  # type: ignore[attr-defined] # django-stubs knows no private names # noqa: SLF001 - where Django looks for it

    def finish(response: HttpResponseBase) -> None:
        storage.update(response)

    yield finish
