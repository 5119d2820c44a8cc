import wagtail.fields
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("testapp", "0002_rich_gallery"),
    ]

    operations = [
        migrations.AlterField(
            model_name="albumpart",
            name="body",
            field=wagtail.fields.StreamField(
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
                    1: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    6: ("wagtail_autogallery.blocks.GalleryImagesBlock", (5,), {"label": "Images"}),
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
        migrations.AlterField(
            model_name="chapter",
            name="body",
            field=wagtail.fields.StreamField(
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
                    1: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    6: ("wagtail_autogallery.blocks.GalleryImagesBlock", (5,), {"label": "Images"}),
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
        migrations.AlterField(
            model_name="everythingpage",
            name="body",
            field=wagtail.fields.StreamField(
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
                    1: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    6: ("wagtail_autogallery.blocks.GalleryImagesBlock", (5,), {"label": "Images"}),
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
        migrations.AlterField(
            model_name="featurepage",
            name="aside",
            field=wagtail.fields.StreamField(
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
                    1: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    6: ("wagtail_autogallery.blocks.GalleryImagesBlock", (5,), {"label": "Images"}),
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
        migrations.AlterField(
            model_name="fullsnippet",
            name="body",
            field=wagtail.fields.StreamField(
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
                    2: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    7: ("wagtail_autogallery.blocks.GalleryImagesBlock", (6,), {"label": "Images"}),
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
                    15: ("wagtail.blocks.CharBlock", (), {"default": "unknown", "required": False}),
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
        migrations.AlterField(
            model_name="gallerypage",
            name="body",
            field=wagtail.fields.StreamField(
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
                    2: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    7: ("wagtail_autogallery.blocks.GalleryImagesBlock", (6,), {"label": "Images"}),
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
                    15: ("wagtail.blocks.CharBlock", (), {"default": "unknown", "required": False}),
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
        migrations.AlterField(
            model_name="gallerypage",
            name="sidebar",
            field=wagtail.fields.StreamField(
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
                    1: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    6: ("wagtail_autogallery.blocks.GalleryImagesBlock", (5,), {"label": "Images"}),
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
        migrations.AlterField(
            model_name="plainsnippet",
            name="body",
            field=wagtail.fields.StreamField(
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
                    2: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    7: ("wagtail_autogallery.blocks.GalleryImagesBlock", (6,), {"label": "Images"}),
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
                    15: ("wagtail.blocks.CharBlock", (), {"default": "unknown", "required": False}),
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
        migrations.AlterField(
            model_name="record",
            name="body",
            field=wagtail.fields.StreamField(
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
                    2: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    7: ("wagtail_autogallery.blocks.GalleryImagesBlock", (6,), {"label": "Images"}),
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
                    15: ("wagtail.blocks.CharBlock", (), {"default": "unknown", "required": False}),
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
        migrations.AlterField(
            model_name="revisedsnippet",
            name="body",
            field=wagtail.fields.StreamField(
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
                    2: ("wagtail_autogallery.blocks.GalleryImageBlock", (), {"label": "Image"}),
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
                    7: ("wagtail_autogallery.blocks.GalleryImagesBlock", (6,), {"label": "Images"}),
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
                    15: ("wagtail.blocks.CharBlock", (), {"default": "unknown", "required": False}),
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
    ]
