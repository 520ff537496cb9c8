"""PostgreSQL refuses TRUNCATE, which passes by every row, as long as something is under review or final.

For the tables whose rows 0018 and 0020 keep; the log refuses it in 0004. While there are only drafts, all may go.
SQLite knows no TRUNCATE: it empties tables row by row.
"""

from django.db import migrations

TABLES = tuple(
    f"assessments_{part}"
    for part in ("assessment", "answer", "target", "snapshot", "comment", "exhibit", "verdict", "report")
)
KEPT = "what is under review or final is never deleted"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION charta_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM assessments_assessment WHERE state <> 'draft') THEN
    RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""


def create_triggers(apps, schema_editor):
    """Create what is missing; safe to call again."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION, params=None)
    for table in TABLES:
        schema_editor.execute(
            f"CREATE OR REPLACE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION charta_not_emptied();",
            params=None,
        )


def drop_triggers(apps, schema_editor):
    """Undo `create_triggers`; an administrator of the database could do as much."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_not_emptied ON {table};", params=None)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0020_stored_documents_never_change")]
    operations = [migrations.RunPython(create_triggers, drop_triggers, elidable=False)]
