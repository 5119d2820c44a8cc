"""All that writing a holder leaves in the database and tells others, to be compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import signals
from wagtail import signals as wagtail_signals
from wagtail.fields import StreamField
from wagtail.images.models import AbstractRendition
from wagtail.models import ReferenceIndex, Revision

from wagtail_autogallery.sync import streams

NEW = "the new revision"
REVISION = Revision._meta.label

#: Apps whose rows and signals are compared.
APPS = {"testapp", "wagtailcore", "wagtailadmin", "taggit", "auth"}

SIGNALS = {
    **{name: getattr(signals, name) for name in ("pre_save", "post_save", "m2m_changed")},
    **{name: getattr(signals, name) for name in ("pre_delete", "post_delete")},
    **{
        name: signal
        for name, signal in vars(wagtail_signals).items()
        if isinstance(signal, wagtail_signals.Signal)
    },
}


@dataclass
class Told:
    """One signal, as a receiver got it."""

    signal: str
    sender: str
    pk: Any
    about: dict[str, Any]
    #: The columns of the instance, as it was at that moment.
    seen: dict[str, Any]

    @property
    def key(self) -> tuple[str, str, Any]:
        return self.signal, self.sender, self.pk


@dataclass
class Traces:
    #: Column values of all rows, by model and primary key.
    rows: dict[tuple[str, Any], dict[str, Any]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)


def traces_of(write: Callable[[], None]) -> Traces:
    """Do it, take down what it leaves behind, and undo it."""
    traces = Traces()
    revisions = set(Revision.objects.values_list("pk", flat=True))
    with transaction.atomic():
        with _listening(traces.told):
            write()
        for model in _models():
            for instance in streams.with_raw_data(model._base_manager.all()):
                traces.rows[model._meta.label, instance.pk] = _columns(instance)
        transaction.set_rollback(True)
    return _with_names(traces, revisions)


def _with_names(traces: Traces, known: set[int]) -> Traces:
    """Revisions by name, as a database gives no number twice."""
    new = {pk for label, pk in traces.rows if label == REVISION} - known

    def name(columns: dict[str, Any]) -> dict[str, Any]:
        return {
            key: NEW if "revision" in key and value in new else value
            for key, value in columns.items()
        }

    rows = {
        (label, NEW if label == REVISION and pk in new else pk): name(columns)
        for (label, pk), columns in traces.rows.items()
    }
    for (label, pk), columns in rows.items():
        if (label, pk) == (REVISION, NEW):
            columns["id"] = NEW
    told = [
        replace(
            each,
            pk=NEW if each.sender == REVISION and each.pk in new else each.pk,
            about=name(each.about),
            seen=name(each.seen),
        )
        for each in traces.told
    ]
    for each in told:
        if each.pk == NEW:
            each.seen["id"] = NEW
    return Traces(rows, told)


def _models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if _is_compared(model) and not model._meta.proxy and model is not ReferenceIndex:
            yield model


def _is_compared(model: type[models.Model]) -> bool:
    """Pictures are made before anything is written, whoever writes; a site may have its own."""
    return model._meta.app_label in APPS and not issubclass(model, AbstractRendition)


def _columns(instance: models.Model) -> dict[str, Any]:
    columns = {}
    for each in instance._meta.concrete_fields:
        if isinstance(each, StreamField):
            value = streams.raw_stream(instance, each)
        elif isinstance(each, models.FileField):
            value = str(getattr(instance, each.attname))
        else:
            value = deepcopy(getattr(instance, each.attname))
        columns[each.attname] = value
    if isinstance(instance, Revision):
        # As it is stored, be it from memory or from the database.
        content = json.loads(json.dumps(instance.content, cls=DjangoJSONEncoder))
        columns["content"] = _parsed(content)
    return columns


def _parsed(value: Any) -> Any:
    """The streams in the content of a revision, and of child objects in it, are JSON in JSON."""
    if isinstance(value, str):
        return json.loads(value) if value.startswith("[") else value
    if isinstance(value, list):
        return [_parsed(each) for each in value]
    if isinstance(value, dict):
        return {key: _parsed(each) for key, each in value.items()}
    return value


@contextmanager
def _listening(told: list[Told]) -> Iterator[None]:
    def receiver_of(name: str) -> Callable[..., None]:
        def receive(sender: Any, instance: Any = None, **about: Any) -> None:
            if not _is_compared(sender):
                return
            del about["signal"]
            if "revision" in about:
                about["revision"] = about["revision"] and about["revision"].pk
            seen = _columns(instance) if isinstance(instance, models.Model) else {}
            told.append(Told(name, sender._meta.label, getattr(instance, "pk", None), about, seen))

        return receive

    receivers = {name: receiver_of(name) for name in SIGNALS}
    for name, receiver in receivers.items():
        SIGNALS[name].connect(receiver, weak=False)
    try:
        yield
    finally:
        for name, receiver in receivers.items():
            SIGNALS[name].disconnect(receiver)
