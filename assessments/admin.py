"""Municipalities and their people in the admin. Assessments are only shown there: they have their own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from assessments.exchange import register
from assessments.models import Assessment, AuditEntry, Membership, Municipality


class RecordsRoles(admin.ModelAdmin):
    """An admin of municipalities or people whose rows of memberships leave a line in the audit log when they change."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        rows = [row.instance.pk for row in formset.initial_forms] if formset.model is Membership else []
        before = Membership.objects.in_bulk(rows)
        super().save_formset(request, form, formset, change)
        after = Membership.objects.in_bulk(rows)
        for pk, membership in before.items():
            AuditEntry.objects.role_change(membership, after.get(pk), request.user)
        if formset.model is Membership:
            for membership in formset.new_objects:
                AuditEntry.objects.role_change(None, membership, request.user)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Memberships go with their person; an account that is deleted loses its roles on record."""
        gone = list(obj.memberships.all())
        super().delete_model(request, obj)
        for membership in gone:
            AuditEntry.objects.role_change(membership, None, request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)


class MembershipInline(admin.TabularInline):
    """People of a municipality, or municipalities of a person."""

    model = Membership
    extra = 0
    autocomplete_fields = ("person", "municipality")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("person", "municipality")


class WithMembers(admin.SimpleListFilter):
    """Finds the few municipalities that use the site among the eleven thousand of the register."""

    title = _("Mitglieder")
    parameter_name = "mitglieder"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ja", str(_("mit Mitgliedern"))), ("nein", str(_("ohne Mitglieder")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Municipality]) -> QuerySet[Municipality]:
        members = Exists(Membership.objects.filter(municipality=OuterRef("pk")))
        match self.value():
            case "ja":
                return queryset.filter(members)
            case "nein":
                return queryset.exclude(members)
        return queryset


@admin.register(Municipality)
class MunicipalityAdmin(RecordsRoles):
    """What comes from the official register is read only; a municipality added by hand stays open."""

    list_display = ("name", "ags", "kind", "district", "federal_state", "population")
    list_filter = (WithMembers, "kind", "federal_state")
    search_fields = ("name", "^ags")
    search_help_text = _("Name oder Anfang des AGS. Namen gibt es mehrfach: Achten Sie auf Kreis und Land.")
    inlines = (MembershipInline,)
    facts = ("ags", "name", "kind", "federal_state", "district", "population", "area_ha", "as_of")
    fields = (*facts, "requires_second_factor", "four_eyes")

    def get_readonly_fields(self, request: HttpRequest, obj: Municipality | None = None) -> tuple[str, ...]:
        return self.facts if obj and obj.as_of else ("as_of",)

    def has_delete_permission(self, request: HttpRequest, obj: Municipality | None = None) -> bool:
        """What the register names stays; a municipality added by mistake may go."""
        return super().has_delete_permission(request, obj) and not (obj and obj.as_of)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        newest = Municipality.objects.aggregate(newest=Max("as_of"))["newest"]
        note = {"source_note": register.source_note(newest)}
        return super().changelist_view(request, note | (extra_context or {}))


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Who has which role where."""

    list_display = ("person", "municipality", "role")
    list_select_related = ("person", "municipality")
    list_filter = ("role",)
    search_fields = ("person__name", "person__email", "municipality__name", "^municipality__ags")
    autocomplete_fields = ("person", "municipality")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        before = Membership.objects.filter(pk=obj.pk).first() if change else None
        super().save_model(request, obj, form, change)
        AuditEntry.objects.role_change(before, obj, request.user)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        AuditEntry.objects.role_change(obj, None, request.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """The whole log, for whoever runs the site: reading is all there is."""

    list_display = ("at", "who", "what", "municipality")
    list_display_links = None
    list_filter = ("kind", "at")
    search_fields = ("municipality__name", "^municipality__ags", "person__name", "person__email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """With what its lines name, which may be gone."""
        return super().get_queryset(request).select_related("person", "about", "assessment", "municipality")

    @admin.display(description=_("Wer"))
    def who(self, entry: AuditEntry) -> str:
        return entry.who

    @admin.display(description=_("Was"))
    def what(self, entry: AuditEntry) -> str:
        return entry.what

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False


@admin.register(Assessment)
class AssessmentAdmin(admin.ModelAdmin):
    """Which assessments there are, for whoever runs the site. Looking, no touching."""

    list_display = ("title", "municipality", "edition", "reference_date", "form", "state")
    list_select_related = ("municipality", "edition")
    view_on_site = False  # its pages are for members alone
    list_filter = ("state", "form", "edition")
    search_fields = ("title", "municipality__name", "^municipality__ags")
    fields = (
        "municipality",
        "edition",
        "title",
        "reference_date",
        "form",
        "state",
        "predecessor",
        ("created_at", "created_by"),
        ("finalised_at", "finalised_by"),
    )
    readonly_fields = ("state", "created_at", "created_by", "finalised_at", "finalised_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return False
