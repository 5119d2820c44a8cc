import django.db.models.deletion
import wagtail.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("wagtailimages", "0027_image_description"),
    ]

    operations = [
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
                ("introduction", models.TextField(blank=True)),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [("heading", 0), ("paragraph", 1), ("gallery", 13)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"form_classname": "title", "icon": "title"},
                            ),
                            1: (
                                "wagtail.blocks.RichTextBlock",
                                (),
                                {"features": ["bold", "italic", "link"]},
                            ),
                            2: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "New uploaded images are added to this gallery automatically.",
                                    "label": "Auto-sync new media uploads",
                                    "required": False,
                                },
                            ),
                            3: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            4: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            5: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            6: (
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
                            7: (
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            8: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            9: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            10: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            11: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("image", 7),
                                        ("caption", 8),
                                        ("alt_text", 9),
                                        ("delivered", 10),
                                    ]
                                ],
                                {},
                            ),
                            12: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (11,),
                                {"label": "Images"},
                            ),
                            13: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 2),
                                        ("collection", 3),
                                        ("max_images", 4),
                                        ("new_images", 5),
                                        ("layout", 6),
                                        ("images", 12),
                                        ("cursor", 10),
                                    ]
                                ],
                                {"page_size": 12},
                            ),
                        },
                    ),
                ),
                (
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        help_text="Stands for this page on the home page.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailimages.image",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="HomePage",
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
                ("introduction", models.TextField(blank=True)),
                (
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailimages.image",
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
                ("date", models.DateField(blank=True, null=True)),
                ("introduction", models.TextField(blank=True)),
                ("body", wagtail.fields.RichTextField(blank=True)),
                (
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailimages.image",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("wagtailcore.page",),
        ),
    ]
