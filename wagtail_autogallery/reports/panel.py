"""The panel on the admin's home page: only where something needs a person."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.ui.components import Component

from wagtail_autogallery import tables
from wagtail_autogallery.drain.problems import Level, Problem, find_problems, tables_missing
from wagtail_autogallery.reports.access import may_see_tasks, may_view_reports
from wagtail_autogallery.reports.base import NAMESPACE
from wagtail_autogallery.reports.states import when

#: How Wagtail's admin shows what is that bad.
STATUSES = {Level.RED: "critical", Level.YELLOW: "warning"}


class Told(NamedTuple):
    """A problem, as the panel tells it."""

    problem: Problem
    status: str
    since: str
    link: tuple[str, str] | None


class ProblemsPanel(Component):
    name = "autogallery"
    order = 50
    template_name = "wagtail_autogallery/reports/panel.html"

    def __init__(self, problems: list[Problem], user: Any) -> None:
        self.problems = problems
        self.user = user

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        return {
            "problems": [
                Told(
                    problem,
                    STATUSES[problem.level],
                    when(problem.since) if problem.since else "",
                    _report_about(problem, self.user),
                )
                for problem in self.problems
            ]
        }


def panel_for(user: Any) -> ProblemsPanel | None:
    """:return: ``None`` where all is well, or where it is nothing for this person."""
    if not may_view_reports(user):
        return None
    problems = list(find_problems()) if tables.are_there() else [tables_missing(tables.advice())]
    return ProblemsPanel(problems, user) if problems else None


def _report_about(problem: Problem, user: Any) -> tuple[str, str] | None:
    """The report in which it can be mended by a button, with its name."""
    if problem.code == "galleries_failed":
        return reverse(f"{NAMESPACE}:waiting"), _("Waiting galleries")
    if problem.code == "tasks_failed" and may_see_tasks(user):
        return reverse(f"{NAMESPACE}:failed_tasks"), _("Failed tasks")
    return None
