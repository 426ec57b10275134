"""Security alerts and what the night desk does about each. Lives here: events, machines, notes and the house policy.

The rule, first line that fits:

==========  ==================================================================================
action      when
==========  ==================================================================================
`close`     the note says that it was expected: a drill, a scanner, an approved change, a test
`watch`     the attack was stopped: blocked, refused, held, dropped
`lock`      an account has been taken over, wherever
`page`      a server is under attack; servers are never cut off
`isolate`   a workstation is under attack
==========  ==================================================================================

The last three are intrusions. Some notes name a drill, a change or a scanner without excusing anything.
``triage_cost.py`` beside the task says what each kind of error costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

NAMES: Final = [
    "heron", "badger", "otter", "lizard", "viper", "bison", "pelican", "falcon", "gecko", "jackal", "sturgeon",
    "minnow",
]  # fmt: skip
USERS: Final = [
    "abelard", "borislav", "cosmin", "davide", "eleni", "fumiko", "gunnar", "hussein", "ingrid", "joyce", "kwame",
    "ludmila",
]  # fmt: skip
SERVERS: Final = ["db", "app"]
WORKSTATIONS: Final = ["desk", "lap"]
TAKEN: Final = [
    "sign-in from a new country after {0} failures", "second factor approved after {0} prompts",
    "mail now forwarded to an outside box", "password reset, then {0} downloads", "gave itself the admin role",
    "token used from {0} countries",
]  # fmt: skip
ATTACKED: Final = [
    "{0} files encrypted", "passwords dumped from memory", "unknown driver loaded",
    "shell opened to an outside address", "antivirus stopped", "beacon to a known bad address",
    "log of {0} days erased",
]  # fmt: skip
STOPPED: Final = [
    "malware held", "{0} sign-ins refused", "mail with a bad link held", "port scan dropped", "macro blocked",
    "unknown driver refused", "beacon to a known bad address blocked",
]  # fmt: skip
EXPECTED: Final = ["red team drill", "known scanner", "change approved", "vendor test file"]
OTHER: Final = [
    "first seen", "seen {0} times", "no drill today", "change refused", "not a known scanner", "sensor updated",
    "night shift", "user on leave",
]  # fmt: skip
ALERTS: Final = ["{host} ({user}): {event}; {note}", "{event} on {host}, user {user}; {note}"]


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield alerts with their actions, every action equally often."""
    for action in pick.rounds(["close", "watch", "lock", "page", "isolate"]):
        events = {
            "close": pick.one([TAKEN, ATTACKED, STOPPED]), "watch": STOPPED, "lock": TAKEN,
            "page": ATTACKED, "isolate": ATTACKED,
        }[action]  # fmt: skip
        machines = {"page": SERVERS, "isolate": WORKSTATIONS}.get(action, SERVERS + WORKSTATIONS)
        alert = pick.one(ALERTS).format(
            host=f"{pick.one(machines)}-{pick.one(NAMES)}",
            user=pick.one(USERS),
            event=pick.one(events).format(pick.whole(2, 60)),
            note=pick.one(EXPECTED if action == "close" else OTHER).format(pick.whole(2, 9)),
        )
        yield alert[0].upper() + alert[1:], action
