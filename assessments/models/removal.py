"""What is taken out of the database whole: a draft that was a mistake, a municipality that leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.db.models import Sum

from assessments.models.answer import Answer, Target
from assessments.models.arms import Arms
from assessments.models.assessment import Assessment, Snapshot
from assessments.models.audit import AuditEntry
from assessments.models.comment import Comment, Mention
from assessments.models.evidence import Exhibit
from assessments.models.invitation import Invitation
from assessments.models.municipality import Membership, Municipality
from assessments.models.presence import Presence
from assessments.models.report import Report
from assessments.models.review import Verdict
from assessments.models.team import Assignment

if TYPE_CHECKING:
    from assessments.models.municipality import Person

PLANNED: Any = Invitation.targets.through  # the clauses that go with an invitation


class LossesChanged(Exception):
    """What would be lost is not what was known when it was decided."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What goes with an assessment, counted; `versions` changes with every answer and target that is saved."""

    answers: int
    targets: int
    files: int
    links: int
    comments: int
    verdicts: int
    assignments: int
    versions: int

    @classmethod
    def of(cls, assessment: Assessment) -> Losses:
        """Count them. Nine queries."""
        answers = Answer.objects.filter(assessment=assessment)
        targets = Target.objects.filter(assessment=assessment)
        exhibits = Exhibit.objects.present().filter(answer__assessment=assessment)
        links = exhibits.filter(kind=Exhibit.Kind.LINK).count()
        planned = PLANNED.objects.filter(target__assessment=assessment).count()
        return cls(
            answers=answers.exclude(state=Answer.State.OPEN).count(),
            targets=targets.filter(version__gt=0).count(),
            files=exhibits.count() - links,
            links=links,
            comments=Comment.objects.filter(answer__assessment=assessment).count(),
            verdicts=Verdict.objects.filter(answer__assessment=assessment).count(),
            assignments=Assignment.objects.within(assessment).count() + planned,
            versions=sum(rows.aggregate(sum=Sum("version"))["sum"] or 0 for rows in (answers, targets)),
        )

    @property
    def print(self) -> str:
        """These numbers as one text, to travel with a form."""
        return "-".join(map(str, astuple(self)))


def discard(assessment: Assessment, by: Person, *, known: str) -> None:
    """Delete a draft with all that belongs to it, its earlier versions and its files. A line in the log stays.

    `known` is the print of the losses that were known when it was decided. Raises `LossesChanged`, `WrongState` unless
    a draft, and `Assessment.DoesNotExist` when somebody else was quicker. Locks parts before the whole, as saves do.
    """
    with transaction.atomic():
        for part in (Answer, Target):
            rows = part._default_manager.select_for_update(of=("self",)).filter(assessment=assessment)
            list(rows.order_by("pk").values_list("pk"))
        assessment.lock(Assessment.State.DRAFT)
        if Losses.of(assessment).print != known:
            raise LossesChanged
        day = f"Stichtag {assessment.reference_date:%d.%m.%Y}"
        AuditEntry.objects.of_assessment(AuditEntry.Kind.DISCARDED, assessment, by, day)
        _erase(Assessment.objects.filter(pk=assessment.pk))


def remove(town: Municipality) -> dict[str, int]:
    """Delete a municipality with everything that is known of it, what is final as well; how many rows of each kind.

    The accounts of its people stay. The triggers that keep what is final are off meanwhile, for nobody else: until the
    transaction ends, all others wait.
    """
    with transaction.atomic(), _unguarded():
        snapshots = Snapshot.objects.filter(assessment__municipality=town)
        arms = {town.arms_id or "", *(snapshot.record().municipality.arms for snapshot in snapshots)}
        gone = _erase(Assessment.objects.filter(municipality=town))
        gone |= _delete(
            Invitation.objects.filter(municipality=town),
            Membership.objects.filter(municipality=town),
            AuditEntry.objects.filter(municipality=town.pk),
            Municipality.objects.filter(pk=town.pk),
        )
        shown = {*Municipality.objects.values_list("arms", flat=True)}
        unused = [
            key
            for key in arms - shown - {""}
            if not Snapshot.objects.filter(body__contains=f'"arms":"{key}"').exists()
        ]
        return gone | _delete(Arms.objects.filter(pk__in=unused))


def _erase(assessments: models.QuerySet[Assessment]) -> dict[str, int]:
    """Delete assessments with all that belongs to them; their files go once the transaction has ended."""
    keys = list(assessments.values_list("pk", flat=True))
    answers = list(Answer.objects.filter(assessment__in=keys).values_list("pk", flat=True))
    targets = list(Target.objects.filter(assessment__in=keys).values_list("pk", flat=True))
    for exhibit in Exhibit.objects.filter(answer__in=answers).exclude(kind=Exhibit.Kind.LINK):
        transaction.on_commit(exhibit.erase)
    return _delete(
        Mention.objects.filter(comment__answer__in=answers),
        Comment.objects.filter(answer__in=answers),
        Exhibit.objects.filter(answer__in=answers),
        Verdict.objects.filter(answer__in=answers),
        Answer.objects.filter(pk__in=answers),
        Answer.history.filter(id__in=answers),
        Assignment.objects.filter(target__in=targets),
        PLANNED.objects.filter(target__in=targets),
        Target.objects.filter(pk__in=targets),
        Target.history.filter(id__in=targets),
        Presence.objects.filter(assessment__in=keys),
        Report.objects.filter(assessment__in=keys),
        Snapshot.objects.filter(assessment__in=keys),
        Assessment.objects.filter(pk__in=keys),
        Assessment.history.filter(id__in=keys),
    )


def _delete(*rows: models.QuerySet) -> dict[str, int]:
    """Delete by SQL alone: no row drags others along, and none is written to the history for having gone."""
    return {_name(each.model): each._raw_delete(DEFAULT_DB_ALIAS) for each in rows}


def _name(model: Any) -> str:
    """What its rows are called."""
    current = getattr(model, "instance_type", None)  # of a history
    if current:
        return f"frühere Fassungen: {current._meta.verbose_name_plural}"
    return str(model._meta.verbose_name_plural)


@contextmanager
def _unguarded() -> Iterator[None]:
    """Without the triggers of this application's tables until the block ends; they come back as they were."""
    tables = [
        model._meta.db_table for model in Assessment._meta.app_config.get_models(include_auto_created=True)
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            yield
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table with checks pending can be altered
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [(name, sql) for name, table, sql in cursor.fetchall() if table in tables]
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in triggers:
            cursor.execute(sql)
