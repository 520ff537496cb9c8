"""Draft, review, final: the database itself holds the way, and what may be written where.

- An assessment begins as a draft; it moves to review and back (with a reason), from both to final (with its
  snapshot, and with every answer confirmed where the municipality wants four eyes), and never on from there.
- What belongs to it is written in a draft; under review only answers that were sent back are; once final nothing is.
  Every write takes a shared lock on the assessment, so that whoever moves it, locking it exclusively, finds exactly
  what was saved.
- A verdict is given under review, on the version that is stored; nobody confirms what they changed last. It never
  changes, and the answer points to the last one.

What may be deleted stands in 0018. These triggers take the place of 0002's; those of 0006 name the same tables and go
and come with them. A later migration that alters one of these tables calls `drop_triggers` of 0018 before and its
`create_triggers` after it: SQLite rebuilds the table, and loses them or refuses.
"""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FINAL = "assessment is final"
UNDER_REVIEW = "assessment is under review"
NO_WAY = "the assessment cannot move like this"
UNCONFIRMED = "an answer is not confirmed"
NOT_ITS_VERDICT = "not a verdict on this answer"
NO_VERDICT = "this verdict cannot be given"
WRITTEN_ONCE = "this row never changes"

CONTENT = [
    "state",
    "level",
    "reason",
    "competent_body",
    "demand",
    "evidence_grade",
    "evidence",
    "comment",
    "needs_confirmation",
    "version",
    "criterion_id",
]
STATE_OF = "(SELECT state FROM assessments_assessment WHERE id = {})"
SENT_BACK = "EXISTS (SELECT 1 FROM assessments_verdict WHERE id = OLD.verdict_id AND kind = 'returned')"
ITS_VERDICT = (
    "EXISTS (SELECT 1 FROM assessments_verdict "
    "WHERE id = NEW.verdict_id AND answer_id = NEW.id AND version = NEW.version)"
)
A_WAY = (
    "(OLD.state = 'draft' AND NEW.state IN ('review', 'final') OR OLD.state = 'review' AND "
    "(NEW.state = 'final' OR NEW.state = 'draft' AND trim(NEW.move_reason) <> ''))"
)
HAS_SNAPSHOT = "EXISTS (SELECT 1 FROM assessments_snapshot WHERE assessment_id = NEW.id)"
LACKS_FOUR_EYES = (
    "EXISTS (SELECT 1 FROM assessments_municipality town JOIN assessments_answer answer "
    "ON answer.assessment_id = NEW.id LEFT JOIN assessments_verdict verdict ON verdict.id = answer.verdict_id "
    "WHERE town.id = NEW.municipality_id AND town.four_eyes "
    "AND answer.state <> 'open' AND NOT answer.needs_confirmation AND "
    "(verdict.id IS NULL OR verdict.kind <> 'confirmed' OR verdict.version <> answer.version))"
)
CAN_BE_JUDGED = (
    "EXISTS (SELECT 1 FROM assessments_answer answer "
    "JOIN assessments_assessment assessment ON assessment.id = answer.assessment_id "
    "WHERE answer.id = NEW.answer_id AND answer.version = NEW.version AND assessment.state = 'review' "
    "AND (NEW.kind = 'returned' OR answer.state <> 'open' AND NOT answer.needs_confirmation "
    "AND answer.changed_by_id <> NEW.by_id))"
)


def columns(row):
    """The contents of an answer, as one value to compare."""
    return "(" + ", ".join(f"{row}.{name}" for name in CONTENT) + ")"


def refuse(message):
    """The statement that refuses, in PostgreSQL's language."""
    return f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"


POSTGRESQL_FUNCTIONS = {
    "charta_assessment_moves": f"""
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' THEN {refuse(NO_WAY)} END IF;
    RETURN NEW;
  END IF;
  IF OLD.state = 'final' THEN {refuse(FINAL)} END IF;
  IF NEW.state <> OLD.state THEN
    IF NOT {A_WAY} THEN {refuse(NO_WAY)} END IF;
    IF NEW.state = 'final' AND NOT {HAS_SNAPSHOT} THEN {refuse(NO_WAY)} END IF;
    IF NEW.state = 'final' AND {LACKS_FOUR_EYES} THEN {refuse(UNCONFIRMED)} END IF;
  END IF;
  RETURN NEW;
END""",
    "charta_answer_held": f"""
DECLARE standing text;
BEGIN
  SELECT state INTO standing FROM assessments_assessment WHERE id = NEW.assessment_id FOR SHARE;
  IF standing = 'final' THEN {refuse(FINAL)} END IF;
  IF TG_OP = 'INSERT' THEN
    IF standing = 'review' THEN {refuse(UNDER_REVIEW)} END IF;
    RETURN NEW;
  END IF;
  IF NEW.assessment_id <> OLD.assessment_id THEN {refuse(NO_WAY)} END IF;
  IF NEW.verdict_id IS DISTINCT FROM OLD.verdict_id AND NOT {ITS_VERDICT} THEN {refuse(NOT_ITS_VERDICT)} END IF;
  IF standing = 'review' AND {columns("NEW")} IS DISTINCT FROM {columns("OLD")} AND NOT {SENT_BACK} THEN
    {refuse(UNDER_REVIEW)}
  END IF;
  RETURN NEW;
END""",
    "charta_target_held": f"""
DECLARE standing text;
BEGIN
  SELECT state INTO standing FROM assessments_assessment WHERE id = NEW.assessment_id FOR SHARE;
  IF standing = 'final' THEN {refuse(FINAL)} END IF;
  IF standing = 'review' THEN {refuse(UNDER_REVIEW)} END IF;
  IF TG_OP = 'UPDATE' AND NEW.assessment_id <> OLD.assessment_id THEN {refuse(NO_WAY)} END IF;
  RETURN NEW;
END""",
    "charta_verdict_given": f"""
BEGIN
  PERFORM 1 FROM assessments_answer WHERE id = NEW.answer_id FOR UPDATE;
  PERFORM 1 FROM assessments_assessment assessment JOIN assessments_answer answer
    ON answer.assessment_id = assessment.id WHERE answer.id = NEW.answer_id FOR SHARE OF assessment;
  IF NOT {CAN_BE_JUDGED} THEN {refuse(NO_VERDICT)} END IF;
  RETURN NEW;
END""",
    "charta_written_once": f"""
BEGIN
  {refuse(WRITTEN_ONCE)}
END""",
}
# name, table, events, function
POSTGRESQL = (
    ("assessments_assessment_moves", "assessments_assessment", "INSERT OR UPDATE", "charta_assessment_moves"),
    ("assessments_answer_held", "assessments_answer", "INSERT OR UPDATE", "charta_answer_held"),
    ("assessments_target_held", "assessments_target", "INSERT OR UPDATE", "charta_target_held"),
    ("assessments_verdict_given", "assessments_verdict", "INSERT", "charta_verdict_given"),
    ("assessments_verdict_once", "assessments_verdict", "UPDATE", "charta_written_once"),
    ("assessments_snapshot_once", "assessments_snapshot", "UPDATE", "charta_written_once"),
)
STANDS_FINAL = f"{STATE_OF.format('NEW.assessment_id')} = 'final'"
STANDS_IN_REVIEW = f"{STATE_OF.format('NEW.assessment_id')} = 'review'"
MOVED_ELSEWHERE = "NEW.assessment_id <> OLD.assessment_id"
# name, table, event, when it refuses, message
SQLITE = (
    ("assessments_assessment_begins", "assessments_assessment", "INSERT", "NEW.state <> 'draft'", NO_WAY),
    ("assessments_assessment_final", "assessments_assessment", "UPDATE", "OLD.state = 'final'", FINAL),
    (
        "assessments_assessment_moves",
        "assessments_assessment",
        "UPDATE",
        f"NEW.state <> OLD.state AND NOT ({A_WAY} AND (NEW.state <> 'final' OR {HAS_SNAPSHOT}))",
        NO_WAY,
    ),
    (
        "assessments_assessment_four_eyes",
        "assessments_assessment",
        "UPDATE",
        f"NEW.state = 'final' AND OLD.state <> 'final' AND {LACKS_FOUR_EYES}",
        UNCONFIRMED,
    ),
    ("assessments_answer_final_insert", "assessments_answer", "INSERT", STANDS_FINAL, FINAL),
    ("assessments_answer_final_update", "assessments_answer", "UPDATE", STANDS_FINAL, FINAL),
    ("assessments_answer_review_insert", "assessments_answer", "INSERT", STANDS_IN_REVIEW, UNDER_REVIEW),
    (
        "assessments_answer_review_update",
        "assessments_answer",
        "UPDATE",
        f"{columns('NEW')} IS NOT {columns('OLD')} AND {STANDS_IN_REVIEW} AND NOT {SENT_BACK}",
        UNDER_REVIEW,
    ),
    ("assessments_answer_moved", "assessments_answer", "UPDATE", MOVED_ELSEWHERE, NO_WAY),
    (
        "assessments_answer_verdict",
        "assessments_answer",
        "UPDATE",
        f"NEW.verdict_id IS NOT OLD.verdict_id AND NOT {ITS_VERDICT}",
        NOT_ITS_VERDICT,
    ),
    ("assessments_target_final_insert", "assessments_target", "INSERT", STANDS_FINAL, FINAL),
    ("assessments_target_final_update", "assessments_target", "UPDATE", STANDS_FINAL, FINAL),
    ("assessments_target_review_insert", "assessments_target", "INSERT", STANDS_IN_REVIEW, UNDER_REVIEW),
    ("assessments_target_review_update", "assessments_target", "UPDATE", STANDS_IN_REVIEW, UNDER_REVIEW),
    ("assessments_target_moved", "assessments_target", "UPDATE", MOVED_ELSEWHERE, NO_WAY),
    ("assessments_verdict_given", "assessments_verdict", "INSERT", f"NOT {CAN_BE_JUDGED}", NO_VERDICT),
    ("assessments_verdict_once", "assessments_verdict", "UPDATE", "1", WRITTEN_ONCE),
    ("assessments_snapshot_once", "assessments_snapshot", "UPDATE", "1", WRITTEN_ONCE),
)
OF_0002 = {
    "postgresql": {
        "assessments_answer_draft": "assessments_answer",
        "assessments_target_draft": "assessments_target",
        "assessments_assessment_final": "assessments_assessment",
        "assessments_snapshot_frozen": "assessments_snapshot",
    },
    "sqlite": dict.fromkeys(
        (
            "assessments_answer_draft_insert",
            "assessments_answer_draft_update",
            "assessments_target_draft_insert",
            "assessments_target_draft_update",
            "assessments_assessment_final",
            "assessments_snapshot_frozen",
        )
    ),
}

OF_0006_ON_SQLITE = tuple(
    f"assessments_{part}_draft_{event}" for part in ("comment", "exhibit") for event in ("insert", "update")
)


def create_triggers(apps, schema_editor):
    """Create what is missing; safe to call again."""
    import_module("assessments.migrations.0006_final_talk_is_final").create_triggers(apps, schema_editor)
    if schema_editor.connection.vendor == "postgresql":
        for name, body in POSTGRESQL_FUNCTIONS.items():
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body} $$;",
                params=None,
            )
        for name, table, events, function in POSTGRESQL:
            schema_editor.execute(
                f"CREATE OR REPLACE TRIGGER {name} BEFORE {events} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {function}();",
                params=None,
            )
        return
    for name, table, event, condition, message in SQLITE:
        schema_editor.execute(
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END;",
            params=None,
        )


def drop_triggers(apps, schema_editor):
    """Undo `create_triggers`."""
    if schema_editor.connection.vendor == "postgresql":
        drop(schema_editor, {name: table for name, table, _events, _function in POSTGRESQL})
    else:
        drop(schema_editor, dict.fromkeys([*(name for name, *_rest in SQLITE), *OF_0006_ON_SQLITE]))


def drop_triggers_of_0002(apps, schema_editor):
    """They say less than those that come in their place."""
    vendor = schema_editor.connection.vendor
    drop(schema_editor, OF_0002[vendor])
    if vendor == "sqlite":
        drop(schema_editor, dict.fromkeys(OF_0006_ON_SQLITE))


def drop(schema_editor, triggers):
    """Drop these triggers, by name and (on PostgreSQL) table."""
    for name, table in triggers.items():
        of_table = f" ON {table}" if table else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{of_table};", params=None)


def create_triggers_of_0002(apps, schema_editor):
    """The way back."""
    import_module("assessments.migrations.0006_final_talk_is_final").create_triggers(apps, schema_editor)
    import_module("assessments.migrations.0002_final_is_final").create_triggers(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0010_save_keys"),
        ("guidelines", "0002_group_of_editors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(drop_triggers_of_0002, create_triggers_of_0002, elidable=False),
        migrations.CreateModel(
            name="Verdict",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="Fassung")),
                (
                    "kind",
                    models.CharField(
                        choices=[("confirmed", "bestätigt"), ("returned", "zurückgegeben")],
                        max_length=9,
                        verbose_name="Urteil",
                    ),
                ),
                (
                    "reason",
                    models.TextField(
                        blank=True, max_length=4000, verbose_name="Was fehlt oder stimmt nicht?"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="geprüft am")),
            ],
            options={
                "verbose_name": "Urteil",
                "verbose_name_plural": "Urteile",
                "ordering": ("pk",),
            },
        ),
        migrations.RemoveConstraint(
            model_name="assessment",
            name="assessment_final_says_when_and_who",
        ),
        migrations.AddField(
            model_name="assessment",
            name="handed_over_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="zuletzt zur Prüfung übergeben am"
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="move_reason",
            field=models.TextField(
                blank=True,
                editable=False,
                help_text="Warum der Entwurf aus der Prüfung zurückkam, oder warum beim Abschluss etwas offen blieb.",
                verbose_name="Begründung",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="moved_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="in diesem Zustand seit"),
        ),
        migrations.AddField(
            model_name="assessment",
            name="moved_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="in diesen Zustand gebracht von",
            ),
        ),
        migrations.AddField(
            model_name="historicalassessment",
            name="handed_over_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="zuletzt zur Prüfung übergeben am"
            ),
        ),
        migrations.AddField(
            model_name="historicalassessment",
            name="move_reason",
            field=models.TextField(
                blank=True,
                editable=False,
                help_text="Warum der Entwurf aus der Prüfung zurückkam, oder warum beim Abschluss etwas offen blieb.",
                verbose_name="Begründung",
            ),
        ),
        migrations.AddField(
            model_name="historicalassessment",
            name="moved_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="in diesem Zustand seit"),
        ),
        migrations.AddField(
            model_name="historicalassessment",
            name="moved_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="in diesen Zustand gebracht von",
            ),
        ),
        migrations.AddField(
            model_name="municipality",
            name="four_eyes",
            field=models.BooleanField(
                default=False,
                help_text="Eine Einschätzung lässt sich erst abschließen, wenn eine zweite Person jede Antwort bestätigt hat.",
                verbose_name="Vier-Augen-Prinzip",
            ),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="state",
            field=models.CharField(
                choices=[("draft", "Entwurf"), ("review", "in Prüfung"), ("final", "abgeschlossen")],
                default="draft",
                editable=False,
                max_length=6,
                verbose_name="Zustand",
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sign_in", "Anmeldung"),
                    ("role", "Rolle"),
                    ("factor_reset", "Zweiter Faktor"),
                    ("report", "Bericht"),
                    ("export", "Datenausfuhr"),
                    ("evidence", "Beleg"),
                    ("handed_over", "Übergabe zur Prüfung"),
                    ("taken_back", "Zurück in den Entwurf"),
                    ("final", "Abschluss"),
                ],
                max_length=20,
                verbose_name="Vorgang",
            ),
        ),
        migrations.AlterField(
            model_name="historicalassessment",
            name="state",
            field=models.CharField(
                choices=[("draft", "Entwurf"), ("review", "in Prüfung"), ("final", "abgeschlossen")],
                default="draft",
                editable=False,
                max_length=6,
                verbose_name="Zustand",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finalised_at__isnull", True), ("state__in", ["draft", "review"])),
                    models.Q(
                        ("finalised_at__isnull", False), ("finalised_by__isnull", False), ("state", "final")
                    ),
                    _connector="OR",
                ),
                name="assessment_final_says_when_and_who",
                violation_error_message="Eine abgeschlossene Einschätzung nennt Tag und Person.",
            ),
        ),
        migrations.AddField(
            model_name="verdict",
            name="answer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verdicts",
                to="assessments.answer",
                verbose_name="Antwort",
            ),
        ),
        migrations.AddField(
            model_name="verdict",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="geprüft von",
            ),
        ),
        migrations.AddField(
            model_name="answer",
            name="verdict",
            field=models.ForeignKey(
                editable=False,
                help_text="Von dieser oder einer früheren Fassung.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="assessments.verdict",
                verbose_name="letztes Urteil",
            ),
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "confirmed"), ("reason", "")),
                    models.Q(("kind", "returned"), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="verdict_returned_has_reason",
                violation_error_message="Bitte schreiben Sie, was fehlt oder nicht stimmt.",
            ),
        ),
        migrations.RunPython(create_triggers, drop_triggers, elidable=False),
    ]
