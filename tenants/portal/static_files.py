"""Serves scripts and styles of the portal below ``/static/portal/``."""

from __future__ import annotations

from servestatic import ServeStaticASGI
from starlette.types import ASGIApp, Receive, Scope, Send

from tenants.portal import files
from tenants.staff import static_files

PREFIX = "static/portal"


def _is_hashed(_path: str, url: str) -> bool:
    # The content of such a file never changes, so browsers need not ask for the file again.
    return url.startswith(f"/{PREFIX}/assets/")


class _Portal:
    # After the portal was rebuilt, it searches for its files again.
    def __init__(self, fallback: ASGIApp) -> None:
        self._fallback = fallback
        self._served = fallback
        self._stamp = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(f"/{PREFIX}/"):
            await self._fallback(scope, receive, send)
            return
        if (stamp := files.stamp()) != self._stamp:
            self._served, self._stamp = self._found(), stamp
        await self._served(scope, receive, send)

    def _found(self) -> ASGIApp:
        served = ServeStaticASGI(
            self._fallback,
            max_age=0,
            add_headers_function=static_files.guard,
            allow_all_origins=False,
            immutable_file_test=_is_hashed,
        )
        if files.BUILT.is_dir():
            served.add_files(files.BUILT, prefix=PREFIX)
        answers: ASGIApp = served
        return answers


def application(fallback: ASGIApp) -> ASGIApp:
    """Return the ASGI application for the portal's files. ``fallback`` answers requests for all other paths."""
    return _Portal(static_files.application(fallback))
