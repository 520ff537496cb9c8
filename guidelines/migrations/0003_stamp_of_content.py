"""Every change to the content of any edition replaces one stamp, so that processes know when to read it again.

A later migration that alters one of these tables on SQLite rebuilds it without its triggers and has to call
`create_triggers` again, as has one that adds a table; tests/guidelines/test_content_state.py fails otherwise.
"""

from uuid import uuid4

from django.db import migrations, models

TABLES = (
    "guidelines_edition",
    "guidelines_stakeholder",
    "guidelines_ideal",
    "guidelines_guideline",
    "guidelines_clause",
    "guidelines_paragraph",
    "guidelines_advice",
    "guidelines_advice_stakeholders",
    "guidelines_criterion",
    "guidelines_criterion_also_covers",
    "guidelines_criterion_ideals",
    "guidelines_criterionlink",
)

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION charta_content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO guidelines_contentstate (id, stamp) VALUES (1, gen_random_uuid()::text)
    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp;
  RETURN NULL;
END $$;
"""

# Two statements: how a conflict ends in a trigger is decided by the statement that fired it (INSERT OR IGNORE).
SQLITE_ACTION = """
BEGIN
  INSERT INTO guidelines_contentstate (id, stamp)
    SELECT 1, '' WHERE NOT EXISTS (SELECT 1 FROM guidelines_contentstate WHERE id = 1);
  UPDATE guidelines_contentstate SET stamp = lower(hex(randomblob(16))) WHERE id = 1;
END;
"""


def statements(vendor):
    """The statements that create every trigger on this kind of database."""
    if vendor == "postgresql":
        yield POSTGRESQL_FUNCTION
        for table in TABLES:
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION charta_content_changed();"
            )
        return
    for table in TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_changed_{event.lower()} AFTER {event} ON {table} "
                + SQLITE_ACTION
            )


def create_triggers(apps, schema_editor):
    """Create what is missing; safe to call again."""
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def first_stamp(apps, schema_editor):
    """For the content that is there already."""
    states = apps.get_model("guidelines", "ContentState").objects.using(schema_editor.connection.alias)
    states.create(pk=1, stamp=uuid4().hex)


class Migration(migrations.Migration):
    dependencies = [("guidelines", "0002_group_of_editors")]
    operations = [
        migrations.CreateModel(
            name="ContentState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stamp", models.CharField(max_length=36)),
            ],
            options={
                "verbose_name": "Stand der Inhalte",
                "verbose_name_plural": "Stand der Inhalte",
                "default_permissions": (),
            },
        ),
        migrations.RunPython(create_triggers, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(first_stamp, migrations.RunPython.noop, elidable=False),
    ]
