"""What every check comes to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class CheckResult(ABC):
    """The outcome of a check of a CheckCase: it passes where there is no reason to fail.

    case : name of what was checked
    """

    case: str

    @property
    @abstractmethod
    def reasons(self) -> list[str]:
        """Why the check fails, list of str; empty where it passes."""

    @abstractmethod
    def lines(self) -> list[str]:
        """Return what the check shows, list of lines; the last one is its conclusion."""

    @property
    def passed(self) -> bool:
        """Whether the check passes."""
        return not self.reasons

    def numbers(self) -> dict[str, Any]:
        """Return its numbers, a dict that JSON can hold."""
        return asdict(self)
