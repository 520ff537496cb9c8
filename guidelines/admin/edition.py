"""The edition as a whole: its structure, its states, its file, the search in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from guidelines.admin.base import SAVING, ContentAdmin
from guidelines.admin.forms import CodeForm, FileForm
from guidelines.admin.ways import adding, admin_url
from guidelines.content import Content
from guidelines.history import bring_back, removed
from guidelines.models import Clause, Edition, Guideline, Ideal, Stakeholder
from guidelines.publishing import (
    Fault,
    Incomplete,
    LastOne,
    WrongState,
    copy,
    discard,
    faults,
    place_of,
    publish,
    text_fields,
    withdraw,
)
from guidelines.transfer import Faulty, read, write


@admin.register(Edition)
class EditionAdmin(ContentAdmin):
    """Editions, their whole structure on one page, and what can be done with one as a whole."""

    change_list_template = "guidelines/admin/editions.html"
    change_form_template = "guidelines/admin/edition.html"
    list_display = ("code", "title", "issued", "state")
    list_filter = ("state",)
    search_fields = ("code", "title", "subtitle", "summary")
    readonly_fields = ("state",)
    fieldsets: ClassVar[Any] = (
        (
            _("Ausgabe"),
            {"fields": (("code", "state", "issued"), "title", "subtitle", "publisher", "summary", "terms")},
        ),
        SAVING,
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft goes as a whole, by its own page."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The pages of an edition as a whole."""

        def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"guidelines_edition_{name}")

        return [
            page("einlesen/", self.import_view, "import"),
            page("<int:pk>/veroeffentlichen/", self.publish_view, "publish"),
            page("<int:pk>/zurueckziehen/", self.withdraw_view, "withdraw"),
            page("<int:pk>/kopieren/", self.copy_view, "copy"),
            page("<int:pk>/verwerfen/", self.discard_view, "discard"),
            page("<int:pk>/datei/", self.export_view, "export"),
            page("<int:pk>/geloeschtes/", self.removed_view, "removed"),
            page("<int:pk>/suche/", self.search_view, "search"),
            *super().get_urls(),
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add the structure and the other editions to compare with."""
        if obj is not None and obj.pk:
            context |= {
                "structure": structure(Content.of(obj)),
                "others": Edition.objects.exclude(pk=obj.pk),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def neighbours(self, obj: Any) -> tuple[Any, Any]:
        return (None, None)

    def children(self, obj: Any) -> list[tuple[Any, str]]:
        return adding(
            obj,
            (Guideline, f"?edition={obj.pk}", _("Leitlinie")),
            (Clause, f"?edition={obj.pk}", _("Abschnitt")),
            (Ideal, f"?edition={obj.pk}", _("Leitbild")),
            (Stakeholder, f"?edition={obj.pk}", _("Angesprochene")),
        )

    def _edition(self, request: HttpRequest, pk: int, *, change: bool = True) -> Edition:
        edition = get_object_or_404(Edition, pk=pk)
        allowed = request.user.has_perm(f"guidelines.{'change' if change else 'view'}_edition")
        if not allowed:
            raise PermissionDenied
        return edition

    def _page(
        self, request: HttpRequest, name: str, edition: Edition | None, **context: Any
    ) -> TemplateResponse:
        return TemplateResponse(
            request,
            f"guidelines/admin/{name}.html",
            {
                **self.admin_site.each_context(request),
                "opts": Edition._meta,
                "edition": edition,
                "edition_url": admin_url(edition) if edition else "",
                **context,
            },
        )

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Name every fault with a link to its place; without one, publish."""
        edition = self._edition(request, pk)
        found: list[Fault] = []
        if request.method == "POST":
            try:
                publish(edition)
            except Incomplete as error:
                found = error.faults
            except WrongState:
                messages.error(request, _("Nur ein Entwurf lässt sich veröffentlichen."))
                return HttpResponseRedirect(admin_url(edition))
            else:
                messages.success(request, _("Die Ausgabe %s ist veröffentlicht.") % edition.code)
                return HttpResponseRedirect(admin_url(edition))
        else:
            found = faults(edition)
        rows = [(fault, admin_url(fault.at)) for fault in found]
        return self._page(request, "publish", edition, title=_("Prüfen und veröffentlichen"), faults=rows)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Withdraw a published edition."""
        edition = self._edition(request, pk)
        if request.method == "POST":
            try:
                withdraw(edition)
            except WrongState:
                messages.error(request, _("Nur eine veröffentlichte Ausgabe lässt sich zurückziehen."))
            except LastOne:
                messages.error(
                    request,
                    _(
                        "Die Ausgabe %s ist als einzige veröffentlicht; ohne sie könnte niemand eine Einschätzung "
                        "beginnen. Veröffentlichen Sie zuerst eine andere."
                    )
                    % edition.code,
                )
                return HttpResponseRedirect(request.path)
            else:
                messages.success(request, _("Die Ausgabe %s ist zurückgezogen.") % edition.code)
            return HttpResponseRedirect(admin_url(edition))
        others = Edition.objects.published().exclude(pk=edition.pk)
        title = _("Ausgabe zurückziehen")
        return self._page(request, "withdraw", edition, title=title, is_last=not others.exists())

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete a draft with all its parts."""
        edition = self._edition(request, pk)
        if not request.user.has_perm("guidelines.delete_edition"):
            raise PermissionDenied
        if request.method == "POST":
            try:
                discard(edition)
            except WrongState:
                messages.error(request, _("Nur ein Entwurf lässt sich verwerfen."))
            except ProtectedError:
                messages.error(request, _("Auf diesem Entwurf beruht schon etwas; er bleibt."))
            else:
                messages.success(request, _("Der Entwurf %s ist verworfen.") % edition.code)
                return HttpResponseRedirect(reverse("admin:guidelines_edition_changelist"))
            return HttpResponseRedirect(admin_url(edition))
        return self._page(request, "discard", edition, title=_("Entwurf verwerfen"))

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def removed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what was deleted from a draft, and bring it back."""
        edition = self._edition(request, pk)
        gone = removed(edition)
        if request.method == "POST":
            wanted = (request.POST.get("model", ""), request.POST.get("version", ""))
            chosen = next((part for part in gone if (part.model, str(part.number)) == wanted), None)
            if chosen is None:
                raise Http404
            if not request.user.has_perm(f"guidelines.add_{chosen.model}"):
                raise PermissionDenied
            try:
                part = bring_back(edition, chosen, "nach dem Löschen zurückgeholt")
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
                return HttpResponseRedirect(request.path)
            messages.success(request, _("Zurückgeholt: %s") % chosen.place)
            return HttpResponseRedirect(admin_url(part))
        return self._page(request, "removed", edition, title=_("Gelöschtes"), removed=gone)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def copy_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start a new edition as a whole copy of this one."""
        edition = self._edition(request, pk)
        if not request.user.has_perm("guidelines.add_edition"):
            raise PermissionDenied
        form = CodeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            draft = copy(edition, form.cleaned_data["code"])
            messages.success(request, _("Die Ausgabe %s ist als Entwurf angelegt.") % draft.code)
            return HttpResponseRedirect(admin_url(draft))
        return self._page(request, "copy", edition, title=_("Neue Ausgabe aus dieser anlegen"), form=form)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Read an edition from its file; a faulty file is refused whole, with every fault named."""
        if not request.user.has_perm("guidelines.add_edition"):
            raise PermissionDenied
        form = FileForm(request.POST or None, request.FILES or None)
        found: list[str] = []
        if request.method == "POST" and form.is_valid():
            try:
                edition = read(form.cleaned_data["file"], as_draft=form.cleaned_data["as_draft"])
            except Faulty as error:
                found = error.faults
            else:
                text = _("Die Ausgabe %(code)s ist eingelesen (%(state)s).")
                messages.success(request, text % {"code": edition.code, "state": edition.get_state_display()})
                return HttpResponseRedirect(admin_url(edition))
        return self._page(request, "import", None, title=_("Ausgabe einlesen"), form=form, faults=found)

    @method_decorator(require_safe)
    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out the edition as its file."""
        edition = self._edition(request, pk, change=False)
        response = HttpResponse(write(edition), "application/yaml; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="charta-{edition.code}.yaml"'
        return response

    @method_decorator(require_safe)
    def search_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Find words in all texts of an edition, umlauts and all, on every database."""
        edition = self._edition(request, pk, change=False)
        wanted = request.GET.get("q", "").strip()[:200]
        hits = search(Content.of(edition), wanted) if wanted else []
        return self._page(request, "search", edition, title=_("Suchen in der Ausgabe"), q=wanted, hits=hits)


def structure(content: Content) -> list[dict[str, Any]]:
    """The edition as a tree with addresses: guidelines and the recommendations, their clauses, their criteria."""

    def of(guideline: Guideline | None) -> list[dict[str, Any]]:
        return [
            {
                "clause": clause,
                "url": admin_url(clause),
                "criteria": [(c, admin_url(c)) for c in content.criteria if c.clause is clause],
            }
            for clause in content.clauses
            if clause.guideline is guideline
        ]

    tree = [{"title": str(g), "url": admin_url(g), "clauses": of(g)} for g in content.guidelines]
    return [*tree, {"title": _("Handlungsempfehlungen"), "url": "", "clauses": of(None)}]


def search(content: Content, wanted: str) -> list[dict[str, Any]]:
    """Every text that contains all the words, with its place."""
    words = wanted.casefold().split()
    return [
        {"place": place_of(part), "url": admin_url(part), "field": field.verbose_name, "text": text}
        for part in (content.edition, *content.parts())
        for field in text_fields(type(part))
        if (text := str(getattr(part, field.attname))) and all(word in text.casefold() for word in words)
    ]
