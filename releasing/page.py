"""The page of a release: what changed, the files with their digests, and how to check them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from releasing.distributions import sha256
from releasing.source import Source


def release_page(source: Source, files: Mapping[str, bytes]) -> bytes:
    """Markdown, made from CHANGELOG.md."""
    return ("\n".join(_lines(source, files)) + "\n").encode()


def _lines(source: Source, files: Mapping[str, bytes]) -> Iterator[str]:
    wheel = next(name for name in files if name.endswith(".whl"))
    yield f"# speke-conformance {source.version} ({source.date})"
    yield ""
    yield source.changes.rstrip()
    yield ""
    yield "## Install"
    yield ""
    yield f"    pip install ./{wheel}"
    yield ""
    yield "## Files"
    yield ""
    yield "| file | SHA-256 |"
    yield "|---|---|"
    for name in sorted(files):
        yield f"| `{name}` | `{sha256(files[name])}` |"
    yield ""
    yield "## Check it"
    yield ""
    yield "- `sha256sum -c SHA256SUMS` compares the files with their digests."
    yield (
        f"- Built from commit `{source.commit}`" + (f", tag `{source.tag}`" if source.tag else ", without a tag") + "."
    )
    yield "- To build the same bytes yourself: check out that commit, run `make release`, and compare SHA256SUMS."
    yield "- `sbom.cdx.json` lists what the suite runs on. `provenance.json` says how the files were made."
    yield "  It is unsigned unless the publisher signed it."
