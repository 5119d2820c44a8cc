import django.db.models.deletion
import django.utils.timezone
import uuid
import wagtail_autogallery.models.holders
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("content_type_id", models.PositiveBigIntegerField(verbose_name="holder type")),
                ("object_id", models.CharField(max_length=255, verbose_name="holder id")),
                ("revision_id", models.BigIntegerField(null=True, verbose_name="live revision")),
                ("is_published", models.BooleanField(verbose_name="is published")),
                ("is_alias", models.BooleanField(default=False, verbose_name="is an alias")),
                (
                    "galleries",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="What became of each of its galleries in this change.",
                        verbose_name="galleries",
                    ),
                ),
                (
                    "attempts",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="The first is that of the process that wrote.",
                        verbose_name="attempts",
                    ),
                ),
                (
                    "taken_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="taken at"
                    ),
                ),
            ],
            options={
                "verbose_name": "announcement",
                "verbose_name_plural": "announcements",
            },
            bases=(wagtail_autogallery.models.holders.OfOneHolder, models.Model),
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("upload", "Upload"),
                            ("move", "Moved to another collection"),
                            ("collection", "Collection moved, made private, or open to everybody"),
                            ("gone", "Deleted"),
                        ],
                        default="upload",
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "image_id",
                    models.CharField(
                        blank=True, db_index=True, max_length=255, verbose_name="image id"
                    ),
                ),
                (
                    "collection_id",
                    models.BigIntegerField(blank=True, null=True, verbose_name="collection"),
                ),
                (
                    "before",
                    models.JSONField(
                        blank=True,
                        help_text="Where the image or collection was before, and how private it was there.",
                        null=True,
                        verbose_name="before",
                    ),
                ),
                (
                    "holders",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Which holders show a deleted image.",
                        verbose_name="holders",
                    ),
                ),
                (
                    "done_up_to",
                    models.CharField(
                        blank=True,
                        help_text="The last image of the collection for which this was decided.",
                        max_length=255,
                        verbose_name="done up to",
                    ),
                ),
                (
                    "run_id",
                    models.BigIntegerField(
                        blank=True, db_index=True, null=True, verbose_name="run"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
            ],
            options={
                "verbose_name": "arrival",
                "verbose_name_plural": "arrivals",
            },
        ),
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
                            ("worker", "by a worker"),
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
            name="MailRefusal",
            fields=[
                (
                    "user",
                    models.CharField(
                        max_length=255, primary_key=True, serialize=False, verbose_name="user"
                    ),
                ),
            ],
            options={
                "verbose_name": "refusal of mails",
                "verbose_name_plural": "refusals of mails",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("sync", "New images"),
                            ("add_now", "Added by a person"),
                            ("backfill", "Images that were already there"),
                            ("release", "Released by a person"),
                        ],
                        default="sync",
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("command", "by the command"),
                            ("url", "by the URL"),
                            ("response", "after a response"),
                            ("worker", "by a worker"),
                        ],
                        max_length=16,
                        verbose_name="by",
                    ),
                ),
                (
                    "user",
                    models.CharField(
                        blank=True,
                        help_text="Who asked for it, where somebody did.",
                        max_length=255,
                        verbose_name="user",
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="opened at"
                    ),
                ),
                ("undone_at", models.DateTimeField(null=True, verbose_name="undone at")),
                (
                    "undone_by",
                    models.CharField(blank=True, max_length=255, verbose_name="undone by user"),
                ),
                (
                    "decided_at",
                    models.DateTimeField(
                        help_text="Of run 0: when arrivals were decided last.",
                        null=True,
                        verbose_name="decided at",
                    ),
                ),
                (
                    "specs",
                    models.CharField(
                        blank=True,
                        help_text="Of run 0: which renditions are wanted.",
                        max_length=32,
                        verbose_name="specs",
                    ),
                ),
            ],
            options={
                "verbose_name": "gallery sync run",
                "verbose_name_plural": "gallery sync runs",
                "permissions": [
                    ("run_drain", "Can run waiting background tasks"),
                    ("view_reports", "Can view gallery reports"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Start",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subscription_id",
                    models.BigIntegerField(db_index=True, verbose_name="followed gallery"),
                ),
                (
                    "after",
                    models.BigIntegerField(
                        help_text="The last arrival that was decided for it, or that it could see.",
                        verbose_name="after",
                    ),
                ),
                (
                    "done_up_to",
                    models.CharField(
                        blank=True,
                        help_text="The last image for which the next arrival was decided, if of a collection.",
                        max_length=255,
                        verbose_name="done up to",
                    ),
                ),
            ],
            options={
                "verbose_name": "start",
                "verbose_name_plural": "starts",
            },
        ),
        migrations.CreateModel(
            name="Wish",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subscription_id",
                    models.BigIntegerField(db_index=True, verbose_name="followed gallery"),
                ),
                ("token", models.CharField(max_length=32, unique=True, verbose_name="token")),
                ("user", models.CharField(blank=True, max_length=255, verbose_name="user")),
                (
                    "due_at",
                    models.DateTimeField(
                        db_index=True,
                        default=django.utils.timezone.now,
                        null=True,
                        verbose_name="due at",
                    ),
                ),
            ],
            options={
                "verbose_name": "wish",
                "verbose_name_plural": "wishes",
            },
        ),
        migrations.CreateModel(
            name="Errand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content_type_id", models.PositiveBigIntegerField(verbose_name="holder type")),
                ("object_id", models.CharField(max_length=255, verbose_name="holder id")),
                (
                    "due_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="due at"
                    ),
                ),
                (
                    "undone_runs",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Those of which everything is taken back that nobody has touched.",
                        verbose_name="undone runs",
                    ),
                ),
                (
                    "undone_by",
                    models.CharField(blank=True, max_length=255, verbose_name="undone by user"),
                ),
            ],
            options={
                "verbose_name": "errand",
                "verbose_name_plural": "errands",
                "indexes": [
                    models.Index(
                        fields=["content_type_id", "object_id"], name="autogallery_errand_idx"
                    )
                ],
            },
            bases=(wagtail_autogallery.models.holders.OfOneHolder, models.Model),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content_type_id", models.PositiveBigIntegerField(verbose_name="page type")),
                ("object_id", models.CharField(max_length=255, verbose_name="page id")),
                ("images", models.JSONField(default=list, verbose_name="images")),
                (
                    "offered",
                    models.JSONField(default=list, verbose_name="images that wait in the draft"),
                ),
                ("runs", models.JSONField(default=list, verbose_name="runs")),
                (
                    "opened_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="opened at"
                    ),
                ),
                ("due_at", models.DateTimeField(db_index=True, null=True, verbose_name="due at")),
                (
                    "taken_at",
                    models.DateTimeField(
                        help_text="When somebody began to mail it.",
                        null=True,
                        verbose_name="taken at",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                (
                    "told",
                    models.JSONField(
                        default=list,
                        help_text="Who has got the mail by now.",
                        verbose_name="told users",
                    ),
                ),
                ("mailed_at", models.DateTimeField(null=True, verbose_name="mailed at")),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "indexes": [
                    models.Index(
                        fields=["content_type_id", "object_id"], name="autogallery_notice_idx"
                    )
                ],
            },
            bases=(wagtail_autogallery.models.holders.OfOneHolder, models.Model),
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
                        fields=("image_id", "spec"), name="autogallery_rendition_failure"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content_type_id", models.PositiveBigIntegerField(verbose_name="holder type")),
                ("object_id", models.CharField(max_length=255, verbose_name="holder id")),
                (
                    "key",
                    models.CharField(
                        help_text="The name of this gallery, which its content carries.",
                        max_length=32,
                        unique=True,
                        verbose_name="key",
                    ),
                ),
                (
                    "origin_key",
                    models.CharField(
                        blank=True,
                        help_text="The gallery this one was copied from. Old content goes on naming it.",
                        max_length=32,
                        verbose_name="origin",
                    ),
                ),
                ("field", models.CharField(max_length=255, verbose_name="field")),
                ("path", models.TextField(verbose_name="path of the gallery in the field")),
                (
                    "is_in_row",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise only drafts and old forms of its holder may have it.",
                        verbose_name="is in the row",
                    ),
                ),
                ("is_following", models.BooleanField(default=True, verbose_name="follows")),
                (
                    "scope",
                    models.BigIntegerField(
                        db_index=True,
                        default=0,
                        help_text="0 for all collections.",
                        verbose_name="collection",
                    ),
                ),
                (
                    "since",
                    models.BigIntegerField(
                        help_text="The largest arrival that was there before.",
                        verbose_name="follows since",
                    ),
                ),
                (
                    "followed_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="follows this since"
                    ),
                ),
                (
                    "followed_before",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="What it followed before, after which arrival, and up to which one.",
                        verbose_name="followed before",
                    ),
                ),
                ("number", models.BigIntegerField(default=0, verbose_name="newest number")),
                (
                    "review_new_images",
                    models.BooleanField(
                        default=False,
                        help_text="They come into the draft only, and somebody publishes them.",
                        verbose_name="new images wait",
                    ),
                ),
                ("offer", models.BigIntegerField(default=0, verbose_name="newest offer")),
                (
                    "digest",
                    models.CharField(
                        blank=True,
                        help_text="Tells whether the gallery in the row has changed.",
                        max_length=32,
                        verbose_name="digest",
                    ),
                ),
                (
                    "place",
                    models.TextField(
                        blank=True,
                        help_text="The blocks it is in, and which one of its field.",
                        verbose_name="place",
                    ),
                ),
                (
                    "automatic",
                    models.PositiveIntegerField(
                        default=0, verbose_name="images added automatically"
                    ),
                ),
                (
                    "by_hand",
                    models.PositiveIntegerField(
                        default=0, verbose_name="images chosen or changed by hand"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("following", "Up to date"),
                            ("full", "Full: all places are taken by images chosen by hand"),
                            ("collection_deleted", "Follows nothing: its collection was deleted"),
                            (
                                "shows_private",
                                "Still shows images that are in a private collection by now",
                            ),
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
                    "layout",
                    models.CharField(
                        blank=True,
                        help_text="Tells which pictures are wanted.",
                        max_length=32,
                        verbose_name="layout",
                    ),
                ),
                (
                    "pictures_due_at",
                    models.DateTimeField(
                        db_index=True,
                        help_text="When it is looked at next what pictures its images lack.",
                        null=True,
                        verbose_name="pictures due at",
                    ),
                ),
                (
                    "last_added_at",
                    models.DateTimeField(null=True, verbose_name="images last added at"),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
            ],
            options={
                "verbose_name": "followed gallery",
                "verbose_name_plural": "followed galleries",
                "indexes": [
                    models.Index(
                        fields=["content_type_id", "object_id"], name="autogallery_holder_idx"
                    ),
                    models.Index(fields=["origin_key"], name="autogallery_origin_idx"),
                ],
            },
            bases=(wagtail_autogallery.models.holders.OfOneHolder, models.Model),
        ),
        migrations.CreateModel(
            name="Delivery",
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
                ("arrival_id", models.BigIntegerField(null=True, verbose_name="arrival")),
                ("run_id", models.BigIntegerField(db_index=True, verbose_name="run")),
                ("number", models.BigIntegerField(null=True, verbose_name="number")),
                (
                    "numbers",
                    models.JSONField(blank=True, default=list, verbose_name="all its numbers"),
                ),
                (
                    "offer",
                    models.BigIntegerField(
                        help_text="0 for what is still to be offered; below for what a person wants to be live.",
                        null=True,
                        verbose_name="offer",
                    ),
                ),
                ("placed_at", models.DateTimeField(null=True, verbose_name="placed at")),
                (
                    "due_at",
                    models.DateTimeField(
                        db_index=True,
                        default=django.utils.timezone.now,
                        null=True,
                        verbose_name="due at",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_picture", "Its picture is not made yet"),
                            ("no_room", "There is no room"),
                            ("private", "It is in a private collection"),
                            ("locked", "The page is locked"),
                            ("failed", "The page could not be written"),
                            ("switched_off", "The gallery was switched off"),
                            ("withheld", "It waits for somebody to look at it"),
                        ],
                        default="no_picture",
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                (
                    "mark",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("removed", "Removed by a person"),
                            ("made_room", "Made room for newer images"),
                            ("undone", "Undone"),
                            ("gone", "The image was deleted"),
                        ],
                        max_length=16,
                        verbose_name="mark",
                    ),
                ),
                ("marked_at", models.DateTimeField(null=True, verbose_name="marked at")),
                (
                    "marked_by",
                    models.CharField(blank=True, max_length=255, verbose_name="marked by user"),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="deliveries",
                        to="wagtail_autogallery.subscription",
                        verbose_name="followed gallery",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(fields=["subscription", "number"], name="autogallery_number_idx"),
                    models.Index(fields=["subscription", "mark"], name="autogallery_mark_idx"),
                    models.Index(fields=["subscription", "due_at"], name="autogallery_due_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subscription", "image_id"), name="autogallery_delivered_once"
                    )
                ],
            },
        ),
    ]
