"""The motion for the council (Ratsvorlage): Result -> paragraphs and tables; `motion_files` writes them down.

A draft for the municipality to go on with: what it has to add itself stands in square brackets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import formats, timezone

from assessments.record import AnswerState
from assessments.scoring import (
    NO_FIGURE,
    WEIGHT_NAMES,
    Duty,
    Index,
    Part,
    RankedGap,
    Result,
    percent,
    printed,
    to_weigh,
    with_state,
)

NAMED_GAPS = 3
DRAFT = "Entwurf: Antworten und Zahlen können sich noch ändern"


@dataclass(frozen=True, slots=True)
class Heading:
    """A chapter (level 1) or a section of it (level 2)."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; line ends stay."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered or with bullets."""

    texts: tuple[str, ...]
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption and one head row; `widths` are shares of the page's width."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


Block = Heading | Paragraph | Items | Table


@dataclass(frozen=True, slots=True)
class Motion:
    """A whole motion. `notice` stands on every page of a draft; `day` goes into the file instead of the clock's."""

    title: str
    subject: str
    place: str
    notice: str
    seal: str
    day: datetime
    blocks: tuple[Block, ...]


def motion(result: Result, *, finalised_at: datetime | None = None) -> Motion:
    """The motion that brings a Result before the council. Without `finalised_at` every page says that it is a draft."""
    record = result.record
    reference = datetime(*record.reference_date.timetuple()[:3], tzinfo=timezone.get_default_timezone())
    return Motion(
        title="Ratsvorlage",
        subject=f"{record.edition.title}: Standortbestimmung zum Stichtag {_date(reference)} und nächste Schritte",
        place=record.municipality.name,
        notice="" if finalised_at else DRAFT,
        seal=f"Prüfsumme der Daten {record.sha256[:12]}",
        day=finalised_at or reference,
        blocks=(
            *_head(result),
            *_resolution(result),
            *_facts(result, finalised_at),
            *_finances(result),
            *_enclosures(result),
        ),
    )


def _head(result: Result) -> Iterator[Block]:
    yield Paragraph("Was in eckigen Klammern steht, ergänzt die Verwaltung.")
    yield Table(
        caption="Angaben zur Vorlage",
        head=("Angabe", "Inhalt"),
        rows=(
            ("Kommune", result.record.municipality.name),
            ("Nummer der Vorlage", "[Nummer]"),
            ("Federführung", "[Amt oder Fachbereich]"),
            ("Datum", "[Datum]"),
            ("Öffentlichkeit", "[öffentlich oder nicht öffentlich]"),
        ),
        widths=(30, 70),
    )
    yield Table(
        caption="Beratungsfolge",
        head=("Gremium", "Sitzung", "Zuständigkeit"),
        rows=(("[Ausschuss]", "[Termin]", "Vorberatung"), ("Rat", "[Termin]", "Entscheidung")),
        widths=(40, 30, 30),
    )


def _resolution(result: Result) -> Iterator[Block]:
    yield Heading("Beschlussvorschlag")
    yield Paragraph("Der Rat beschließt:")
    named, tied = _urgent(result)
    duties = result.duties
    points = [
        f"Der Rat nimmt die Standortbestimmung zur {result.record.edition.title} zum Stichtag "
        f"{_date(result.record.reference_date)} zur Kenntnis. Leitlinienindex: {_index(result.principles.index)}. "
        f"Umsetzungsindex: {_index(result.recommendations.index)}."
    ]
    if duties.unmet:
        points.append(
            "Die Verwaltung wird beauftragt, die unerfüllten Pflichten der Charta vorrangig zu erfüllen: "
            f"{_names(duties.unmet)}."
        )
    if named:
        sections = "; ".join(f"{_clause(gap)} ({_aim(gap)})" for gap in named)
        points.append(
            "Die Verwaltung wird beauftragt, für die dringendsten Lücken Maßnahmen mit Kosten und Terminen "
            f"vorzulegen: {sections}.{_tied(tied)}"
        )
    if with_state(result.record, AnswerState.NOT_OUR_COMPETENCE):
        points.append(
            "Die Verwaltung wird beauftragt, die Forderungen an andere Ebenen, die in der Sachdarstellung stehen, "
            "an die zuständigen Stellen zu richten."
        )
    points.append(
        "Die Verwaltung berichtet dem Rat bis [Termin] über den Fortschritt und wiederholt die Standortbestimmung "
        "zum [Stichtag]."
    )
    yield Items(tuple(points), is_numbered=True)


def _facts(result: Result, finalised_at: datetime | None) -> Iterator[Block]:
    yield Heading("Sachdarstellung")
    yield from _occasion(result, finalised_at)
    yield from _standing(result)
    yield from _duties(result)
    yield from _gaps(result)
    yield from _to_weigh(result)
    yield from _demands(result)
    yield from _unknown(result)


def _occasion(result: Result, finalised_at: datetime | None) -> Iterator[Block]:
    record = result.record
    extent = "die Schlüsselfrage jedes Abschnitts" if record.form == "short" else "alle Fragen"
    state = (
        f"Die Einschätzung wurde am {_date(timezone.localtime(finalised_at))} abgeschlossen und ist seither "
        "unverändert."
        if finalised_at
        else "Die Einschätzung ist noch ein Entwurf; die Zahlen können sich noch ändern."
    )
    yield Heading("Anlass", 2)
    yield Paragraph(
        f"Die {record.edition.title} ({record.edition.publisher}, Ausgabe "
        f"{formats.date_format(record.edition.issued, 'F Y')}) "
        "beschreibt in vier Leitlinien und zwölf Handlungsempfehlungen, wie Kommunen die Digitalisierung gestalten "
        f"sollen. {record.municipality.name} hat sich zum Stichtag {_date(record.reference_date)} selbst daran "
        f"gemessen. Beantwortet wurden {result.answered} von {result.asked} Fragen ({percent(result.coverage)}); "
        f"gestellt wurden {extent}. {state}"
    )
    yield Paragraph(
        "Jede bewertete Frage hat eine Stufe von 0 (nicht begonnen) bis 4 (überprüft und verbessert). „Belegt“ zählt "
        "davon nur so viel, wie der genannte Beleg trägt. Die beiden Indizes werden nie miteinander verrechnet."
    )


def _standing(result: Result) -> Iterator[Block]:
    yield Heading("Wo wir stehen", 2)
    yield Table(
        caption="Die beiden Indizes",
        head=("Index", "angegeben", "belegt", "Spanne", "Ziele erreicht"),
        rows=(
            _part("Leitlinienindex", result.principles),
            _part("Umsetzungsindex", result.recommendations),
        ),
        widths=(28, 18, 18, 18, 18),
    )
    if result.is_provisional:
        yield Paragraph(
            "„Vorläufig“ heißt: Weniger als 80 % der Fragen sind beantwortet. Dann wird kein Index genannt, nur die "
            "Spanne, in der er liegen kann."
        )
    yield Table(
        caption="Die vier Leitlinien",
        head=("Leitlinie", "angegeben", "belegt", "Spanne", "am schwächsten"),
        rows=tuple(
            (
                f"{item.guideline.code} {item.guideline.short_title}",
                _stated(item.index),
                _evidenced(item.index),
                _span(item.index),
                ", ".join(f"{clause.clause.code} ({printed(clause.score)})" for clause in item.weakest)
                or NO_FIGURE,
            )
            for item in result.guidelines
        ),
        widths=(34, 15, 15, 18, 18),
    )
    weakest = [
        f"{item.clause.code} {item.clause.short_title} ({printed(item.score)})"
        for part in (result.principles, result.recommendations)
        for item in part.weakest
    ]
    if weakest:
        yield Paragraph(f"Am schwächsten: {'; '.join(weakest)}.")


def _duties(result: Result) -> Iterator[Block]:
    duties = result.duties
    yield Heading("Pflichten", 2)
    yield Paragraph(
        "Die Charta formuliert einige Punkte als Pflicht. Sie gelten ab Stufe 2 als erfüllt. Erfüllt sind "
        f"{len(duties.met)} von {duties.counted}."
    )
    if duties.unmet:
        yield Table(
            caption="Unerfüllte Pflichten",
            head=("Pflicht", "Stelle in der Charta", "Stand", "Nächster Schritt"),
            rows=tuple(
                (
                    duty.criterion.short_title,
                    duty.criterion.place,
                    f"Stufe {duty.criterion.answer.level}",
                    duty.criterion.next_step,
                )
                for duty in duties.unmet
            ),
            widths=(32, 20, 12, 36),
        )
    if duties.open:
        yield Paragraph(f"Noch nicht beantwortet: {_names(duties.open)}.")
    if duties.exempt:
        yield Paragraph(f"Nicht mitgezählt: {_names(duties.exempt)}.")


def _gaps(result: Result) -> Iterator[Block]:
    named, tied = _urgent(result)
    yield Heading("Die dringendsten Lücken und was vorgeschlagen wird", 2)
    if not named:
        yield Paragraph("Kein bewerteter Abschnitt liegt unter seinem Ziel.")
        return
    yield Paragraph(
        "Priorität = Lücke × Wichtigkeit ÷ Aufwand; ist im Abschnitt eine Pflicht unerfüllt, verdoppelt sie sich."
        f"{_tied(tied)}"
    )
    yield Table(
        caption="Die dringendsten Lücken",
        head=("Rang", "Abschnitt", "Ist", "Ziel", "Lücke", "Priorität"),
        rows=tuple(
            (
                str(gap.rank),
                _clause(gap),
                printed(gap.result.score),
                str(gap.result.target),
                printed(gap.result.gap),
                printed(gap.result.priority),
            )
            for gap in named
        ),
        widths=(9, 47, 9, 10, 11, 14),
    )
    for gap in named:
        steps = tuple(
            f"{criterion.short_title}: {criterion.next_step}"
            for criterion in gap.result.clause.criteria
            if criterion.answer.state is AnswerState.RATED
            and (criterion.answer.level or 0) < gap.result.target
        )
        reason = gap.result.clause.target.reason
        why = f" (Grund des Ziels: {reason.rstrip('.')})" if reason else ""
        yield Paragraph(f"Nächste Schritte zu {_clause(gap)}{why}:")
        yield Items(steps)


def _to_weigh(result: Result) -> Iterator[Block]:
    conflicts = to_weigh(result.record)
    if not conflicts:
        return
    yield Heading("Was der Rat abzuwägen hat", 2)
    yield Table(
        caption="Ziele, die sich im Weg stehen können",
        head=("Das eine", "Das andere", "Was abzuwägen ist"),
        rows=tuple(
            (conflict.one.short_title, conflict.other.short_title, conflict.sentence)
            for conflict in conflicts
        ),
        widths=(27, 27, 46),
    )


def _demands(result: Result) -> Iterator[Block]:
    demands = [item.criterion for item in with_state(result.record, AnswerState.NOT_OUR_COMPETENCE)]
    if not demands:
        return
    yield Heading("Forderungen an andere", 2)
    yield Table(
        caption="Was die Kommune von anderen braucht",
        head=("Zuständig", "Forderung", "Zur Frage"),
        rows=tuple((c.answer.competent_body, c.answer.demand, f"{c.code} {c.short_title}") for c in demands),
        widths=(24, 46, 30),
    )


def _unknown(result: Result) -> Iterator[Block]:
    yield Heading("Was wir nicht wissen", 2)
    unanswered = [item for item in result.clauses if item.answered < item.asked]
    texts = [
        "Offene Fragen gibt es in: "
        + ", ".join(item.clause.code for item in unanswered)
        + ". Die Spanne zeigt, was sie noch ändern können."
        if unanswered
        else "Keine Frage ist offen.",
        "Die Antworten sind eine Selbsteinschätzung. „Belegt“ zählt nur so viel, wie der genannte Beleg trägt.",
    ]
    if result.without_score:
        texts.insert(1, f"Ohne Wert: {', '.join(item.clause.code for item in result.without_score)}.")
    yield Items(tuple(texts))


def _finances(result: Result) -> Iterator[Block]:
    named, _tied_gaps = _urgent(result)
    yield Heading("Finanzielle Auswirkungen")
    yield Paragraph(
        "Die Kenntnisnahme hat keine finanziellen Auswirkungen. Maßnahmen werden dem Rat mit ihren Kosten gesondert "
        "vorgelegt. [Bitte prüfen und anpassen.]"
    )
    if named:
        yield Table(
            caption="Geschätzter Aufwand für die dringendsten Abschnitte",
            head=("Abschnitt", "Aufwand", "einmalig", "jährlich", "Haushaltsstelle"),
            rows=tuple(
                (
                    _clause(gap),
                    WEIGHT_NAMES[gap.result.clause.target.effort],
                    "[Betrag] €",
                    "[Betrag] €",
                    "[Nummer]",
                )
                for gap in named
            ),
            widths=(34, 14, 15, 15, 22),
        )


def _enclosures(result: Result) -> Iterator[Block]:
    yield Heading("Anlagen")
    yield Items(
        (
            "Ratsbericht: zwei Seiten zum Entscheiden, danach die Begründung (PDF)",
            "Gesamtbericht: jede Antwort mit Wortlaut, Beleg und Begründung (PDF)",
        ),
        is_numbered=True,
    )
    yield Paragraph(
        "Beide Berichte tragen die Daten dieser Vorlage als Anlage; jede Zahl lässt sich daraus nachrechnen. "
        f"SHA-256 der Daten: {result.record.sha256}"
    )


def _urgent(result: Result) -> tuple[Sequence[RankedGap], Sequence[RankedGap]]:
    """The most urgent gaps, and those just as urgent as the last of them."""
    named, further = result.gaps[:NAMED_GAPS], result.gaps[NAMED_GAPS:]
    return named, [gap for gap in further if gap.rank == named[-1].rank]


def _date(day: date) -> str:
    return formats.date_format(day, "j. F Y")


def _index(index: Index) -> str:
    if index.is_provisional:
        return f"vorläufig, Spanne {_span(index)}"
    return f"angegeben {printed(index.value)}, belegt {printed(index.evidenced)}"


def _stated(index: Index) -> str:
    return "vorläufig" if index.is_provisional else printed(index.value)


def _evidenced(index: Index) -> str:
    return "vorläufig" if index.is_provisional else printed(index.evidenced)


def _span(index: Index) -> str:
    return f"{printed(index.lower)} bis {printed(index.upper)}"


def _part(name: str, part: Part) -> tuple[str, ...]:
    attainment = "vorläufig" if part.index.is_provisional else percent(part.attainment)
    return (name, _stated(part.index), _evidenced(part.index), _span(part.index), attainment)


def _clause(gap: RankedGap) -> str:
    return f"{gap.result.clause.code} {gap.result.clause.short_title}"


def _aim(gap: RankedGap) -> str:
    year = gap.result.clause.target.year
    return f"Ist {printed(gap.result.score)}, Ziel {gap.result.target}{f' bis {year}' if year else ''}"


def _tied(tied: Sequence[RankedGap]) -> str:
    return f" Ebenso dringend: {', '.join(gap.result.clause.code for gap in tied)}." if tied else ""


def _names(duties: Sequence[Duty]) -> str:
    return "; ".join(f"{duty.criterion.short_title} ({duty.clause.code})" for duty in duties)
