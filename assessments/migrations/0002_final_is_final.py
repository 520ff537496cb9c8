"""The database itself refuses to change what is final.

The parts of an assessment take a shared lock on it before they are written, so that `finalise`, which locks it
exclusively, freezes exactly what was saved. The triggers of 0011 take the place of these.
"""

from django.db import migrations

PARTS = ("assessments_answer", "assessments_target")
MESSAGE = "assessment is final"

POSTGRESQL_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION charta_part_of_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM assessments_assessment WHERE id = NEW.assessment_id AND state <> 'final' FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION charta_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def statements(vendor):
    """The statements that create every trigger on this kind of database."""
    if vendor == "postgresql":
        yield POSTGRESQL_FUNCTIONS
        for table in PARTS:
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_draft BEFORE INSERT OR UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION charta_part_of_draft();"
            )
        yield (
            "CREATE OR REPLACE TRIGGER assessments_assessment_final BEFORE UPDATE ON assessments_assessment "
            "FOR EACH ROW WHEN (OLD.state = 'final') EXECUTE FUNCTION charta_frozen();"
        )
        yield (
            "CREATE OR REPLACE TRIGGER assessments_snapshot_frozen BEFORE UPDATE ON assessments_snapshot "
            "FOR EACH ROW EXECUTE FUNCTION charta_frozen();"
        )
        return
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END;"
    for table in PARTS:
        for event in ("INSERT", "UPDATE"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_draft_{event.lower()} BEFORE {event} ON {table} "
                "WHEN (SELECT state FROM assessments_assessment WHERE id = NEW.assessment_id) = 'final' "
                + refuse
            )
    yield (
        "CREATE TRIGGER IF NOT EXISTS assessments_assessment_final BEFORE UPDATE ON assessments_assessment "
        "WHEN OLD.state = 'final' " + refuse
    )
    yield (
        "CREATE TRIGGER IF NOT EXISTS assessments_snapshot_frozen BEFORE UPDATE ON assessments_snapshot "
        + refuse
    )


def create_triggers(apps, schema_editor):
    """Create what is missing; safe to call again."""
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_initial")]
    operations = [migrations.RunPython(create_triggers, migrations.RunPython.noop, elidable=False)]
