"""Evidence for an answer: links, and files that lie outside the web root and outside the database."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.record import ExhibitKind, ExhibitValue

if TYPE_CHECKING:
    from assessments.models.answer import Answer
    from assessments.models.assessment import Assessment
    from assessments.models.municipality import Person

LARGEST_FILE = 2 << 20  # bytes
LARGEST_SUM = 200 << 20  # bytes of all files of one assessment
logger = logging.getLogger(__name__)


class NoRoom(Exception):
    """The files of the assessment would take more than `LARGEST_SUM`."""


class FileIsGone(Exception):
    """The file of an exhibit is missing, or is not what was uploaded."""


class ExhibitQuerySet(models.QuerySet["Exhibit"]):
    """Evidence, and how it comes in."""

    def present(self) -> ExhibitQuerySet:
        """Those nobody has removed."""
        return self.filter(removed_at__isnull=True)

    def with_people(self) -> ExhibitQuerySet:
        """In the order they came, with who added and who removed them."""
        return self.select_related("added_by", "removed_by").order_by("pk")

    def add_link(self, *, answer: Answer, by: Person, title: str, address: str) -> Exhibit:
        """Store a link. Raises `WrongState` unless the answer takes changes."""
        with transaction.atomic():
            answer.hold()
            return self.create(
                answer=answer, added_by_id=by.pk, kind=Exhibit.Kind.LINK, title=title, address=address
            )

    def add_file(
        self, *, answer: Answer, by: Person, title: str, kind: str, file_name: str, data: bytes
    ) -> Exhibit:
        """Store a file, then its row; without the row no file stays either.

        Raises `OSError` when the disk refuses, `NoRoom`, and `WrongState` unless the answer takes changes. While the
        answer is held, no other upload to the assessment adds up.
        """
        exhibit = Exhibit(
            answer=answer,
            kind=kind,
            title=title,
            file_name=file_name,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            stored_as=secrets.token_hex(16),
        )
        exhibit.added_by_id = by.pk  # type: ignore[assignment]  # somebody signed in
        _write(exhibit.path, data)
        try:
            with transaction.atomic():
                answer.hold()
                present = self.present().filter(answer__assessment=answer.assessment_id)
                if (present.aggregate(sum=Sum("size"))["sum"] or 0) + len(data) > LARGEST_SUM:
                    raise NoRoom
                exhibit.save(force_insert=True)
        except BaseException:
            exhibit.path.unlink(missing_ok=True)
            raise
        return exhibit

    def take_over(self, answers: Iterable[Answer], earlier: Assessment) -> None:
        """Give new answers the evidence of an earlier, final assessment for the same questions (two queries).

        No file is copied: what is uploaded never changes, so both rows lead to one file. Relies on `criterion`.
        """
        here = {answer.criterion.code: answer for answer in answers}
        rows = self.present().filter(answer__assessment=earlier, answer__criterion__code__in=here)
        exhibits: list[Any] = list(rows.annotate(code=F("answer__criterion__code")).order_by("pk"))
        for exhibit in exhibits:
            exhibit.pk, exhibit.answer = None, here[exhibit.code]
        self.bulk_create(exhibits)


class Exhibit(models.Model):
    """One piece of evidence: a link or a file. A removed one keeps its line, its file goes with the last that shows it.

    What was taken over says who added it when, as the earlier one does.
    """

    class Kind(models.TextChoices):
        """A link, or what the content of the file was found to be."""

        LINK = ExhibitKind.LINK, _("Link")
        PDF = ExhibitKind.PDF, "PDF"
        PNG = ExhibitKind.PNG, "PNG"
        JPEG = ExhibitKind.JPEG, "JPEG"
        DOCX = ExhibitKind.DOCX, "DOCX"
        XLSX = ExhibitKind.XLSX, "XLSX"
        ODT = ExhibitKind.ODT, "ODT"
        ODS = ExhibitKind.ODS, "ODS"

    answer = models.ForeignKey("assessments.Answer", models.PROTECT, related_name="exhibits")
    kind = models.CharField(_("Art"), max_length=4, choices=Kind.choices)
    title = models.CharField(_("Bezeichnung"), max_length=200)
    address = models.CharField(_("Adresse"), max_length=500, blank=True)
    file_name = models.CharField(_("Dateiname"), max_length=150, blank=True)
    size = models.PositiveIntegerField(_("Größe in Byte"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    stored_as = models.CharField(max_length=32, blank=True, editable=False)
    added_at = models.DateTimeField(_("hinzugefügt am"), default=timezone.now, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("hinzugefügt von")
    )
    removed_at = models.DateTimeField(_("entfernt am"), null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("entfernt von")
    )

    objects: ClassVar = ExhibitQuerySet.as_manager()

    class Meta:
        verbose_name = _("Beleg")
        verbose_name_plural = _("Belege")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=(
                    Q(kind="link", address__startswith="https://", size=0)
                    & Q(file_name="", sha256="", stored_as="")
                )
                | (
                    Q(kind__in=["pdf", "png", "jpeg", "docx", "xlsx", "odt", "ods"], address="")
                    & Q(size__range=(1, LARGEST_FILE))
                    & ~Q(file_name="")
                    & ~Q(sha256="")
                    & ~Q(stored_as="")
                ),
                name="exhibit_is_link_or_file",
                violation_error_message=_("Ein Beleg ist ein Link oder eine Datei, nicht beides."),
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="exhibit_removed_says_when_and_who",
                violation_error_message=_("Ein entfernter Beleg nennt Tag und Person."),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_link(self) -> bool:
        """Whether it points somewhere else; otherwise there is a file."""
        return self.kind == self.Kind.LINK

    @property
    def path(self) -> Path:
        """Where the file lies: under a random name, which no person has chosen."""
        return settings.EVIDENCE_ROOT / self.stored_as[:2] / self.stored_as

    def content(self) -> bytes:
        """The file as it was uploaded. Raises `FileIsGone`."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise FileIsGone(self.sha256) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise FileIsGone(self.sha256)
        return data

    def remove(self, by: Person) -> None:
        """Take it away, and its file unless another row leads to it.

        Raises `WrongState` unless the answer takes changes.
        """
        self.removed_at, self.removed_by_id = timezone.now(), by.pk
        with transaction.atomic():
            self.answer.hold()
            self.save(update_fields=["removed_at", "removed_by"])
            if not self.is_link:
                transaction.on_commit(self.erase)

    def value(self) -> ExhibitValue:
        """This exhibit as it stands in the Record."""
        return ExhibitValue(
            kind=ExhibitKind(self.kind),
            title=self.title,
            address=self.address,
            file_name=self.file_name,
            size=self.size,
            sha256=self.sha256,
        )

    def erase(self) -> None:
        """Delete the file, unless a row of another assessment still leads to it."""
        if Exhibit.objects.present().filter(stored_as=self.stored_as).exists():
            return
        try:
            self.path.unlink(missing_ok=True)
        except OSError:  # the row says it is removed, and nobody is served the file any more
            logger.exception("a removed file of evidence could not be erased: %s", self.stored_as)


def _write(path: Path, data: bytes) -> None:
    """Write a new file so that it survives a power cut once this returns; nothing stays when it fails."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        path.unlink(missing_ok=True)
        raise
