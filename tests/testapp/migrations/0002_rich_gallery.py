import wagtail.fields
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("testapp", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="gallerypage",
            name="sidebar",
            field=wagtail.fields.StreamField(
                [("gallery", 11), ("rich_gallery", 20)],
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
                        "wagtail_autogallery.blocks.CollectionBlock",
                        (),
                        {
                            "help_text": "Add only images of this collection and the collections inside it. All collections means every image that anybody uploads anywhere on this site.",
                            "label": "Collection",
                        },
                    ),
                    2: (
                        "wagtail.blocks.IntegerBlock",
                        (),
                        {
                            "help_text": "Then the oldest automatically added images make room for new ones. Images chosen by hand always stay.",
                            "label": "Maximum number of images",
                            "min_value": 1,
                            "required": False,
                        },
                    ),
                    3: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {
                            "choices": [("last", "At the end"), ("first", "At the start")],
                            "label": "New images are added",
                        },
                    ),
                    4: (
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
                    5: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
                    6: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"default": "", "label": "Caption", "required": False},
                    ),
                    7: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "default": "",
                            "help_text": "What the picture shows. Leave empty to use the image's own description.",
                            "label": "Alternative text",
                            "required": False,
                        },
                    ),
                    8: ("wagtail_autogallery.blocks.HiddenBlock", (), {}),
                    9: (
                        "wagtail.blocks.StructBlock",
                        [[("image", 5), ("caption", 6), ("alt_text", 7), ("delivered", 8)]],
                        {},
                    ),
                    10: (
                        "wagtail_autogallery.blocks.GalleryImagesBlock",
                        (9,),
                        {"label": "Images"},
                    ),
                    11: (
                        "wagtail.blocks.StructBlock",
                        [
                            [
                                ("auto_sync_media", 0),
                                ("collection", 1),
                                ("max_images", 2),
                                ("new_images", 3),
                                ("layout", 4),
                                ("images", 10),
                                ("cursor", 8),
                            ]
                        ],
                        {},
                    ),
                    12: ("wagtail.blocks.RichTextBlock", (), {"required": False}),
                    13: ("wagtail.blocks.PageChooserBlock", (), {"required": False}),
                    14: ("wagtail.blocks.CharBlock", (), {"required": False}),
                    15: ("wagtail.blocks.URLBlock", (), {}),
                    16: ("wagtail.blocks.ListBlock", (15,), {"default": []}),
                    17: ("wagtail.blocks.StructBlock", [[("name", 14), ("links", 16)]], {}),
                    18: (
                        "wagtail.blocks.StructBlock",
                        [
                            [
                                ("image", 5),
                                ("caption", 6),
                                ("alt_text", 7),
                                ("delivered", 8),
                                ("story", 12),
                                ("related", 13),
                                ("place", 17),
                            ]
                        ],
                        {},
                    ),
                    19: ("wagtail_autogallery.blocks.GalleryImagesBlock", (18,), {}),
                    20: (
                        "wagtail.blocks.StructBlock",
                        [
                            [
                                ("auto_sync_media", 0),
                                ("collection", 1),
                                ("max_images", 2),
                                ("new_images", 3),
                                ("layout", 4),
                                ("images", 19),
                                ("cursor", 8),
                            ]
                        ],
                        {},
                    ),
                },
            ),
        ),
    ]
