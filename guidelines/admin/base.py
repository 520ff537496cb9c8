"""What the admin of every part of an edition shares."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from guidelines.admin.forms import PartForm
from guidelines.admin.ways import EDITION_PATH, SHOWN_UNDER, admin_url, state_path, trail
from guidelines.history import Difference, keep_first, restore, versions
from guidelines.models import Edition, Paragraph
from guidelines.publishing import edition_of, lock, place_of, text_fields

SAVING: Any = (_("Speichern"), {"fields": ("note", "seen"), "classes": ("charta-saving",)})


class ContentAdmin(admin.ModelAdmin):
    """What all parts of an edition share: the rules of its state, the lock, the way up, the history."""

    form = PartForm
    change_form_template = "guidelines/admin/change_form.html"
    list_per_page = 100
    save_on_top = True
    text_rows: ClassVar[dict[str, int]] = {}

    # Rules of the state

    def _state(self, obj: models.Model | None) -> str | None:
        return edition_of(obj).state if obj is not None and obj.pk else None

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Withdrawn editions are only read."""
        return super().has_change_permission(request, obj) and self._state(obj) != Edition.State.WITHDRAWN

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only drafts lose parts."""
        return super().has_delete_permission(request, obj) and self._state(obj) in {None, Edition.State.DRAFT}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """No deleting in bulk: it asks nobody and passes the rules by."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        """Of a published edition only texts can be mended."""
        fixed = list(super().get_readonly_fields(request, obj))
        if self._state(obj) == Edition.State.PUBLISHED:
            texts = {field.name for field in text_fields(self.model)}
            fields = (*self.model._meta.concrete_fields, *self.model._meta.many_to_many)
            fixed += [field.name for field in fields if field.editable and field.name not in texts]
        return fixed

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With the edition, which every rule asks for."""
        path_to_edition = EDITION_PATH[self.model]
        queryset = super().get_queryset(request)
        return queryset if self.model is Edition else queryset.select_related(path_to_edition)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Before a save, lock the edition: what is read then is what will be changed."""
        if request.method == "POST" and transaction.get_connection().in_atomic_block:
            found = self.model._base_manager.filter(pk=self._key(object_id))
            edition = found.values_list(EDITION_PATH[self.model], flat=True).first()
            if edition is not None:
                Edition.objects.select_for_update().filter(pk=edition).first()
        return super().get_object(request, object_id, from_field)

    def _key(self, object_id: str) -> int:
        try:
            return int(unquote(object_id))
        except ValueError as error:
            raise Http404 from error

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[Any], list[Any]]:
        """What goes and what holds it: content by name, with the way to it; a municipality's rows are only counted."""
        held: list[Any] = []
        for relation in self.model._meta.related_objects:
            if relation.many_to_many:
                continue
            others = relation.related_model
            query = {f"{relation.field.name}__in": objs}
            if others in EDITION_PATH:
                desk: Any = self.admin_site.get_model_admin(others)
                held += [
                    format_html('<a href="{}">{} {}</a>', admin_url(row), row._meta.verbose_name, row)
                    for row in desk.named().filter(**query)
                ]
            elif count := others._base_manager.filter(**query).count():
                name = others._meta.verbose_name if count == 1 else others._meta.verbose_name_plural
                held.append(f"{name}: {count}")
        return [str(part) for part in objs], {self.model._meta.verbose_name_plural: len(objs)}, set(), held

    # Fields

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Text areas as high as their texts; no icons that lead away from the page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.TextField) and field is not None:
            field.widget.attrs["rows"] = self.text_rows.get(db_field.name, 4)
        widget: Any = getattr(field, "widget", None)
        if hasattr(widget, "can_add_related"):
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return field

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Offer only what belongs to the same edition; a new part goes into a draft."""
        form = super().get_form(request, obj, change, **kwargs)
        fields: dict[str, Any] = form.base_fields
        for name, field in fields.items():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                field.queryset = self._offered(request, obj, name, field.queryset)
        return form

    def _offered(self, request: HttpRequest, obj: Any, name: str, queryset: QuerySet) -> QuerySet:
        offered = queryset.select_related("clause") if queryset.model is Paragraph else queryset
        to_edition = EDITION_PATH[queryset.model]
        if obj is not None:
            return offered.filter(**{to_edition: edition_of(obj).pk})
        parent = self._parent(request)
        if parent is not None:
            return offered.filter(**{to_edition: edition_of(parent).pk})
        return offered.filter(**{state_path(queryset.model): Edition.State.DRAFT})

    def _parent(self, request: HttpRequest) -> Any:
        """The part under which a new one is added (`?clause=7`), if it is there and in a draft."""
        for name in (SHOWN_UNDER.get(self.model), "edition"):
            given = request.GET.get(name or "")
            if name and given and given.isdecimal() and hasattr(self.model, name):
                model = self.model._meta.get_field(name).related_model
                found = model.objects.filter(pk=given, **{state_path(model): Edition.State.DRAFT}).first()
                if found is not None:
                    return found
        return None

    # Saving

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep what was there, then save with the note; nothing changed, nothing saved."""
        if not change:
            state = lock(edition_of(obj)).state if self.model is not Edition else Edition.State.DRAFT
            if state != Edition.State.DRAFT:
                raise PermissionDenied
        elif not form.changed:
            return
        keep_first(obj)
        obj._change_reason = form.cleaned_data.get("note") or None
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """The same for the rows on the page, under the page's note."""
        for row in formset.save(commit=False):
            keep_first(row)
            row._change_reason = form.cleaned_data.get("note") or None
            row.save()
        for row in formset.deleted_objects:
            keep_first(row)
            row.delete()
        formset.save_m2m()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Keep what goes, and say where it can be had again."""
        keep_first(obj)
        super().delete_model(request, obj)
        back = reverse("admin:guidelines_edition_removed", args=[edition_of(obj).pk])
        text = _("Ein Versehen? <a href='{}'>Gelöschtes lässt sich zurückholen.</a>")
        messages.info(request, format_html(str(text), back))

    # Where a step leads: to the parent's page, from which the editor came

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(self._page_above(obj))

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(self._page_above(obj))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponseRedirect:
        super().response_delete(request, obj_display, obj_id)  # for its message
        return HttpResponseRedirect(self._page_above(self.model.history.filter(id=obj_id).latest().instance))

    def _page_above(self, obj: Any) -> str:
        above = trail(obj)
        return above[-1][1] if above else admin_url(obj)

    # Pages

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add the way up, the neighbours and, on a conflict, both versions."""
        form = context["adminform"].form
        edition = edition_of(obj) if obj is not None and obj.pk else None
        conflicts = self._conflicts(form, context)
        context |= {
            "trail": trail(obj) if edition else [],
            "neighbours": self.neighbours(obj) if edition else (),
            "edition": edition,
            "conflicts": conflicts,
            "show_save_and_add_another": False,  # the parent's page adds, and knows where to
            "last_change": self._last_change(obj) if conflicts else None,
            "links": self.links(obj) if edition else [],
            "children": self.children(obj) if edition else [],
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _conflicts(self, form: Any, context: dict[str, Any]) -> list[Difference]:
        inline = [
            difference
            for formset in context.get("inline_admin_formsets", ())
            for row in formset.formset.forms
            for difference in getattr(row, "conflict", ())
        ]
        return [*getattr(form, "conflict", ()), *inline]

    def _last_change(self, obj: Any) -> Any:
        return obj.history.select_related("history_user").order_by("-history_id").first()

    def neighbours(self, obj: Any) -> tuple[Any, Any]:
        """The part before and the part after this one, in the order of the edition."""
        order = [field for field in self.model._meta.ordering if not field.endswith("edition")]
        keys = list(
            self.model._base_manager.filter(**{EDITION_PATH[self.model]: edition_of(obj).pk})
            .order_by(*order, "pk")
            .values_list("pk", flat=True)
        )
        here = keys.index(obj.pk)
        around = [keys[here - 1] if here else None, keys[here + 1] if here + 1 < len(keys) else None]
        found = self.named().in_bulk([key for key in around if key])
        return found.get(around[0]), found.get(around[1])

    def named(self) -> QuerySet:
        """Rows with what their names need."""
        rows: QuerySet = self.model._base_manager.all()
        return rows.select_related("clause") if self.model is Paragraph else rows

    def links(self, obj: Any) -> list[tuple[Any, str]]:
        """Further pages about this part: label and address."""
        return []

    def children(self, obj: Any) -> list[tuple[Any, str]]:
        """What can be added under this part: label and address."""
        return []

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the versions of a part, with the way back to each of them."""
        part = get_object_or_404(self.get_queryset(request), pk=self._key(object_id))
        if not self.has_view_or_change_permission(request, part):
            raise PermissionDenied
        if request.method == "POST":
            return self._restore(request, part)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Verlauf: %s") % place_of(part),
            "opts": self.model._meta,
            "part": part,
            "trail": trail(part),
            "part_url": admin_url(part),
            "versions": versions(part),
            "may_restore": self.has_change_permission(request, part),
        }
        return TemplateResponse(request, "guidelines/admin/history.html", context)

    def _restore(self, request: HttpRequest, part: Any) -> HttpResponse:
        number = request.POST.get("version", "")
        if not self.has_change_permission(request, part):
            raise PermissionDenied
        if not number.isdecimal() or not part.history.filter(history_id=number).exists():
            raise Http404
        try:
            restore(part, int(number), "frühere Fassung wiederhergestellt")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Die frühere Fassung ist wiederhergestellt."))
        return HttpResponseRedirect(request.path)
