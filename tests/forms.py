"""What a browser sends of Wagtail's forms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from django.urls import reverse
from wagtail.images import get_image_model_string
from wagtail.test.utils.form_data import nested_form_data, streamfield

from tests.testapp.models import GalleryPage

needs_integer_keys = pytest.mark.skipif(
    get_image_model_string() == "testapp.UUIDImage",
    reason="Wagtail's own image forms take integer keys only",
)


def grid_form(items: list[dict[str, Any]]) -> str:
    """
    The one field of a gallery's images.

    :param items: As they are stored; or with ``form``, the number of their form, for a value.
    """
    return json.dumps(items, cls=DjangoJSONEncoder)


def list_form(items: list[tuple[str, Any, str, str]]) -> str:
    """
    The one field of a gallery's images.

    :param items: Id, image, caption, and the image that the sync put in, of each.
    """
    return grid_form(
        [
            {
                "type": "item",
                "id": item_id,
                "value": {
                    "image": image or None,
                    "caption": caption,
                    "alt_text": "",
                    "delivered": delivered,
                },
            }
            for item_id, image, caption, delivered in items
        ]
    )


def fields_of_list_block(items: list[dict[str, Any]]) -> dict[str, Any]:
    """What Wagtail's own form of a list block sends of items, which older clients still do."""
    data: dict[str, Any] = {"count": str(len(items))}
    for index, item in enumerate(items):
        data[str(index)] = {
            "deleted": "",
            "order": str(index),
            "id": item["id"],
            "value": item["value"],
        }
    return data


def gallery_form(value: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The fields of a gallery, from what is stored, with changes; ``None`` leaves a field out."""
    fields = {
        "images": grid_form(value["images"]),
        "auto_sync_media": "on" if value["auto_sync_media"] else None,
        "collection": value["collection"] or "",
        "max_images": value["max_images"] or "",
        "new_images": value["new_images"],
        "review_new_images": "on" if value.get("review_new_images") else None,
        "layout": value.get("layout", "grid"),
        "cursor": value.get("cursor") or "",
        "add_existing": value.get("add_existing") or "",
        **changes,
    }
    return {name: field for name, field in fields.items() if field is not None}


def edit_form(
    page: Any, action: str | None = None, fields: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """
    The edit form of a page or snippet with galleries in its body.

    :param page: As it was when the form was loaded.
    :param action: The button; without one the draft is saved.
    :param fields: Other fields of the page, as they are changed.
    :param changes: What is changed in the first gallery.
    """
    blocks = page.body.raw_data
    body = streamfield(
        [
            ("gallery", gallery_form(block["value"], **({} if index else changes)))
            for index, block in enumerate(blocks)
        ]
    )
    for index, block in enumerate(blocks):
        body[str(index)]["id"] = block["id"]
    data = nested_form_data(
        {
            "title": page.title,
            "slug": getattr(page, "slug", ""),
            "body": body,
            "sidebar": streamfield([]),
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 0,
            },
            **(fields or {}),
        }
    )
    if action:
        data[action] = action
    return data


def submit(client: Client, page: Any, *args: Any, **changes: Any) -> GalleryPage:
    """Send a page's form, see :func:`edit_form`. :return: The page as it is then."""
    response = client.post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]), edit_form(page, *args, **changes)
    )
    assert response.status_code == 302, response.context["form"].errors
    return GalleryPage.objects.get(pk=page.pk)


def save_draft(client: Client, page: Any, **changes: Any) -> GalleryPage:
    """Save a draft in the editor. :return: The page as it is then."""
    return submit(client, page, **changes)


def publish(client: Client, page: Any, **changes: Any) -> GalleryPage:
    """Publish a page in the editor. :return: The page as it is then."""
    return submit(client, page, "action-publish", **changes)


class Editor:
    """The page editor in a browser, with autosave on."""

    def __init__(self, client: Client, page: Any) -> None:
        self.client = client
        self.url = reverse("wagtailadmin_pages:edit", args=[page.pk])
        context = client.get(self.url).context
        self.page = context["page"]
        self.revision = {
            "loaded_revision_id": self.page.latest_revision_id,
            "loaded_revision_created_at": context["loaded_revision_created_at"],
        }

    def autosave(self, **fields: Any) -> Any:
        """:return: The answer, which tells of conflicts."""
        response = self.client.post(
            self.url,
            {**edit_form(self.page, fields=fields), **self.revision},
            headers={"accept": "application/json"},
        )
        answer = response.json()
        if answer["success"]:
            self.revision["overwrite_revision_id"] = answer["revision_id"]
        return answer

    def publish(self, **fields: Any) -> GalleryPage:
        form = edit_form(self.page, "action-publish", fields)
        response = self.client.post(self.url, {**form, **self.revision})
        assert response.status_code == 302, response.context["form"].errors
        return GalleryPage.objects.get(pk=self.page.pk)
