"""HTML that is rendered once in each process: an edited text shows at once, whoever edited it."""

from __future__ import annotations

import pytest

from assessments import widgets
from assessments.models import Report
from guidelines.models import Clause, Criterion, Paragraph
from tests.pages import form_data


@pytest.fixture
def page(assess, sign_in):
    """The question page 1.1 as it is now."""
    assessment = assess(levels={"1.1-1": 2})
    client = sign_in("officer")

    def read() -> str:
        return client.get(f"/einschaetzungen/{assessment.pk}/fragen/1.1/").content.decode()

    return read


@pytest.mark.parametrize("field", ["question", "help", "level_0", "level_4", "short_title", "evidence_hint"])
def test_a_mended_text_shows_at_once(field, page, edition):
    """Written past every model and signal, as another process does it."""
    before = getattr(Criterion.objects.get(code="1.1-1"), field)
    assert before in page()

    Criterion.objects.filter(code="1.1-1").update(**{field: "Ausgebessert"})

    assert "Ausgebessert" in page()
    assert before not in page()


def test_a_text_that_is_brought_back_shows_again(page, edition):
    rows = Criterion.objects.filter(code="1.1-1")
    before = rows.get().level_3

    rows.update(level_3="Zwischendurch")
    assert "Zwischendurch" in page()
    rows.update(level_3=before)

    assert before in page()
    assert "Zwischendurch" not in page()


def test_a_renamed_clause_shows_at_once_beside_the_question(page, edition):
    page()

    Clause.objects.filter(code="4.3").update(title="Anders genannt")

    assert "Anders genannt" in page()


def test_a_question_that_moves_or_binds_otherwise_says_so_at_once(page, edition):
    assert "Abschnitt 1.1, Absatz" in page()
    assert "Anregung (kann)" not in page()

    Criterion.objects.filter(code="1.1-1").update(binding="may")
    Paragraph.objects.filter(criteria__code="1.1-1").update(number=77)

    assert "Abschnitt 1.1, Absatz 77" in page()
    assert "Anregung (kann)" in page()


def test_what_is_saved_shows_at_once_among_all_questions(assess, sign_in, answer_of, person):
    assessment, client = assess(levels={"1.1-1": 2}), sign_in("officer")
    address = f"/einschaetzungen/{assessment.pk}/fragen/1.1/"
    assert "1 von 24 Fragen beantwortet" in client.get(address).content.decode()

    answer = answer_of(assessment, "4.3-1")
    answer.state, answer.level = "rated", 1
    answer.save_based_on(0, person("contributor"))

    html = client.get(address).content.decode()
    assert "2 von 24 Fragen beantwortet" in html
    assert "charta-step--done" in html.split('href="../4.3/"')[0].split("<li>")[-1]


def test_a_renamed_assessment_shows_at_once(assess, sign_in):
    assessment, client = assess(title="Vorher"), sign_in("officer")
    address = f"/einschaetzungen/{assessment.pk}/fragen/1.1/"
    assert "Vorher" in client.get(address).content.decode()

    type(assessment).objects.filter(pk=assessment.pk).update(title="Nachher <b>")

    html = client.get(address).content.decode()
    assert "Nachher &lt;b&gt;" in html
    assert "Vorher" not in html


def test_equal_assessments_lead_to_their_own_questions(assess, sign_in):
    one, twin, client = assess(title="Gleich"), assess(title="Gleich"), sign_in("officer")
    client.get(f"/einschaetzungen/{one.pk}/fragen/1.2/")

    html = client.get(f"/einschaetzungen/{twin.pk}/fragen/1.2/").content.decode()

    assert f"/einschaetzungen/{twin.pk}/fragen/1.3/" in html
    assert f"/einschaetzungen/{one.pk}/" not in html


def test_everybody_sees_their_own_way_through_the_site(sign_in, edition):
    paths = {"editor": {"Übersicht", "Redaktion"}, "officer": {"Übersicht"}, None: set()}
    for role in [*paths, *paths]:
        html = sign_in(role).get("/charta/2021/").content.decode()

        navigation = html.split('class="charta-nav"')[1].split("</nav>")[0]
        assert {name for name in ("Übersicht", "Redaktion") if name in navigation} == paths[role]


def test_a_field_that_was_refused_is_shown_whole_again_once_it_is_right(assess, sign_in):
    assessment, client = assess(), sign_in("officer")
    address = f"/einschaetzungen/{assessment.pk}/fragen/1.1/"
    before = fields_of(client.get(address))

    refused = client.post(address, {"frage-1.1-1-version": "0", "ziel-version": "0", "ziel-year": "1"})

    assert 'aria-describedby="id_ziel-year_error"' in fields_of(refused)
    assert fields_of(client.get(address)) == before


def fields_of(response) -> str:
    """The target's fields on a question page."""
    html: str = response.content.decode()
    return html.split('aria-labelledby="ziel"')[1].split("</section>", maxsplit=1)[0]


def test_a_made_up_choice_takes_no_room_in_the_process(assess, sign_in):
    client = sign_in("officer")
    address = f"/einschaetzungen/{assess().pk}/fragen/1.1/"
    fields = form_data(client.get(address), "version")
    name = "frage-1.1-1-evidence_grade"

    sizes, pages = [], []
    for made_up in ("7", "x" * 100_000):
        pages.append(client.post(address, fields | {name: made_up}))
        sizes.append(widgets._options.cache_info().currsize)

    assert [page.status_code for page in pages] == [422, 422]
    assert sizes[0] == sizes[1]
    assert f'<select name="{name}"' in pages[1].content.decode()


def test_kept_texts_are_escaped(page, edition):
    Criterion.objects.filter(code="1.1-1").update(level_1="<script>1</script>")

    assert "&lt;script&gt;1&lt;/script&gt;" in page()
    assert "<script>1" not in page()


def test_each_answer_checks_its_own_card(assess, sign_in):
    client = sign_in("officer")
    for level in (1, 3):
        assessment = assess(levels={"1.1-1": level}, year=2020 + level)

        html = client.get(f"/einschaetzungen/{assessment.pk}/fragen/1.1/").content.decode()

        assert html.count(" checked>") == 1
        assert f'value="{level}" aria-describedby="id_frage-1.1-1-choice_{level}_text" checked>' in html


class TestResults:
    """What the results page says of a Record is kept as well; the Record's text is its key."""

    @pytest.fixture
    def draft(self, assess):
        return assess(levels=2)

    @pytest.fixture
    def read(self, draft, sign_in):
        client = sign_in("officer")

        def results() -> str:
            return client.get(f"/einschaetzungen/{draft.pk}/").content.decode()

        return results

    def test_a_changed_answer_shows_at_once(self, draft, read, answer_of, person):
        before = read()
        answer = answer_of(draft, "1.1-1")
        answer.level, answer.comment = 4, "Jetzt überprüft"

        answer.save_based_on(answer.version, person("contributor"))

        assert "Jetzt überprüft" not in before
        assert "Jetzt überprüft" in read()

    def test_a_changed_target_shows_at_once(self, draft, read):
        assert "Abschnitte unter ihrem Ziel" in read()

        draft.targets.update(level=2)

        assert "Kein bewerteter Abschnitt liegt unter seinem Ziel." in read()

    def test_a_mended_text_shows_in_a_draft_at_once(self, read):
        read()

        Criterion.objects.filter(code="1.1-1").update(level_2="Ausgebesserte Stufe")

        assert "Ausgebesserte Stufe" in read()

    def test_equal_assessments_keep_their_own_links(self, assess, sign_in, draft, read):
        twin = assess(levels=2)
        assert draft.record() == twin.record()
        read()

        html = sign_in("officer").get(f"/einschaetzungen/{twin.pk}/").content.decode()

        assert f"/einschaetzungen/{twin.pk}/antworten/1.1-1/" in html
        assert f"/einschaetzungen/{draft.pk}/" not in html

    def test_how_far_a_document_is_shows_at_once(self, assess, sign_in):
        final, client = assess(levels=2, final=True), sign_in("officer")
        report = Report.objects.create(assessment=final, kind="council")
        assert "wartet" in client.get(f"/einschaetzungen/{final.pk}/").content.decode()

        Report.objects.filter(pk=report.pk).update(state="failed", reason="Kein Platz")

        html = client.get(f"/einschaetzungen/{final.pk}/").content.decode()
        assert "fehlgeschlagen" in html
        assert "wartet" not in html
