"""The database itself refuses to change or delete a stored document: a council gets the same bytes next year.

Until it is stored its row lives: it waits, is printed, fails, is tried again. The triggers stand alone, beside those
that 0018 names: a later migration that alters the table on SQLite rebuilds it without them and has to call
`create_triggers` again; tests/assessments/test_stored_reports.py fails otherwise.
"""

from django.db import migrations

TABLE = "assessments_report"
MESSAGE = "this row never changes"
POSTGRESQL = (  # the function of 0011 says the same
    f"CREATE OR REPLACE TRIGGER {TABLE}_stored BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW WHEN (OLD.state = 'done') EXECUTE FUNCTION charta_written_once();",
)
SQLITE = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_stored_{event.lower()} BEFORE {event} ON {TABLE} "
    f"WHEN OLD.state = 'done' BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END;"
    for event in ("UPDATE", "DELETE")
)
DROP = {
    "postgresql": (f"DROP TRIGGER IF EXISTS {TABLE}_stored ON {TABLE};",),
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS {TABLE}_stored_{event};" for event in ("update", "delete")),
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
    dependencies = [("assessments", "0019_what_was_fetched_stands_in_the_log")]
    operations = [migrations.RunPython(create_triggers, drop_triggers, elidable=False)]
