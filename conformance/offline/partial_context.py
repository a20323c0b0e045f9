"""An exchange of which not everything is known: captured by somebody, or recorded by a run that withholds its keys."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.cpix.encryption import Opened
from conformance.cpix.reader import Cpix

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gaps:
    """Why something of an exchange is not known, each in a clause; empty where it is."""

    request: str = ""
    """More of the request than keys."""
    answer: str = ""
    """More of the answer than keys."""
    keys: str = ""
    """The bytes of the content keys."""


class PartialContext(Context):
    """Such an exchange as checks see it; says when somebody asks for what is not known."""

    gaps = Gaps()
    missed = ""
    """What somebody asked for that is not known."""
    by_fingerprint = False
    """Whether the question that is being asked is content with stand-ins: the same for the same key."""

    @property
    def request(self) -> Cpix:
        """The request document; Untestable where it is not known as it was."""
        if self.gaps.request:
            self._miss(self.gaps.request)
        return super().request

    @property
    def request_readable(self) -> bool:
        """Whether the request is known as it was, and is a CPIX document."""
        return not self.gaps.request and super().request_readable

    @property
    def openable(self) -> bool:
        """Always: where private keys are not there, each question about encrypted keys says so."""
        return True

    @property
    def keys(self) -> Mapping[UUID, bytes]:
        """The content keys; where they are not known and that is enough, stand-ins for those that came in the clear."""
        if self.gaps.keys and (not self.by_fingerprint or self.step.plan.recipients):
            self._miss(self.gaps.keys)
        return super().keys

    def opened_by(self, name: str) -> Opened:
        """The answer's keys as far as the private key is there; what shows from outside in any case."""
        if self.gaps.keys:
            self._miss(self.gaps.keys)
        return super().opened_by(name)

    def memo(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value made once; what was made of stand-ins is not given to whoever needs the keys themselves."""
        return super().memo((self.by_fingerprint, key), make)

    def _miss(self, what: str) -> NoReturn:
        self.missed = what
        raise Untestable(what)

    @property
    def story(self) -> tuple[PartialContext, ...]:
        """This exchange and those it is compared with."""
        return (self, *(one for one in self.earlier.values() if isinstance(one, PartialContext)))
