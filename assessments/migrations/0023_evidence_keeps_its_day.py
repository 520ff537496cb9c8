"""The day on which evidence was added is said by whoever stores it: what is taken over keeps that of the earlier row.

The column stays as it is, so nothing is asked of the database.
"""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0022_drafts_in_the_log")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="exhibit",
                    name="added_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="hinzugefügt am"
                    ),
                )
            ]
        )
    ]
