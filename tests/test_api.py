"""The read-only API: what it says, to whom, and how it refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis import GenerationMode

from assessments.models import Assessment, AuditEntry, Membership, Municipality
from assessments.record import Record
from assessments.reports.kinds import ReportKind
from assessments.tasks import print_now
from guidelines.models import Clause, Edition
from tests.proof import times

LIST = "/api/v1/assessments"
EXAMPLES = times(10, 300)  # for each operation, kind and person


def at(assessment: Assessment, part: str = "") -> str:
    return f"{LIST}/{assessment.pk}{part}"


class TestAssessments:
    """What people may see of assessments."""

    def test_the_list_names_what_there_is(self, assess, sign_in):
        assess(title="Entwurf", year=2025)
        final = assess(levels=2, final=True, title="Fertig")

        found = sign_in("officer").get(LIST).json()

        assert (found["count"], found["next"]) == (2, None)
        assert [(item["title"], item["state"]) for item in found["items"]] == [
            ("Fertig", "final"),
            ("Entwurf", "draft"),
        ]
        entry = found["items"][0]
        assert entry["municipality"]["ags"] == "99000001"
        assert (entry["reference_date"], entry["form"]) == ("2026-06-30", "short")
        assert entry["edition"] == {
            "code": "2021",
            "title": "Smart City Charta",
            "href": "/api/v1/editions/2021",
        }
        assert entry["sha256"] == final.frozen.sha256
        assert found["items"][1]["sha256"] is None

    def test_every_link_leads_somewhere(self, assess, sign_in):
        assess(levels=2, final=True)
        client = sign_in("council")

        entry = client.get(LIST).json()["items"][0]

        for link in (*entry["links"].values(), entry["edition"]["href"]):
            assert client.get(link).status_code == 200, link
        assert client.get(entry["links"]["self"]).json() == entry

    def test_the_list_comes_in_parts(self, assess, sign_in):
        for year in (2024, 2025, 2026):
            assess(year=year)
        client = sign_in("officer")

        first = client.get(LIST, {"limit": 2}).json()
        second = client.get(first["next"]).json()

        titles = [item["title"] for part in (first, second) for item in part["items"]]
        assert titles == ["Einschätzung 2026", "Einschätzung 2025", "Einschätzung 2024"]
        assert (first["count"], second["count"], second["next"]) == (3, 3, None)

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ({"state": "final"}, ["Hier 2026"]),
            ({"state": "review"}, []),
            ({"ags": "99000002"}, ["Drüben 2025"]),
            ({"ags": "05315000"}, []),
            ({"since": "2025-06-30"}, ["Hier 2026", "Drüben 2025"]),
            ({"until": "2025-06-30"}, ["Drüben 2025", "Hier 2024"]),
            ({"since": "2025-01-01", "until": "2025-12-31", "state": "draft"}, ["Drüben 2025"]),
        ],
    )
    def test_the_list_can_be_narrowed(self, query, titles, assess, sign_in, person, other_town):
        assess(year=2024, title="Hier 2024")
        assess(year=2025, title="Drüben 2025", at=other_town)
        assess(year=2026, title="Hier 2026", levels=2, final=True)
        Membership.objects.create(person=person("officer"), municipality=other_town, role="reviewer")

        found = sign_in("officer").get(LIST, query).json()

        assert ([item["title"] for item in found["items"]], found["count"]) == (titles, len(titles))

    def test_nobody_narrows_the_list_to_what_is_not_theirs(self, assess, sign_in, other_town):
        assess(at=other_town)
        assess()

        for role, query in (("officer", {"ags": "99000002"}), ("council", {"state": "draft"})):
            assert sign_in(role).get(LIST, query).json() == {"count": 0, "next": None, "items": []}

    def test_the_next_part_is_of_the_same_list(self, assess, sign_in):
        for year in (2023, 2024, 2025, 2026):
            assess(year=year)
        client = sign_in("officer")

        first = client.get(LIST, {"limit": 1, "since": "2025-01-01", "state": "draft"}).json()
        second = client.get(first["next"]).json()

        assert (first["count"], second["count"], second["next"]) == (2, 2, None)
        assert second["items"][0]["title"] == "Einschätzung 2025"

    def test_the_documents_are_those_of_the_page_with_the_checksum_of_what_is_kept(
        self, assess, sign_in, django_assert_num_queries
    ):
        assessment = assess(levels=2, final=True)
        print_now(assessment, ReportKind.MOTION_ODT)
        client = sign_in("council")

        # session, person, assessment, what is stored
        with django_assert_num_queries(4):
            items = client.get(at(assessment, "/documents")).json()["items"]

        page = client.get(assessment.get_absolute_url()).content.decode()
        assert [item["file"] for item in items] == [kind.file for kind in ReportKind]
        assert all(f'href="{item["href"]}"' in page for item in items)
        stored = {item["file"]: item for item in items if item["sha256"]}
        assert [*stored] == ["ratsvorlage.odt"]
        document = client.get(stored["ratsvorlage.odt"]["href"])
        assert hashlib.sha256(document.content).hexdigest() == stored["ratsvorlage.odt"]["sha256"]
        assert len(document.content) == stored["ratsvorlage.odt"]["size"]
        assert document["Content-Type"] == stored["ratsvorlage.odt"]["content_type"]

    @pytest.mark.parametrize("count", [1, 30])
    def test_the_list_takes_the_same_queries_however_many(
        self, count, edition, person, sign_in, django_assert_num_queries
    ):
        officer = person("officer")
        for number in range(count):
            town = Municipality.objects.create(
                ags=f"99{number + 100:06}", name=f"Ort {number}", kind="63", federal_state="Musterland"
            )
            Membership.objects.create(person=officer, municipality=town, role="officer")
            Assessment.objects.create(
                municipality=town,
                edition=edition,
                title="Einschätzung",
                reference_date=date(2026, 1, 1),
                created_by=officer,
            )
        client = sign_in("officer")

        # session, person, their number, the assessments
        with django_assert_num_queries(4):
            found = client.get(LIST).json()

        assert len(found["items"]) == count

    def test_the_record_is_the_exported_file(self, assess, sign_in, discuss, tmp_path):
        assessment = assess(levels={"1.1-1": 2}, form="full")
        discuss(assessment)
        file = tmp_path / "a.json"
        for final in (False, True):
            if final:
                assessment.finalise(assessment.created_by)
            call_command("export", str(assessment.pk), out=str(file))

            response = sign_in("officer").get(at(assessment, "/record"))

            assert response.content == file.read_bytes()
            assert Record.model_validate_json(response.content).canonical().encode() == response.content

    def test_the_checksum_of_a_final_record_is_its_tag(self, assess, sign_in):
        assessment = assess(levels=2, final=True)
        client = sign_in("council")

        response = client.get(at(assessment, "/record"))
        again = client.get(at(assessment, "/record"), headers={"if-none-match": response["ETag"]})
        dated = client.get(
            at(assessment, "/record"), headers={"if-modified-since": response["Last-Modified"]}
        )

        assert response["ETag"] == f'"{assessment.frozen.sha256}"'
        assert hashlib.sha256(response.content).hexdigest() == assessment.frozen.sha256
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", response["ETag"])
        assert dated.status_code == 304
        assert (response["Cache-Control"], response["Vary"]) == (
            "no-cache, private",
            "Authorization, Cookie",
        )

    def test_a_draft_is_sent_again_once_it_has_changed(self, assess, sign_in, answer_of, person):
        assessment = assess()
        client = sign_in("officer")
        before = client.get(at(assessment, "/result"))
        answer = answer_of(assessment, "1.1-1")
        answer.state, answer.level = "rated", 3
        answer.save_based_on(0, person("officer"))

        after = client.get(at(assessment, "/result"), headers={"if-none-match": before["ETag"]})

        assert after.status_code == 200

    def test_who_takes_the_data_away_stands_in_the_log_once_a_day(self, assess, sign_in, person):
        assessment = assess(levels=2, final=True)
        for role in ("council", "council", "officer"):
            sign_in(role).get(at(assessment, "/record"))
            sign_in(role).get(at(assessment, "/result"))

        lines = AuditEntry.objects.filter(kind="export", assessment=assessment.pk)

        assert {line.person_id for line in lines} == {person("council").pk, person("officer").pk}
        assert len(lines) == 2

    @pytest.mark.parametrize(
        ("part", "final", "queries"),
        [
            # session, person, assessment; for the record the log, too; the five of the rows or the snapshot
            ("/record", False, 9),
            ("/record", True, 5),
            ("/result", False, 8),
            ("/result", True, 4),
            ("", True, 3),
        ],
    )
    def test_queries_are_constant(self, part, final, queries, assess, sign_in, django_assert_num_queries):
        assessment = assess(levels=2, final=final)
        client = sign_in("officer")
        client.get(at(assessment, part))

        with django_assert_num_queries(queries):
            client.get(at(assessment, part))

    def test_progress_is_told_from_the_predecessor_on(self, assess, sign_in):
        assess(levels=1, final=True, year=2025, title="Vorher")
        now = assess(levels=2, year=2026)

        found = sign_in("officer").get(at(now, "/result")).json()["progress"]

        assert (found["title"], found["reference_date"], found["edition"]) == ("Vorher", "2025-06-30", "2021")
        assert len(found["clauses"]) == 24
        assert found["clauses"][0] == {
            "code": "1.1",
            "start": {"printed": 1.0, "exact": "1"},
            "now": {"printed": 2.0, "exact": "2"},
            "change": {"printed": 1.0, "exact": "1"},
            "is_noticeable": True,
            "share": {"percent": 50.0, "exact": "0.5"},
        }
        assert found["not_compared"] == []

    @pytest.mark.parametrize(
        ("query", "names", "message"),
        [
            ("foo=1", ["foo"], "Gibt es hier nicht: foo."),
            ("state=final&state=draft", ["state"], "Doppelt angegeben: state."),
            ("limit=1&limit=1", ["limit"], "Doppelt angegeben: limit."),
            ("State=final", ["State"], "Gibt es hier nicht: State."),
            ("x=1&ags=1&ags=2", ["ags", "x"], "Gibt es hier nicht: x. Doppelt angegeben: ags."),
        ],
    )
    def test_unknown_and_repeated_parameters_are_refused(self, query, names, message, assess, sign_in):
        assess(levels=2, final=True)

        response = sign_in("officer").get(f"/api/v1/assessments?{query}")

        assert response.status_code == 422
        assert response.json() == {"kind": "refused", "message": message, "parameters": names}

    @pytest.mark.parametrize("part", ["", "/record", "/result", "/documents"])
    def test_parts_of_an_assessment_take_no_parameters(self, part, assess, sign_in):
        assert sign_in("officer").get(at(assess(levels=2), f"{part}?year=2026")).status_code == 422

    @pytest.mark.parametrize("path", ["editions", "editions/2021"])
    @pytest.mark.usefixtures("edition")
    def test_neither_does_the_charter(self, path, client):
        assert client.get(f"/api/v1/{path}?state=published").json()["parameters"] == ["state"]

    def test_what_cannot_be_compared_says_why(self, assess, sign_in):
        assess(levels=1, final=True, year=2025)
        now = assess(levels=2, form="full", year=2026)

        found = sign_in("officer").get(at(now, "/result")).json()["progress"]

        assert found["clauses"] == []
        assert len(found["not_compared"]) == 24
        assert found["not_compared"][0] == {"code": "1.1", "reason": "other_questions"}


class TestCharter:
    """What everybody may read."""

    def test_the_edition_says_what_it_asks(self, edition, client):
        found = client.get("/api/v1/editions/2021").json()

        assert len(found["guidelines"]) == 4
        assert [clause["code"] for clause in found["clauses"]] == list(
            edition.clauses.order_by("position").values_list("code", flat=True)
        )
        criteria = [criterion for clause in found["clauses"] for criterion in clause["criteria"]]
        assert len(criteria) == 72
        for criterion in criteria:
            assert len(criterion["levels"]) == 5
            assert all(criterion["levels"])

    def test_only_published_editions_are_told(self, edition, client, sign_in):
        Edition.objects.create(
            code="entwurf", title="Kanarienvogel", publisher="x", issued=date(2030, 1, 1), summary="x"
        )

        for reader in (client, sign_in("editor")):
            assert [item["code"] for item in reader.get("/api/v1/editions").json()["items"]] == ["2021"]
            assert reader.get("/api/v1/editions/entwurf").status_code == 404

    def test_a_mended_word_is_told_at_once(self, edition, client, django_assert_num_queries):
        before = client.get("/api/v1/editions/2021")
        # the edition and the stamp of the content
        with django_assert_num_queries(2):
            same = client.get("/api/v1/editions/2021", headers={"if-none-match": before["ETag"]})
        Clause.objects.filter(edition=edition, code="1.1").update(summary="Neu gesagt")

        after = client.get("/api/v1/editions/2021", headers={"if-none-match": before["ETag"]})

        assert same.status_code == 304
        assert after.json()["clauses"][0]["summary"] == "Neu gesagt"
        assert after["Cache-Control"] == "no-cache, public"


class TestRefusals:
    """A program reads why."""

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
    @pytest.mark.parametrize("where", [LIST, "/api/v1/editions", "/api/v1/openapi.json", "/api/v2/"])
    def test_it_can_only_be_read(self, method, where, db, sign_in):
        response = getattr(sign_in("officer"), method)(where)

        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"
        assert response.json()["kind"] == "read-only"

    def test_a_head_is_a_get_without_a_body(self, edition, assess, sign_in):
        assessment, client = assess(levels=2, final=True), sign_in("officer")

        for where in (LIST, at(assessment), at(assessment, "/record"), at(assessment, "/result")):
            head, get = client.head(where), client.get(where)
            assert (head.status_code, head.content) == (200, b"")
            assert head["ETag"] == get["ETag"]

    def test_german_letters_are_themselves(self, edition, client):
        assert "lässt" in client.put("/api/v1/editions").content.decode()
        assert "für Bau" in client.get("/api/v1/editions").content.decode()

    def test_a_visitor_is_told_and_never_sent_to_the_sign_in_page(self, assess, client):
        response = client.get(at(assess(), "/record"))

        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
        assert response.json() == {"kind": "signed-out", "message": "Sie sind nicht angemeldet."}

    @pytest.mark.parametrize(
        "query",
        [
            *("limit=0", "limit=101", "limit=x", "offset=-1", "limit=1&offset=1e9"),
            *(
                "state=",
                "state=fertig",
                "ags=",
                "ags=990",
                "ags=%00",
                "since=2026",
                "since=0",
                "since=20260101",
            ),
            *("since=2026-02-30", "until=2026-1-1", "until=morgen", "until=2026-W01-1"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, query, sign_in):
        response = sign_in("officer").get(f"{LIST}?{query}")

        assert response.status_code == 422
        assert response.json()["kind"] == "refused"
        assert response.json()["parameters"] == [query.rpartition("&")[2].partition("=")[0]]

    @pytest.mark.parametrize(
        "where", ["/1", "/-1", "/x", "/1/", "/1/record/", "/1/nichts", "/%00", "/%0A", f"/{9**40}"]
    )
    def test_what_does_not_exist_is_told_in_json(self, where, sign_in):
        response = sign_in("officer").get(f"{LIST}{where}")

        assert response.status_code == 404
        assert response.json()["kind"] == "missing"

    @pytest.mark.parametrize("accept", ["text/html", "*/*;q=\x7f", "", "application/xml", ",,;q=nix"])
    def test_whatever_is_accepted_json_comes(self, accept, sign_in):
        response = sign_in("officer").get(LIST, headers={"accept": accept})

        assert (response.status_code, response["Content-Type"]) == (200, "application/json; charset=utf-8")

    def test_an_officer_who_lacks_a_second_factor_is_told(self, sign_in, town, assess):
        assess()
        Municipality.objects.filter(pk=town.pk).update(requires_second_factor=True)

        response = sign_in("officer").get(LIST)

        assert response.status_code == 403
        assert response.json()["kind"] == "second-factor"

    @pytest.mark.parametrize(
        ("error", "status", "kind"),
        [(OperationalError, 503, "unavailable"), (ZeroDivisionError, 500, "error")],
    )
    def test_a_failure_is_told_in_json(self, error, status, kind, sign_in, monkeypatch):
        client = sign_in("officer")
        client.raise_request_exception = False

        def fails(*_args: Any) -> None:
            raise error

        monkeypatch.setattr(Assessment.objects, "visible_to", fails)

        response = client.get(LIST)

        assert (response.status_code, response.json()["kind"]) == (status, kind)

    def test_no_other_website_may_read_it(self, edition, sign_in):
        response = sign_in("officer").get(LIST, headers={"origin": "https://anderswo.example"})

        assert not [name for name in response.headers if name.lower().startswith("access-control")]


def described() -> dict[str, Any]:
    from charta_app.api import description

    return json.loads(json.dumps(description()))


def test_the_description_is_complete(db, client):
    found = client.get("/api/v1/openapi.json").json()

    assert found["openapi"] == "3.1.0"
    assert set(found["paths"]) == {
        "/api/v1/assessments",
        "/api/v1/assessments/{id}",
        "/api/v1/assessments/{id}/documents",
        "/api/v1/assessments/{id}/record",
        "/api/v1/assessments/{id}/result",
        "/api/v1/editions",
        "/api/v1/editions/{code}",
    }
    asked = {each["name"]: each["schema"] for each in found["paths"][LIST]["get"]["parameters"]}
    assert [*asked] == ["state", "ags", "since", "until", "limit", "offset"]
    assert not any("anyOf" in schema for schema in asked.values())
    for methods in found["paths"].values():
        assert set(methods) == {"get"}
        assert methods["get"]["summary"]


def test_the_page_about_it_names_every_address(db, client):
    page = client.get("/api/").content.decode()

    for path in described()["paths"]:
        assert f"<code>{path}</code>" in page
    assert "/api/v1/openapi.json" in page


@pytest.fixture
def _keep_the_connection() -> Iterator[None]:
    """The database stays open after a request, as Django's own test client has it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.once
@pytest.mark.usefixtures("_keep_the_connection")
@pytest.mark.parametrize("who", [None, "officer"])
def test_it_does_what_its_description_says(who, assess, sign_in, town):
    """Against the WSGI application: what the description allows, what it forbids, and methods it does not name."""
    first = assess(levels=2, final=True)
    assess(form="full", year=2027)
    session = sign_in(who).cookies.get("sessionid")
    document = described()
    if session:  # else it makes sessions and tokens up, which open nothing
        del document["security"], document["components"]["securitySchemes"]
    schema = schemathesis.openapi.from_dict(document)
    schema.app = get_wsgi_application()
    quick = settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES == 10,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    statuses = set()

    for found, mode in product(schema.get_all_operations(), GenerationMode):
        operation = found.ok()
        if mode.is_negative and not operation.query:
            continue  # there is nothing to get wrong; crooked addresses: above

        @quick
        @given(case=operation.as_strategy(generation_mode=mode), exists=booleans())
        def holds(case: Any, exists: bool) -> None:
            if exists and "id" in case.path_parameters:
                case.path_parameters["id"] = first.pk
            if session:
                case.cookies = {"sessionid": session.value}
            response = case.call_and_validate()
            statuses.add(response.status_code)

        holds()

    assert statuses >= ({200, 404, 422} if who else {200, 401, 404})
