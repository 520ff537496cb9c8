"""The group "Redaktion": everything on the content of the Charter, nothing on the data of municipalities."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Redaktion"
MODELS = (
    "edition",
    "stakeholder",
    "ideal",
    "guideline",
    "clause",
    "paragraph",
    "advice",
    "criterion",
    "criterionlink",
)


def make_group(apps, schema_editor):
    # Permissions come into being after the last migration; the group needs them now.
    here = schema_editor.connection.alias
    config = apps.get_app_config("guidelines")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0, using=here)
    config.models_module = None
    permissions = (
        apps.get_model("auth", "Permission")
        .objects.using(here)
        .filter(content_type__app_label="guidelines", content_type__model__in=MODELS)
    )
    group, _created = apps.get_model("auth", "Group").objects.using(here).get_or_create(name=GROUP)
    group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("guidelines", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_group, migrations.RunPython.noop, elidable=False)]
