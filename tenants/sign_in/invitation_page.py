"""The page on which an invited person accepts the invitation. The page has no scripts."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template import Context, Engine

from automate.approvals.rendering import FOLDER, STYLE
from automate.kernel.errors import NormalizedError
from tenants.people.accepting import accept, offer_of
from tenants.people.models import User
from tenants.sign_in.members import begin_session
from tenants.sign_in.pages import FORM_HEADERS

_ENGINE = Engine(dirs=[str(Path(__file__).parent / "templates"), str(FOLDER)])

JOINED = "joined"
"""In the query of the page that is shown after the invitation was accepted."""


def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show or accept an invitation. Raises METHOD_NOT_ALLOWED if the method is neither GET nor POST."""
    # A new person is signed in after the POST.
    if request.method not in {"GET", "POST"}:
        raise NormalizedError(
            "METHOD_NOT_ALLOWED",
            f"This page does not support the method {request.method}. Open it with GET.",
            details={"allow": "GET, POST"},
        )
    person = request.user if isinstance(request.user, User) else None
    if request.method == "GET" and JOINED in request.GET and person is not None:
        return _page(request, None, done=True)
    try:
        offer = offer_of(token)
    except NormalizedError as refused:
        return _page(request, refused)
    shown: dict[str, object] = {"offer": offer, "ready": person is not None and person.id == offer.user_id}
    if request.method == "GET":
        return _page(request, None, **shown)
    name, password = request.POST.get("name", ""), request.POST.get("password", "")
    try:
        user_id, _ = accept(token, person.id if person else None, name=name, password=password)
    except NormalizedError as refused:
        return _page(request, refused, **shown, name=name)
    if person is None:
        begin_session(request, user_id)
    # A page that came with GET can be loaded again. The session has a new CSRF token now, which a second POST would not have.
    return HttpResponseRedirect(f"{request.path}?{JOINED}", status=303, headers=FORM_HEADERS)


def _page(request: HttpRequest, refused: NormalizedError | None, **context: object) -> HttpResponse:
    problem = refused.message if refused is not None else ""
    shown = {**context, "problem": problem, "style": STYLE, "csrf_token": get_token(request)}
    text = _ENGINE.get_template("invitation.html").render(Context(shown, autoescape=True))
    status = refused.status if refused is not None else 200
    return HttpResponse(text, status=status, content_type="text/html; charset=utf-8", headers=FORM_HEADERS)
