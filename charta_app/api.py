"""The read-only API: puts the operations of both halves together, describes them, and answers like no page does.

Who may read what is decided where it is for pages: by the middleware and by `visible_to`. Only the way back differs:
always JSON, never a redirect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache, wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, register_converter, reverse
from django.urls.converters import StringConverter
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.operation import Operation
from ninja.renderers import JSONRenderer
from pydantic import BaseModel, Field

from assessments import api as assessments
from assessments.views.autosave import View, refusal, speaks_json
from charta_app.tokens import takes_tokens
from guidelines import api as charter

ROUTERS = (charter.router, assessments.router)
SAFE = ("GET", "HEAD")
DESCRIPTION = """\
Was Charta-Check weiß, zum Weiterverarbeiten: die Inhalte der Charta für alle, Einschätzungen für die Menschen, die ihre
Seiten sehen dürfen. Es lässt sich nur lesen. Gelesen wird mit der Sitzung des Browsers oder mit einem persönlichen
Zugriffstoken („Ihr Konto“, „Zugriffstoken“). Was Sie nicht sehen dürfen, antwortet wie etwas, das es nicht gibt.
Unbekannte und doppelte Angaben in der Adresse werden abgelehnt, damit kein Tippfehler als Filter durchgeht.
Andere Websites können die Schnittstelle nicht aus dem Browser ihrer Besucher aufrufen (kein CORS)."""
SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    "token": {"type": "http", "scheme": "bearer"},
}
REFUSALS = {
    401: "Nicht angemeldet, oder das Zugriffstoken gilt nicht (mehr).",
    403: "Die Kommune verlangt von Ihnen einen zweiten Faktor.",
    404: "Das gibt es nicht, oder Sie dürfen es nicht sehen.",
    422: "Eine Angabe in der Adresse ist nicht zulässig, unbekannt oder doppelt.",
    429: "Zu viele falsche Zugriffstoken von dieser Netzadresse.",
}


class Refusal(BaseModel):
    """Why there is no answer."""

    kind: str = Field(description="Immer gleich, für Programme.")
    message: str = Field(description="Für Menschen.")


class Plain(JSONRenderer):
    """German letters as themselves."""

    json_dumps_params: dict[str, Any] = {"ensure_ascii": False}


class Api(NinjaAPI):
    """Names its operations after their functions."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = Api(
    title="Charta-Check",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    renderer=Plain(),
    openapi_extra={"security": [{name: []} for name in SCHEMES]},
)
for router in ROUTERS:
    api.add_router("", router)
# Whether an operation is for everybody, by its name
IS_PUBLIC = {
    operation.view_func.__name__: router.auth is None
    for router in ROUTERS
    for found in router.path_operations.values()
    for operation in found.operations
}


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404 | None = None) -> HttpResponse:
    """There is no such thing, or none for this person."""
    return refusal(404, "missing", _("Das gibt es hier nicht."))


@api.exception_handler(ValidationError)
def refused(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Something in the address is no value of its kind."""
    names = sorted({str(each["loc"][-1]) for each in error.errors})
    return refusal(422, "refused", _("Nicht zulässig: %s.") % ", ".join(names), parameters=names)


def unclear(request: HttpRequest, operation: str) -> HttpResponse | None:
    """The refusal of parameters that the operation does not know, or that came twice; None where all is clear."""
    unknown = sorted(name for name in request.GET if name not in parameters()[operation])
    doubled = sorted(name for name, values in request.GET.lists() if len(values) > 1)
    if not unknown and not doubled:
        return None
    reasons = [
        message % ", ".join(names)
        for message, names in (
            (_("Gibt es hier nicht: %s."), unknown),
            (_("Doppelt angegeben: %s."), doubled),
        )
        if names
    ]
    return refusal(422, "refused", " ".join(reasons), parameters=sorted({*unknown, *doubled}))


def answers(view: View, *, public: bool, operation: str = "") -> View:
    """A view as programs want it: JSON in any case, and nothing sent twice that has not changed."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in SAFE:
            response: HttpResponse = refusal(405, "read-only", _("Hier lässt sich nur lesen."))
            response["Allow"] = ", ".join(SAFE)
            return response
        response = (unclear(request, operation) if operation else None) or view(request, *args, **kwargs)
        patch_cache_control(response, no_cache=True, **{"public" if public else "private": True})
        if response.status_code == 200:
            response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()}"'
        if not public:
            patch_vary_headers(response, ("Authorization", "Cookie"))
        return response

    marked = speaks_json(conditional_page(answer))
    return login_not_required(marked) if public else takes_tokens(marked)


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document, put together once."""
    found: dict[str, Any] = api.get_openapi_schema(
        path_prefix=reverse("api:openapi").removesuffix("openapi.json")
    )
    refusal_of = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for methods in found["paths"].values():
        methods.pop("head")  # the same without a body
        operation = methods["get"]
        is_public = IS_PUBLIC[operation["operationId"]]
        if is_public:
            operation["security"] = []
        for parameter in operation.get("parameters", ()):
            # what can be left out is null in Python, never in an address
            kinds = parameter["schema"].pop("anyOf", ())
            parameter["schema"] |= next((kind for kind in kinds if kind != {"type": "null"}), {})
        for status in (404, 422) if is_public else REFUSALS:
            operation["responses"][status] = {"description": REFUSALS[status], "content": refusal_of}
        operation["responses"][304] = {"description": "Unverändert seit der Antwort mit diesem ETag."}
    schemas = found["components"]["schemas"]
    schemas["Refusal"] = Refusal.model_json_schema()
    for schema in schemas.values():
        schema.pop("description", None)  # of the class, for who reads the code
    found["components"]["securitySchemes"] = SCHEMES
    del found["servers"]
    return found


@cache
def parameters() -> dict[str, set[str]]:
    """What each operation takes behind the question mark."""
    return {
        methods["get"]["operationId"]: {
            parameter["name"]
            for parameter in methods["get"].get("parameters", ())
            if parameter["in"] == "query"
        }
        for methods in description()["paths"].values()
    }


def openapi(request: HttpRequest) -> HttpResponse:
    """The description, for programs."""
    return JsonResponse(description(), json_dumps_params=Plain.json_dumps_params)


class Rest(StringConverter):
    """Whatever follows."""

    regex = r"[\s\S]+"


def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """An address that does not exist."""
    return missing(request)


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say in words what there is to read, and how."""
    operations = [
        {"path": path, "is_public": IS_PUBLIC[methods["get"]["operationId"]], **methods["get"]}
        for path, methods in description()["paths"].items()
    ]
    context = {"operations": operations, "example": request.build_absolute_uri(reverse("api:assessments"))}
    return render(request, "api/about.html", context)


def _operations() -> Iterator[URLPattern]:
    for found in api.urls[0]:
        if isinstance(found, URLPattern) and found.name in IS_PUBLIC:
            view = answers(found.callback, public=IS_PUBLIC[found.name], operation=found.name)
            yield path(f"v1/{found.pattern}", view, name=found.name)


register_converter(Rest, "rest")
urlpatterns = [
    path("", about, name="about"),
    *_operations(),
    path("v1/openapi.json", answers(openapi, public=True), name="openapi"),
    path("<rest:rest>", answers(nothing, public=True), name="missing"),
]
