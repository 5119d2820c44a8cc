"""The wheel, as a site gets it: built, installed into a clean environment, and looked into."""

from __future__ import annotations

import venv
import zipfile

import pytest

from tests.packaging.processes import ROOT, run

PACKAGE = ROOT / "wagtail_autogallery"

pytestmark = pytest.mark.slow

PROBE = """
import importlib.metadata, importlib.util, pathlib, sys
import wagtail_autogallery
package = pathlib.Path(wagtail_autogallery.__file__).parent
assert "site-packages" in str(package), package
for name in {expected!r}:
    assert (package / name).is_file(), name
for stranger in ("tests", "example_site", "benchmarks", "docs"):
    assert importlib.util.find_spec(stranger) is None, stranger
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "taggit",
        "modelcluster", "wagtail.users", "wagtail.images", "wagtail.admin", "wagtail.documents",
        "wagtail", "django_tasks_db", "wagtail_autogallery"]
        + ([] if importlib.util.find_spec("django.tasks") else ["django_tasks"]),
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    TASKS={{"default": {{"BACKEND": "django_tasks_db.DatabaseBackend"}}}},
    STATIC_URL="/static/", WAGTAILADMIN_BASE_URL="http://localhost", USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
import django
django.setup()
from django.core.management import call_command, get_commands
assert {{"autogallery_drain", "autogallery_rebuild"}} <= set(get_commands())
from django.db import connection
from django.db.migrations.loader import MigrationLoader
assert ("wagtail_autogallery", "0001_initial") in MigrationLoader(connection).disk_migrations
print(importlib.metadata.version("wagtail-autogallery"))
"""


def package_files():
    """Every file of the package that git does not ignore, relative to it."""
    return sorted(
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def test_it_holds_every_file_of_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    inside = sorted(name for name in names if ".dist-info/" not in name)
    assert inside == [f"wagtail_autogallery/{name}" for name in package_files()]
    for kind in (
        "migrations/0001_initial.py",
        "management/commands/autogallery_drain.py",
        "templates/wagtail_autogallery/",
        "static/wagtail_autogallery/",
        "locale/de/LC_MESSAGES/django.mo",
        "py.typed",
    ):
        assert any(kind in name for name in inside), kind
    assert any(name.endswith("/LICENSE") for name in names)


@pytest.mark.thorough
def test_it_installs_and_works_in_a_clean_environment(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel)

    probe = PROBE.format(expected=package_files())
    version = run(python, "-I", "-c", probe).strip()

    assert version == wheel.name.split("-")[1]
