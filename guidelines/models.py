"""What the Smart City Charta asks: one edition, its clauses and the criteria that make them checkable.

An edition is the root; everything else hangs on it and is addressed by codes (natural keys), so that a whole
edition travels as one fixture. Nothing here knows of municipalities.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

LEVELS = range(5)


class EditionQuerySet(models.QuerySet["Edition"]):
    """Editions, with the words the site uses for their states."""

    def published(self) -> EditionQuerySet:
        """Editions that anybody may read and a municipality may use."""
        return self.filter(state=Edition.State.PUBLISHED)

    def current(self) -> Edition | None:
        """The newest published edition, or None before one is published."""
        return self.published().order_by("-issued", "-pk").first()

    def get_by_natural_key(self, code: str) -> Edition:
        """The edition with this code."""
        return self.get(code=code)


class Edition(models.Model):
    """One edition of the Charter, such as "2021" of May 2021."""

    class State(models.TextChoices):
        """A published edition's structure is fixed: assessments rest on it."""

        DRAFT = "draft", _("Entwurf")
        PUBLISHED = "published", _("veröffentlicht")
        WITHDRAWN = "withdrawn", _("zurückgezogen")

    code = models.SlugField(_("Kürzel"), max_length=20, unique=True)
    title = models.CharField(_("Titel"), max_length=200)
    subtitle = models.CharField(_("Untertitel"), max_length=200, blank=True)
    publisher = models.CharField(_("Herausgeber"), max_length=300)
    issued = models.DateField(
        _("Stand"), help_text=_("Der erste Tag des Monats, in dem die Ausgabe erschien.")
    )
    summary = models.TextField(_("Zusammenfassung"))
    terms = models.TextField(
        _("Begriffe"),
        blank=True,
        help_text=_("Wie die Prüffragen Wörter gebrauchen; steht neben jeder Frage."),
    )
    state = models.CharField(_("Zustand"), max_length=10, choices=State.choices, default=State.DRAFT)

    objects: ClassVar = EditionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("Ausgabe")
        verbose_name_plural = _("Ausgaben")
        ordering = ("-issued", "code")

    def __str__(self) -> str:
        return f"{self.title} {self.code}"

    def natural_key(self) -> tuple[str]:
        return (self.code,)


class OfEditionQuerySet(models.QuerySet):
    """Parts of an edition, addressed by the edition's code and their own."""

    def get_by_natural_key(self, edition: str, code: str) -> Any:
        """The part with this code in this edition."""
        return self.get(edition__code=edition, code=code)


class PartOfEdition(models.Model):
    """What hangs on an edition directly: in an order, and addressed by the edition's code and its own."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="%(class)ss", verbose_name=_("Ausgabe"))
    position = models.PositiveSmallIntegerField(_("Reihenfolge"))
    code: Any  # each kind has fields of its own for these two
    title: Any

    objects: ClassVar = OfEditionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("edition", "position")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(
                fields=("edition", "code"),
                name="%(class)s_code_once",
                violation_error_message=_("Dieses Kürzel oder diese Nummer gibt es in der Ausgabe schon."),
            ),
        )

    def __str__(self) -> str:
        return str(self.title)

    def natural_key(self) -> tuple[str, str]:
        return (self.edition.code, self.code)


class Stakeholder(PartOfEdition):
    """Whom the Charter addresses: Kommunen, Bund, Länder and six more."""

    code = models.SlugField(_("Kürzel"), max_length=40)
    title = models.CharField(_("Bezeichnung"), max_length=120)

    history = HistoricalRecords()

    class Meta(PartOfEdition.Meta):
        verbose_name = _("Angesprochene")
        verbose_name_plural = _("Angesprochene")


class Ideal(PartOfEdition):
    """One of the eight attributes in the preamble's picture of a Smart City."""

    code = models.SlugField(_("Kürzel"), max_length=40)
    title = models.CharField(_("Titel"), max_length=120, help_text=_("Genau wie in der Charta."))
    summary = models.TextField(_("Zusammenfassung"))

    history = HistoricalRecords()

    class Meta(PartOfEdition.Meta):
        verbose_name = _("Leitbild")
        verbose_name_plural = _("Leitbilder")


class Guideline(PartOfEdition):
    """One of the four Leitlinien, each with three principles."""

    code = models.CharField(_("Nummer"), max_length=10)
    title = models.CharField(_("Titel"), max_length=200, help_text=_("Genau wie in der Charta."))
    short_title = models.CharField(_("Kurztitel"), max_length=28, help_text=_("Für Diagramme und Listen."))
    summary = models.TextField(_("Zusammenfassung"))

    history = HistoricalRecords()

    class Meta(PartOfEdition.Meta):
        verbose_name = _("Leitlinie")
        verbose_name_plural = _("Leitlinien")

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Clause(PartOfEdition):
    """A principle 1.1–4.3 of a guideline, or a recommendation a–l, which belongs to no guideline."""

    class Kind(models.TextChoices):
        """The two halves of the Charter; their scores are never merged."""

        PRINCIPLE = "principle", _("Grundsatz")
        RECOMMENDATION = "recommendation", _("Handlungsempfehlung")

    guideline = models.ForeignKey(
        Guideline, models.PROTECT, related_name="clauses", verbose_name=_("Leitlinie"), null=True, blank=True
    )
    kind = models.CharField(_("Art"), max_length=14, choices=Kind.choices)
    code = models.CharField(_("Nummer oder Buchstabe"), max_length=10)
    position = models.PositiveSmallIntegerField(
        _("Reihenfolge"), help_text=_("Zählt durch die ganze Ausgabe.")
    )
    title = models.CharField(_("Titel"), max_length=200, help_text=_("Genau wie in der Charta."))
    short_title = models.CharField(_("Kurztitel"), max_length=28, help_text=_("Für Diagramme und Listen."))
    summary = models.TextField(_("Zusammenfassung"))

    history = HistoricalRecords()

    class Meta(PartOfEdition.Meta):
        verbose_name = _("Abschnitt")
        verbose_name_plural = _("Abschnitte")
        constraints = (
            *PartOfEdition.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(kind="principle", guideline__isnull=False)
                | models.Q(kind="recommendation", guideline__isnull=True),
                name="clause_principle_has_guideline",
                violation_error_message=_(
                    "Ein Grundsatz gehört zu einer Leitlinie, eine Handlungsempfehlung zu keiner."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("guidelines:clause", args=[self.edition.code, self.code])

    def clean(self) -> None:
        """A guideline of another edition would tear the edition apart."""
        if self.guideline and self.guideline.edition_id != self.edition_id:
            raise ValidationError({"guideline": _("Diese Leitlinie gehört zu einer anderen Ausgabe.")})


class ParagraphQuerySet(models.QuerySet["Paragraph"]):
    """Paragraphs, addressed by edition, clause and number."""

    def get_by_natural_key(self, edition: str, clause: str, number: int) -> Paragraph:
        """The paragraph with this number, counted from the clause's heading."""
        return self.get(clause__edition__code=edition, clause__code=clause, number=number)


class Paragraph(models.Model):
    """One paragraph of a clause in the Charter: its gist in our words, never its text."""

    clause = models.ForeignKey(Clause, models.PROTECT, related_name="paragraphs", verbose_name=_("Abschnitt"))
    number = models.PositiveSmallIntegerField(_("Absatz"), help_text=_("Gezählt ab der Überschrift."))
    gist = models.TextField(_("Inhalt in eigenen Worten"))
    no_demand = models.TextField(
        _("Verlangt nichts von Kommunen, weil"),
        blank=True,
        help_text=_("Leer, wenn eine Prüffrage diesen Absatz aufnimmt."),
    )

    objects: ClassVar = ParagraphQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("Absatz")
        verbose_name_plural = _("Absätze")
        ordering = ("clause__edition", "clause__position", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("clause", "number"),
                name="paragraph_number_once",
                violation_error_message=_("Diesen Absatz gibt es im Abschnitt schon."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.clause.code}, Absatz {self.number}"

    def natural_key(self) -> tuple[str, str, int]:
        return (*self.clause.natural_key(), self.number)


class AdviceQuerySet(models.QuerySet["Advice"]):
    """Advice, addressed by its paragraph and position."""

    def get_by_natural_key(self, edition: str, clause: str, number: int, position: int) -> Advice:
        """The piece of advice at this position in this paragraph."""
        return self.get(
            paragraph__clause__edition__code=edition,
            paragraph__clause__code=clause,
            paragraph__number=number,
            position=position,
        )


class Advice(models.Model):
    """What one paragraph of a recommendation asks of whom, in our words."""

    paragraph = models.ForeignKey(Paragraph, models.PROTECT, related_name="advice", verbose_name=_("Absatz"))
    position = models.PositiveSmallIntegerField(_("Reihenfolge"))
    stakeholders = models.ManyToManyField(Stakeholder, related_name="advice", verbose_name=_("gerichtet an"))
    text = models.TextField(_("Empfehlung in eigenen Worten"))

    objects: ClassVar = AdviceQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[stakeholders])

    class Meta:
        verbose_name = _("Empfehlung an Angesprochene")
        verbose_name_plural = _("Empfehlungen an Angesprochene")
        ordering = ("paragraph__clause__position", "paragraph__number", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("paragraph", "position"),
                name="advice_position_once",
                violation_error_message=_("Diese Stelle im Absatz ist schon besetzt."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.paragraph}, {self.position}"

    def natural_key(self) -> tuple[str, str, int, int]:
        return (*self.paragraph.natural_key(), self.position)


class CriterionQuerySet(models.QuerySet["Criterion"]):
    """Criteria, addressed by the edition's code and their own."""

    def get_by_natural_key(self, edition: str, code: str) -> Criterion:
        """The criterion with this code in this edition."""
        return self.get(clause__edition__code=edition, code=code)


class Criterion(models.Model):
    """One question with five observable levels; where it comes from and how binding it is."""

    class Binding(models.TextChoices):
        """Binding force, read from the verb of the Charter's own sentence."""

        MUST = "must", _("Pflicht (muss)")
        SHOULD = "should", _("Erwartung (soll)")
        MAY = "may", _("Anregung (kann)")

    clause = models.ForeignKey(Clause, models.PROTECT, related_name="criteria", verbose_name=_("Abschnitt"))
    code = models.CharField(_("Nummer"), max_length=12, help_text=_("Etwa 1.1-1 oder a-2."))
    position = models.PositiveSmallIntegerField(_("Reihenfolge"))
    is_key = models.BooleanField(
        _("Schlüsselfrage"),
        default=False,
        help_text=_("Die eine Frage des Abschnitts, die auch die Kurzform stellt."),
    )
    short_title = models.CharField(_("Kurztitel"), max_length=45, help_text=_("Name der Frage in Listen."))
    question = models.TextField(_("Frage"))
    help = models.TextField(_("Hilfe"), help_text=_("Was gemeint ist, ein Beispiel, wann es nicht zutrifft."))
    level_0 = models.TextField(_("Stufe 0 – nicht begonnen"))
    level_1 = models.TextField(_("Stufe 1 – geplant"))
    level_2 = models.TextField(_("Stufe 2 – teilweise umgesetzt"))
    level_3 = models.TextField(_("Stufe 3 – umgesetzt und verankert"))
    level_4 = models.TextField(_("Stufe 4 – überprüft und verbessert"))
    step_1 = models.TextField(_("Schritt zur Stufe 1"))
    step_2 = models.TextField(_("Schritt zur Stufe 2"))
    step_3 = models.TextField(_("Schritt zur Stufe 3"))
    step_4 = models.TextField(_("Schritt zur Stufe 4"))
    evidence_hint = models.TextField(_("Mögliche Belege"))
    binding = models.CharField(_("Verbindlichkeit"), max_length=6, choices=Binding.choices)
    binding_note = models.CharField(
        _("Begründung der Verbindlichkeit"),
        max_length=300,
        help_text=_("Welches Verb in welchem Satz der Charta entscheidet."),
    )
    place = models.ForeignKey(
        Paragraph, models.PROTECT, related_name="criteria", verbose_name=_("Fundstelle in der Charta")
    )
    also_covers = models.ManyToManyField(
        Paragraph, related_name="further_criteria", verbose_name=_("nimmt außerdem auf"), blank=True
    )
    ideals = models.ManyToManyField(Ideal, related_name="criteria", verbose_name=_("dient den Leitbildern"))

    objects: ClassVar = CriterionQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[also_covers, ideals])

    class Meta:
        verbose_name = _("Prüffrage")
        verbose_name_plural = _("Prüffragen")
        ordering = ("clause__edition", "clause__position", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("clause", "code"),
                name="criterion_code_once",
                violation_error_message=_("Diese Nummer gibt es im Abschnitt schon."),
            ),
            models.UniqueConstraint(
                fields=("clause",),
                condition=models.Q(is_key=True),
                name="criterion_one_key_per_clause",
                violation_error_message=_("Der Abschnitt hat schon eine Schlüsselfrage."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.short_title}"

    def natural_key(self) -> tuple[str, str]:
        return (self.clause.edition.code, self.code)

    @property
    def levels(self) -> tuple[str, str, str, str, str]:
        """The five level texts, 0 to 4."""
        return (self.level_0, self.level_1, self.level_2, self.level_3, self.level_4)

    @property
    def steps(self) -> tuple[str, str, str, str]:
        """The four next steps, to level 1 up to level 4."""
        return (self.step_1, self.step_2, self.step_3, self.step_4)

    @property
    def meaning(self) -> tuple[str, ...]:
        """What an answer refers to: while its sense stays the same, an answer fits another edition too."""
        return (self.question, *self.levels)

    def clean(self) -> None:
        """The place must lie in the clause that the criterion belongs to."""
        if self.clause_id and self.place_id and self.place.clause_id != self.clause_id:
            raise ValidationError({"place": _("Dieser Absatz gehört zu einem anderen Abschnitt.")})


class CriterionLinkQuerySet(models.QuerySet["CriterionLink"]):
    """Links, addressed by the edition's code and the two criteria's."""

    def get_by_natural_key(self, edition: str, criterion: str, other: str) -> CriterionLink:
        """The link from one criterion to another."""
        return self.get(
            criterion__clause__edition__code=edition, criterion__code=criterion, other__code=other
        )


class CriterionLink(models.Model):
    """Two criteria that help each other, or that the council has to weigh against each other."""

    class Kind(models.TextChoices):
        """A goal conflict is no fault: it is named, so that somebody decides it."""

        SUPPORTS = "supports", _("unterstützt")
        WEIGH = "weigh", _("ist abzuwägen mit")

    criterion = models.ForeignKey(
        Criterion, models.PROTECT, related_name="links", verbose_name=_("Prüffrage")
    )
    kind = models.CharField(_("Verhältnis"), max_length=8, choices=Kind.choices)
    other = models.ForeignKey(
        Criterion, models.PROTECT, related_name="links_here", verbose_name=_("andere Prüffrage")
    )
    sentence = models.TextField(_("Worum es dabei geht"), help_text=_("Ein Satz für den Rat."))

    objects: ClassVar = CriterionLinkQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("Verbindung")
        verbose_name_plural = _("Verbindungen")
        ordering = (
            "criterion__clause__position",
            "criterion__position",
            "other__clause__position",
            "other__position",
        )
        constraints = (
            models.UniqueConstraint(
                fields=("criterion", "other"),
                name="criterion_link_once",
                violation_error_message=_("Diese beiden Prüffragen sind schon verbunden."),
            ),
            models.CheckConstraint(
                condition=~models.Q(criterion=models.F("other")),
                name="criterion_link_to_another",
                violation_error_message=_("Eine Prüffrage kann nicht mit sich selbst verbunden sein."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.criterion.code} {self.get_kind_display()} {self.other.code}"

    def natural_key(self) -> tuple[str, str, str]:
        return (*self.criterion.natural_key(), self.other.code)

    def clean(self) -> None:
        """A link never leaves its edition."""
        if (
            self.criterion_id
            and self.other_id
            and self.criterion.clause.edition_id != self.other.clause.edition_id
        ):
            raise ValidationError({"other": _("Diese Prüffrage gehört zu einer anderen Ausgabe.")})


class ContentStateQuerySet(models.QuerySet["ContentState"]):
    """The one row there is."""

    def stamp(self) -> str:
        """What the whole content stands at now; "" when nothing is known of it (one query)."""
        return self.values_list("stamp", flat=True).first() or ""


class ContentState(models.Model):
    """A stamp that every change to any text or link of any edition replaces, whoever makes it and by whatever way.

    Triggers in the database write it, in the transaction of the change itself, and no stamp ever comes back. So what
    was read after a stamp may be kept under it: whoever sees another stamp reads again.
    """

    stamp = models.CharField(max_length=36)

    objects: ClassVar = ContentStateQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("Stand der Inhalte")
        verbose_name_plural = _("Stand der Inhalte")

    def __str__(self) -> str:
        return self.stamp
