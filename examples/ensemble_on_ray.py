"""An ensemble on a Ray cluster: Ray's pool behind the executor that `delever.ensemble` takes.

pip install "delever[data]" ray; python examples/ensemble_on_ray.py
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import ray

import delever


class RayExecutor(Executor):
    """Each submitted call is one Ray task; its future resolves when Ray has the result."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a `concurrent.futures.Future` of the task."""
        return ray.remote(fn).remote(*args, **kwargs).future()


if __name__ == "__main__":
    ray.init()
    with RayExecutor() as pool:
        found = delever.ensemble("btc-2026-02", 200, executor=pool, resume="runs.parquet")
    print(len(found.rows), "runs", len(found.failures), "failed")
    print(found.rows[0])  # a plain dict: seed, parameters, results
