from importlib import import_module

from django.db import migrations, models


def create_triggers_again(apps, schema_editor):
    """SQLite has rebuilt the table without them."""
    import_module("assessments.migrations.0004_log_is_append_only").create_triggers(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0018_nothing_decided_is_deleted")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, create_triggers_again, elidable=False),
        migrations.AddField(
            model_name="auditentry",
            name="item",
            field=models.CharField(
                blank=True,
                help_text="Ein Dokument oder eine Frage, als Kürzel.",
                max_length=40,
                verbose_name="Was davon",
            ),
        ),
        migrations.RunPython(create_triggers_again, migrations.RunPython.noop, elidable=False),
    ]
