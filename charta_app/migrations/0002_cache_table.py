"""The table of the cache, which Django's migrations do not know: made here, so that `migrate` is all there is to do."""

from django.core.management import call_command
from django.db import migrations


def create_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("charta_app", "0001_initial")]
    operations = [migrations.RunPython(create_table, migrations.RunPython.noop)]
