"""The steps that the README has for a newcomer, read as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import dedent

FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Command:
    line: str


@dataclass
class Edit:
    """Text that goes to the end of a file, which may be a new one."""

    path: str
    text: str


@dataclass
class ByHand:
    """What is done in a browser."""

    names: list[str]
    """What it calls *by name*: pages, fields, kinds of pages."""
    paths: list[str] = field(default_factory=list)
    """The pages of the site that it links to."""


Step = Command | Edit | ByHand


def steps_of(readme: str, section: str) -> list[Step]:
    """Each command, each edit and each thing to do by hand of the section's numbered list."""
    text = re.search(rf"^## {section}\n(.*?)^## ", readme, re.MULTILINE | re.DOTALL)[1]
    # An item goes on for as long as its lines are blank or indented.
    items = re.findall(r"^\d+\. (.*\n(?:(?:   .*)?\n)*)", text, re.MULTILINE)
    return [step for item in items for step in _steps_of_item(dedent(f"   {item}"))]


def _steps_of_item(item: str) -> Iterator[Step]:
    fence = FENCE.search(item)
    if not fence:
        prose = " ".join(item.split())
        yield ByHand(
            re.findall(r"\*([^*]+)\*", prose), re.findall(r"<http://localhost:8000(/.*?)>", prose)
        )
    elif fence["language"] == "sh":
        yield from (Command(line) for line in fence["code"].splitlines())
    else:
        (path,) = re.findall(r"`([^`]+\.\w+)`", item[: fence.start()])
        yield Edit(path, fence["code"])
