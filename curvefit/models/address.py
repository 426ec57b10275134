"""Where a hosted model answers. Lives here: what users and environment say of it; nothing is asked there."""

from __future__ import annotations

import os
import re
from typing import Final

from curvefit.errors import ModelUnavailable

__all__ = ["checked", "from_environment"]


_SECRET: Final = re.compile(r"[?&][^=&]*(?:key|token|secret|password|sig)[^=&]*=[^&]", re.IGNORECASE)


def checked(api_base: str | None) -> str | None:
    """Return an address as it is, unless it holds a password or a key, which would end up in names and messages.

    Raises
    ------
    ModelUnavailable
        It does; it is not repeated.
    """
    if api_base is not None and ("@" in api_base.partition("://")[2].partition("/")[0] or _SECRET.search(api_base)):
        raise ModelUnavailable("an API base must not hold a password or a key; put it into the provider's variable")
    return api_base


def from_environment(provider: str) -> str | None:
    """Return the address the environment gives a provider, `checked`, which is then part of who answered."""
    names = (f"{provider.upper()}_BASE_URL", f"{provider.upper()}_API_BASE")
    return checked(next((os.environ[name] for name in names if os.environ.get(name)), None))
