"""The database itself refuses to delete what is under review or final: the assessment, and all that it says.

A draft may go, row by row. An answer whose assessment is gone already, or a comment whose answer is, holds nothing.
A later migration that alters one of the tables named in 0011 calls these `drop_triggers` and `create_triggers`, which
do for all of them; tests/assessments/test_transitions.py fails if they are missing. So does whoever empties all tables
on SQLite (`flush`); PostgreSQL empties them past every row, which 0021 refuses.
"""

from importlib import import_module

from django.db import migrations

KEPT = "what is under review or final is never deleted"
OF_THE_ANSWER = "(SELECT assessment_id FROM assessments_answer WHERE id = OLD.answer_id)"
# part, the id of its assessment
PARTS = {
    "assessment": "OLD.id",
    "answer": "OLD.assessment_id",
    "target": "OLD.assessment_id",
    "snapshot": "OLD.assessment_id",
    "comment": OF_THE_ANSWER,
    "exhibit": OF_THE_ANSWER,
    "verdict": OF_THE_ANSWER,
}


def create_own_triggers(apps, schema_editor):
    """Create what is missing of these alone; safe to call again."""
    for part, of_assessment in PARTS.items():
        name, table = f"assessments_{part}_kept", f"assessments_{part}"
        state = f"SELECT state FROM assessments_assessment WHERE id = {of_assessment}"
        if schema_editor.connection.vendor == "postgresql":
            # whoever moves the assessment waits, as for a save
            statements = [
                f"CREATE OR REPLACE FUNCTION charta_{part}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ "
                f"DECLARE standing text; BEGIN {state} INTO standing FOR SHARE; IF standing <> 'draft' THEN "
                f"RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                "RETURN OLD; END $$;",
                f"CREATE OR REPLACE TRIGGER {name} BEFORE DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION charta_{part}_kept();",
            ]
        else:
            statements = [
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE DELETE ON {table} WHEN ({state}) <> 'draft' "
                f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END;",
            ]
        for statement in statements:
            schema_editor.execute(statement, params=None)


def drop_own_triggers(apps, schema_editor):
    """The way back: those of 0014, 0011 and 0006 stay."""
    on_table = schema_editor.connection.vendor == "postgresql"
    for part in PARTS:
        where = f" ON assessments_{part}" if on_table else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS assessments_{part}_kept{where};", params=None)


def create_triggers(apps, schema_editor):
    """Create what is missing of these triggers and of those of 0014, 0011 and 0006; safe to call again."""
    import_module("assessments.migrations.0014_evidence_waits_for_review").create_triggers(
        apps, schema_editor
    )
    create_own_triggers(apps, schema_editor)


def drop_triggers(apps, schema_editor):
    """Undo `create_triggers`."""
    drop_own_triggers(apps, schema_editor)
    import_module("assessments.migrations.0014_evidence_waits_for_review").drop_triggers(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0017_exports_are_found_in_the_log")]
    operations = [migrations.RunPython(create_own_triggers, drop_own_triggers, elidable=False)]
