"""The recipes of ``example_site/deployment``: run as far as they can be, read otherwise."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "example_site" / "deployment"
SECRET = "a-secret-of-more-than-thirty-two-characters"
WWW = "https://www.example.com/"
LONGEST_SECONDS = 90

FILL = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "example_site.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from wagtail_autogallery.tasks import enqueue_sync
enqueue_sync()
"""

pytestmark = pytest.mark.slow


def cron_command(name):
    """The command of the one line of a crontab, as cron hands it to the shell."""
    (line,) = [
        line for line in (RECIPES / name).read_text().splitlines() if line and line[0] != "#"
    ]
    *times, command = line.split(" ", 5)
    assert times == ["*"] * 5
    # Cron ends the command at the first one.
    assert "%" not in command
    return command


def shell(command, environment, program="/bin/sh"):
    """Run a command as cron does: with a bare shell, and little of an environment."""
    return subprocess.run(
        [program, "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The environment of an example site with its tables, at ``srv/site`` of a folder."""
    folder = tmp_path_factory.mktemp("deployment")
    (folder / "srv").mkdir()
    (folder / "srv" / "site").symlink_to(ROOT)
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "EXAMPLE_SITE_DATA": str(folder),
        "EXAMPLE_SITE_CRON_SECRET": SECRET,
    }
    done = subprocess.run(
        [sys.executable, "-c", FILL], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder, environment


@pytest.fixture(scope="module")
def server(site):
    """The address of the example site's server, on a real socket."""
    _, environment = site
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "example_site.wsgi", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    watchdog = threading.Timer(LONGEST_SECONDS, process.kill)
    watchdog.start()
    seen = ""
    while "Listening at" not in seen:
        seen = process.stderr.readline()
        assert seen, "The server ended"
    watchdog.cancel()
    drained = threading.Thread(target=process.stderr.read)
    drained.start()
    yield f"http://127.0.0.1:{port}/"
    process.terminate()
    process.wait(LONGEST_SECONDS)
    drained.join()
    process.stderr.close()


@pytest.fixture
def waiting(site):
    """Have the sync wait in the queue, and tell whether it still does."""
    folder, _ = site
    table = "django_tasks_database_dbtaskresult"

    def ask(statement):
        with closing(sqlite3.connect(folder / "db.sqlite3", timeout=20)) as database, database:
            return database.execute(statement).fetchall()

    def is_waiting():
        return ask(f"SELECT status FROM {table}") != [("SUCCESSFUL",)]  # noqa: S608

    ask(f"UPDATE {table} SET status = 'READY', started_at = NULL, worker_ids = '[]'")  # noqa: S608
    assert is_waiting()
    return is_waiting


def test_the_crontab_drains(site, waiting):
    folder, environment = site
    command = cron_command("crontab")
    assert "cd /srv/site && " in command
    assert " .venv/bin/python " in command
    command = command.replace(" /tmp/", f" {folder}/")
    command = command.replace("/srv/site", f"{folder}/srv/site")
    command = command.replace(".venv/bin/python", sys.executable)

    done = shell(command, environment)

    # Cron sends a mail for every word that is said.
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not waiting()


def test_the_crontab_by_url_drains(site, server, waiting):
    folder, environment = site
    command = cron_command("crontab-url")
    assert WWW in command
    (folder / ".autogallery-header").write_text(f"Authorization: Bearer {SECRET}\n")

    done = shell(command.replace(WWW, server), environment)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not waiting()


def test_the_crontab_by_url_fails_aloud_with_a_wrong_secret(site, server):
    folder, environment = site
    (folder / ".autogallery-header").write_text("Authorization: Bearer wrong\n")

    done = shell(cron_command("crontab-url").replace(WWW, server), environment)

    assert done.returncode == 22
    assert "401" in done.stderr


def test_the_workflow_of_github_drains(site, server, waiting):
    workflow = yaml.safe_load((RECIPES / "github" / "drain.yml").read_text())
    # YAML 1.1 reads the key "on" as true.
    assert workflow[True]["schedule"] == [{"cron": "*/5 * * * *"}]
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["timeout-minutes"]
    (step,) = job["steps"]
    assert step["env"] == {"SECRET": "${{ secrets.AUTOGALLERY_CRON_SECRET }}"}
    assert WWW in step["run"]

    done = shell(step["run"].replace(WWW, server), {**site[1], "SECRET": SECRET})

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["success"] is True
    assert not waiting()


def test_cloud_scheduler_is_told_what_the_url_takes(site, server, waiting):
    script = (RECIPES / "cloud-scheduler.sh").read_text()
    folder, environment = site
    # In place of Google's command, one that knows its options and makes the call at once.
    command = folder / "bin" / "gcloud"
    command.parent.mkdir()
    command.write_text(GCLOUD)
    command.chmod(0o755)

    path = f"{command.parent}:{Path(sys.executable).parent}:{os.defpath}"
    variables = {**environment, "PATH": path, "SECRET": SECRET}
    done = shell(script.replace(WWW, server), variables, "/bin/bash")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["success"] is True
    assert not waiting()


GCLOUD = f"""#!{sys.executable}
import os, sys, urllib.request
words = [word for word in sys.argv[1:] if not word.startswith("--")]
options = dict(word[2:].split("=", 1) for word in sys.argv[1:] if word.startswith("--"))
if words == ["secrets", "versions", "access", "latest"]:
    assert options == {{"secret": "autogallery-cron"}}, options
    print(os.environ["SECRET"])
else:
    assert words == ["scheduler", "jobs", "create", "http", "autogallery-drain"], words
    assert options.pop("schedule") == "* * * * *"
    assert options.pop("attempt-deadline") == "30s"
    headers = dict([options.pop("headers").split("=", 1)])
    request = urllib.request.Request(
        options.pop("uri"), headers=headers, method=options.pop("http-method")
    )
    assert not options, options
    print(urllib.request.urlopen(request, timeout=60).read().decode())
"""


@pytest.fixture
def units(tmp_path):
    """The units of systemd with a program that exists here."""
    for path in (RECIPES / "systemd").iterdir():
        text = path.read_text().replace("/srv/site/.venv/bin/python", sys.executable)
        text = text.replace("/srv/site", str(ROOT)).replace("User=site", "User=root")
        (tmp_path / path.name).write_text(text)
    return sorted(tmp_path.glob("autogallery-drain.*"))


def test_systemd_finds_no_fault_with_the_units(units):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    # It looks at the units of this machine too.
    faults = [line for line in done.stderr.splitlines() if "autogallery" in line]
    assert (done.returncode, faults) == (0, [])


def test_the_service_of_systemd_drains(site, units, waiting):
    service, timer = (configparser.ConfigParser(interpolation=None) for _ in units)
    for parser, path in zip((service, timer), units, strict=True):
        parser.optionxform = str
        parser.read(path)
    assert service["Service"]["Type"] == "oneshot"
    assert timer["Timer"]["OnUnitInactiveSec"] == "1min"
    assert timer["Install"]["WantedBy"] == "timers.target"

    done = subprocess.run(
        shlex.split(service["Service"]["ExecStart"]),
        cwd=service["Service"]["WorkingDirectory"],
        env=site[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert not waiting()


def test_the_cron_job_of_kubernetes_drains(site, waiting):
    job = yaml.safe_load((RECIPES / "kubernetes" / "cronjob.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    # By hand from batch/v1: what each level may hold, since a misspelt key is ignored in silence.
    spec = known(
        job["spec"],
        "schedule concurrencyPolicy startingDeadlineSeconds successfulJobsHistoryLimit "
        "failedJobsHistoryLimit jobTemplate suspend timeZone",
    )
    assert spec["concurrencyPolicy"] in ("Allow", "Forbid", "Replace")
    inner = known(
        known(spec["jobTemplate"], "spec metadata")["spec"],
        "backoffLimit activeDeadlineSeconds template ttlSecondsAfterFinished",
    )
    pod = known(
        known(inner["template"], "spec metadata")["spec"],
        "restartPolicy terminationGracePeriodSeconds containers serviceAccountName",
    )
    assert pod["restartPolicy"] in ("Never", "OnFailure")
    assert pod["terminationGracePeriodSeconds"] < inner["activeDeadlineSeconds"]
    (container,) = pod["containers"]
    known(container, "name image command args env envFrom resources")
    program, *arguments = container["command"]
    assert program == "python"

    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=site[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["failed"] == 0
    assert not waiting()


def known(mapping, keys):
    assert set(mapping) <= set(keys.split())
    return mapping


def test_the_cron_of_vercel_calls_a_url_of_the_site(site, server, waiting):
    (cron,) = json.loads((RECIPES / "vercel" / "vercel.json").read_text())["crons"]
    assert cron["schedule"] == "* * * * *"

    # As Vercel calls it.
    header = f"Authorization: Bearer {SECRET}"
    command = ["curl", "-sS", "--fail", "-H", header, "-A", "vercel-cron/1.0"]
    done = subprocess.run(
        [*command, server.rstrip("/") + cron["path"]], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["success"] is True
    assert not waiting()


def test_the_docs_name_every_recipe():
    docs = (ROOT / "docs" / "deployment.md").read_text()
    names = [str(path.relative_to(RECIPES)) for path in RECIPES.rglob("*") if path.is_file()]

    assert len(names) == 8
    for name in names:
        assert f"`{name}`" in docs or name.endswith(".timer"), name
