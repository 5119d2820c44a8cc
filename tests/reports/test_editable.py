"""Which holders the page of an image tells somebody of."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask

from tests.factories import (
    FullSnippetFactory,
    ImageFactory,
    PlainSnippetFactory,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.reports.people import make_person
from wagtail_autogallery.models import HolderKey
from wagtail_autogallery.reports.editable import EditableHolders
from wagtail_autogallery.reports.permissions import may_edit

pytestmark = pytest.mark.django_db


def holders_for(user):
    """All of them, a page of two at a time."""
    holders = EditableHolders(ImageFactory(), user)
    pages = [holders[start : start + 2] for start in range(0, holders.count(), 2)]
    return [key for page in pages for key in page]


@pytest.fixture
def review(django_user_model):
    """Have a page reviewed by somebody who may do nothing else."""
    reviewers = Group.objects.create(name="reviewers")
    reviewer = django_user_model.objects.create_user("reviewer", password="changeme")
    reviewer.groups.add(reviewers)
    workflow = Workflow.objects.create(name="Moderation")
    task = GroupApprovalTask.objects.create(name="Review")
    task.groups.add(reviewers)
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)

    def start(page):
        page.title += " revised"
        page.save_revision()
        workflow.start(page, reviewer)
        return reviewer

    return start


def test_pages_come_by_their_titles_and_snippets_after_them(admin_user):
    pages = [page_with(raw_gallery(), title=title) for title in ("Coast", "Alps", "Bay")]
    coast, alps, bay = pages
    snippets = [
        factory(body=raw_body(raw_gallery()))
        for factory in (PlainSnippetFactory, FullSnippetFactory, FullSnippetFactory)
    ]

    found = holders_for(admin_user)

    assert found[:3] == [HolderKey.of(page) for page in (alps, bay, coast)]
    assert set(found[3:]) == {HolderKey.of(snippet) for snippet in snippets}
    assert len(found) == 6


def test_they_are_those_that_somebody_may_edit(sections, review):
    here = sections.page_here(raw_gallery())
    reviewed, neither = page_with(raw_gallery()), page_with(raw_gallery())
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    reviewer = review(reviewed)
    people = {
        make_person("one", sections.here): {here},
        make_person("two", permissions=("change_plainsnippet",)): {snippet},
        reviewer: {reviewed},
    }

    for person, expected in people.items():
        assert set(holders_for(person)) == {HolderKey.of(holder) for holder in expected}
        holders = (here, reviewed, neither, snippet)
        assert {holder for holder in holders if may_edit(person, holder)} == expected


def test_where_the_site_has_no_workflows_nobody_reviews(review, settings):
    reviewer = review(page_with(raw_gallery()))

    settings.WAGTAIL_WORKFLOW_ENABLED = False

    assert holders_for(reviewer) == []


def test_more_of_them_cost_no_more_queries(review):
    image = ImageFactory()
    asked = []
    for count in (1, 3, 6):
        for _ in range(count):
            reviewer = review(page_with(raw_gallery()))
        with CaptureQueriesContext(connection) as queries:
            holders = EditableHolders(image, reviewer)
            assert holders.count() > 0
            assert len(holders[0:2]) > 0
        asked.append(len(queries))

    # The first one asks for content types as well.
    assert asked[1] == asked[2]
