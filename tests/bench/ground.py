"""What every part of the measurement stands on: a site of its own, the least Django can do, and the comparison."""

from __future__ import annotations

import cProfile
import gc
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

FOLDER = tempfile.TemporaryDirectory(prefix="charta-bench-")
os.environ["CHARTA_VAR_DIR"] = FOLDER.name
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"

import django  # noqa: E402  # the settings read the environment above

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client, override_settings  # noqa: E402  # as above

from assessments.models import Assessment, Membership, Municipality  # noqa: E402
from charta_app.models import User  # noqa: E402
from guidelines.models import Edition  # noqa: E402

ROUNDS = 120
DJANGOS_OWN: dict[str, Any] = {  # as `startproject` sets up a site
    "SESSION_ENGINE": "django.contrib.sessions.backends.db",
    "MIDDLEWARE": [
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
}
SMALLEST, SMALLEST_UPDATE, SMALLEST_FILE = "/kleinste/", "/kleinste/schreiben/", "/kleinste/datei/"


def compare(
    name: str,
    ours: Callable[[int], object],
    least: Callable[[int], object],
    target: float,
    *,
    rounds: int = ROUNDS,
    warm_up: int = 10,
    counts_calls: bool = True,
    after: Callable[[], object] = lambda: None,
) -> None:
    """Measure both in turn, each first every other time, and print the median ratio beside the target.

    The garbage collector rests, so that it does not run at the cost of whoever comes just then. `after` follows each
    of our calls outside the measurement. The numbers of function calls do not depend on what else the machine does.
    """
    times: dict[str, list[float]] = {"ours": [], "least": []}
    gc.collect()
    gc.disable()
    sides = [("ours", ours), ("least", least)]
    for n in range(rounds + warm_up):
        for side, call in sides if n % 2 else reversed(sides):
            start = time.perf_counter()
            call(n)
            if n >= warm_up:
                times[side].append(time.perf_counter() - start)
        after()
    calls = [_calls(call, rounds + warm_up) for call in (ours, least)] if counts_calls else []
    gc.enable()
    ours_median, least_median = (statistics.median(times[side]) for side in ("ours", "least"))
    report(
        name,
        f"{median_ratio(times['ours'], times['least']):.2f} ×",
        f"Ziel ≤ {target:.1f} ×; {ours_median * 1000:.1f} ms gegen {least_median * 1000:.1f} ms"
        + (f"; Funktionsaufrufe {calls[0]} gegen {calls[1]}" if calls else ""),
    )


def median_ratio(ours: Sequence[float], least: Sequence[float]) -> float:
    """The median of the rounds' ratios: a machine is not as fast in each round, but in one about as fast for both."""
    return statistics.median(mine / other for mine, other in zip(ours, least, strict=True))


def _calls(call: Callable[[int], object], n: int) -> int:
    profile = cProfile.Profile()
    profile.runcall(call, n)
    return pstats.Stats(profile).total_calls  # type: ignore[attr-defined]


def report(name: str, figure: str, remark: str) -> None:
    """One line of the result."""
    print(f"{name:<62} {figure.replace('.', ','):>10}   ({remark.replace('.', ',')})", flush=True)


def say_where() -> None:
    """The database, below the figures."""
    print(f"Datenbank: {connection.display_name}\n", flush=True)


def post(client: Client, address: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Any:
    """Send a form as browsers do; the test client's own way is that of uploads."""
    kind = "application/x-www-form-urlencoded"
    return client.post(address, urlencode(fields), content_type=kind, headers=headers)


def checked(response: Any, status: int) -> Any:
    """The response, if it is what the measurement assumes."""
    assert response.status_code == status, response.status_code
    return response


def prepare() -> tuple[Client, Assessment]:
    """A municipality with one officer and one draft of the whole short form."""
    call_command("migrate", verbosity=0)
    call_command("loaddata", "charta-2021", verbosity=0)
    town = Municipality.objects.create(
        ags="99000001", name="Musterstadt", kind="63", federal_state="Musterland"
    )
    officer = User.objects.create(email="officer@musterstadt.example", name="Erika Beispiel")
    Membership.objects.create(person=officer, municipality=town, role="officer")
    client = Client()
    client.force_login(officer, backend="charta_app.accounts.Door")
    return client, draft(officer, town, "2026")


def plain_client(person: User) -> Client:
    """A browser of the same person in which Django answers without anything of ours, as on a new site."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    with override_settings(**DJANGOS_OWN):
        client.handler.load_middleware()
    return client


def draft(officer: User, town: Municipality, title: str) -> Assessment:
    """A draft with every question of the short form answered."""
    assessment = Assessment.objects.start(
        municipality=town,
        edition=Edition.objects.get(),
        by=officer,
        reference_date=date(2026, 6, 30),
        form="short",
        title=title,
    )
    for answer in assessment.answers.all():
        answer.state, answer.level, answer.comment = "rated", 2, "Beschluss des Rates vom 3. Mai. " * 5
        answer.save_based_on(0, officer)
    return assessment
