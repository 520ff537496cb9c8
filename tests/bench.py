"""How the product's pages compare with the least Django can do, in one run on one machine: `make bench`.

Only ratios are meant to be compared: both sides are measured in turn, and the median of each is taken. The garbage
collector rests, so that it does not run at the cost of whoever comes just then. `DATABASE_URL` chooses the database.
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

FOLDER = tempfile.TemporaryDirectory(prefix="charta-bench-")
os.environ["CHARTA_VAR_DIR"] = FOLDER.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "charta_app.settings")

import django  # noqa: E402  # the settings read the environment above

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import path, reverse  # noqa: E402
from django.views.decorators.http import require_POST, require_safe  # noqa: E402

from assessments.models import Assessment, Membership, Municipality  # noqa: E402
from charta_app.models import User  # noqa: E402
from charta_app.urls import urlpatterns as site  # noqa: E402
from guidelines.models import Edition  # noqa: E402
from tests.pages import form_data  # noqa: E402

ROUNDS = 120


@require_safe
def smallest(request: HttpRequest) -> HttpResponse:
    """The smallest authenticated view."""
    return HttpResponse(request.user.get_username())


@require_POST
def smallest_update(request: HttpRequest) -> HttpResponse:
    """The smallest authenticated view that updates one row."""
    User.objects.filter(email=request.user.get_username()).update(name=request.POST["name"])
    return HttpResponse(status=204)


urlpatterns = [*site, path("kleinste/", smallest), path("kleinste/schreiben/", smallest_update)]


def compare(
    name: str,
    ours: Callable[[int], object],
    least: Callable[[int], object],
    target: float,
    rounds: int,
    after: Callable[[], object] = lambda: None,
) -> None:
    """Measure both in turn and print the ratio of the medians, with the target beside it.

    `after` follows each of our calls outside the measurement.
    """
    times: dict[str, list[float]] = {"ours": [], "least": []}
    gc.collect()
    gc.disable()
    for n in range(rounds + 10):
        for side, call in (("ours", ours), ("least", least)):
            start = time.perf_counter()
            call(n)
            if n >= 10:  # the first rounds warm caches
                times[side].append(time.perf_counter() - start)
        after()
    gc.enable()
    ours_median, least_median = statistics.median(times["ours"]), statistics.median(times["least"])
    print(
        f"{name:<58} {ours_median / least_median:>5.2f} ×   (Ziel ≤ {target:.1f} ×; "
        f"{ours_median * 1000:.1f} ms gegen {least_median * 1000:.1f} ms)"
    )


def post(client: Client, address: str, fields: dict[str, str]) -> Any:
    """Send a form as browsers do; the test client's own way is that of uploads."""
    return client.post(address, urlencode(fields), content_type="application/x-www-form-urlencoded")


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
    edition = Edition.objects.get()
    assessment = Assessment.objects.start(
        municipality=town,
        edition=edition,
        by=officer,
        reference_date=date(2026, 6, 30),
        form="short",
        title="2026",
    )
    for answer in assessment.answers.all():
        answer.state, answer.level, answer.comment = "rated", 2, "Beschluss des Rates vom 3. Mai. " * 5
        answer.save_based_on(0, officer)
    client = Client()
    client.force_login(officer)
    return client, assessment


def main() -> None:
    """Measure and print."""
    client, assessment = prepare()
    page = reverse("assessments:question", args=[assessment.pk, "1.2"])
    results = reverse("assessments:results", args=[assessment.pk])
    fields = form_data(client.get(page), "version")
    version = next(name for name in fields if name.endswith("1.2-1-version"))
    comment = next(name for name in fields if name.endswith("1.2-1-comment"))

    def save(n: int) -> None:
        fields[comment] = f"Fassung {n}"
        checked(post(client, page, fields), 302)
        fields[version] = str(int(fields[version]) + 1)

    compare(
        "Antwort speichern gegen kleinste Änderung einer Zeile",
        save,
        lambda n: checked(post(client, "/kleinste/schreiben/", {"name": f"Name {n}"}), 204),
        1.5,
        ROUNDS,
        after=lambda: client.get(
            page
        ),  # as a browser: it shows "Gespeichert", else the messages would pile up
    )
    compare(
        "Frageseite gegen kleinste angemeldete Seite",
        lambda _n: checked(client.get(page), 200),
        lambda _n: checked(client.get("/kleinste/"), 200),
        4.0,
        ROUNDS,
    )
    print(f"{'Ergebnisseite (ohne Ziel)':<58} {_median(lambda: checked(client.get(results), 200)):>5.1f} ms")
    print(f"Datenbank: {connection.display_name}, {ROUNDS} Durchgänge, Median")


def _median(call: Callable[[], object]) -> float:
    times = []
    for _n in range(10):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    with override_settings(ROOT_URLCONF="tests.bench", ALLOWED_HOSTS=["testserver"]):
        main()
    FOLDER.cleanup()
