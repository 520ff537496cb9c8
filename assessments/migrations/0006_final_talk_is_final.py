"""The database itself refuses to change comments and evidence of a final assessment.

As with its answers (0002), every write takes a shared lock on the assessment, so `finalise` freezes exactly what was
written. A later migration that alters one of these tables calls `drop_triggers` and `create_triggers` of 0018.
"""

from django.db import migrations

PARTS = ("assessments_comment", "assessments_exhibit")
MESSAGE = "assessment is final"

POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION charta_about_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM assessments_assessment a
    WHERE a.id = (SELECT assessment_id FROM assessments_answer WHERE id = NEW.answer_id) AND a.state <> 'final'
    FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
"""


def statements(vendor):
    """The statements that create every trigger on this kind of database."""
    if vendor == "postgresql":
        yield POSTGRESQL_FUNCTION
        for table in PARTS:
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_draft BEFORE INSERT OR UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION charta_about_draft();"
            )
        return
    for table in PARTS:
        for event in ("INSERT", "UPDATE"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_draft_{event.lower()} BEFORE {event} ON {table} "
                "WHEN (SELECT a.state FROM assessments_assessment a JOIN assessments_answer b "
                "ON b.assessment_id = a.id WHERE b.id = NEW.answer_id) = 'final' "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END;"
            )


def create_triggers(apps, schema_editor):
    """Create what is missing; safe to call again."""
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0005_comments_evidence_presence")]
    operations = [migrations.RunPython(create_triggers, migrations.RunPython.noop, elidable=False)]
