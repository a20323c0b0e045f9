"""The specification as data: requirements, requirement sets, standard messages, DRM systems and contracts."""

from conformance.catalogue.book import Catalogue, UnknownName, load_catalogue, read_catalogue
from conformance.catalogue.lists import Contract, DrmSystem, Message
from conformance.catalogue.sets import SetRules
from conformance.catalogue.yamlfile import DataError

__all__ = [
    "Catalogue",
    "Contract",
    "DataError",
    "DrmSystem",
    "Message",
    "SetRules",
    "UnknownName",
    "load_catalogue",
    "read_catalogue",
]
