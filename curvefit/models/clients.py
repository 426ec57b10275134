"""What litellm keeps open for an event loop. Lives here: closing it; litellm is handed in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import ModuleType

__all__ = ["close_clients"]


async def close_clients(litellm: ModuleType) -> None:
    """Close the connections litellm made for the running loop, which nobody can use once that has ended.

    Those of other loops, which may be the caller's own, are left alone: litellm's cache names the loop in its keys.
    """
    ending = f"-{id(asyncio.get_running_loop())}"
    held = litellm.in_memory_llm_clients_cache.cache_dict
    for key in [key for key in held if str(key).endswith(ending)]:
        client = held.pop(key)
        for close in (getattr(client, name, None) for name in ("close", "aclose")):
            if asyncio.iscoroutinefunction(close):
                with suppress(Exception):  # what cannot be closed is collected later; the replies are here
                    await close()
                break
