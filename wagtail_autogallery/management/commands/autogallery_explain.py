"""Say why an image is, or is not, in the galleries of this site."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import translation
from wagtail.images import get_image_model
from wagtail.models import Page

from wagtail_autogallery import tables
from wagtail_autogallery.drain.problems import nobody_drains
from wagtail_autogallery.models import Arrival, HolderKey
from wagtail_autogallery.replicas import read_where_written
from wagtail_autogallery.reports.answers import as_dict, in_words, name_of
from wagtail_autogallery.sync.answers import Explanation
from wagtail_autogallery.sync.explain import explain_in
from wagtail_autogallery.sync.gallery_facts import holders_referring_to, holders_to_ask
from wagtail_autogallery.sync.gallery_fields import is_holder


class Command(BaseCommand):
    help = "Say why an image is, or is not, in the galleries of this site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("image", metavar="IMAGE", help="the id of an image")
        parser.add_argument(
            "page",
            metavar="PAGE",
            nargs="?",
            help="the id of a page, or of a snippet as in 'shop.Album:12'; all without it",
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    @read_where_written()
    def handle(self, *, image: str, page: str | None, **options: Any) -> None:
        try:
            tables.require()
        except tables.MissingTables as error:
            raise CommandError(str(error)) from error
        found = _image(image)
        if page is None:
            keys = sorted(holders_to_ask() | holders_referring_to(found))
        else:
            keys = [HolderKey.of(_holder(page))]
        explanations = explain_in(found, keys)
        # In English, as all commands are, whatever the language of the site.
        with translation.override(None):
            if options["json"]:
                self._tell_as_json(explanations)
            else:
                self._tell(found, explanations)

    def _tell_as_json(self, explanations: list[Explanation]) -> None:
        unattended = nobody_drains()
        answers = [as_dict(one, unattended) for one in explanations]
        self.stdout.write(json.dumps(answers, cls=DjangoJSONEncoder, indent=2))

    def _tell(self, image: Any, explanations: list[Explanation]) -> None:
        unattended = nobody_drains()
        self.stdout.write(f"Image {image.pk}, {image.title}:")
        if not explanations:
            self.stdout.write("    No gallery follows anything or shows it there.")
        for one in explanations:
            self.stdout.write(f"    {name_of(one)}: {in_words(one, unattended)}")
            if one.error:
                self.stdout.write(f"        {one.error}")


def _image(text: str) -> Any:
    model: Any = get_image_model()
    if image := _by_key(model._base_manager.select_related("collection"), text):
        return image
    gone = Arrival.objects.filter(kind=Arrival.Kind.GONE, image_id=text).last()
    if gone:
        raise CommandError(
            f"Image {text} was deleted on {gone.created_at:%Y-%m-%d at %H:%M %Z}: "
            "galleries show no deleted images."
        )
    raise CommandError(f"There is no image {text!r}. Its id is in the address of its page.")


def _holder(text: str) -> models.Model:
    label, separator, key = text.rpartition(":")
    if not separator:
        if page := _by_key(Page._base_manager.all(), text):
            return page.specific
        raise CommandError(f"There is no page {text!r}. Its id is in the address of its page.")
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise CommandError(f"There is no model {label!r}.") from error
    if not is_holder(model):
        raise CommandError(f"{model._meta.label} has no field that can hold a gallery.")
    if holder := _by_key(model._base_manager.all(), key):
        return holder
    raise CommandError(f"There is no {model._meta.label} {key!r}.")


def _by_key(rows: models.QuerySet[Any], text: str) -> Any:
    try:
        return rows.filter(pk=text).first()
    except (ValidationError, ValueError):
        return None
