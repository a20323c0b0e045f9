"""`--help` of the console script and the command `help`: the commands by what they are for, with examples."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from conformance.catalogue.yamlfile import nearest
from conformance.cli.command import Command, program
from conformance.wire.errors import OptionError

GROUPS: Mapping[str, Sequence[str]] = {
    "judge a key server": ("run", "watch", "ready", "plan", "list", "explain", "new"),
    "look at an earlier run": ("diff", "known", "report", "replay"),
    "judge without a server": ("check",),
    "show it to others": ("evidence", "check-evidence"),
    "encryptors, packagers, load": ("serve", "proxy", "encrypt", "load"),
    "maintain the suite": ("faults", "negatives", "coverage", "docs", "catalogue"),
    "help": ("help", "completion"),
}
"""What a group of commands is for -> their names. Commands in no group are listed last."""

EXAMPLES: Mapping[str, Sequence[str]] = {
    "run": (
        "run                                                    judge the built-in server",
        "run --fault PSSH-OF-NEIGHBOUR                          see what a failure looks like",
        "run --server-url https://… --auth basic                judge yours",
        "run --profile smoke -k keys.values-distinct            one check",
    ),
    "watch": ("watch --server-url https://… --auth basic --on-restart",),
    "ready": ("ready --encryptor mediapackage-v2 --packaging cmaf --system widevine",),
    "plan": ("plan --profile smoke",),
    "list": ("list --profiles", "list --faults"),
    "explain": ("explain keys.values-distinct", "explain SPK20-KEY-006"),
    "new": ("new profile my-server", "new case MY-CASE"),
    "known": ("known --from reports/latest",),
    "diff": ("diff before/latest reports/latest",),
    "report": ("report reports/latest",),
    "replay": ("replay reports/latest",),
    "check": (
        "check capture.har",
        "check --request request.xml --response answer.xml",
    ),
    "evidence": (
        "evidence --product product.yaml -o evidence.zip",
        "evidence keygen signing.pem",
    ),
    "check-evidence": ("check-evidence evidence.zip --public-key signer.pem",),
    "encrypt": ("encrypt --server-url https://… --auth basic --scheme cbcs",),
    "load": ("load --server-url https://… --channels 1000 --rotation 300",),
    "faults": ("faults --only KEY-ZERO", "faults --list"),
    "catalogue": ("catalogue diff reports/latest",),
    "serve": ("serve --fault KEY-LAST-REPEATED", "serve --audit --as mediapackage-v2"),
    "proxy": ("proxy --upstream https://… --auth sigv4",),
    "completion": (
        "completion bash > ~/.local/share/bash-completion/completions/speke-conformance",
        "completion zsh > ~/.zfunc/_speke-conformance                (with ~/.zfunc in fpath)",
        "completion fish > ~/.config/fish/completions/speke-conformance.fish",
    ),
}
"""Command -> command lines, with what they do behind them."""

TOPICS: Mapping[str, str] = {
    "credentials": """Credentials come from the environment, never from an option or a file.

  --auth basic, digest   SPEKE_USER, SPEKE_PASSWORD
  --auth bearer          SPEKE_TOKEN
  --auth header          the variable that --header NAME=VARIABLE names
  --auth sigv4           AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN""",
    "exit-status": """The exit status of a run:

   0  the gate passed
   1  a failure in a required set, or a known deviation that is gone
   2  interrupted; the report says so
   4  a wrong option, profile, case or URL: nothing was sent
   5  nothing was selected
  10  no failure, but incomplete""",
    "reports": """Every run writes a folder below reports/ (--report-dir), and reports/latest points to the newest.

  qualification.html     the decision
  pytest.html            every check
  junit.xml, summary.md  for CI
  results.json           the source of all of them
  exchanges/             every exchange, without keys and credentials""",
}
"""What `help TOPIC` prints besides the help of each command."""


def overview(commands: Sequence[Command]) -> str:
    """All commands by group, then the first steps and where to read on."""
    helps = {command.name: command.help for command in commands}
    named = {name for names in GROUPS.values() for name in names}
    others = tuple(name for name in helps if name not in named)
    lines = []
    for title, names in (*GROUPS.items(), ("other commands", others)):
        if names:
            lines += [f"{title}:", *(f"  {name:<16}{helps[name]}" for name in names if name in helps), ""]
    lines += ["examples:", *_examples("run"), ""]
    lines.append(f"{program()} help COMMAND, or help TOPIC with one of: {', '.join(TOPICS)}")
    return "\n".join(lines)


def examples(name: str) -> str:
    """What stands below the options of one command; empty where it has no examples."""
    return "\n".join(["examples:", *_examples(name)]) if name in EXAMPLES else ""


def _examples(name: str) -> list[str]:
    return [f"  {program()} {line}" for line in EXAMPLES[name]]


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: a command or a topic."""
    parser.add_argument("topic", nargs="?", metavar="COMMAND|TOPIC", help=f"a command, or one of: {', '.join(TOPICS)}")


def run(options: argparse.Namespace) -> int:
    """Print the help of a command, a topic, or the overview."""
    parsers: Mapping[str, argparse.ArgumentParser] = options.parsers
    if options.topic is None:
        options.parser.print_help()
    elif options.topic in TOPICS:
        print(TOPICS[options.topic])
    elif options.topic in parsers:
        parsers[options.topic].print_help()
    else:
        known = (*TOPICS, *parsers)
        near = nearest(options.topic, known)
        raise OptionError(f"there is no command or topic {options.topic!r}{near}; known are {', '.join(known)}")
    return 0


COMMAND = Command("help", "explain a command or a topic", declare, run)
