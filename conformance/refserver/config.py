"""What this key provider offers and how it likes to write: all of it legal, none of it a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from conformance.refserver.systems import SERVED


@dataclass(frozen=True, slots=True)
class RefusedContract:
    """A contract that this provider refuses for its security level.

    `track_types`: refuse exactly this set of intendedTrackType values.
    `shared_pixels`: refuse one key for audio and for video of at least that many pixels.
    """

    name: str
    track_types: frozenset[str] | None = None
    shared_pixels: int | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How content keys are encrypted for a recipient; the defaults are what CPIX prescribes.

    The other values exist for the fault catalogue and for layouts that are seen in the field.
    """

    mac_layout: Literal["pskc:MACKey", "cpix:Key/pskc:EncryptedValue", "cpix:Key/enc"] = "pskc:MACKey"
    wrapping: Literal["oaep", "pkcs1v15"] = "oaep"
    oaep_hash: Literal["sha1", "sha256", "sha512"] = "sha1"
    mgf_hash: Literal["sha1", "sha256", "sha512"] = "sha1"
    mac_hash: Literal["sha1", "sha256", "sha512"] = "sha512"
    mac_input: Literal["cipher-value", "without-iv", "base64-text", "plain-key"] = "cipher-value"
    mac: bool = True
    mac_on_wrapped_keys: bool = False
    padding: Literal["pkcs7", "xmlenc", "zero"] = "pkcs7"
    iv: Literal["random", "zero", "same", "fixed"] = "random"
    secrets: Literal["fresh", "fixed"] = "fresh"
    document_key_bytes: int = 32
    mac_key_bytes: int = 64
    recipients: Literal["all", "first"] = "all"
    one_document_key_per_recipient: bool = False
    clear: Literal["never", "also", "instead"] = "never"
    unfit_certificate: Literal["refuse", "leave-out"] = "refuse"
    when_unavailable: Literal["refuse", "clear"] = "refuse"


@dataclass(frozen=True, slots=True)
class Style:
    """Harmless variation: another server would write the same answer like this."""

    prefixes: Mapping[str, str | None] = field(
        default_factory=lambda: {"cpix": "cpix", "pskc": "pskc", "ds": "ds", "enc": "enc"}
    )
    uppercase_uuids: bool = False
    folded_base64: int = 0
    attribute_order: Literal["as-made", "reversed", "sorted"] = "as-made"
    child_order: Literal["schema", "reversed"] = "schema"
    list_order: Literal["as-asked", "reversed"] = "as-asked"
    comments: bool = False
    processing_instructions: bool = False
    cdata: bool = False
    indent: bool = False
    declaration: bool = True
    bom: bool = False
    unused_namespaces: tuple[tuple[str, str], ...] = ()
    schema_location: bool = False
    error_form: Literal["text", "json", "xml"] = "text"
    error_status: int = 422
    error_headers: bool = True
    content_type: str = "application/xml"
    header_case: Literal["as-written", "lower", "upper"] = "as-written"
    extra_headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = False
    http10: bool = False
    close: bool = False
    gzip_when_asked: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """One key provider: what it serves, and the harmless choices that the specification leaves to it."""

    seed: str = "speke-conformance"
    user_agent: str = "reference-key-server/1.0"
    token: str = ""
    """If not empty, every request must carry it as its Bearer token."""
    versions: tuple[str, ...] = ("2.0", "2.1")
    systems: tuple[str, ...] = tuple(SERVED)
    schemes: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {name: one.schemes for name, one in SERVED.items()}
    )
    key_encryption: bool = True
    encryption: Recipe = field(default_factory=Recipe)
    minimum_rsa_bits: int = 2048
    certificate_hashes: tuple[str, ...] = ("sha256", "sha384", "sha512")
    kid_override: bool = False
    extras_2_1: bool = True
    explicit_iv_when_missing: Literal["cbc-schemes", "always", "never"] = "always"
    explicit_iv_fresh: bool = False
    """An explicitIV that the encryptor left out is drawn anew for each answer."""
    explicit_iv_of_provider: bool = False
    playready_header: Literal["oldest", "4.0", "4.1", "4.2", "4.3"] = "oldest"
    playready_checksum: bool = True
    playready_algid_absent: bool = False
    playready_la_url: str | None = "https://playready.key-provider.example/rightsmanager.asmx"
    playready_custom_attributes: str = ""
    widevine_pssh_version: Literal[0, 1] = 0
    widevine_provider: str = "reference"
    widevine_cenc_scheme: bool = True
    widevine_entitled: bool = False
    all_kids_in_pssh: bool = False
    empty_fairplay_pssh: bool = False
    skd_form: Literal["json", "uuid", "uuid-iv", "opaque"] = "json"
    cenc_hls_method: Literal["SAMPLE-AES-CTR", "SAMPLE-AES"] = "SAMPLE-AES-CTR"
    hls_trailing_newline: bool = False
    hls_keyid: bool = False
    protection_namespace_form: Literal["prefix", "default"] = "prefix"
    key_uri_base: str = "https://keys.key-provider.example/client"
    refuses: tuple[RefusedContract, ...] = ()
    accept_one_filter_sd_hd1: bool = True
    refuse_all_beside_others: bool = True
    unsupported_filters: Literal["echo", "drop", "refuse"] = "echo"
    same_track_type_in_periods: bool = True
    maximum_body: int = 1024 * 1024
    leaves_bodies_unread: bool = False
    """Whether what is refused by its method, version or credentials is answered before its body is read."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What the maker of a DRM system's signalling may write otherwise, by names that it defines."""
    style: Style = field(default_factory=Style)
