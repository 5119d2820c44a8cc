from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models.signals import pre_save
from django.utils import timezone
from wagtail.models import (
    Comment,
    DraftStateMixin,
    ModelLogEntry,
    PageLogEntry,
    Revision,
    Task,
    TaskState,
    Workflow,
    WorkflowTask,
)

from tests.factories import (
    FeaturePageFactory,
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    RecordFactory,
    RevisedSnippetFactory,
    book_with,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    root_page,
)
from tests.testapp.models import EverythingPage, Footnote, GalleryPage
from tests.traces import NEW, REVISION, Traces, traces_of
from wagtail_autogallery.sync import streams
from wagtail_autogallery.sync.children import ChildStreams
from wagtail_autogallery.sync.gallery_fields import child_fields
from wagtail_autogallery.sync.history import LOG_ACTION
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


# The contract: what Wagtail's own publish leaves behind and tells others is left and told.


def page_with_aliases(admin):
    page = everything_page(admin)
    page.create_alias(update_slug="alias").create_alias(update_slug="alias-of-alias")
    return page


def everything_page(admin):
    """A page with all that a page can have."""
    page = root_page().add_child(
        instance=EverythingPage(
            title="Everything",
            body=raw_body(raw_gallery()),
            notes=[raw_block("text", "A note")],
            subtitle="quiet",
            facts={"rooms": 3},
            price="9.90",
            opens_at=timezone.now().replace(microsecond=0),
            attachment="attachments/plan.pdf",
        )
    )
    page.tags.add("sea", "sand")
    page.links.create(url="https://example.com/")
    Comment.objects.create(page=page, user=admin, text="Nice", contentpath="body")
    page.save()
    page.save_revision(user=admin).publish()
    page.refresh_from_db()
    return page


def feature_page(admin):
    """A page with three tables."""
    page = FeaturePageFactory(body=raw_body(raw_gallery()), aside=raw_body(raw_gallery()))
    page.save_revision(user=admin).publish()
    return page


def book_page(admin):
    """A page whose galleries are in its child objects, which have child objects too."""
    book = book_with(raw_gallery(), raw_gallery())
    for chapter in book.chapters.all():
        Footnote.objects.create(chapter=chapter, text="See there")
    book.save_revision(user=admin).publish()
    book.refresh_from_db()
    return book


def full_snippet(admin):
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    snippet.save_revision(user=admin).publish()
    return snippet


def revised_snippet(admin):
    snippet = RevisedSnippetFactory(body=raw_body(raw_gallery()))
    snippet.save_revision(user=admin)
    return snippet


@pytest.fixture(
    params=[page_with_aliases, feature_page, book_page, full_snippet, revised_snippet],
    ids=lambda kind: kind.__name__.replace("_", " "),
)
def holder(request, admin):
    return request.param(admin)


@pytest.fixture
def a_fixed_time(monkeypatch):
    """The same moment for both, later than all that was before."""

    def fix():
        # Content in JSON has milliseconds.
        now = timezone.now().replace(microsecond=123000) + timedelta(minutes=1)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    return fix


def compare(holder, admin, a_fixed_time):
    """Have the sync write a holder, and Wagtail the same content, both from the same state."""
    model = type(holder)
    ImageFactory()
    a_fixed_time()
    written = {}

    def with_the_sync():
        assert sync().holders == 1
        written.update(
            streams.raw_data(streams.with_raw_data(model.objects.all()).get(pk=holder.pk))
        )

    def with_wagtail():
        fresh = model.objects.get(pk=holder.pk)
        for name, raw in written.items():
            put(fresh, name, raw)
        if isinstance(fresh, DraftStateMixin):
            fresh.save_revision(user=admin, clean=False).publish(log_action=False)
        else:
            fresh.save()
            fresh.save_revision(user=admin, clean=False)

    before = traces_of(lambda: None)
    ours, theirs = traces_of(with_the_sync), traces_of(with_wagtail)
    assert ours.rows != before.rows

    log_entries = [key for key in ours.rows if key not in before.rows and "LogEntry" in key[0]]
    entry = ours.rows.pop(*log_entries)
    assert (entry["action"], entry["user_id"], entry["revision_id"]) == (LOG_ACTION, None, NEW)
    ours.told = [told for told in ours.told if "LogEntry" not in told.sender]

    expected = with_our_exceptions(before, theirs, holder)
    for traces in (ours, expected):
        leave_out_what_nobody_minds(traces)
    assert [told.key for told in ours.told] == [told.key for told in expected.told]
    differences = [
        *(
            difference
            for our, their in zip(ours.told, expected.told, strict=True)
            for difference in compared(our.key, our.about | our.seen, their.about | their.seen)
        ),
        *(
            difference
            for key in ours.rows.keys() | expected.rows.keys()
            for difference in compared(key, ours.rows.get(key, {}), expected.rows.get(key, {}))
        ),
    ]
    assert differences == [], "\n".join(differences)


def put(fresh, name, raw):
    """Give an object what the sync has written, to be saved by Wagtail."""
    if not isinstance(raw, ChildStreams):
        setattr(fresh, name, deepcopy(raw))
        return
    relation, _, field = name.partition(".")
    found = getattr(fresh, relation).get_object_list()
    for child, stream in zip(found, raw, strict=True):
        setattr(child, field, deepcopy(stream.raw))


def compared(key, ours, theirs, path=()):
    for name in ours.keys() | theirs.keys():
        our, their = ours.get(name, "nothing"), theirs.get(name, "nothing")
        if isinstance(our, dict) and isinstance(their, dict):
            yield from compared(key, our, their, (*path, name))
        elif our != their:
            yield f"{key} {'.'.join((*path, name))}: ours {our!r}, Wagtail's {their!r}"


def with_our_exceptions(before: Traces, theirs: Traces, holder) -> Traces:
    """
    What we leave and tell, given what Wagtail does. All that differs on purpose is here:

    - The log entry is our own, without a user (Wagtail's publish was told to write none).
    - Child objects, tags and comments are left as they are where they did not change. Wagtail saves
      them all again, and makes those of aliases anew, with new keys.
    - What changed in child objects is told before what changed in their parent, so that whoever is
      told that a page was published is the last. Wagtail saves them between the two.
    - ``save_revision`` saves the row in part before publishing saves it all. We save it once.
    - Aliases get what the galleries of their source got, and its times. Wagtail gives them the
      whole of its content again, and publishes those that somebody unpublished.
    - Wagtail saves what knows no drafts before its revision, and names that in it afterwards.
    - ``pre_save`` is sent in the transaction and all else after the commit, so for aliases it
      comes before what is told of their source.
    - Wagtail gives the alias of an alias the times of the publish before this one. We give it
      those of this one.
    """
    own = type(holder)._meta
    children = {one.key.model._meta.label for one in child_fields(type(holder))}
    written = {own.label, *(model._meta.label for model in own.get_parent_list()), *children}
    newest = theirs.rows[own.label, holder.pk]

    def with_times(columns):
        if not columns.get("alias_of_id") or columns["alias_of_id"] == holder.pk:
            return columns
        names = ("last_published_at", "latest_revision_created_at")
        return {**columns, **{name: newest[name] for name in names}}

    rows = {
        key: with_times(columns)
        for key, columns in theirs.rows.items()
        if key[0] in {*written, REVISION}
    }
    told = [
        replace(each, seen=with_times(each.seen))
        for each in theirs.told
        if each.sender in {*written, REVISION} and not each.about.get("update_fields")
    ]
    of_revision = [each for each in told if each.sender == REVISION]
    before_save = [each for each in told if each.signal == "pre_save" and each.sender != REVISION]
    after_commit = [each for each in told if each not in of_revision and each not in before_save]
    after_commit.sort(key=lambda each: each.sender not in children)
    return Traces({**before.rows, **rows}, [*of_revision, *before_save, *after_commit])


def leave_out_what_nobody_minds(traces):
    """
    - When comments were last touched, in the revision: Wagtail saves them before it. Neither
      brings that back with the revision.
    - What an alias is about to be saved with, where its field sets it itself then (``auto_now``):
      Wagtail shows the value of its source, we the old one.
    - Which revision a snippet without drafts names while it is saved: see above.
    """
    for columns in [*traces.rows.values(), *(told.seen for told in traces.told)]:
        for comment in columns.get("content", {}).get("wagtail_admin_comments", []):
            del comment["updated_at"]
    for told in traces.told:
        if told.signal == "pre_save" and told.seen.get("alias_of_id"):
            del told.seen["touched_at"]
        if told.sender == "testapp.RevisedSnippet":
            del told.seen["latest_revision_id"]


def test_a_holder_at_rest_is_left_and_announced_as_by_wagtails_own_publish(
    holder, admin, a_fixed_time
):
    compare(holder, admin, a_fixed_time)


@pytest.fixture
def meddling():
    """A receiver that changes what is about to be saved: a column, one in itself, and a stream."""

    def meddle(sender, instance, **kwargs):
        instance.subtitle = "loud"
        instance.facts["open"] = True
        instance.notes = [raw_block("text", "Another note", block_id="n")]

    pre_save.connect(meddle, sender=EverythingPage)
    yield
    pre_save.disconnect(meddle, sender=EverythingPage)


def test_so_is_one_whose_columns_a_receiver_changes(admin, a_fixed_time, meddling):
    compare(page_with_aliases(admin), admin, a_fixed_time)


def test_so_is_one_whose_row_a_script_changed_since_it_was_published(admin, a_fixed_time):
    page = everything_page(admin)
    by_a_script = {"subtitle": "By a script", "title": "Renamed", "expired": True}
    EverythingPage.objects.update(**by_a_script, draft_title="Renamed")

    compare(page, admin, a_fixed_time)


def test_a_page_that_fails_its_own_validation_is_written_like_any_other(monkeypatch):
    page = page_with(raw_gallery())
    image = ImageFactory()

    def refuse(self):
        raise ValidationError({"title": "A title must rhyme."})

    monkeypatch.setattr(GalleryPage, "clean", refuse)
    report = sync()

    assert (report.holders, report.failures) == (1, 0)
    page.refresh_from_db()
    assert images_in(page) == [image.pk]
    assert images_in_revision(page.live_revision) == [key_of(image)]
    assert page.revisions.count() == 2


def test_a_field_in_which_only_the_cursor_moves_is_written_along():
    page = page_with(raw_gallery(), sidebar=raw_body(raw_gallery()))
    image = ImageFactory()
    chosen = [raw_block("gallery", raw_gallery(image), page.sidebar.raw_data[0]["id"])]
    GalleryPage.objects.filter(pk=page.pk).update(sidebar=chosen)

    sync()

    page.refresh_from_db()
    row, revision = stored(page, "sidebar"), json.loads(page.live_revision.content["sidebar"])
    assert row == revision
    assert row[0]["value"]["cursor"].endswith(f":1:{image.pk}")
    assert len(row[0]["value"]["images"]) == 1


# What today's code does not know.


def unknown():
    return raw_block("carousel", {"speed": 1.5, "slides": [{"id": None}]}, "u")


def stored(holder, name):
    rows = streams.with_raw_data(type(holder).objects.filter(pk=holder.pk))
    return rows.get().__dict__[f"raw_{name}"]


def test_blocks_that_todays_code_does_not_know_stay_wherever_they_are(admin):
    page = page_with_aliases(admin)
    old_alias = page.aliases.get().specific
    page.refresh_from_db()
    body = [unknown(), *page.body.raw_data, unknown()]
    EverythingPage.objects.filter(pk=page.pk).update(body=body, notes=[unknown()])
    EverythingPage.objects.filter(pk=old_alias.pk).update(body=body, notes=[unknown(), unknown()])
    image = ImageFactory()

    sync()

    page.refresh_from_db()
    content = {name: json.loads(page.live_revision.content[name]) for name in ("body", "notes")}
    for before, gallery, after in (
        stored(page, "body"),
        stored(old_alias, "body"),
        content["body"],
    ):
        assert before == after == unknown()
        assert [item["value"]["image"] for item in gallery["value"]["images"]] == [key_of(image)]
    assert stored(page, "notes") == content["notes"] == [unknown()]
    assert stored(old_alias, "notes") == [unknown(), unknown()]


def test_they_stay_in_a_page_that_somebody_works_on_too(admin):
    page = everything_page(admin)
    page.save_revision()
    body = [unknown(), *page.body.raw_data]
    EverythingPage.objects.filter(pk=page.pk).update(body=body, notes=[unknown()])
    draft = page.latest_revision
    draft.content |= {"body": json.dumps(body), "notes": json.dumps([unknown()])}
    draft.save()
    ImageFactory()

    assert sync().holders == 1

    draft.refresh_from_db()
    for content in (stored(page, "body"), json.loads(draft.content["body"])):
        assert content[0] == unknown()
        assert len(content[1]["value"]["images"]) == 1
    assert stored(page, "notes") == json.loads(draft.content["notes"]) == [unknown()]


# Who has written it, and what has no revision.


def test_a_revision_of_the_sync_is_by_the_user_of_the_one_before_it(admin):
    page = page_with(raw_gallery())
    page.save_revision(user=admin).publish()
    ImageFactory()

    sync()

    page.refresh_from_db()
    assert page.live_revision.user == admin
    assert PageLogEntry.objects.filter(page=page, action=LOG_ACTION).get().user is None


@pytest.mark.parametrize("factory", [GalleryPageFactory, FullSnippetFactory, RevisedSnippetFactory])
def test_a_holder_without_a_revision_gets_none(factory):
    holder = factory(body=raw_body(raw_gallery()))
    image = ImageFactory()

    assert sync().holders == 1

    holder.refresh_from_db()
    assert images_in(holder) == [image.pk]
    assert holder.latest_revision is None
    assert not Revision.objects.exists()


def test_a_model_that_knows_no_revisions_is_written():
    record = RecordFactory(body=raw_body(raw_gallery()))
    image = ImageFactory()

    assert sync().holders == 1

    assert images_in(record) == [image.pk]
    assert ModelLogEntry.objects.get().data == {
        "runs": [1],
        "images": [str(image.pk)],
        "titles": [image.title],
        "count": 1,
    }


# Quiet: what comes within an hour is one revision, and one entry in the history.


def entries_of(page):
    return list(PageLogEntry.objects.filter(page=page, action=LOG_ACTION).order_by("pk"))


def test_what_comes_within_an_hour_is_one_revision_and_one_log_entry(let_time_pass):
    page = page_with(raw_gallery())
    first = ImageFactory()
    sync()
    page.refresh_from_db()
    before = page.latest_revision
    second = ImageFactory()
    let_time_pass(timedelta(minutes=50))

    assert sync().holders == 1

    page.refresh_from_db()
    assert images_in(page) == [first.pk, second.pk]
    assert images_in_revision(page.live_revision) == [key_of(first), key_of(second)]
    assert page.latest_revision == page.live_revision == before
    assert page.latest_revision.created_at == page.latest_revision_created_at == before.created_at
    assert page.last_published_at > before.created_at
    (entry,) = entries_of(page)
    assert entry.data == {
        "runs": [1, 2],
        "images": sorted([str(first.pk), str(second.pk)]),
        "titles": [first.title, second.title],
        "count": 2,
    }
    assert entry.message == f"Gallery sync added “{first.title}”, “{second.title}”"


def test_images_that_are_deleted_within_the_hour_are_told_of_in_the_same_entry():
    page = page_with(raw_gallery())
    image = ImageFactory()
    sync()
    key = str(image.pk)
    image.delete()

    sync()

    (entry,) = entries_of(page)
    assert entry.data == {
        "runs": [1],
        "images": [key],
        "titles": [image.title],
        "removed": [key],
        "count": 1,
    }


def test_later_there_is_a_revision_of_its_own(let_time_pass):
    page = page_with(raw_gallery())
    ImageFactory()
    sync()
    revisions = page.revisions.count()
    ImageFactory()
    let_time_pass(timedelta(minutes=61))

    sync()

    assert page.revisions.count() == revisions + 1
    assert [entry.data["count"] for entry in entries_of(page)] == [1, 1]


def test_so_there_is_after_somebody_published_something_in_between(admin):
    page = page_with(raw_gallery())
    first = ImageFactory()
    sync()
    page.refresh_from_db()
    published = page.save_revision(user=admin)
    published.publish()
    second = ImageFactory()

    sync()

    assert images_in_revision(published) == [key_of(first)]
    page.refresh_from_db()
    assert page.latest_revision not in (None, published)
    assert images_in_revision(page.live_revision) == [key_of(first), key_of(second)]


def commented_on(page, user):
    Comment.objects.create(page=page, user=user, text="Why?", revision_created=page.latest_revision)


def reviewed(page, user):
    workflow = Workflow.objects.create(name="Moderation")
    task = Task.objects.create(name="Look at it")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    workflow.start(page, user).cancel(user=user)
    assert TaskState.objects.filter(revision=page.latest_revision).exists()


@pytest.mark.parametrize("refer", [commented_on, reviewed], ids=lambda how: how.__name__)
def test_so_there_is_where_somebody_refers_to_the_revision(refer, admin):
    page = page_with(raw_gallery())
    first = ImageFactory()
    sync()
    page.refresh_from_db()
    referred_to = page.latest_revision
    refer(page, admin)
    ImageFactory()

    sync()

    page.refresh_from_db()
    assert page.latest_revision != referred_to
    assert images_in_revision(referred_to) == [key_of(first)]
    assert len(entries_of(page)) == 2


def test_a_snippet_is_quiet_too():
    snippet = RevisedSnippetFactory(body=raw_body(raw_gallery()))
    snippet.save_revision()
    for _ in range(3):
        ImageFactory()
        sync()

    assert snippet.revisions.count() == 2
    assert ModelLogEntry.objects.get(action=LOG_ACTION).data["count"] == 3


def test_the_history_tells_nothing_of_a_draft_that_only_catches_up():
    page = page_with(raw_gallery())
    form = GalleryPage.objects.get(pk=page.pk)
    image = ImageFactory()
    sync()
    draft = form.save_revision()

    sync()

    assert images_in_revision(draft) == [key_of(image)]
    assert len(entries_of(page)) == 1
