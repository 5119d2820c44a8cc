"""What a drain did."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Report:
    """What one drain did."""

    ran: int = 0
    succeeded: int = 0
    failed: int = 0
    #: Failed tasks that were made ready again, because somebody asked for it.
    put_back: int = 0
    #: Tasks of a dead worker that are ready again.
    rescued: int = 0
    #: Tasks that nobody worked on any more and that were failed.
    given_up: int = 0
    #: How many tasks are ready now; 1 where there may be some and nobody can count them.
    remaining: int = 0
    seconds: float = 0.0
    #: Path and traceback of each failed task.
    failures: list[dict[str, str]] = field(default_factory=list)
    #: Where the queue could not be read: what was done instead, and why.
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_unfinished(self) -> bool:
        """Whether it stopped at its limit, and another drain right now would do more."""
        return self.ran > 0 and self.remaining > 0

    def add_failure(self, task_path: str, traceback: str) -> None:
        self.failed += 1
        self.failures.append({"task": task_path, "traceback": traceback})
