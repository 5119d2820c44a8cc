import django.db.models.deletion
import django.db.models.functions.text
import modelcluster.contrib.taggit
import modelcluster.fields
import modelsearch.index
import taggit.managers
import uuid
import wagtail.fields
import wagtail.images.models
import wagtail.models.media
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("taggit", "0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("wagtailimages", "0027_image_description"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BookPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="ClosedTask",
            fields=[
                (
                    "task_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.task",
                    ),
                ),
            ],
            bases=("wagtailcore.task",),
        ),
        migrations.CreateModel(
            name="GalleryPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [
                            ("text", 0),
                            ("gallery", 13),
                            ("credited_gallery", 18),
                            ("columns", 19),
                            ("sections", 21),
                            ("nested", 22),
                        ],
                        blank=True,
                        block_lookup={
                            0: ("wagtail.blocks.CharBlock", (), {}),
                            1: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            2: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            4: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            5: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            6: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 2), ("caption", 3), ("alt_text", 4), ("delivered", 5)]],
                                {},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (6,),
                                {"label": "Images"},
                            ),
                            8: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            9: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            10: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            11: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            12: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            13: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("images", 7),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            14: ("wagtail.blocks.CharBlock", (), {"required": False}),
                            15: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "unknown", "required": False},
                            ),
                            16: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("image", 2),
                                        ("caption", 3),
                                        ("alt_text", 4),
                                        ("delivered", 5),
                                        ("credit", 15),
                                    ]
                                ],
                                {},
                            ),
                            17: ("wagtail_autogallery.blocks.GalleryImagesBlock", (16,), {}),
                            18: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("heading", 14),
                                        ("images", 17),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            19: ("wagtail.blocks.StructBlock", [[("left", 13), ("right", 13)]], {}),
                            20: ("wagtail.blocks.StructBlock", [[("gallery", 13)]], {}),
                            21: ("wagtail.blocks.ListBlock", (20,), {}),
                            22: ("wagtail.blocks.StreamBlock", [[("gallery", 13)]], {}),
                        },
                    ),
                ),
                (
                    "sidebar",
                    wagtail.fields.StreamField(
                        [("gallery", 12), ("rich_gallery", 21)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            1: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            2: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            4: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            5: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 1), ("caption", 2), ("alt_text", 3), ("delivered", 4)]],
                                {},
                            ),
                            6: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (5,),
                                {"label": "Images"},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            8: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            9: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            10: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            11: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            12: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 0),
                                        ("images", 6),
                                        ("cursor", 4),
                                        ("add_existing", 4),
                                        ("collection", 7),
                                        ("max_images", 8),
                                        ("new_images", 9),
                                        ("review_new_images", 10),
                                        ("layout", 11),
                                    ]
                                ],
                                {},
                            ),
                            13: ("wagtail.blocks.RichTextBlock", (), {"required": False}),
                            14: ("wagtail.blocks.PageChooserBlock", (), {"required": False}),
                            15: ("wagtail.blocks.CharBlock", (), {"required": False}),
                            16: ("wagtail.blocks.URLBlock", (), {}),
                            17: ("wagtail.blocks.ListBlock", (16,), {"default": []}),
                            18: ("wagtail.blocks.StructBlock", [[("name", 15), ("links", 17)]], {}),
                            19: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("image", 1),
                                        ("caption", 2),
                                        ("alt_text", 3),
                                        ("delivered", 4),
                                        ("story", 13),
                                        ("related", 14),
                                        ("place", 18),
                                    ]
                                ],
                                {},
                            ),
                            20: ("wagtail_autogallery.blocks.GalleryImagesBlock", (19,), {}),
                            21: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 0),
                                        ("images", 20),
                                        ("cursor", 4),
                                        ("add_existing", 4),
                                        ("collection", 7),
                                        ("max_images", 8),
                                        ("new_images", 9),
                                        ("review_new_images", 10),
                                        ("layout", 11),
                                    ]
                                ],
                                {},
                            ),
                        },
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="PlainPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [("text", 0)],
                        blank=True,
                        block_lookup={0: ("wagtail.blocks.CharBlock", (), {})},
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="PlainSnippet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=255)),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [
                            ("text", 0),
                            ("gallery", 13),
                            ("credited_gallery", 18),
                            ("columns", 19),
                            ("sections", 21),
                            ("nested", 22),
                        ],
                        blank=True,
                        block_lookup={
                            0: ("wagtail.blocks.CharBlock", (), {}),
                            1: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            2: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            4: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            5: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            6: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 2), ("caption", 3), ("alt_text", 4), ("delivered", 5)]],
                                {},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (6,),
                                {"label": "Images"},
                            ),
                            8: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            9: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            10: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            11: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            12: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            13: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("images", 7),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            14: ("wagtail.blocks.CharBlock", (), {"required": False}),
                            15: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "unknown", "required": False},
                            ),
                            16: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("image", 2),
                                        ("caption", 3),
                                        ("alt_text", 4),
                                        ("delivered", 5),
                                        ("credit", 15),
                                    ]
                                ],
                                {},
                            ),
                            17: ("wagtail_autogallery.blocks.GalleryImagesBlock", (16,), {}),
                            18: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("heading", 14),
                                        ("images", 17),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            19: ("wagtail.blocks.StructBlock", [[("left", 13), ("right", 13)]], {}),
                            20: ("wagtail.blocks.StructBlock", [[("gallery", 13)]], {}),
                            21: ("wagtail.blocks.ListBlock", (20,), {}),
                            22: ("wagtail.blocks.StreamBlock", [[("gallery", 13)]], {}),
                        },
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=255)),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [
                            ("text", 0),
                            ("gallery", 13),
                            ("credited_gallery", 18),
                            ("columns", 19),
                            ("sections", 21),
                            ("nested", 22),
                        ],
                        blank=True,
                        block_lookup={
                            0: ("wagtail.blocks.CharBlock", (), {}),
                            1: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            2: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            4: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            5: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            6: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 2), ("caption", 3), ("alt_text", 4), ("delivered", 5)]],
                                {},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (6,),
                                {"label": "Images"},
                            ),
                            8: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            9: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            10: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            11: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            12: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            13: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("images", 7),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            14: ("wagtail.blocks.CharBlock", (), {"required": False}),
                            15: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "unknown", "required": False},
                            ),
                            16: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("image", 2),
                                        ("caption", 3),
                                        ("alt_text", 4),
                                        ("delivered", 5),
                                        ("credit", 15),
                                    ]
                                ],
                                {},
                            ),
                            17: ("wagtail_autogallery.blocks.GalleryImagesBlock", (16,), {}),
                            18: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("heading", 14),
                                        ("images", 17),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            19: ("wagtail.blocks.StructBlock", [[("left", 13), ("right", 13)]], {}),
                            20: ("wagtail.blocks.StructBlock", [[("gallery", 13)]], {}),
                            21: ("wagtail.blocks.ListBlock", (20,), {}),
                            22: ("wagtail.blocks.StreamBlock", [[("gallery", 13)]], {}),
                        },
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DroneImage",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("wagtailimages.image",),
        ),
        migrations.CreateModel(
            name="Album",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("live", models.BooleanField(default=True, editable=False, verbose_name="live")),
                (
                    "has_unpublished_changes",
                    models.BooleanField(
                        default=False, editable=False, verbose_name="has unpublished changes"
                    ),
                ),
                (
                    "first_published_at",
                    models.DateTimeField(
                        blank=True, db_index=True, null=True, verbose_name="first published at"
                    ),
                ),
                (
                    "last_published_at",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="last published at"
                    ),
                ),
                (
                    "go_live_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="go live date/time"),
                ),
                (
                    "expire_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="expiry date/time"),
                ),
                (
                    "expired",
                    models.BooleanField(default=False, editable=False, verbose_name="expired"),
                ),
                (
                    "locked",
                    models.BooleanField(default=False, editable=False, verbose_name="locked"),
                ),
                (
                    "locked_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="locked at"),
                ),
                ("title", models.CharField(max_length=255)),
                (
                    "latest_revision",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailcore.revision",
                        verbose_name="latest revision",
                    ),
                ),
                (
                    "live_revision",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailcore.revision",
                        verbose_name="live revision",
                    ),
                ),
                (
                    "locked_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="locked_%(class)ss",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="locked by",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AlbumPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [("gallery", 12)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            1: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            2: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            4: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            5: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 1), ("caption", 2), ("alt_text", 3), ("delivered", 4)]],
                                {},
                            ),
                            6: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (5,),
                                {"label": "Images"},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            8: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            9: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            10: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            11: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            12: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 0),
                                        ("images", 6),
                                        ("cursor", 4),
                                        ("add_existing", 4),
                                        ("collection", 7),
                                        ("max_images", 8),
                                        ("new_images", 9),
                                        ("review_new_images", 10),
                                        ("layout", 11),
                                    ]
                                ],
                                {},
                            ),
                        },
                    ),
                ),
                (
                    "album",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="testapp.album",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Chapter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                ("title", models.CharField(blank=True, max_length=255)),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [("gallery", 12)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            1: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            2: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            4: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            5: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 1), ("caption", 2), ("alt_text", 3), ("delivered", 4)]],
                                {},
                            ),
                            6: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (5,),
                                {"label": "Images"},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            8: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            9: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            10: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            11: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            12: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 0),
                                        ("images", 6),
                                        ("cursor", 4),
                                        ("add_existing", 4),
                                        ("collection", 7),
                                        ("max_images", 8),
                                        ("new_images", 9),
                                        ("review_new_images", 10),
                                        ("layout", 11),
                                    ]
                                ],
                                {},
                            ),
                        },
                    ),
                ),
                (
                    "book",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chapters",
                        to="testapp.bookpage",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CustomImage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=255, verbose_name="title")),
                (
                    "file",
                    wagtail.images.models.WagtailImageField(
                        height_field="height",
                        upload_to=wagtail.images.models.get_upload_to,
                        verbose_name="file",
                        width_field="width",
                    ),
                ),
                (
                    "description",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="description"
                    ),
                ),
                ("width", models.IntegerField(editable=False, verbose_name="width")),
                ("height", models.IntegerField(editable=False, verbose_name="height")),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True, db_index=True, verbose_name="created at"
                    ),
                ),
                ("focal_point_x", models.PositiveIntegerField(blank=True, null=True)),
                ("focal_point_y", models.PositiveIntegerField(blank=True, null=True)),
                ("focal_point_width", models.PositiveIntegerField(blank=True, null=True)),
                ("focal_point_height", models.PositiveIntegerField(blank=True, null=True)),
                ("file_size", models.PositiveIntegerField(editable=False, null=True)),
                (
                    "file_hash",
                    models.CharField(blank=True, db_index=True, editable=False, max_length=40),
                ),
                ("photographer", models.CharField(blank=True, max_length=255)),
                (
                    "collection",
                    models.ForeignKey(
                        default=wagtail.models.media.get_root_collection_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.collection",
                        verbose_name="collection",
                    ),
                ),
                (
                    "tags",
                    taggit.managers.TaggableManager(
                        blank=True,
                        help_text=None,
                        through="taggit.TaggedItem",
                        to="taggit.Tag",
                        verbose_name="tags",
                    ),
                ),
                (
                    "uploaded_by_user",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by user",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=(wagtail.images.models.ImageFileMixin, modelsearch.index.Indexed, models.Model),
        ),
        migrations.CreateModel(
            name="EverythingPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [("gallery", 12)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            1: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            2: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            4: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            5: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 1), ("caption", 2), ("alt_text", 3), ("delivered", 4)]],
                                {},
                            ),
                            6: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (5,),
                                {"label": "Images"},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            8: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            9: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            10: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            11: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            12: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 0),
                                        ("images", 6),
                                        ("cursor", 4),
                                        ("add_existing", 4),
                                        ("collection", 7),
                                        ("max_images", 8),
                                        ("new_images", 9),
                                        ("review_new_images", 10),
                                        ("layout", 11),
                                    ]
                                ],
                                {},
                            ),
                        },
                    ),
                ),
                (
                    "notes",
                    wagtail.fields.StreamField(
                        [("text", 0)],
                        blank=True,
                        block_lookup={0: ("wagtail.blocks.CharBlock", (), {})},
                    ),
                ),
                ("subtitle", models.CharField(blank=True, max_length=255)),
                (
                    "loud_subtitle",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Upper("subtitle"),
                        output_field=models.CharField(max_length=255),
                    ),
                ),
                ("facts", models.JSONField(default=dict)),
                ("price", models.DecimalField(decimal_places=2, default=0, max_digits=6)),
                ("opens_at", models.DateTimeField(blank=True, null=True)),
                ("touched_at", models.DateTimeField(auto_now=True)),
                ("attachment", models.FileField(blank=True, upload_to="attachments")),
                (
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailimages.image",
                    ),
                ),
                (
                    "readers",
                    modelcluster.fields.ParentalManyToManyField(blank=True, to="auth.group"),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="FeaturePage",
            fields=[
                (
                    "gallerypage_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="testapp.gallerypage",
                    ),
                ),
                (
                    "aside",
                    wagtail.fields.StreamField(
                        [("gallery", 12)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            1: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            2: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            4: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            5: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 1), ("caption", 2), ("alt_text", 3), ("delivered", 4)]],
                                {},
                            ),
                            6: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (5,),
                                {"label": "Images"},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            8: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            9: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            10: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            11: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            12: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 0),
                                        ("images", 6),
                                        ("cursor", 4),
                                        ("add_existing", 4),
                                        ("collection", 7),
                                        ("max_images", 8),
                                        ("new_images", 9),
                                        ("review_new_images", 10),
                                        ("layout", 11),
                                    ]
                                ],
                                {},
                            ),
                        },
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("testapp.gallerypage",),
        ),
        migrations.CreateModel(
            name="Footnote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                ("text", models.CharField(max_length=255)),
                (
                    "chapter",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="footnotes",
                        to="testapp.chapter",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FullSnippet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("live", models.BooleanField(default=True, editable=False, verbose_name="live")),
                (
                    "has_unpublished_changes",
                    models.BooleanField(
                        default=False, editable=False, verbose_name="has unpublished changes"
                    ),
                ),
                (
                    "first_published_at",
                    models.DateTimeField(
                        blank=True, db_index=True, null=True, verbose_name="first published at"
                    ),
                ),
                (
                    "last_published_at",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="last published at"
                    ),
                ),
                (
                    "go_live_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="go live date/time"),
                ),
                (
                    "expire_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="expiry date/time"),
                ),
                (
                    "expired",
                    models.BooleanField(default=False, editable=False, verbose_name="expired"),
                ),
                (
                    "locked",
                    models.BooleanField(default=False, editable=False, verbose_name="locked"),
                ),
                (
                    "locked_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="locked at"),
                ),
                ("title", models.CharField(max_length=255)),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [
                            ("text", 0),
                            ("gallery", 13),
                            ("credited_gallery", 18),
                            ("columns", 19),
                            ("sections", 21),
                            ("nested", 22),
                        ],
                        blank=True,
                        block_lookup={
                            0: ("wagtail.blocks.CharBlock", (), {}),
                            1: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            2: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            4: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            5: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            6: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 2), ("caption", 3), ("alt_text", 4), ("delivered", 5)]],
                                {},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (6,),
                                {"label": "Images"},
                            ),
                            8: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            9: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            10: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            11: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            12: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            13: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("images", 7),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            14: ("wagtail.blocks.CharBlock", (), {"required": False}),
                            15: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "unknown", "required": False},
                            ),
                            16: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("image", 2),
                                        ("caption", 3),
                                        ("alt_text", 4),
                                        ("delivered", 5),
                                        ("credit", 15),
                                    ]
                                ],
                                {},
                            ),
                            17: ("wagtail_autogallery.blocks.GalleryImagesBlock", (16,), {}),
                            18: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("heading", 14),
                                        ("images", 17),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            19: ("wagtail.blocks.StructBlock", [[("left", 13), ("right", 13)]], {}),
                            20: ("wagtail.blocks.StructBlock", [[("gallery", 13)]], {}),
                            21: ("wagtail.blocks.ListBlock", (20,), {}),
                            22: ("wagtail.blocks.StreamBlock", [[("gallery", 13)]], {}),
                        },
                    ),
                ),
                (
                    "latest_revision",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailcore.revision",
                        verbose_name="latest revision",
                    ),
                ),
                (
                    "live_revision",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailcore.revision",
                        verbose_name="live revision",
                    ),
                ),
                (
                    "locked_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="locked_%(class)ss",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="locked by",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PageLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                ("url", models.URLField()),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="testapp.everythingpage",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PageTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "content_object",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tagged_items",
                        to="testapp.everythingpage",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_items",
                        to="taggit.tag",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="everythingpage",
            name="tags",
            field=modelcluster.contrib.taggit.ClusterTaggableManager(
                blank=True,
                help_text="A comma-separated list of tags.",
                through="testapp.PageTag",
                to="taggit.Tag",
                verbose_name="Tags",
            ),
        ),
        migrations.CreateModel(
            name="RevisedSnippet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=255)),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [
                            ("text", 0),
                            ("gallery", 13),
                            ("credited_gallery", 18),
                            ("columns", 19),
                            ("sections", 21),
                            ("nested", 22),
                        ],
                        blank=True,
                        block_lookup={
                            0: ("wagtail.blocks.CharBlock", (), {}),
                            1: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            2: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            3: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            4: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            5: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            6: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 2), ("caption", 3), ("alt_text", 4), ("delivered", 5)]],
                                {},
                            ),
                            7: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (6,),
                                {"label": "Images"},
                            ),
                            8: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            9: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            10: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            11: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            12: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [
                                        ("grid", "Grid"),
                                        ("masonry", "Masonry"),
                                        ("strip", "Strip"),
                                    ],
                                    "label": "Layout",
                                },
                            ),
                            13: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("images", 7),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            14: ("wagtail.blocks.CharBlock", (), {"required": False}),
                            15: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "unknown", "required": False},
                            ),
                            16: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("image", 2),
                                        ("caption", 3),
                                        ("alt_text", 4),
                                        ("delivered", 5),
                                        ("credit", 15),
                                    ]
                                ],
                                {},
                            ),
                            17: ("wagtail_autogallery.blocks.GalleryImagesBlock", (16,), {}),
                            18: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 1),
                                        ("heading", 14),
                                        ("images", 17),
                                        ("cursor", 5),
                                        ("add_existing", 5),
                                        ("collection", 8),
                                        ("max_images", 9),
                                        ("new_images", 10),
                                        ("review_new_images", 11),
                                        ("layout", 12),
                                    ]
                                ],
                                {},
                            ),
                            19: ("wagtail.blocks.StructBlock", [[("left", 13), ("right", 13)]], {}),
                            20: ("wagtail.blocks.StructBlock", [[("gallery", 13)]], {}),
                            21: ("wagtail.blocks.ListBlock", (20,), {}),
                            22: ("wagtail.blocks.StreamBlock", [[("gallery", 13)]], {}),
                        },
                    ),
                ),
                (
                    "latest_revision",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailcore.revision",
                        verbose_name="latest revision",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UUIDTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("object_id", models.UUIDField(db_index=True, verbose_name="object ID")),
                (
                    "content_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_tagged_items",
                        to="contenttypes.contenttype",
                        verbose_name="content type",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_items",
                        to="taggit.tag",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UUIDImage",
            fields=[
                ("title", models.CharField(max_length=255, verbose_name="title")),
                (
                    "file",
                    wagtail.images.models.WagtailImageField(
                        height_field="height",
                        upload_to=wagtail.images.models.get_upload_to,
                        verbose_name="file",
                        width_field="width",
                    ),
                ),
                (
                    "description",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="description"
                    ),
                ),
                ("width", models.IntegerField(editable=False, verbose_name="width")),
                ("height", models.IntegerField(editable=False, verbose_name="height")),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True, db_index=True, verbose_name="created at"
                    ),
                ),
                ("focal_point_x", models.PositiveIntegerField(blank=True, null=True)),
                ("focal_point_y", models.PositiveIntegerField(blank=True, null=True)),
                ("focal_point_width", models.PositiveIntegerField(blank=True, null=True)),
                ("focal_point_height", models.PositiveIntegerField(blank=True, null=True)),
                ("file_size", models.PositiveIntegerField(editable=False, null=True)),
                (
                    "file_hash",
                    models.CharField(blank=True, db_index=True, editable=False, max_length=40),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        default=wagtail.models.media.get_root_collection_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.collection",
                        verbose_name="collection",
                    ),
                ),
                (
                    "uploaded_by_user",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by user",
                    ),
                ),
                (
                    "tags",
                    taggit.managers.TaggableManager(
                        blank=True,
                        help_text="A comma-separated list of tags.",
                        through="testapp.UUIDTag",
                        to="taggit.Tag",
                        verbose_name="Tags",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=(wagtail.images.models.ImageFileMixin, modelsearch.index.Indexed, models.Model),
        ),
        migrations.CreateModel(
            name="CustomRendition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("filter_spec", models.CharField(db_index=True, max_length=255)),
                (
                    "file",
                    wagtail.images.models.WagtailImageField(
                        height_field="height",
                        storage=wagtail.images.models.get_rendition_storage,
                        upload_to=wagtail.images.models.get_rendition_upload_to,
                        width_field="width",
                    ),
                ),
                ("width", models.IntegerField(editable=False)),
                ("height", models.IntegerField(editable=False)),
                (
                    "focal_point_key",
                    models.CharField(blank=True, default="", editable=False, max_length=16),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="renditions",
                        to="testapp.customimage",
                    ),
                ),
            ],
            options={
                "unique_together": {("image", "filter_spec", "focal_point_key")},
            },
            bases=(wagtail.images.models.ImageFileMixin, models.Model),
        ),
        migrations.CreateModel(
            name="UUIDRendition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("filter_spec", models.CharField(db_index=True, max_length=255)),
                (
                    "file",
                    wagtail.images.models.WagtailImageField(
                        height_field="height",
                        storage=wagtail.images.models.get_rendition_storage,
                        upload_to=wagtail.images.models.get_rendition_upload_to,
                        width_field="width",
                    ),
                ),
                ("width", models.IntegerField(editable=False)),
                ("height", models.IntegerField(editable=False)),
                (
                    "focal_point_key",
                    models.CharField(blank=True, default="", editable=False, max_length=16),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="renditions",
                        to="testapp.uuidimage",
                    ),
                ),
            ],
            options={
                "unique_together": {("image", "filter_spec", "focal_point_key")},
            },
            bases=(wagtail.images.models.ImageFileMixin, models.Model),
        ),
    ]
