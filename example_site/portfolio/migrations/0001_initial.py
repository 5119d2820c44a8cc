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
                        [("heading", 0), ("paragraph", 1), ("gallery", 14)],
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
                                "wagtail_autogallery.blocks.GalleryImageBlock",
                                (),
                                {"label": "Image"},
                            ),
                            4: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"default": "", "label": "Caption", "required": False},
                            ),
                            5: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "default": "",
                                    "help_text": "What the picture shows. Leave empty to use the image's own description.",
                                    "label": "Alternative text",
                                    "required": False,
                                },
                            ),
                            6: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                            7: (
                                "wagtail.blocks.StructBlock",
                                [[("image", 3), ("caption", 4), ("alt_text", 5), ("delivered", 6)]],
                                {},
                            ),
                            8: (
                                "wagtail_autogallery.blocks.GalleryImagesBlock",
                                (7,),
                                {"label": "Images"},
                            ),
                            9: (
                                "wagtail_autogallery.blocks.CollectionBlock",
                                (),
                                {
                                    "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                                    "label": "Collection",
                                },
                            ),
                            10: (
                                "wagtail.blocks.IntegerBlock",
                                (),
                                {
                                    "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                                    "label": "Maximum number of images",
                                    "min_value": 1,
                                    "required": False,
                                },
                            ),
                            11: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {
                                    "choices": [("last", "At the end"), ("first", "At the start")],
                                    "label": "New images are added",
                                },
                            ),
                            12: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {
                                    "default": False,
                                    "help_text": "They are put into the draft only. Look at them, take out what you do not want, and publish the page.",
                                    "label": "New images wait for me",
                                    "required": False,
                                },
                            ),
                            13: (
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
                            14: (
                                "wagtail.blocks.StructBlock",
                                [
                                    [
                                        ("auto_sync_media", 2),
                                        ("images", 8),
                                        ("cursor", 6),
                                        ("add_existing", 6),
                                        ("collection", 9),
                                        ("max_images", 10),
                                        ("new_images", 11),
                                        ("review_new_images", 12),
                                        ("layout", 13),
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
