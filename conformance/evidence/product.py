"""What an evidence archive is about: a product, its version and who provides it, as its owner writes it down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from conformance.catalogue.yamlfile import DataError, expect_fields, expect_map, expect_text, load
from conformance.model import Place

REQUIRED = ("product", "version", "key-provider")
OPTIONAL = ("contact", "deployment", "statement")


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a key provider."""

    product: str
    version: str
    key_provider: str
    contact: str = ""
    """Whom to ask about the evidence."""
    deployment: str = ""
    """Where and how it ran when it was judged."""
    statement: str = ""
    """What the key provider wants to say of it."""

    def told(self) -> dict[str, str]:
        """What is known of it, by the names of the file."""
        return {name.replace("_", "-"): text for name, text in asdict(self).items() if text}

    @classmethod
    def of(cls, told: object) -> Product | None:
        """What `told` was made of; None for anything else."""
        if not isinstance(told, dict) or not set(REQUIRED) <= told.keys() <= {*REQUIRED, *OPTIONAL}:
            return None
        if not all(isinstance(text, str) and text for text in told.values()):
            return None
        return cls(**{name.replace("-", "_"): text for name, text in told.items()})


def read_product(path: Path) -> Product:
    """The product of a YAML file; raises DataError with file and line."""
    if not path.is_file():
        raise DataError(str(path), f"the product file {'is not a file' if path.exists() else 'does not exist'}")
    mapping = expect_map(load(path), Place(str(path), 1), "a product")
    expect_fields(mapping, required=REQUIRED, optional=OPTIONAL, what="a product")
    return Product(
        **{name.replace("-", "_"): expect_text(value, mapping.at(name), name) for name, value in mapping.items()}
    )
