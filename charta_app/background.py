"""Where work in the background runs when there is no worker beside the site."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections
from django_tasks.backends.immediate import ImmediateBackend
from django_tasks.base import TaskResult

from charta_app.logs import request_id

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")


class ThreadBackend(ImmediateBackend):
    """django-tasks' immediate backend, one task after the other in a thread of this process.

    Whoever enqueues does not wait; a process that ends finishes what it has begun and forgets the rest.
    """

    def _execute_task(self, task_result: TaskResult[Any]) -> None:
        _thread.submit(self._run, task_result, request_id.get())

    def _run(self, task_result: TaskResult[Any], ordered_by: str) -> None:
        request_id.set(ordered_by)  # what is logged from here on belongs to the request that wanted it
        try:
            super()._execute_task(task_result)
        finally:
            connections.close_all()
