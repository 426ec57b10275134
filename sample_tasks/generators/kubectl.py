"""Requests of an operations team and the kubectl command for each. Lives here: the verbs, their English, house rules.

The rule: ``kubectl VERB OBJECT OPTIONS -n NAMESPACE``; one object is written ``kind/name`` with the short kind
(``deploy``, ``svc``, ``cm``), what is listed by its plural; a name without a kind is a deployment; long options take
``=``; the namespace stands last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

SPACES: Final = [
    "shop",
    "payments",
    "staging",
    "search",
    "mail",
    "web",
    "data",
    "auth",
    "media",
    "tools",
    "edge",
    "labs",
]
APPS: Final = [
    "cart", "api", "worker", "redis", "frontend", "ledger", "queue", "proxy", "cron", "importer", "indexer", "mailer",
    "catalog", "gateway", "scraper", "notifier",
]  # fmt: skip
KINDS: Final = {"pod": "pod", "service": "svc", "config map": "cm", "deployment": "deploy"}
LISTED: Final = ["pods", "deployments", "services", "jobs", "secrets", "cronjobs"]
SHAPES: Final = {"": "", " as yaml": " -o yaml", " as json": " -o json", " with details": " -o wide"}
SINCE: Final = {"hour": "1h", "10 minutes": "10m", "30 minutes": "30m", "2 hours": "2h"}


def _list(pick: Chooser, app: str) -> tuple[str, str]:
    kind = pick.one(LISTED)
    of, selector = (f" of {app}", f" -l app={app}") if pick.chance(0.5) else ("", "")
    shape = pick.one(list(SHAPES))
    return f"{pick.one(['List', 'Show'])} {kind}{of}{shape}", f"get {kind}{selector}{SHAPES[shape]}"


def _scale(pick: Chooser, app: str) -> tuple[str, str]:
    size = pick.whole(2, 20)
    return f"{pick.one(['Scale', 'Resize'])} {app} to {size}", f"scale deploy/{app} --replicas={size}"


def _restart(pick: Chooser, app: str) -> tuple[str, str]:
    return f"{pick.one(['Restart', 'Bounce'])} {app}", f"rollout restart deploy/{app}"


def _undo(pick: Chooser, app: str) -> tuple[str, str]:
    return f"{pick.one(['Roll back', 'Undo'])} {app}", f"rollout undo deploy/{app}"


def _logs(pick: Chooser, app: str) -> tuple[str, str]:
    span = pick.one(["", *SINCE])
    since, option = (f" of the last {span}", f" --since={SINCE[span]}") if span else ("", "")
    return f"Logs of {app}{since}", f"logs deploy/{app}{option}"


def _delete(pick: Chooser, app: str) -> tuple[str, str]:
    kind = pick.one(list(KINDS))
    return f"{pick.one(['Delete', 'Remove'])} {kind} {app}", f"delete {KINDS[kind]}/{app}"


def _describe(pick: Chooser, app: str) -> tuple[str, str]:
    kind = pick.one(list(KINDS))
    return f"{pick.one(['Describe', 'Inspect'])} {kind} {app}", f"describe {KINDS[kind]}/{app}"


REQUESTS: Final[list[Callable[[Chooser, str], tuple[str, str]]]] = [
    _list, _list, _scale, _restart, _undo, _logs, _logs, _delete, _describe,
]  # fmt: skip


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield requests with their commands."""
    for request in pick.rounds(REQUESTS):
        space = pick.one(SPACES)
        text, command = request(pick, pick.one(APPS))
        yield f"{text} in {space}", f"kubectl {command} -n {space}"
