"""The renditions of images: read in bulk, made where they are missing, and their markup."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple, cast

from django.core.files.storage import FileSystemStorage
from django.db.models import Q, QuerySet
from wagtail.images.models import AbstractRendition, Filter, WagtailImageFieldFile

from wagtail_autogallery.frontend import credit
from wagtail_autogallery.frontend.failures import Failures
from wagtail_autogallery.frontend.specs import Specs, Wanted, on_pages

#: What Wagtail makes of each image that is shown in its chooser.
SPEC_OF_CHOOSER = "max-165x165"
KEY_FIELDS = ("image_id", "filter_spec", "focal_point_key")


class Rendition(NamedTuple):
    """A stored rendition, as far as a page needs it."""

    url: str
    width: int
    height: int


class Renditions:
    """
    The renditions of some images, read with one query once the first of them is asked for.

    What does not exist is made there and then, as Wagtail does it; but not of images that the sync
    put in: these are the job's (``sync/pictures.py``, ``missing_renditions.py``), and no visitor
    has to wait for what nobody has looked at.

    :param layout: That of the gallery they are shown in; without one, pictures are whole.
    :param where: Where they are wanted, :func:`on_pages` or :func:`in_api`.
    :param of_the_job: The keys of images of which nothing is made here.
    """

    def __init__(
        self,
        images: Iterable[Any],
        layout: str = "",
        where: Callable[[], Wanted] = on_pages,
        of_the_job: Collection[Any] = (),
    ) -> None:
        self._images = {image.pk: image for image in images if image}
        self._layout = layout
        self._where = where
        self._of_the_job = of_the_job

    @cached_property
    def specs(self) -> dict[Any, Specs]:
        """What is wanted of each image, by its key."""
        wanted = self._where()
        return {key: wanted(image, self._layout) for key, image in self._images.items()}

    @cached_property
    def _stored(self) -> dict[Any, dict[str, Rendition]]:
        return read(self._images, self.specs)

    def of(self, image: Any) -> dict[str, Rendition]:
        """
        Those of one image, by filter spec.

        One that cannot be made, because the original is broken or lost, is left out, and tried
        again later (``failures.py``).
        """
        stored = self._stored[image.pk]
        if image.pk in self._of_the_job:
            return stored
        if to_make := self._lacking(image.pk):
            for spec, rendition in make(image, to_make, self._failures):
                if rendition:
                    stored[spec] = _as_shown(rendition)
        return stored

    def shows(self, image: Any) -> bool:
        """Whether there is a picture of it, or one is made for who asks."""
        is_there = image.pk not in self._of_the_job or bool(self._stored[image.pk])
        return is_there or self.stand_in_of(image) is not None

    def stand_in_of(self, image: Any) -> Rendition | None:
        """
        What is shown of an image whose own pictures the job has still to make: any other.

        It is there where somebody has just chosen another layout, focal point or setting.
        """
        return self._stand_ins.get(image.pk)

    @cached_property
    def _stand_ins(self) -> dict[Any, Rendition]:
        without = [
            self._images[key]
            for key in self._of_the_job
            if key in self._images and not self._stored[key]
        ]
        if not without:
            return {}
        found: dict[Any, Rendition] = {}
        for key, _, _, rendition in _with_urls(_rows_of_ours(without)):
            if key not in found or rendition.width < found[key].width:
                found[key] = rendition
        return found

    def _lacking(self, key: Any) -> list[str]:
        return [spec for spec in self.specs[key].all if spec not in self._stored[key]]

    @cached_property
    def _failures(self) -> Failures:
        return Failures(
            image
            for key, image in self._images.items()
            if key not in self._of_the_job and self._lacking(key)
        )


def read(images: Mapping[Any, Any], specs: Mapping[Any, Specs]) -> dict[Any, dict[str, Rendition]]:
    """The stored renditions of images by the image's key and the filter spec, with one query."""
    stored: dict[Any, dict[str, Rendition]] = {key: {} for key in images}
    rows = _rows(images.values(), {spec for wanted in specs.values() for spec in wanted.all})
    for key, spec, focal_point_key, rendition in _with_urls(rows):
        if focal_point_key == _focal_point_key(images[key], spec):
            stored[key][spec] = rendition
    return stored


def missing(wanted: Mapping[Any, Iterable[str]]) -> Iterator[tuple[Any, list[str]]]:
    """The images of which wanted renditions do not exist, and which, with one query."""
    if not wanted:
        return
    rows = _rows(wanted, {spec for specs in wanted.values() for spec in specs})
    stored = set(rows.values_list(*KEY_FIELDS))
    for image, specs in wanted.items():
        lacking = [
            spec for spec in specs if (image.pk, spec, _focal_point_key(image, spec)) not in stored
        ]
        if lacking:
            yield image, lacking


def _rows(images: Iterable[Any], specs: Iterable[str]) -> QuerySet[Any]:
    return _rows_of(images).filter(filter_spec__in=specs)


def _rows_of_ours(images: Iterable[Any]) -> QuerySet[Any]:
    """Those that tell of no place: others of the same image may."""
    return _rows_of(images).filter(filter_spec__endswith=f"|{credit.NAME}")


def stored_for_admin(images: Iterable[Any]) -> dict[Any, list[Rendition]]:
    """What there is of images that may be shown to editors, by the image's key, with one query."""
    images = list(images)
    stored: dict[Any, list[Rendition]] = {}
    if not images:
        return stored
    of_chooser = Q(filter_spec=SPEC_OF_CHOOSER)
    of_ours = Q(filter_spec__endswith=f"|{credit.NAME}")
    rows = _rows_of(images).filter(of_chooser | of_ours)
    for key, _, _, rendition in _with_urls(rows):
        stored.setdefault(key, []).append(rendition)
    return stored


def _rows_of(images: Iterable[Any]) -> QuerySet[Any]:
    images = list(images)
    model = images[0].get_rendition_model()
    rows: QuerySet[Any] = model._default_manager.filter(image__in=[image.pk for image in images])
    return rows


def _with_urls(rows: QuerySet[Any]) -> Iterator[tuple[Any, str, str, Rendition]]:
    file = rows.model._meta.get_field("file")
    if rows.model.url is not AbstractRendition.url or file.attr_class is not WagtailImageFieldFile:
        # The site has its own way to a URL.
        for row in rows:
            yield row.image_id, row.filter_spec, row.focal_point_key, _as_shown(row)
        return
    address_of = _addresses_in(file.storage)
    # Model instances with image fields take several times as long as all the rest.
    for key, spec, focal_point_key, name, width, height in rows.values_list(
        *KEY_FIELDS, "file", "width", "height"
    ):
        yield key, spec, focal_point_key, Rendition(address_of(name), width, height)


def _addresses_in(storage: Any) -> Callable[[str], str]:
    # Only of Django's own folder is it known that an address stays what it is.
    if storage.__class__ is FileSystemStorage:
        return _addresses_in_folder(storage.base_url)
    return cast(Callable[[str], str], storage.url)


@cache
def _addresses_in_folder(base_url: str) -> Callable[[str], str]:
    return lru_cache(maxsize=10_000)(FileSystemStorage(base_url=base_url).url)


def make(
    image: Any, specs: Iterable[str], failures: Failures
) -> Generator[tuple[str, AbstractRendition | None], None, None]:
    """
    Get these renditions of an image from Wagtail, which makes those that do not exist.

    One after the other, because a web process has other things to do, from a file that is opened
    once, because it may be far away. One that fails is ``None``; what is known to fail is left out.
    """
    with ExitStack() as opened:
        for spec in specs:
            # Asked each time: the one before may have shown that none can be made.
            if failures.rules_out(image, spec):
                continue
            try:
                if image.file.closed:
                    opened.enter_context(image.file.open("rb"))
                rendition = image.get_rendition(filter_of(spec))
            except Exception as error:
                failures.record(image, spec, error)
                yield spec, None
            else:
                failures.forget(image, spec)
                yield spec, rendition


def _as_shown(rendition: AbstractRendition) -> Rendition:
    return Rendition(rendition.url, rendition.width, rendition.height)


@cache
def filter_of(spec: str) -> Filter:
    """Parsing a spec takes longer than all the rest that is done with it."""
    return Filter(spec)


def _focal_point_key(image: Any, spec: str) -> str:
    return filter_of(spec).get_cache_key(image) if _depends_on_focal_point(spec) else ""


@cache
def _depends_on_focal_point(spec: str) -> bool:
    return any(getattr(operation, "vary_fields", ()) for operation in filter_of(spec).operations)
