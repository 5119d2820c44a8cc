from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Task, Workflow, WorkflowPage, WorkflowTask

from tests.factories import root_page


@pytest.fixture
def moderated_by(db):
    """Put the whole site under moderation by a workflow with one step."""

    def put(task: Task) -> Workflow:
        workflow = Workflow.objects.create(name="Moderation")
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
        WorkflowPage.objects.create(workflow=workflow, page=root_page())
        return workflow

    return put


@pytest.fixture
def moderated(moderated_by):
    """Put the whole site under moderation by a group, as Wagtail does it out of the box."""
    task = GroupApprovalTask.objects.create(name="Moderators' approval")
    task.groups.add(Group.objects.create(name="Reviewers"))
    return moderated_by(task)


@pytest.fixture
def moderate(admin_client):
    """Let a moderator say what becomes of a page that is under review."""

    def do(page, action):
        response = admin_client.post(
            reverse(
                "wagtailadmin_pages:workflow_action",
                args=[page.pk, action, page.current_workflow_task_state.pk],
            ),
            {"comment": "As it should be"},
        )
        assert response.status_code == 302

    return do
