"""Work on the workers of a Ray cluster. Lives here: everything that imports Ray, which nothing else does.

The driver plans, paces, pays and keeps the journal; a worker only answers, with a client or an embedded engine of its
own and with the keys of its own environment. What travels are requests and replies, or what a function yields.
"""

from __future__ import annotations

import asyncio
import copy
import importlib.util
import itertools
import os
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any, Final
from weakref import WeakKeyDictionary

from curvefit.errors import CallFailed, CurvefitError, ModelUnavailable
from curvefit.models.base import Completion, Cost, Form, Model, Prices, Request, journal_name
from curvefit.models.redaction import redact
from curvefit.own_files import digest

__all__ = [
    "Cluster",
    "ClusterActor",
    "ClusterModel",
    "Worker",
    "WorkerLost",
    "to_stderr",
]


class WorkerLost(Exception):
    """The process that was to do something is gone."""


class ClusterActor:
    """What runs on a worker."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def greet(self) -> tuple[str, int]:
        """Return the digest of who would answer, and this process's number."""
        return digest(self._model.identity), os.getpid()

    async def complete(self, request: Request) -> Completion | CurvefitError:
        """Return the reply, or why there is none: an error that were raised would bring its traceback along."""
        try:
            return await self._model.complete(request)
        except CurvefitError as error:
            return error

    async def warm(self, request: Request) -> CurvefitError | None:
        """Bring the cache to where it stands after this request."""
        try:
            await self._model.warm(request)
        except CurvefitError as error:
            return error
        return None


@dataclass(slots=True, eq=False)
class Worker:
    """A place where requests are answered, whichever process is there now.

    `deaths` counts those since the last reply; `last` is the newest request answered, from which a new process is
    warmed while it is `cold`.
    """

    number: int
    actor: Any
    pid: int = 0
    in_flight: int = 0
    deaths: int = 0
    cold: bool = False
    last: Request | None = None


_START_TIMEOUT: Final = 180.0  # seconds for a worker to come up: a cluster that grows on demand takes minutes
_MAX_DEATHS: Final = 3  # of one worker without a reply between them, after which it is not started again
_SPARE: Final = 4  # calls a worker takes beyond those it answers, so that a greeting never waits for a reply


class Cluster:
    """The cluster of ``RAY_ADDRESS``, or one already connected to, or else one that is started on this machine.

    That one is reachable from nowhere else. Nothing is started before something is to be done.

    Parameters
    ----------
    workers : int, optional
        How many processors to use; by default all.

    Raises
    ------
    ModelUnavailable
        Ray is not installed, or later: there is no cluster to reach.
    """

    def __init__(self, workers: int | None = None) -> None:
        if importlib.util.find_spec("ray") is None:
            raise ModelUnavailable("spreading over workers needs Ray: pip install 'curvefit[ray]'")
        self._workers = workers
        self._started = False  # whether the cluster is ours to end

    @property
    def size(self) -> int:
        """How many processors there are to use; connects."""
        ray = _load()
        if not ray.is_initialized():
            self._connect(ray)
        return self._workers or int(ray.cluster_resources().get("CPU", 1)) or 1

    def stream(self, function: Callable[..., Iterator[Any]], *arguments: object) -> Generator[Any]:
        """Run a function on one processor of the cluster and yield what it yields, as it comes.

        The function is found there by its name, so that every node needs the same curvefit. It is ended when this
        iterator is closed.

        Raises
        ------
        WorkerLost
            Its process died. It is not begun again.
        ModelUnavailable
            It failed, or the cluster did.
        """
        ray = _load()
        if not ray.is_initialized():
            self._connect(ray)
        task = ray.remote(function).options(num_cpus=1, max_retries=0, num_returns="streaming").remote(*arguments)
        problems = ray.exceptions
        try:
            for made in task:
                yield ray.get(made)
        except (problems.WorkerCrashedError, problems.NodeDiedError, problems.OutOfMemoryError) as error:
            raise WorkerLost(_short_message(error)) from None
        except problems.RayError as error:
            raise ModelUnavailable(f"the cluster failed: {_short_message(error)}") from None
        finally:
            ray.cancel(task, force=True)

    def close(self) -> None:
        """End the cluster, if it was started here."""
        if self._started:
            _load().shutdown()
            self._started = False

    def _connect(self, ray: ModuleType) -> None:
        # Its log would repeat every worker's lines here, and a local one needs no page in a browser.
        local = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": self._workers, "include_dashboard": False}
        try:
            ray.init(log_to_driver=False, logging_level="ERROR", **local)
        except Exception as error:  # from RuntimeError to ConnectionError, ValueError and its own
            where = "reach the cluster of RAY_ADDRESS" if not local else "start a cluster on this machine"
            raise ModelUnavailable(f"cannot {where}: {_short_message(error)}") from None
        self._started = True
        # It prints each death as well, at length, to stdout, which is for results; this is its own debugger's switch.
        ray_worker = sys.modules.get("ray._private.worker")
        if hasattr(ray_worker, "_worker_logs_enabled"):
            setattr(ray_worker, "_worker_logs_enabled", False)  # noqa: B010 (its types know no such name)


class ClusterModel:
    """A model that answers on the workers of a Ray cluster: a `Model`.

    A worker takes one of the processors of a `Cluster`, which `close` ends if it was started here. A model that keeps
    prefixes gets each lane of requests on one worker.

    When a worker dies, another process takes its place, wherever the cluster has room for it. What it was answering
    counts as sent and as perhaps billed, and is for the runner to ask again. One that keeps dying is given up.

    Parameters
    ----------
    model : Model
        Who answers. Every worker gets a copy that is made anew there, so that it must find the same file or address.
    workers : int, optional
        How many; by default one for each processor of the cluster.
    say : callable, optional
        Gets a line when a worker died; by default it goes to stderr.

    Raises
    ------
    ModelUnavailable
        Ray is not installed.
    """

    def __init__(self, model: Model, workers: int | None = None, say: Callable[[str], None] | None = None) -> None:
        self.inner, self._cluster, self._say = model, Cluster(workers), say or to_stderr
        self._bound: WeakKeyDictionary[asyncio.Task[Any], Worker] = WeakKeyDictionary()
        self._runs: WeakKeyDictionary[asyncio.AbstractEventLoop, int] = WeakKeyDictionary()
        self._count = itertools.count(1)

    @property
    def name(self) -> str:
        """The model's."""
        return self.inner.name

    @property
    def journal_name(self) -> str:
        """The model's."""
        return journal_name(self.inner)

    @property
    def identity(self) -> str:
        """The model's: who asks changes no reply."""
        return self.inner.identity

    @property
    def form(self) -> Form:
        """The model's."""
        return self.inner.form

    @property
    def context(self) -> int | None:
        """The model's."""
        return self.inner.context

    @property
    def keeps_prefix(self) -> bool:
        """The model's."""
        return self.inner.keeps_prefix

    @property
    def thinking(self) -> int:
        """The model's."""
        return self.inner.thinking

    @property
    def takes_key(self) -> bool:
        """Whether the model's requests need a key, which may be wrong on a worker too."""
        return getattr(self.inner, "takes_key", False)

    @property
    def stated_prices(self) -> Prices | None:
        """The model's, as its user states them; None where nobody did."""
        return getattr(self.inner, "stated_prices", None)

    @property
    def caches_from(self) -> int | None:
        """How many tokens the model's provider caches at least; None where it has no price for them."""
        return getattr(self.inner, "caches_from", None)

    def cached_usd(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int) -> float | None:
        """Return what so many tokens would cost: see the model, which has such prices where `caches_from` is known."""
        return self.inner.cached_usd(prompt_tokens, cached_tokens, completion_tokens)  # type: ignore[attr-defined, no-any-return]

    @property
    def concurrency(self) -> int:
        """How many requests all workers answer at once; starts them."""
        return len(self._workers) * self._copy.concurrency

    def count_tokens(self, text: str) -> int:
        """Count here, as the model does."""
        return self.inner.count_tokens(text)

    def expect(self, prompt_tokens: int, fresh_tokens: int, completion_tokens: int) -> Cost:
        """Return the price, which is the model's; how long it takes depends on the cluster."""
        return Cost(None, self.inner.expect(prompt_tokens, fresh_tokens, completion_tokens).usd)

    def set_model(self, model: Model) -> None:
        """Have another model answer; workers that answer as it would are kept."""
        if model.identity != self.inner.identity:
            self._stop_workers()
        self.inner = model

    async def complete(self, request: Request) -> Completion:
        """Answer on a worker.

        Raises
        ------
        CallFailed
            As the model does; may be asked again when the worker died.
        ModelUnavailable
            Workers would ask another model than this process, or the cluster has none left.
        """
        worker, keyed = self._choose_worker(), self._with_own_key(request)
        before = worker.last
        if worker.cold and before is not None and before.cache_key == keyed.cache_key and self.keeps_prefix:
            await self._call(worker, "warm", before)
        worker.cold = False
        reply: Completion = await self._call(worker, "complete", keyed)
        worker.deaths, worker.last = 0, keyed if self.keeps_prefix else None
        return reply

    async def warm(self, request: Request) -> None:
        """Bring the cache of the worker that answers this task to where it stands after the request."""
        if self.keeps_prefix:
            worker, keyed = self._choose_worker(), self._with_own_key(request)
            await self._call(worker, "warm", keyed)
            worker.cold, worker.last = False, keyed

    async def rest(self) -> None:
        """Nothing is held for a loop here; workers have loops of their own."""

    def close(self) -> None:
        """End the workers, and the cluster if it was started here."""
        self._stop_workers()
        self._cluster.close()
        self.inner.close()

    async def _call(self, worker: Worker, method: str, request: Request) -> Any:
        ray, actor = _load(), worker.actor
        worker.in_flight += 1
        try:
            if not worker.pid:
                await self._greet(worker)
            reply = await getattr(actor, method).remote(request)
        except ray.exceptions.RayActorError as error:
            raise self._replace_dead(worker, actor, error) from None
        except ray.exceptions.RayError as error:
            raise CallFailed(f"{self.name}: the cluster failed: {_short_message(error)}") from None
        finally:
            worker.in_flight -= 1
        if isinstance(reply, CurvefitError):
            raise reply
        return reply

    async def _greet(self, worker: Worker) -> None:
        """Wait for a worker to come up and make sure that it would ask the same model."""
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                model_digest, pid = await worker.actor.greet.remote()
        except TimeoutError:
            raise self._abandon(
                worker, f"did not come up in {_START_TIMEOUT:.0f} s; has the cluster a free CPU?"
            ) from None
        if model_digest != digest(self.inner.identity):
            raise ModelUnavailable(
                f"worker {worker.number} would ask another {self.name}: every node needs the same curvefit, engine,"
                " model file and address variables"
            )
        worker.pid = pid

    def _replace_dead(self, worker: Worker, actor: Any, error: Exception) -> CurvefitError:
        """Put a new process in the place of one that died; the first call to notice does."""
        if worker.actor is actor and worker in self._workers:
            worker.deaths += 1
            if worker.deaths >= _MAX_DEATHS:
                return self._abandon(worker, f"died {worker.deaths} times without a reply: {_short_message(error)}")
            calls = worker.in_flight
            self._say(
                f"worker {worker.number} of {len(self._workers)} died and is replaced;"
                f" its {calls} {'call' if calls == 1 else 'calls'} in flight will be asked again"
            )
            _kill(actor)  # where it is only out of reach, it must not go on asking
            worker.actor, worker.pid, worker.cold = self._start_actor(), 0, True
        return CallFailed(f"{self.name}: worker {worker.number} died", retryable=True, billed=True)

    def _abandon(self, worker: Worker, why: str) -> CurvefitError:
        """Go on without a worker, while there are others."""
        if worker in self._workers:
            _kill(worker.actor)
            self._workers.remove(worker)
            self._say(f"worker {worker.number} {why}; going on with {len(self._workers)}")
        if not self._workers:
            return ModelUnavailable(f"{self.name}: no worker is left; the last one, {worker.number}, {why}")
        return CallFailed(f"{self.name}: worker {worker.number} {why}", retryable=True, billed=True)

    def _choose_worker(self) -> Worker:
        """Return where to ask: the task's own worker where prefixes are kept, else the least busy."""
        if not self._workers:
            raise ModelUnavailable(f"{self.name}: no worker is left")
        task = asyncio.current_task()
        if not self.keeps_prefix or task is None:
            return min(self._workers, key=lambda worker: worker.in_flight)
        if self._bound.get(task) not in self._workers:
            load = Counter(worker.number for worker in self._bound.values())
            self._bound[task] = min(self._workers, key=lambda worker: load[worker.number])
        return self._bound[task]

    def _with_own_key(self, request: Request) -> Request:
        """Return a request whose cache key no other run shares: each starts as fresh as the first."""
        if not self.keeps_prefix or not request.cache_key:
            return request
        loop = asyncio.get_running_loop()
        if loop not in self._runs:
            self._runs[loop] = next(self._count)
        return replace(request, cache_key=f"{self._runs[loop]}/{request.cache_key}")

    @cached_property
    def _copy(self) -> Model:
        """What every worker gets: pickled, a model is what it was made from."""
        return copy.copy(self.inner)

    @cached_property
    def _workers(self) -> list[Worker]:
        return [Worker(number, self._start_actor()) for number in range(1, self._cluster.size + 1)]

    def _start_actor(self) -> Any:
        actor_class = _load().remote(ClusterActor)
        # Restarting and asking again are done here, where it is known what is in the journal.
        options = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}
        return actor_class.options(max_concurrency=self._copy.concurrency + _SPARE, **options).remote(self._copy)

    def _stop_workers(self) -> None:
        for worker in self.__dict__.pop("_workers", []):
            _kill(worker.actor)
        self.__dict__.pop("_copy", None)
        self._bound.clear()


def _load() -> ModuleType:
    """Import Ray so that it reports to nobody, and a cluster of its own listens on this machine only."""
    if "ray" not in sys.modules:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        if not os.environ.get("RAY_ADDRESS"):
            os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # its word for: loopback only
    import ray

    module: ModuleType = ray
    return module


def _kill(actor: Any) -> None:
    ray = _load()
    if ray.is_initialized():
        ray.kill(actor)


def _short_message(error: Exception) -> str:
    """Return what Ray says in one short line: the last one of a traceback."""
    lines = [part.strip() for part in str(error).splitlines() if part.strip()]
    return redact(f"{type(error).__name__}: {lines[-1] if lines else ''}")[:300]


def to_stderr(line: str) -> None:
    """Say a line where results do not go."""
    print(line, file=sys.stderr)
