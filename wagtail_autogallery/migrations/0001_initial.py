import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="Drain",
            fields=[
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("command", "by the command"),
                            ("url", "by the URL"),
                            ("response", "after a response"),
                        ],
                        max_length=16,
                        primary_key=True,
                        serialize=False,
                        verbose_name="by",
                    ),
                ),
                ("ended_at", models.DateTimeField(verbose_name="ended at")),
            ],
            options={
                "verbose_name": "drain",
                "verbose_name_plural": "drains",
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "worker_id",
                    models.CharField(
                        max_length=64, primary_key=True, serialize=False, verbose_name="worker id"
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
            ],
            options={
                "verbose_name": "lease",
                "verbose_name_plural": "leases",
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "number",
                    models.BigIntegerField(
                        primary_key=True, serialize=False, verbose_name="number"
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="opened at"
                    ),
                ),
            ],
            options={
                "verbose_name": "gallery sync run",
                "verbose_name_plural": "gallery sync runs",
                "permissions": [("run_drain", "Can run waiting background tasks")],
            },
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "image_id",
                    models.CharField(db_index=True, max_length=255, verbose_name="image id"),
                ),
                (
                    "from_collection_id",
                    models.BigIntegerField(
                        blank=True,
                        help_text="The collection the image was in before; empty for an upload.",
                        null=True,
                        verbose_name="moved from collection",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arrivals",
                        to="wagtail_autogallery.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "arrival",
                "verbose_name_plural": "arrivals",
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("object_id", models.CharField(max_length=255, verbose_name="holder id")),
                ("field", models.CharField(max_length=255, verbose_name="field")),
                ("path", models.TextField(verbose_name="path of the gallery in the field")),
                (
                    "started",
                    models.BigIntegerField(
                        help_text="The newest run when the toggle was switched on.",
                        verbose_name="started",
                    ),
                ),
                (
                    "cursor",
                    models.BigIntegerField(
                        help_text="The run this gallery has been brought up to.",
                        verbose_name="cursor",
                    ),
                ),
                (
                    "written",
                    models.BigIntegerField(
                        help_text="The cursor the gallery's content held when last seen.",
                        verbose_name="written",
                    ),
                ),
                (
                    "draft_is_stale",
                    models.BooleanField(
                        default=False,
                        help_text="A draft was saved that has not seen what the live gallery has.",
                        verbose_name="draft is stale",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("following", "Up to date"),
                            ("full", "Full: all places are taken by images chosen by hand"),
                            ("collection_deleted", "Follows nothing: its collection was deleted"),
                            ("private", "Left out images of a private collection"),
                            ("locked", "Waiting: the page is locked"),
                            ("failed", "Failed: it will be tried again"),
                        ],
                        default="following",
                        max_length=32,
                        verbose_name="state",
                    ),
                ),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "attempts",
                    models.PositiveIntegerField(default=0, verbose_name="failed attempts"),
                ),
                (
                    "retry_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="tried again at"),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "content_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contenttypes.contenttype",
                        verbose_name="holder type",
                    ),
                ),
            ],
            options={
                "verbose_name": "followed gallery",
                "verbose_name_plural": "followed galleries",
                "indexes": [
                    models.Index(
                        fields=["content_type", "object_id"], name="autogallery_holder_idx"
                    ),
                    models.Index(fields=["cursor"], name="autogallery_cursor_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RenditionFailure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("image_id", models.CharField(blank=True, max_length=255, verbose_name="image id")),
                ("spec", models.CharField(blank=True, max_length=255, verbose_name="filter spec")),
                (
                    "file",
                    models.CharField(
                        blank=True,
                        help_text="Another file is tried at once.",
                        max_length=255,
                        verbose_name="file",
                    ),
                ),
                ("error", models.TextField(verbose_name="error")),
                ("attempts", models.PositiveIntegerField(verbose_name="failed attempts")),
                ("retry_at", models.DateTimeField(verbose_name="tried again at")),
            ],
            options={
                "verbose_name": "failed picture",
                "verbose_name_plural": "failed pictures",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["image_id", "spec"], name="autogallery_rendition_failure"
                    )
                ],
            },
        ),
    ]
