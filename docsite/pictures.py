"""The pictures of the docs, made from real runs: `make pictures` (a few minutes, needs Chromium and playwright).

Report pages become PNG; the terminal and the architecture become SVG. `exchange.svg` and `verdicts.svg` are drawn by
hand.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
RUNS = ROOT / "build" / "pictures"
FAULT = "PSSH-OF-NEIGHBOUR"
"""The fault of the README, so that readers see the page that they get themselves."""
MOST_BYTES = 200_000

COLOURS = {"FAIL": "#ff7b72", "NOT QUALIFIED": "#ff7b72", "QUALIFIED": "#7ee787", "PASS": "#7ee787"}
_CHROMIUM = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def main() -> int:
    """Make all pictures."""
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "architecture.svg").write_text(architecture(_layers()), encoding="utf-8")
    printed = {name: _run(name, *more) for name, more in (("good", ()), ("failing", ("--fault", FAULT)))}
    command = f'$ make qualify ARGS="--fault {FAULT}"'
    (PICTURES / "terminal.svg").write_text(terminal([command, *_excerpt(printed["failing"])]), encoding="utf-8")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is not installed: the pictures of the report stay as they are")
    else:
        _screenshots(chromium, {f"report-{name}": RUNS / name / "latest" / "qualification.html" for name in printed})
    large = [path.name for path in PICTURES.iterdir() if path.stat().st_size > MOST_BYTES]
    if large:
        print(f"larger than {MOST_BYTES} bytes: {', '.join(large)}")
    return bool(large)


def _run(name: str, *more: str) -> str:
    """What a run against the built-in server prints."""
    typed = [sys.executable, "-m", "conformance", "run", "--seed", "docs", "--report-dir", str(RUNS / name), *more]
    return subprocess.run(typed, cwd=ROOT, capture_output=True, text=True, check=False).stdout.replace(
        f"{sys.executable} -m conformance", "./speke"
    )


def _excerpt(printed: str) -> list[str]:
    """The first failure, and the end from the table of sets on."""
    begin = re.search(r"^ *\d* +FAIL ", printed, re.MULTILINE)
    assert begin is not None, "the run did not find the fault"
    first = printed[begin.start() :].partition("\n\n")[0].splitlines()
    table = printed[printed.index("\nrequirement set") + 1 :].partition("\nreports:")[0].splitlines()
    return [*first, "", "…", "", *table]


def terminal(lines: list[str]) -> str:
    """Text as a terminal window."""
    lines = [line if len(line) <= 100 else f"{line[:99]}…" for line in lines]
    height = 22 * len(lines) + 60
    rows = []
    for number, line in enumerate(lines):
        text = re.sub("|".join(COLOURS), lambda found: _coloured(found[0]), escape(line, quote=False))
        rows.append(f'<text x="20" y="{56 + 22 * number}" xml:space="preserve">{text}</text>')
    dots = "".join(
        f'<circle cx="{20 + 18 * at}" cy="18" r="6" fill="{colour}"/>'
        for at, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    ground = f'<rect width="900" height="{height}" rx="10" fill="#0d1117"/>{dots}'
    font = '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">'
    return _svg(900, height, "What a run prints", ground, font, *rows, "</g>")


def _coloured(word: str) -> str:
    return f'<tspan fill="{COLOURS[word]}">{word}</tspan>'


def _layers() -> list[list[str]]:
    """The layers of the import contract, from the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    return [re.split(r"\s*[|:]\s*", layer) for layer in layers]


def architecture(layers: list[list[str]]) -> str:
    """The layers of the import contract, one row each; a package imports from rows below its own."""
    height = 46 * len(layers) + 70
    rows = []
    for number, packages in enumerate(layers):
        width = (640 - 10 * (len(packages) - 1)) / len(packages)
        for place, package in enumerate(packages):
            x, y = 20 + place * (width + 10), 50 + 46 * number
            rows.append(
                f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="36" rx="6" fill="#fff" stroke="#c5cae9"/>'
                f'<text x="{x + width / 2:.0f}" y="{y + 23}" text-anchor="middle">{escape(package)}</text>'
            )
    beside = (
        f'<rect x="700" y="50" width="160" height="{46 * len(layers) - 10}" rx="6" fill="#e8eaf6" stroke="#3949ab"/>'
        f'<text x="780" y="{46 * len(layers) / 2 + 40:.0f}" text-anchor="middle">refserver</text>'
        f'<text x="780" y="{46 * len(layers) / 2 + 62:.0f}" text-anchor="middle" font-size="12">shares no code</text>'
        f'<text x="780" y="{46 * len(layers) / 2 + 78:.0f}" text-anchor="middle" font-size="12">with the judge</text>'
    )
    heading = '<text x="20" y="32" font-weight="600">Each package imports only from the rows below it</text>'
    ground = f'<rect width="880" height="{height}" rx="10" fill="#f5f6fb"/>'
    font = '<g font-family="system-ui, sans-serif" font-size="15" fill="#1a237e">'
    return _svg(880, height, "The layers of the import contract", ground, font, heading, beside, *rows, "</g>")


def _svg(width: int, height: int, title: str, *body: str) -> str:
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    return "\n".join((opening, f"<title>{title}</title>", *body, "</svg>\n"))


def _screenshots(chromium: str, pages: dict[str, Path]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(_CHROMIUM))
        for name, path in pages.items():
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.goto(path.as_uri())
            page.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
