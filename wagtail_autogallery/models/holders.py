"""Which holder a row belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from typing_extensions import Self


_Row = TypeVar("_Row", bound=models.Model)


HOLDERS_PER_PAGE = 100


def save_columns(rows: Sequence[models.Model], names: list[str]) -> None:
    """Save these columns of rows of one model, without signals, in about one query."""
    if len(rows) == 1:
        # The query of a bulk update takes longer to put together than all else of a write.
        (row,) = rows
        values = {name: getattr(row, name) for name in names}
        type(row)._base_manager.filter(pk=row.pk).update(**values)
    elif rows:
        type(rows[0])._base_manager.bulk_update(rows, names, batch_size=100)


class HolderKey(NamedTuple):
    """Where a holder is: its content type and its primary key as text."""

    content_type_id: int
    object_id: str

    @classmethod
    def of(cls, holder: models.Model) -> HolderKey:
        """A page is the same holder whichever of its base types it was loaded as."""
        model = getattr(holder, "specific_class", None) or type(holder)
        return cls(ContentType.objects.get_for_model(model).pk, str(holder.pk))

    def __str__(self) -> str:
        content_type = self._content_type
        if content_type is None:
            return f"type {self.content_type_id} {self.object_id}"
        return f"{content_type.app_label}.{content_type.model} {self.object_id}"

    def as_text(self) -> str:
        return f"{self.content_type_id}-{self.object_id}"

    @classmethod
    def from_text(cls, text: str) -> HolderKey | None:
        """:return: ``None`` where it is none."""
        content_type_id, _separator, object_id = text.partition("-")
        if not content_type_id.isdecimal() or not object_id:
            return None
        return cls(int(content_type_id), object_id)

    @property
    def model(self) -> type[models.Model] | None:
        """``None`` where this process does not know it: another one may."""
        content_type = self._content_type
        return content_type.model_class() if content_type else None

    @property
    def _content_type(self) -> ContentType | None:
        try:
            return ContentType.objects.get_for_id(self.content_type_id)
        except ContentType.DoesNotExist:
            return None


class OfHolders(models.QuerySet[_Row]):
    """Rows that each belong to one holder."""

    def of(self, key: HolderKey) -> Self:
        return self.filter(content_type_id=key.content_type_id, object_id=key.object_id)

    def of_any(self, keys: Iterable[HolderKey]) -> Self:
        """Those of a few holders."""
        ids: dict[int, list[str]] = {}
        for key in keys:
            ids.setdefault(key.content_type_id, []).append(key.object_id)
        of_each = (Q(content_type_id=one, object_id__in=ids[one]) for one in ids)
        return self.filter(reduce(or_, of_each, Q(pk__in=[])))

    def holder_keys(self) -> Iterator[HolderKey]:
        """
        The holders of these rows, each once.

        Reads page by page, behind the last one seen, so memory stays flat and rows that change on
        the way neither repeat nor hide others.
        """
        keys = self.order_by("content_type_id", "object_id").values_list(
            "content_type_id", "object_id"
        )
        rows = list(keys.distinct()[:HOLDERS_PER_PAGE])
        while rows:
            last = HolderKey(*rows[-1])
            yield from (HolderKey(*row) for row in rows)
            beyond = Q(content_type_id__gt=last.content_type_id) | Q(
                content_type_id=last.content_type_id, object_id__gt=last.object_id
            )
            rows = list(keys.filter(beyond).distinct()[:HOLDERS_PER_PAGE])


class OfOneHolder:
    """A row that belongs to one holder. Not a model: mypy's plugin fails at abstract ones."""

    content_type_id: Any
    object_id: Any

    @property
    def holder_key(self) -> HolderKey:
        return HolderKey(self.content_type_id, self.object_id)
