"""The options of a run, from pytest's command line or the console script, checked before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.cases import Seed
from conformance.cases.combinations import ArrayOptions
from conformance.cases.features import AUTHENTICATED, BY_SECRET, LOOPBACK, TLS
from conformance.run.options import GATES, Options
from conformance.run.profile import Profile, load_profile
from conformance.wire.auth import AuthScheme, make_auth
from conformance.wire.errors import OptionError
from conformance.wire.target import Target

DEFAULT_TIMEOUT = 15.0
"""Seconds for one exchange: MediaPackage gives up on a key server long before."""

DEFAULT_CONCURRENCY = 4
"""Requests under way at once where the user says nothing; what a small key server bears."""

MOST = 1_000_000
"""The largest number that an option takes; what is larger is a slip of the keyboard."""

_MOST_DIGITS = 20
"""Digits of a number that are read: no count has more, and Python refuses thousands of them."""


@dataclass(frozen=True)
class Settings:
    """A run's options, all of them sound."""

    target: Target | None
    """None: the built-in reference key server."""
    others: tuple[tuple[Target, AuthScheme], ...] = field(default=(), kw_only=True)
    """Further endpoints of the same key server, with the same credentials for each."""
    profile: Profile
    auth: AuthScheme
    auth_kind: str
    timeout: float
    seed: Seed
    report_dir: Path
    case_dirs: tuple[Path, ...]
    concurrency: int
    gate: str
    strict: bool
    ca_bundle: str | None = None
    client_cert: tuple[str, str] | None = None
    insecure: bool = False
    proxy: bool = False
    max_rps: float | None = None
    max_requests: int | None = None
    max_minutes: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    delay_ms: int = 0
    header: str | None = None
    strength: int = 2
    """How many dimensions of the covering arrays are combined with each other."""
    options: Options = field(default_factory=Options)
    """As they were typed, so that commands can be written that repeat the run."""
    at_once: tuple[int, str] | None = None
    """The most requests under way that somebody allows outright, and who: the option or the profile; None: nobody."""
    notices: tuple[str, ...] = ()
    """Where an option is not followed to the letter, in sentences; the run says each once."""

    @property
    def arrays(self) -> ArrayOptions:
        """For whom the covering arrays are made.

        A profile that picks rows by name picks them from the array that is made for whatever may be claimed.
        """
        picks_rows = any("[" in name for name in self.profile.only_cases)
        claims = None if picks_rows else self.profile.claims
        return ArrayOptions(claims, self.strength, bool(self.profile.content_ids.listed))

    @property
    def built_in(self) -> bool:
        """Whether the run is against the reference key server that it starts itself."""
        return self.target is None

    @property
    def targets(self) -> tuple[Target, ...]:
        """All endpoints; none where the server is the built-in one."""
        return () if self.target is None else (self.target, *(target for target, _ in self.others))

    @property
    def endpoints(self) -> tuple[int, ...]:
        """Their numbers, from 1; 0 alone where there is only one."""
        return tuple(range(1, len(self.targets) + 1)) if self.others else (0,)

    def auth_at(self, target: Target | None) -> AuthScheme:
        """The credentials for an endpoint: the same ones, signed for its region."""
        return next((auth for other, auth in self.others if other == target), self.auth)

    def features_at(self, target: Target | None) -> frozenset[str]:
        """What may be asked of an endpoint, by the way in which the run reaches it."""
        by_secret = self.built_in or self.auth_kind != "none"
        held = {
            AUTHENTICATED: by_secret or self.client_cert is not None,
            BY_SECRET: by_secret,
            TLS: target is not None and target.secure,
            LOOPBACK: target is None or target.on_this_machine,
        }
        return frozenset(name for name, holds in held.items() if holds)


def read_settings(options: Options, env: Mapping[str, str]) -> Settings:
    """Check the options; raises OptionError or DataError with one sentence, and nothing has been sent then."""
    targets = _targets(options)
    target = targets[0] if targets else None
    profile = load_profile(options.profile or ("reference" if target is None else "default"))
    kind = options.auth or profile.auth.get("kind", "none")
    header = options.header or profile.auth.get("header")
    auth, *more = (
        make_auth(
            kind,
            env,
            header=header if kind == "header" else options.header,
            region=options.region or profile.auth.get("region"),
            service=options.service or profile.auth.get("service"),
            host=host,
        )
        for host in ([one.host for one in targets] or [""])
    )
    if options.gate not in GATES:
        raise OptionError(f"--speke-gate is regression or qualification, not {options.gate!r}.")
    seed_text = options.seed or ""
    if seed_text and not all(char.isascii() and (char.isalnum() or char in "-_") for char in seed_text):
        raise OptionError(
            "--speke-seed takes ASCII letters, digits, - and _ only: it becomes part of every content id."
        )
    if target is not None and options.faults:
        raise OptionError("--speke-fault switches on a fault of the built-in server; leave the server URL out.")
    concurrency, at_once, notices = _concurrency(options.concurrency, profile)
    return Settings(
        target=target,
        others=tuple(zip(targets[1:], more, strict=True)),
        profile=profile,
        auth=auth,
        auth_kind=kind,
        timeout=_positive("--speke-timeout", options.timeout) or DEFAULT_TIMEOUT,
        seed=Seed(seed_text[:32], profile.content_ids),
        report_dir=_folder(options.report_dir),
        case_dirs=tuple(_existing(folder) for folder in options.cases),
        concurrency=concurrency,
        gate=options.gate,
        strict=options.strict,
        ca_bundle=_readable("--speke-ca-bundle", options.ca_bundle),
        client_cert=_client_pair(options),
        insecure=options.insecure,
        proxy=options.proxy,
        max_rps=_positive("--speke-max-rps", options.max_rps) or profile.budgets.get("max-rps"),
        max_requests=_budget(options.max_requests, profile),
        max_minutes=_positive("--speke-max-minutes", options.max_minutes) or profile.budgets.get("max-minutes"),
        labels=_labels(options.labels),
        faults=options.faults,
        delay_ms=_whole("--speke-delay-ms", options.delay_ms, 0, least=0),
        header=header,
        strength=_strength(options.strength, profile),
        options=options,
        at_once=at_once,
        notices=notices,
    )


def _targets(options: Options) -> list[Target]:
    """The endpoints; of several, what is wrong with one names its number and not the others."""
    if options.url is None:
        return []
    found: list[Target] = []
    for number, url in enumerate((options.url, *options.more_urls), 1):
        try:
            target = Target.parse(url)
        except OptionError as error:
            raise OptionError(f"--server-url number {number}: {error}" if options.more_urls else str(error)) from None
        if target in found:
            raise OptionError(
                f"--server-url number {number} is the same as number {found.index(target) + 1}; "
                "give each endpoint once."
            )
        found.append(target)
    return found


def _strength(text: str | None, profile: Profile) -> int:
    if text is None:
        return profile.strength
    if text not in ("1", "2", "3"):
        raise OptionError(f"--speke-strength takes 1, 2 or 3, not {text!r}.")
    return int(text)


def _concurrency(text: str | None, profile: Profile) -> tuple[int, tuple[int, str] | None, tuple[str, ...]]:
    """What the user says, unless the profile states that the server bears less; then that, and a sentence about it."""
    asked = _whole("--speke-concurrency", text, DEFAULT_CONCURRENCY)
    borne = profile.concurrent
    if borne is not None and (text is None or borne <= asked):
        notice = (
            f"--speke-concurrency {asked} is more than the {borne} requests at a time that the profile allows; "
            f"the run keeps to {borne}."
        )
        return min(asked, borne), (borne, "the profile"), (notice,) if text is not None and borne < asked else ()
    return asked, None if text is None else (asked, "--speke-concurrency"), ()


def _budget(text: str | None, profile: Profile) -> int | None:
    if text is not None:
        return _whole("--speke-max-requests", text, 1)
    given = profile.budgets.get("max-requests")
    return int(given) if given else None


def _positive(option: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if MOST < value < math.inf:
        raise OptionError(f"{text!r} is more than {MOST}; correct {option}.")
    if not 0 < value <= MOST:
        raise OptionError(f"{text!r} is not a number greater than 0; correct {option}.")
    return value


def _whole(option: str, text: str | None, default: int, least: int = 1) -> int:
    if text is None:
        return default
    digits = text.isascii() and text.isdigit()
    if digits and int(text[:_MOST_DIGITS]) > MOST:
        raise OptionError(f"{text!r} is more than {MOST}; correct {option}.")
    if not digits or int(text) < least:
        raise OptionError(f"{text!r} is not a whole number of at least {least}; correct {option}.")
    return int(text)


def _folder(text: str) -> Path:
    path = Path(text)
    for place in (path, *path.absolute().parents):
        if place.exists():
            if not place.is_dir():
                raise OptionError(f"--speke-report-dir {text} cannot be made: {place} is a file; name a folder.")
            break
    return path


def _existing(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise OptionError(f"--speke-cases {text} is not a folder; name the folder that holds your YAML cases.")
    return path.resolve()


def _readable(option: str, text: str | None) -> str | None:
    if text is not None:
        try:
            with Path(text).open("rb") as file:
                file.read(1)
        except OSError as error:
            raise OptionError(f"{option} {text} cannot be read ({error.strerror}); name a PEM file.") from None
    return text


def _client_pair(options: Options) -> tuple[str, str] | None:
    if options.client_cert is None and options.client_key is None:
        return None
    if options.client_cert is None or options.client_key is None:
        raise OptionError("--speke-client-cert and --speke-client-key go together; give both.")
    certificate = _readable("--speke-client-cert", options.client_cert)
    key = _readable("--speke-client-key", options.client_key)
    return (certificate or "", key or "")


def _labels(texts: tuple[str, ...]) -> dict[str, str]:
    labels = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise OptionError(f"--speke-label takes NAME=VALUE, as in build=2026.11; {text!r} is not of that form.")
        labels[name] = value
    return labels
