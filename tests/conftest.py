"""What every test may use: the edition of the Charter, named people of two municipalities, and assessments."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from assessments.models import Answer, Assessment, Municipality
    from charta_app.models import User
    from guidelines.models import Edition


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A test database that several processes share: on SQLite a file, on PostgreSQL without the pool.

    Pooled connections outlive a test's end and would keep its database from being dropped.
    """
    from django.conf import settings

    database = settings.DATABASES["default"]
    database["OPTIONS"].pop("pool", None)
    if database["ENGINE"].endswith("sqlite3"):
        # no test pulls the plug: waiting for the disk would prove nothing
        database["OPTIONS"]["init_command"] = database["OPTIONS"]["init_command"].replace("=FULL", "=OFF")
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        database["TEST"]["NAME"] = f"{os.environ['CHARTA_TEST_FOLDER']}/{worker}.sqlite3"


@pytest.fixture(autouse=True)
def _quick_and_quiet(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_RATE_LIMITS = False
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


def _empties_the_database(test: pytest.Item) -> bool:
    """Whether a test has real transactions and is therefore followed by emptying all tables."""
    marker = test.get_closest_marker("django_db")
    wanted = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}
    return bool(wanted & set(test.fixturenames) or (marker and marker.kwargs.get("transaction")))  # type: ignore[attr-defined]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What empties the database comes last: pytest-django sorts so, but pytest's grouping by browser undoes it."""
    items.sort(key=_empties_the_database)


@pytest.fixture(autouse=True)
def _database_can_be_emptied(request: Any) -> Iterator[None]:
    """The audit log refuses to be emptied, and so does whatever is kept."""
    if not _empties_the_database(request.node):
        yield
        return
    from importlib import import_module

    from django.apps import apps
    from django.db import connection

    log = import_module("assessments.migrations.0004_log_is_append_only")
    decided = import_module("assessments.migrations.0018_nothing_decided_is_deleted")
    others = [
        import_module("assessments.migrations.0020_stored_documents_never_change"),
        import_module("assessments.migrations.0021_no_table_is_emptied"),
    ]
    request.getfixturevalue("_django_db_helper")  # it empties the tables when this fixture is done
    with connection.schema_editor() as editor:
        decided.create_own_triggers(apps, editor)
        for migration in others:
            migration.create_triggers(apps, editor)
    yield
    with connection.schema_editor() as editor:
        log.drop_triggers(apps, editor)
        decided.drop_own_triggers(apps, editor)
        for migration in others:
            migration.drop_triggers(apps, editor)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {log.TABLE}")  # noqa: S608
    with connection.schema_editor() as editor:
        log.create_triggers(apps, editor)
        if connection.vendor == "postgresql":
            # flushing truncates, and that trigger refuses an empty table too
            editor.execute(f"DROP TRIGGER {log.TABLE}_append_only_all ON {log.TABLE};", params=None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Load the Charter once and keep its rows for the tests that come after an emptied database."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("loaddata", "charta-2021", verbosity=0)
        _content.extend(_rows_of_the_content())


_content: list[
    tuple[str, list[str], list[Any]]
] = []  # (table, columns, rows), in an order that can be inserted


def _rows_of_the_content() -> list[tuple[str, list[str], list[Any]]]:
    from django.apps import apps
    from django.db import connection

    models = [
        model
        for model in apps.get_app_config("guidelines").get_models(include_auto_created=True)
        if not model.__name__.startswith("Historical") and model.__name__ != "ContentState"  # a trigger's own
    ]
    found = []
    with connection.cursor() as cursor:
        for table in dict.fromkeys(model._meta.db_table for model in models):
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608
            found.append((table, [column[0] for column in cursor.description], cursor.fetchall()))
    return found


def _fill_an_emptied_database() -> None:
    """What `migrate` and `loaddata` put there: the Charter, and the group of its editors."""
    from importlib import import_module
    from types import SimpleNamespace

    from django.apps import apps
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        for table, columns, rows in _content:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)  # noqa: S608
    config = apps.get_app_config("guidelines")
    models = config.models_module
    import_module("guidelines.migrations.0002_group_of_editors").make_group(
        apps, SimpleNamespace(connection=connection)
    )
    config.models_module = models


@pytest.fixture
def edition(db: None) -> Edition:
    """The edition of 2021, whole, also after a test with real transactions has emptied the database."""
    from guidelines.models import Edition

    if not Edition.objects.exists():
        _fill_an_emptied_database()
    return Edition.objects.get(code="2021")


@pytest.fixture
def town(db: None) -> Municipality:
    """Musterstadt, the municipality of the named people."""
    from assessments.models import Municipality

    return Municipality.objects.create(
        ags="99000001",
        name="Musterstadt",
        kind=Municipality.Kind.TOWN,
        federal_state="Musterland",
        district="Musterkreis",
        population=12_000,
    )


@pytest.fixture
def other_town(db: None) -> Municipality:
    """Nachbarstadt, whose data must never be seen by the people of Musterstadt."""
    from assessments.models import Municipality

    return Municipality.objects.create(
        ags="99000002", name="Nachbarstadt", kind=Municipality.Kind.TOWN, federal_state="Musterland"
    )


@pytest.fixture
def person(town: Municipality) -> Callable[..., User]:
    """`person("officer")`: the person with this role in Musterstadt (or `at=` another), made when first asked for.

    Besides the four roles: "editor" (staff, no municipality), "nobody" (an account, no municipality).
    """
    from assessments.models import Membership
    from charta_app.models import User

    def make(role: str, at: Municipality | None = None) -> User:
        place = at or town
        email = f"{role}@{place.name.lower()}.example"
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create(
                email=email, name=f"{role.title()} {place.name}", is_staff=role == "editor"
            )
            if role not in {"editor", "nobody"}:
                Membership.objects.create(person=user, municipality=place, role=role)
        return user

    return make


@pytest.fixture
def sign_in(person: Callable[..., User]) -> Callable[..., Client]:
    """`sign_in("officer")`: a client signed in as that person; `sign_in(None)`: a visitor."""
    from django.test import Client

    def enter(role: str | None, at: Municipality | None = None) -> Client:
        client = Client()
        if role is not None:
            client.force_login(person(role, at))
        return client

    return enter


@pytest.fixture
def assess(edition: Edition, town: Municipality, person: Callable[..., User]) -> Callable[..., Assessment]:
    """`assess(levels={"1.1-1": 3}, final=True, form="full", at=town, year=2026)`: an assessment with these answers.

    `review` hands it over, `final` finalises it; without either it is a draft.
    `levels` maps criterion codes to levels; an int rates every question alike. `in_charge` are the codes of the
    clauses that are assigned to the contributor, who may answer no other.
    """
    from assessments.models import Answer, Assessment, Assignment, Membership

    def make(
        *,
        levels: dict[str, int] | int | None = None,
        final: bool = False,
        form: str = "short",
        at: Municipality | None = None,
        year: int = 2026,
        title: str | None = None,
        review: bool = False,
        in_charge: tuple[str, ...] = ("1.1",),
    ) -> Assessment:
        officer = person("officer", at)
        assessment = Assessment.objects.start(
            municipality=at or town,
            edition=edition,
            by=officer,
            reference_date=date(year, 6, 30),
            form=form,
            title=title or f"Einschätzung {year}",
        )
        if in_charge:
            membership = Membership.objects.get(person=person("contributor", at), municipality=at or town)
            targets = assessment.targets.filter(clause__code__in=in_charge)
            Assignment.objects.put_in_charge(targets, membership, None)
        if levels is not None:
            answers = assessment.answers.select_related("criterion")
            chosen = answers if isinstance(levels, int) else answers.filter(criterion__code__in=levels)
            for answer in chosen:
                answer.state = Answer.State.RATED
                answer.level = levels if isinstance(levels, int) else levels[answer.criterion.code]
                answer.save_based_on(0, officer)
        if review:
            assessment.hand_over(officer)
        if final:
            assessment.finalise(officer)
        return assessment

    return make


@pytest.fixture
def discuss(person: Callable[..., User]) -> Callable[..., None]:
    """`discuss(assessment, text="…")`: on 1.1-1 the officer's comment for the report, a link and two files."""
    from assessments.models import Comment, Exhibit

    def say(assessment: Assessment, text: str = "Bitte den Ratsbeschluss nennen.") -> None:
        officer, answer = person("officer"), assessment.answers.get(criterion__code="1.1-1")
        Comment.objects.write(
            answer=answer,
            by=officer,
            role="officer",
            text=text,
            audience="report",
            notify=[officer.pk],
        )
        Exhibit.objects.add_link(
            answer=answer, by=officer, title=text, address="https://rat.musterstadt.example/112"
        )
        for number in (1, 2):
            Exhibit.objects.add_file(
                answer=answer,
                by=officer,
                title=text,
                kind="pdf",
                file_name=f"beschluss-{number}.pdf",
                data=b"%PDF-1.7 " + text.encode(),
            )

    return say


@pytest.fixture
def answer_of() -> Callable[[Assessment, str], Answer]:
    """`answer_of(assessment, "1.1-1")`: the stored answer, read afresh."""

    def find(assessment: Assessment, code: str) -> Answer:
        return assessment.answers.select_related("criterion__clause").get(criterion__code=code)

    return find
