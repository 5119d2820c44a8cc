from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from example_site.portfolio import demo_content
from example_site.portfolio.models import HomePage
from wagtail_autogallery.tasks import enqueue_renditions


class Command(BaseCommand):
    help = "Fill the example site with pictures and pages. Changes nothing that is there already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--width", type=int, default=1600, help="Of the pictures, in pixels. (default: 1600)"
        )

    def handle(self, *, verbosity: int, width: int, **options: Any) -> None:
        demo_content.create_admin()
        if HomePage.objects.exists():
            self.stdout.write("The example site is filled already.")
        else:
            self._fill(width)
        if verbosity:
            self._print_welcome()

    def _fill(self, width: int) -> None:
        self.stdout.write(f"Painting {len(demo_content.PICTURES)} pictures ...")
        collections = demo_content.create_collections()
        images = demo_content.create_images(collections, width)
        # Galleries follow from the newest run on: with these pictures in one of their own, the
        # pages made after it do not take them for new.
        self._drain()
        with transaction.atomic():
            demo_content.create_pages(images, collections)
        # As after a sync, so that the first visitor need not wait for it.
        enqueue_renditions()
        self._drain()

    def _drain(self) -> None:
        call_command("autogallery_drain", limit=1000, verbosity=0, stdout=self.stdout)

    def _print_welcome(self) -> None:
        address = settings.WAGTAILADMIN_BASE_URL
        self.stdout.write(
            "\n"
            f"  The site          {address}/\n"
            f"  Its editors       {address}/admin/\n"
            f"  Username          {demo_content.USERNAME}\n"
            f"  Password          {demo_content.PASSWORD}\n"
            "\n"
            f"  Drop pictures on  {address}/admin/images/multiple/add/\n"
            f"  and find them in  {address}/portfolio/\n"
        )
