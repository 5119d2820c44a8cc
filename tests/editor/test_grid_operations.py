"""Whatever is done in the grid gives what Wagtail's own form of a list would have given."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.images import get_image_model
from wagtail.test.utils.form_data import nested_form_data

from tests.factories import ImageFactory, raw_item
from tests.forms import fields_of_list_block, grid_form
from wagtail_autogallery.blocks import GalleryImagesBlock

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("node"), reason="There is no Node.js here"),
]

OPERATE = Path(__file__).parents[1] / "js" / "operate.mjs"
NAMES = list("abcdefgh")
NEW = list("uvwxyz")

#: Some of those that are there, whatever these are by then.
SOME = st.sets(st.sampled_from(NAMES + NEW), min_size=1, max_size=3)
PLACE = st.integers(0, 10)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("remove"), SOME),
        st.tuples(st.just("insert"), st.sets(st.sampled_from(NEW), min_size=1), PLACE),
        st.tuples(st.just("move_to"), SOME, PLACE),
        st.tuples(st.just("move_by"), SOME, st.integers(-4, 4)),
        st.tuples(st.just("move_onto"), SOME, PLACE),
        st.tuples(st.sampled_from(["reverse", "sort", "undo"])),
    ),
    max_size=12,
)


class ListForm:
    """What an editor does in a list, one image at a time; and the same as calls of the grid."""

    def __init__(self, names):
        self.names = list(names)
        self.past = []
        self.calls = []

    def apply(self, operation, *given):
        before = list(self.names)
        if operation == "undo":
            self.names = self.past.pop() if self.past else self.names
            self.calls.append(["undo"])
            return
        getattr(self, operation)(*given)
        if self.names != before:
            self.past.append(before)

    def here(self, some):
        return [name for name in self.names if name in some]

    def remove(self, some):
        some = self.here(some)
        self.calls.append(["remove", some])
        for name in some:
            self.names.remove(name)

    def insert(self, some, place):
        some = sorted(set(some) - set(self.names))
        place = min(place, len(self.names))
        self.calls.append(["insert", some, place])
        for name in reversed(some):
            self.names.insert(place, name)

    def move_to(self, some, place):
        some = self.here(some)
        place = min(place, len(self.names))
        self.calls.append(["move_to", some, place])
        self._put(some, place)

    def move_by(self, some, offset):
        some = self.here(some)
        self.calls.append(["move_by", some, offset])
        if some and offset < 0:
            self._put(some, max(0, self.names.index(some[0]) + offset))
        elif some:
            self._put(some, min(len(self.names), self.names.index(some[-1]) + 1 + offset))

    def move_onto(self, some, place):
        some = self.here(some)
        if not self.names:
            return
        target = self.names[place % len(self.names)]
        self.calls.append(["move_onto", some, target])
        if target not in some:
            at = self.names.index(target)
            is_behind = bool(some) and at > self.names.index(some[-1])
            self._put(some, at + 1 if is_behind or not some else at)

    def reverse(self):
        self.calls.append(["reverse"])
        self.names.reverse()

    def sort(self):
        self.calls.append(["sort"])
        self.names.sort()

    def _put(self, some, place):
        """Take each out, and put it in again, behind the one before."""
        anchor = next((name for name in self.names[place:] if name not in some), None)
        for name in some:
            self.names.remove(name)
            at = len(self.names) if anchor is None else self.names.index(anchor)
            self.names.insert(at, name)


@pytest.fixture(scope="module")
def operate():
    """The grid's own logic, in Node.js."""
    with subprocess.Popen(
        ["node", OPERATE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as node:

        def operate(names, operations):
            node.stdin.write(json.dumps({"names": names, "operations": operations}) + "\n")
            node.stdin.flush()
            return json.loads(node.stdout.readline())

        yield operate
        node.stdin.close()


@pytest.fixture
def stored():
    """An item, as it is stored, for each name."""
    images = [ImageFactory() for _ in range(3)]
    assert get_image_model().objects.count() >= len(images)
    return {
        name: {**raw_item(images[number % 3], caption=f"“{name}”"), "id": f"id-of-{name}"}
        for number, name in enumerate(NAMES + NEW)
    }


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.integers(0, len(NAMES)), OPERATIONS, st.sets(st.sampled_from(NAMES + NEW)))
def test_any_sequence_of_operations_gives_what_the_list_form_gives(
    operate, stored, count, operations, opened
):
    form = ListForm(NAMES[:count])
    for operation in operations:
        form.apply(*operation)

    left = operate(NAMES[:count], form.calls)

    assert left == form.names
    by_grid = sent_by_grid([stored[name] for name in left], {stored[name]["id"] for name in opened})
    at_first = [stored[name] for name in NAMES[:count]]
    by_list = sent_by_list(at_first, [stored[name] for name in form.names])
    assert as_stored(by_grid) == as_stored(by_list)


def sent_by_grid(items, opened):
    """Those that were opened post the form of their block."""
    fields, sent = {}, []
    for number, item in enumerate(items):
        if item["id"] not in opened:
            sent.append(item)
            continue
        sent.append({"type": "item", "id": item["id"], "form": number})
        for name, value in item["value"].items():
            fields[f"images-{number}-value-{name}"] = str(value)
    return {"images": grid_form(sent), **fields}


def sent_by_list(at_first, items):
    """Wagtail's own form posts what was taken out, too, and the places of all in fields."""
    gone = [item for item in at_first if item not in items]
    fields = fields_of_list_block([*items, *gone])
    for index in range(len(items), len(items) + len(gone)):
        fields[str(index)]["deleted"] = "1"
    return nested_form_data({"images": fields})


def as_stored(data):
    block = GalleryImagesBlock()
    value = block.clean(block.value_from_datadict(data, {}, "images"))
    return json.dumps(block.get_prep_value(value), default=str)
