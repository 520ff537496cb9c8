"""The database itself refuses to change or delete a line of the audit log.

A later migration that alters the table on SQLite rebuilds it without its triggers and has to call `create_triggers`
again; tests/assessments/test_log.py fails otherwise.
"""

from django.db import migrations

TABLE = "assessments_auditentry"
MESSAGE = "the audit log is append-only"

POSTGRESQL = (
    f"""
CREATE OR REPLACE FUNCTION charta_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
""",
    f"CREATE OR REPLACE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION charta_append_only();",
    f"CREATE OR REPLACE TRIGGER {TABLE}_append_only_all BEFORE TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION charta_append_only();",
)
SQLITE = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_{event.lower()} BEFORE {event} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END;"
    for event in ("UPDATE", "DELETE")
)
DROP = {
    "postgresql": tuple(
        f"DROP TRIGGER IF EXISTS {TABLE}_append_only{suffix} ON {TABLE};" for suffix in ("", "_all")
    ),
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS {TABLE}_{event};" for event in ("update", "delete")),
}


def create_triggers(apps, schema_editor):
    """Create what is missing; safe to call again."""
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps, schema_editor):
    """Undo `create_triggers`; an administrator of the database could do as much."""
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0003_second_factor_and_audit_log")]
    operations = [migrations.RunPython(create_triggers, drop_triggers, elidable=False)]
