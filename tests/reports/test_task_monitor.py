from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wagtail_autogallery.reports.base import url_of_task_monitor

ROOT = Path(__file__).resolve().parents[2]


def test_where_it_is_installed_its_dashboard_is_linked_to_for_those_who_may_read_it(tmp_path):
    package = tmp_path / "tasks_monitor"
    package.mkdir()
    (package / "__init__.py").touch()
    code = "import json, tests.reports.monitored_site as site; print(json.dumps(site.links()))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.reports.monitored_site",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)]),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "admin": "/django-admin/dashboard/",
        "editor": None,
        "clerk": None,
        "admin without Django's admin": None,
    }


@pytest.mark.django_db
def test_where_it_is_not_installed_there_is_no_link(admin):
    assert url_of_task_monitor(admin) is None
