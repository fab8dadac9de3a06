"""Styles and scripts of the admin, served by web itself."""

from __future__ import annotations

import http.client
from contextlib import closing

import pytest

FILES = [
    "admin/css/base.css",
    "admin/js/theme.js",
    "admin/img/icon-yes.svg",
    "automate/admin.css",
    "automate/sign_in.js",
]


def get(host: str, path: str, **headers: str) -> http.client.HTTPResponse:
    with closing(http.client.HTTPConnection(host, timeout=30)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
    return answer


@pytest.mark.parametrize("file", FILES)
def test_file_is_served_with_its_type_and_may_be_kept(web: str, file: str) -> None:
    answer = get(web, f"/static/{file}")
    assert (answer.status, answer.getheader("X-Content-Type-Options")) == (200, "nosniff")
    assert "max-age=300" in (answer.getheader("Cache-Control") or "")
    modified = answer.getheader("Last-Modified") or ""
    assert get(web, f"/static/{file}", **{"If-Modified-Since": modified}).status == 304


@pytest.mark.parametrize(
    "path",
    [
        "nothing.css",
        "admin/",
        "admin/../../settings.py",
        "%2e%2e/%2e%2e/etc/passwd",
        "admin/css/base.css%00",
        "/etc/passwd",
    ],
)
def test_nothing_else_is_served(web: str, path: str) -> None:
    answer = get(web, f"/static/{path}")
    assert (answer.status, answer.getheader("Content-Type")) == (404, "application/json")
