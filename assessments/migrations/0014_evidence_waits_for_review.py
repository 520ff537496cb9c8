"""The database itself holds evidence under review: it comes and goes only with an answer that was sent back.

That nothing changes once the assessment is final stands in 0006. A comment may be written under review, to talk about
what was found; but neither a comment nor evidence ever moves to another answer, out of what is final for instance.
A later migration that alters one of the tables named in 0011 calls `drop_triggers` and `create_triggers` of 0018.
"""

from importlib import import_module

from django.db import migrations

UNDER_REVIEW = "assessment is under review"
NO_WAY = "this row belongs to its answer"

STATE_OF_ITS_ASSESSMENT = (
    "(SELECT assessment.state FROM assessments_assessment assessment JOIN assessments_answer answer "
    "ON answer.assessment_id = assessment.id WHERE answer.id = NEW.answer_id)"
)
SENT_BACK = (
    "EXISTS (SELECT 1 FROM assessments_answer answer JOIN assessments_verdict verdict "
    "ON verdict.id = answer.verdict_id WHERE answer.id = NEW.answer_id AND verdict.kind = 'returned')"
)
HELD = f"{STATE_OF_ITS_ASSESSMENT} = 'review' AND NOT {SENT_BACK}"
MOVED = "NEW.answer_id <> OLD.answer_id"

# Locks the answer before its assessment, as saves and verdicts do. On PostgreSQL triggers fire by name: this one before
# that of 0006, which locks the assessment.
POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION charta_evidence_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM assessments_answer WHERE id = NEW.answer_id FOR SHARE;
  PERFORM 1 FROM assessments_assessment WHERE id =
    (SELECT assessment_id FROM assessments_answer WHERE id = NEW.answer_id) FOR SHARE;
  IF {HELD} THEN
    RAISE EXCEPTION '{UNDER_REVIEW}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION charta_about_one_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{NO_WAY}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
# name, table, event, when (on SQLite), message
TRIGGERS = (
    ("assessments_exhibit_added", "assessments_exhibit", "INSERT", HELD, UNDER_REVIEW),
    ("assessments_exhibit_changed", "assessments_exhibit", "UPDATE", HELD, UNDER_REVIEW),
    ("assessments_exhibit_belongs", "assessments_exhibit", "UPDATE", MOVED, NO_WAY),
    ("assessments_comment_belongs", "assessments_comment", "UPDATE", MOVED, NO_WAY),
)


def create_triggers(apps, schema_editor):
    """Create what is missing of these triggers and of those of 0011 and 0006; safe to call again."""
    import_module("assessments.migrations.0011_review").create_triggers(apps, schema_editor)
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    if is_postgresql:
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)
    for name, table, event, condition, message in TRIGGERS:
        if is_postgresql:
            does = (
                f"WHEN ({MOVED}) EXECUTE FUNCTION charta_about_one_answer()"
                if condition == MOVED
                else "EXECUTE FUNCTION charta_evidence_held()"
            )
            statement = f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {does};"
        else:
            statement = (
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END;"
            )
        schema_editor.execute(statement, params=None)


def drop_own_triggers(apps, schema_editor):
    """The way back: those of 0011 and 0006 stay."""
    on_table = schema_editor.connection.vendor == "postgresql"
    for name, table, *_rest in TRIGGERS:
        schema_editor.execute(
            f"DROP TRIGGER IF EXISTS {name}{f' ON {table}' if on_table else ''};", params=None
        )


def drop_triggers(apps, schema_editor):
    """Undo `create_triggers`."""
    drop_own_triggers(apps, schema_editor)
    import_module("assessments.migrations.0011_review").drop_triggers(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0013_fetched_documents_are_found_in_the_log")]
    operations = [migrations.RunPython(create_triggers, drop_own_triggers, elidable=False)]
