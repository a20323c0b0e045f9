"""The proof of the suite as a file: how many faults and variants were played, with what result, on which sources."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from conformance import __version__
from conformance.cases import cases_directory
from conformance.catalogue import load_catalogue

FILE = Path(__file__).with_name("proof_summary.json")
FORMAT = 1

_PACKAGE = Path(__file__).resolve().parent.parent
_FOLDERS = ("checks", "cpix", "drm", "ledger", "model", "cases", "catalogue", "refserver")
_KINDS = frozenset({".py", ".yaml", ".xsd", ".xml"})


@dataclass(frozen=True, slots=True)
class ProofSummary:
    """The numbers of one complete run of the matrix."""

    version: str
    catalogue: str
    """Digest of the catalogue."""
    sources: str
    """Digest of checks, decoders, cases, catalogue, reference server and faults, as they were played."""
    faults: int
    killed: int
    """Faults that are detected by name and hit no stranger."""
    variants: int
    green: int
    checks: int
    checks_proven: int
    requirements: int
    """Requirements that are tested and need a fault."""
    requirements_proven: int
    violations: int
    situations: int = 0
    """Faults that show in one situation alone, as far as they were played; and those of them that are found."""
    situations_killed: int = 0
    situations_sources: str = ""
    """The digest of the sources with which they were played; a whole score takes long, and is not made each time."""

    @property
    def complete(self) -> bool:
        """Whether every law holds."""
        return not self.violations and self.killed == self.faults and self.green == self.variants

    @property
    def sentence(self) -> str:
        """The tally in one line."""
        return (
            f"{self.killed} of {self.faults} faults killed by name, "
            f"{self.green} of {self.variants} harmless variants green"
        )

    @property
    def fresh(self) -> bool:
        """Whether nothing that was played has changed since."""
        return self.sources == sources_digest()

    @property
    def situations_fresh(self) -> bool:
        """The same of what was played in single situations."""
        return self.situations_sources == self.sources and self.fresh


def read_proof_summary(file: Path = FILE) -> ProofSummary | None:
    """The tally that ships with the suite; None where there is none that this version can read."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            return None
        return ProofSummary(**data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_proof_summary(tally: ProofSummary, file: Path = FILE) -> None:
    """Keep the tally for the reports; what was found of single situations stays."""
    before = read_proof_summary(file)
    if before is not None and not tally.situations:
        kept = ("situations", "situations_killed", "situations_sources")
        tally = replace(tally, **{name: getattr(before, name) for name in kept})
    file.write_text(json.dumps({"format": FORMAT, **asdict(tally)}, indent=2) + "\n", encoding="utf-8")


def write_situations(visible: int, killed: int, file: Path = FILE) -> None:
    """Keep what was found of single situations beside the tally that is there."""
    tally = read_proof_summary(file)
    if tally is not None:
        played = sources_digest()
        tally = replace(tally, situations=visible, situations_killed=killed, situations_sources=played)
        write_proof_summary(tally, file)


def new_proof_summary(
    sources: str, faults: tuple[int, int], variants: tuple[int, int], proofs: tuple[int, int, int, int], broken: int
) -> ProofSummary:
    """The tally of what was just played: (all, killed), (all, green), (checks, proven, requirements, proven)."""
    return ProofSummary(__version__, load_catalogue().digest, sources, *faults, *variants, *proofs, broken)


def sources_digest() -> str:
    """SHA-256 over everything on which the outcome of the matrix depends."""
    digest = hashlib.sha256()
    for name, path in _sources():
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources() -> Iterator[tuple[str, Path]]:
    roots = [(folder, _PACKAGE / folder) for folder in _FOLDERS] + [("testcases", cases_directory())]
    for label, root in roots:
        for path in sorted(root.rglob("*")):
            if path.suffix in _KINDS and path.is_file():
                yield f"{label}/{path.relative_to(root).as_posix()}", path
