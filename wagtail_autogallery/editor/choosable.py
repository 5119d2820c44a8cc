"""Which collections a person may have a gallery follow: those whose images they may choose."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import cached_property
from wagtail import VERSION
from wagtail.images import get_image_model
from wagtail.models import Collection


class ChoosableCollections:
    """
    The collections out of which somebody may choose images, as in Wagtail's image chooser.

    :param user: Who is not known, or not signed in, may choose nothing.
    """

    def __init__(self, user: Any = None) -> None:
        self.user = user or AnonymousUser()

    @cached_property
    def offered(self) -> list[Collection]:
        """In the order of the tree; each with all that is inside it, since that is followed too."""
        return [
            collection
            for collection in self._all
            if not any(path.startswith(collection.path) for path in self._forbidden_paths)
        ]

    @cached_property
    def withheld(self) -> list[int]:
        """Keys of the others, whose names are not told."""
        offered = {collection.pk for collection in self.offered}
        return [collection.pk for collection in self._all if collection.pk not in offered]

    @property
    def has_all(self) -> bool:
        return bool(self._all) and not self._forbidden_paths

    def may_follow(self, collection_id: int | None) -> bool:
        """
        :param collection_id: ``None`` for all collections.
        """
        if collection_id is None:
            return self.has_all
        return any(collection.pk == collection_id for collection in self.offered)

    @cached_property
    def keys(self) -> set[int]:
        """Of all collections out of which they may choose, whatever is inside those."""
        collections = image_permission_policy().collections_user_has_permission_for(
            self.user, "choose"
        )
        return set(collections.values_list("pk", flat=True))

    @cached_property
    def to_upload_to(self) -> list[str]:
        """The keys, as text, of those they may add images to, in the order of the tree."""
        collections = image_permission_policy().collections_user_has_permission_for(
            self.user, "add"
        )
        return [str(key) for key in collections.order_by("path").values_list("pk", flat=True)]

    @cached_property
    def _all(self) -> list[Collection]:
        return list(Collection.objects.order_by("path"))

    @cached_property
    def _forbidden_paths(self) -> list[str]:
        return [collection.path for collection in self._all if collection.pk not in self.keys]


def image_permission_policy() -> Any:
    if VERSION >= (8, 0):
        from wagtail.permissions import policy_registry

        return policy_registry.get_by_type(get_image_model())

    from wagtail.images.permissions import permission_policy

    return permission_policy
