"""What time it is, as reports and known deviations want it."""

from __future__ import annotations

import datetime
import os

from conformance.wire.errors import OptionError


def utc_now() -> str:
    """Now, in UTC, ISO 8601 with seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> str:
    """Today's date; `SOURCE_DATE_EPOCH` makes it reproducible. Raises OptionError where that is no time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else None
    except (ValueError, OverflowError, OSError):
        raise OptionError("SOURCE_DATE_EPOCH is not a number of seconds since 1970; correct or unset it.") from None
    moment = moment or datetime.datetime.now(datetime.UTC)
    return moment.strftime("%Y-%m-%d")
