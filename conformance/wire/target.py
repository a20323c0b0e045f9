"""The address of the key server under test."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from conformance.wire.errors import OptionError

_DEFAULT_PORT = {"http": 80, "https": 443}
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Target:
    """One endpoint: scheme, host, port and path (with its query, if any)."""

    scheme: str
    host: str
    """Lower case, in ASCII, an IPv6 literal without its brackets."""
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Read an http or https URL; raises OptionError with the fix when it cannot be used as a key server's."""
        if not url:
            raise OptionError("The server URL is empty; give one such as https://keys.example.com/speke/v2.0.")
        if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url):
            raise OptionError("The server URL holds a space or control character; remove it or write it as %20.")
        if "\\" in url:
            raise OptionError("The server URL holds a backslash; write forward slashes.")
        parts = _split(url)
        if parts.scheme not in _DEFAULT_PORT:
            raise OptionError("The server URL must begin with http:// or https://.")
        if "@" in parts.netloc:
            raise OptionError("The server URL holds a user name or password; give credentials by --speke-auth instead.")
        if "#" in url:
            raise OptionError("The server URL holds a fragment (#), which is never sent; remove it.")
        if not parts.hostname:
            raise OptionError("The server URL has no host; write it as https://host/path.")
        return cls(parts.scheme, _host(parts.hostname), _port(parts), _path(parts))

    @property
    def url(self) -> str:
        """The address in full, with the port only where it is not the scheme's own."""
        port = "" if self.port == _DEFAULT_PORT[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.display}{port}{self.path}"

    @property
    def display(self) -> str:
        """The host alone, as reports may show it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def on_this_machine(self) -> bool:
        """Whether the host is a loopback address, so that the server can reach what listens here."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: credentials go to this origin and to no other."""
        return self.scheme, self.host, self.port

    @property
    def secure(self) -> bool:
        """Whether the endpoint is reached through TLS."""
        return self.scheme == "https"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise OptionError("The server URL has a broken host; an IPv6 address is written as [::1].") from error


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port is None:
        if parts.netloc.endswith(":"):
            raise OptionError("The server URL has a colon without a port; add the number or remove the colon.")
        return _DEFAULT_PORT[parts.scheme]
    if port == 0:
        raise OptionError("The server URL has a port that is not a number from 1 to 65535; correct it.")
    return port


def _host(hostname: str) -> str:
    if ":" in hostname:
        try:
            ipaddress.IPv6Address(hostname)
        except ValueError as error:
            raise OptionError("The server URL has a broken IPv6 address; write it as [::1].") from error
        return hostname.lower()
    try:
        name = hostname.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise OptionError("The server URL has a host name that DNS does not allow; correct it.") from error
    if not all(_LABEL.fullmatch(label) for label in name.removesuffix(".").split(".")):
        raise OptionError("The server URL has a host name that DNS does not allow; correct it.")
    return name


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path
