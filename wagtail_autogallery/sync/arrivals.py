"""Write down what happened by which images may have come into scope, or are gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from wagtail.images import get_image_model
from wagtail.models import Collection, ReferenceIndex

from wagtail_autogallery.models import Arrival, Delivery, DeliveryQuerySet, Errand, HolderKey
from wagtail_autogallery.sync.gallery_fields import is_holder
from wagtail_autogallery.sync.places import Place, place_of_collection, places_of_paths

Kind = Arrival.Kind


def record_images(images: Iterable[tuple[Any, int | None]]) -> int | None:
    """
    :param images: Primary key of each image and of the collection it came from, if it was moved.
    :return: The key of the first arrival, where the database tells it.
    """
    places: dict[int, Place | None] = {}
    moved = []
    arrivals = []
    for pk, origin in images:
        if origin is None:
            arrivals.append(Arrival(image_id=str(pk)))
            continue
        if origin not in places:
            places[origin] = place_of_collection(origin)
        place = places[origin]
        before = place.as_json() if place else None
        arrivals.append(Arrival(kind=Kind.MOVE, image_id=str(pk), before=before))
        moved.append(str(pk))
    Arrival.objects.bulk_create(arrivals)
    if moved:
        _look_at_what_is_private(Delivery.objects.filter(image_id__in=moved))
    return arrivals[0].pk if arrivals else None


def holders_showing(image: models.Model) -> list[HolderKey]:
    """
    The holders that an image is in, as far as Wagtail's index and the ledgers know.

    Ask before it is deleted: the index forgets it then.
    """
    references = (
        ReferenceIndex.get_references_to(image)
        .order_by()
        .values_list("content_type_id", "object_id")
        .distinct()
    )
    delivered = (
        Delivery.objects.numbered_or_offered()
        .filter(image_id=str(image.pk), mark="")
        .values_list("subscription__content_type_id", "subscription__object_id")
    )
    keys = {HolderKey(*row) for row in [*references, *delivered]}
    return sorted(key for key in keys if key.model and is_holder(key.model))


def record_deletion(image_id: Any, holders: Iterable[HolderKey]) -> int:
    """
    :param holders: Those to take it out of, from :func:`holders_showing`.
    :return: The key of the arrival.
    """
    arrival = Arrival.objects.create(
        kind=Kind.GONE, image_id=str(image_id), holders=[list(key) for key in holders]
    )
    return arrival.pk


def record_opening(collection_id: int) -> None:
    """A restriction of a collection was lifted: images in it may have come into scope."""
    place = place_of_collection(collection_id)
    if place:
        before = place._replace(restricted=collection_id)
        Arrival.objects.create(
            kind=Kind.COLLECTION, collection_id=collection_id, before=before.as_json()
        )
        _look_at_what_is_private(Delivery.objects.all())


def record_closing(collection_id: int) -> bool:
    """
    A collection became private: galleries may show images of it.

    :return: Whether there are any images in it.
    """
    collection = Collection.objects.filter(pk=collection_id).first()
    if collection is None:
        return False
    images = get_image_model()._base_manager.filter(collection__path__startswith=collection.path)
    if not images.exists():
        return False
    around = collection.path[: -Collection.steplen]
    above = places_of_paths([around])[around]
    before = Place((*above.ids, collection_id), above.restricted)
    Arrival.objects.create(
        kind=Kind.COLLECTION, collection_id=collection_id, before=before.as_json()
    )
    return True


def record_collection_move(old_path: str, new_path: str) -> bool:
    """
    A collection has moved in the tree.

    :return: Whether that is of interest: the tree also moves siblings to make place.
    """
    step = Collection.steplen
    if old_path[:-step] == new_path[:-step]:
        return False
    moved = Collection.objects.filter(path=new_path).values_list("pk", flat=True).first()
    if moved is None:
        return False
    above = places_of_paths([old_path[:-step]])[old_path[:-step]]
    own = place_of_collection(moved)
    is_restricted_itself = own is not None and own.restricted == moved
    before = Place((*above.ids, moved), moved if is_restricted_itself else above.restricted)
    Arrival.objects.create(kind=Kind.COLLECTION, collection_id=moved, before=before.as_json())
    _look_at_what_is_private(Delivery.objects.all())
    return True


def _look_at_what_is_private(deliveries: DeliveryQuerySet) -> None:
    """Those that wait because their images are private: they may not be any more."""
    Errand.objects.send_to(deliveries.held_back(Delivery.Reason.PRIVATE).holder_keys())
