"""The description of a server that Client.info() returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from carrel.types import Limits


@dataclass(frozen=True, slots=True)
class Image:
    """A Python environment that sessions can run."""

    name: str
    description: str
    python_version: str
    preloaded_modules: tuple[str, ...]
    default_limits: Limits
    warm_interpreter_count: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A mechanism that may enforce a guarantee, as tested when the server started."""

    mechanism: str
    proved: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One guarantee of isolation (G1 to G9) and the mechanisms tried for it."""

    id: str
    description: str
    holders: tuple[Holder, ...]

    @property
    def held(self) -> bool:
        """True if at least one mechanism was proved."""
        return any(holder.proved for holder in self.holders)


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A server's version, images, limits and isolation."""

    version: str
    images: tuple[Image, ...]
    default_image: str
    max_limits: Limits
    max_session_count: int
    session_count: int
    max_queue_length: int
    max_code_bytes: int
    max_inline_image_bytes: int
    interrupt_grace_period: timedelta
    isolation_lane: str
    guarantees: tuple[Guarantee, ...]
    start_time: datetime | None
