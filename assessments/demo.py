"""Musterstadt: a made-up town of 12,000 to try the site out, built through the functions a person uses.

One finished assessment of last year, one under review and one half-filled of this year, a person for each role and
an editor; a few comments and pieces of evidence.
What the town says fits the levels of edition 2021; its texts are what screenshots and sample reports show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from assessments.models import (
    Answer,
    Assessment,
    Assignment,
    Comment,
    Exhibit,
    Membership,
    Municipality,
    Role,
    Seen,
    Target,
    Verdict,
)
from guidelines.models import Edition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assessments.models.municipality import Person

EDITION = "2021"
AGS = "99000001"  # no Land has the number 99
PASSWORD = "Musterstadt-Demo"  # noqa: S105  # printed on purpose; never on a public server
EDITORS = "Redaktion"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo person; without a role, the editor of the content."""

    email: str
    name: str
    role: Role | None


OFFICER = SignIn("digital@musterstadt.example", "Erika Beispiel", Role.OFFICER)
CONTRIBUTOR = SignIn("fachamt@musterstadt.example", "Jonas Muster", Role.CONTRIBUTOR)
REVIEWER = SignIn("pruefung@musterstadt.example", "Aylin Probe", Role.REVIEWER)
COUNCIL = SignIn("rat@musterstadt.example", "Karl Vorlage", Role.COUNCIL)
EDITOR = SignIn("redaktion@musterstadt.example", "Rita Entwurf", None)
SIGN_INS = (OFFICER, CONTRIBUTOR, REVIEWER, COUNCIL, EDITOR)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as a person gives it: a level, or a reason, or a competent body with a demand."""

    level: int | None = None
    grade: Answer.EvidenceGrade = Answer.EvidenceGrade.OWN_STATEMENT
    evidence: str = ""
    comment: str = ""
    reason: str = ""
    competent_body: str = ""
    demand: str = ""
    by: SignIn = OFFICER

    @property
    def state(self) -> Answer.State:
        """The state that follows from what was said."""
        if self.level is not None:
            return Answer.State.RATED
        return Answer.State.NOT_APPLICABLE if self.reason else Answer.State.NOT_OUR_COMPETENCE


@dataclass(frozen=True, slots=True)
class Aim:
    """A target as the council has set it: the level, how many years after the finished assessment, and why."""

    level: int
    years: int
    importance: Target.Weight
    effort: Target.Weight
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on an answer, for whom it is, and who (addresses) is asked to read it."""

    by: SignIn
    text: str
    audience: Comment.Audience = Comment.Audience.INTERNAL
    notify: tuple[str, ...] = ()


OWN, NOTE, DOCUMENT, PUBLISHED, CHECKED = Answer.EvidenceGrade
LOW, MEDIUM, HIGH = Target.Weight

# What the department answers in the assessment that has just begun, by days until it is due
IN_CHARGE = {-2: ("f",), 14: ("3.1", "3.3", "d"), 28: ("g", "j")}


def build(today: date) -> bool:
    """Create whatever of Musterstadt is missing, all or nothing; True when its assessments were made now.

    Raises `Edition.DoesNotExist` before the Charter has been loaded.
    """
    edition = Edition.objects.get(code=EDITION)
    with transaction.atomic():
        town, _ = Municipality.objects.get_or_create(
            ags=AGS,
            defaults={
                "name": "Musterstadt",
                "kind": Municipality.Kind.TOWN,
                "federal_state": "Musterland",
                "district": "Musterkreis",
                "population": 12_046,
                "area_ha": 6_318,
            },
        )
        people = {sign_in: _person(sign_in, town) for sign_in in SIGN_INS}
        if town.assessments.exists():
            return False
        last = _assess(town, edition, people, date(today.year - 1, 6, 30), finished(today.year - 1))
        _prove(last, people[OFFICER])
        _talk(last, people, SAID_LAST_YEAR)
        last.finalise(people[OFFICER])
        _review(
            _assess(town, edition, people, date(today.year, 1, 1), half_filled(today.year), REVIEWED), people
        )
        draft = _assess(town, edition, people, today, half_filled(today.year))
        for days, codes in IN_CHARGE.items():
            Assignment.objects.put_in_charge(
                draft.targets.filter(clause__code__in=codes),
                town.memberships.get(person=people[CONTRIBUTOR].pk),
                today + timedelta(days),
            )
        _talk(draft, people, ASKED_NOW)
    return True


def _person(sign_in: SignIn, town: Municipality) -> Person:
    people = get_user_model().objects
    person = people.filter(email=sign_in.email).first()
    if person is None:
        person = people.create_user(sign_in.email, PASSWORD, name=sign_in.name, is_staff=sign_in.role is None)
    if sign_in.role is None:
        person.groups.add(_editors())
    else:
        Membership.objects.get_or_create(person=person, municipality=town, defaults={"role": sign_in.role})
    return person


def _editors() -> Group:
    """The group that may edit the Charter's content; made here only where the site has none yet."""
    group, is_new = Group.objects.get_or_create(name=EDITORS)
    if is_new:
        content = Permission.objects.filter(content_type__app_label="guidelines")
        group.permissions.set(content.exclude(content_type__model__startswith="historical"))
    return group


def _assess(
    town: Municipality,
    edition: Edition,
    people: dict[SignIn, Person],
    day: date,
    said: dict[str, Said],
    title: str = "Selbsteinschätzung",
) -> Assessment:
    """Start an assessment in short form, set its targets and give these answers, by criterion code."""
    assessment = Assessment.objects.start(
        municipality=town,
        edition=edition,
        by=people[OFFICER],
        reference_date=day,
        form=Assessment.Form.SHORT,
        title=f"{title} {day.year}",
    )
    base = assessment.predecessor.reference_date if assessment.predecessor else day
    for target in assessment.targets.select_related("clause"):
        aim = AIMS[target.clause.code]
        target.level, target.year, target.reason = aim.level, base.year + aim.years, aim.reason
        target.importance, target.effort = aim.importance, aim.effort
        target.save_based_on(target.version, people[OFFICER])
    for answer in assessment.answers.filter(criterion__code__in=said).select_related("criterion"):
        words = said[answer.criterion.code]
        answer.state, answer.level = words.state, words.level
        answer.evidence_grade, answer.evidence, answer.comment = words.grade, words.evidence, words.comment
        answer.reason, answer.competent_body, answer.demand = words.reason, words.competent_body, words.demand
        answer.save_based_on(answer.version, people[words.by])
    return assessment


def _prove(assessment: Assessment, by: Person) -> None:
    """A link and a file as evidence."""
    year = assessment.reference_date.year
    answers = {answer.criterion.code: answer for answer in assessment.answers.select_related("criterion")}
    Exhibit.objects.add_link(
        answer=answers["1.2-1"],
        by=by,
        title=f"Ratsbeschluss {year - 1}/047",
        address=f"https://rat.musterstadt.example/beschluesse/{year - 1}-047",
    )
    sheet = (f"Systemliste der IT, Stand 20. Juni {year}", "Auszug: 17 von 41 Einträgen", *SYSTEMS)
    Exhibit.objects.add_file(
        answer=answers["3.1-1"],
        by=by,
        title="Systemliste der IT, Auszug",
        kind=Exhibit.Kind.PDF,
        file_name=f"systemliste-{year}.pdf",
        data=one_page(sheet),
    )


def one_page(lines: Sequence[str]) -> bytes:
    """A PDF of one page with these lines, small and the same each time."""
    shown = "".join(f"({line}) Tj T*\n" for line in lines)  # no line of ours has a bracket
    text = f"BT /F1 12 Tf 18 TL 60 770 Td\n{shown}ET".encode("cp1252")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    pdf, places = b"%PDF-1.4\n", b""
    for number, content in enumerate(objects, 1):
        places += b"%010d 00000 n \n" % len(pdf)
        pdf += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"xref\n0 6\n0000000000 65535 f \n%btrailer\n<</Size 6/Root 1 0 R>>\n" % places
    return pdf + table + b"startxref\n%d\n%%%%EOF\n" % len(pdf)


def _talk(assessment: Assessment, people: dict[SignIn, Person], remarks: dict[str, Remark]) -> None:
    """Write these comments, by criterion code."""
    members = assessment.municipality.memberships
    for answer in assessment.answers.filter(criterion__code__in=remarks).select_related("criterion"):
        remark = remarks[answer.criterion.code]
        Comment.objects.write(
            answer=answer,
            by=people[remark.by],
            role=remark.by.role or "",
            text=remark.text,
            audience=remark.audience,
            notify=members.filter(person__email__in=remark.notify).values_list("person", flat=True),
        )


def _review(assessment: Assessment, people: dict[SignIn, Person]) -> None:
    """Hand the assessment over; the reviewer has confirmed a few answers and sent one back."""
    contributor = assessment.municipality.memberships.get(person=people[CONTRIBUTOR].pk)
    Assignment.objects.put_in_charge(
        assessment.targets.filter(clause__code__in=["2.3", "3.1", "3.3", "b"]), contributor, None
    )
    assessment.hand_over(people[OFFICER])
    for kind, codes, reason in VERDICTS:
        answers = assessment.answers.filter(criterion__code__in=codes)
        seen = [Seen(answer.pk, answer.version, None) for answer in answers]
        Verdict.objects.give(kind, seen, people[REVIEWER], reason)


SYSTEMS = (
    "Wasserwerk, Steuerung: Stadtwerke",
    "Kläranlage, Fernwirktechnik: Stadtwerke",
    "Einwohnermeldewesen: Rechenzentrum des Kreises",
    "Rathausnetz: IT-Leitung",
)
SAID_LAST_YEAR = {
    "1.2-1": Remark(
        REVIEWER,
        "Der Haushalt nennt die Mittel für jedes Handlungsfeld. Nach der Kommunalwahl sollte der Rat die Strategie "
        "überprüfen.",
        Comment.Audience.REPORT,
    ),
    "3.1-1": Remark(
        CONTRIBUTOR, "Die Liste habe ich mit den Stadtwerken abgeglichen; die Straßenbeleuchtung fehlt noch."
    ),
}
ASKED_NOW = {
    "3.3-1": Remark(
        OFFICER,
        "Ist der Notfallplan für die Kläranlage schon unterschrieben? Dann hängen Sie ihn bitte als Datei an.",
        notify=(CONTRIBUTOR.email,),
    ),
}
REVIEWED = "Zwischenbilanz"
VERDICTS = (
    (Verdict.Kind.CONFIRMED, ("1.1-1", "1.2-1", "1.3-1", "2.1-1"), ""),
    (
        Verdict.Kind.RETURNED,
        ("3.1-1",),
        "Die Systemliste nennt 44 Einträge, der Wartungsplan aber nur 41. Welche drei fehlen?",
    ),
)

AIMS = {
    "1.1": Aim(3, 2, MEDIUM, LOW, "Die Prüfung soll Teil jeder Vorlage werden; der Prüfbogen ist erprobt."),
    "1.2": Aim(
        3, 1, MEDIUM, LOW, "Die Strategie gilt; wir halten den Stand und passen sie erst nach der Wahl an."
    ),
    "1.3": Aim(3, 1, HIGH, LOW, "Ohne Auftrag des Rates entscheidet jedes Amt für sich. Das kostet Geld."),
    "2.1": Aim(4, 1, MEDIUM, LOW, "Den erreichten Stand halten."),
    "2.2": Aim(
        3,
        2,
        HIGH,
        MEDIUM,
        "Fast jede vierte Person in Musterstadt ist älter als 65. Niemand darf außen vor bleiben.",
    ),
    "2.3": Aim(2, 3, MEDIUM, MEDIUM, "Beim nächsten Verfahren sollen die Gruppen vorher feststehen."),
    "3.1": Aim(
        3, 1, HIGH, MEDIUM, "Bei Krankheit der IT-Leitung wusste niemand, wer den Pegelmesser betreut."
    ),
    "3.2": Aim(3, 1, MEDIUM, LOW, "Den erreichten Stand halten."),
    "3.3": Aim(
        3,
        2,
        HIGH,
        HIGH,
        "Der Angriff auf eine Nachbargemeinde hat gezeigt, was ein Ausfall von sechs Wochen bedeutet.",
    ),
    "4.1": Aim(
        3, 3, HIGH, HIGH, "Eine zweite halbe Stelle gemeinsam mit zwei Nachbargemeinden ist das Ziel."
    ),
    "4.2": Aim(3, 2, LOW, LOW, "Die Hochschule soll Partnerin der Vereinbarung werden."),
    "4.3": Aim(2, 3, LOW, MEDIUM, "Ein fester Partner aus der Region genügt für eine Stadt unserer Größe."),
    "a": Aim(3, 2, MEDIUM, LOW, "Der Runde Tisch soll jedes Jahr stattfinden, künftig mit der Hochschule."),
    "b": Aim(2, 2, HIGH, MEDIUM, "Das nächste größere Vorhaben soll beide Wege von Anfang an verbinden."),
    "c": Aim(
        3, 1, HIGH, LOW, "Die Klärung auf einer Seite hat beim Dokumentensystem einen Fehlkauf verhindert."
    ),
    "d": Aim(3, 3, LOW, MEDIUM),
    "e": Aim(2, 2, LOW, LOW),
    "f": Aim(3, 3, LOW, HIGH),
    "g": Aim(3, 3, MEDIUM, MEDIUM, "Erst die Liste aller Ämter vervollständigen, dann freigeben."),
    "h": Aim(3, 1, LOW, LOW, "Den erreichten Stand halten."),
    "i": Aim(3, 2, HIGH, MEDIUM, "Auslaufende Förderungen dürfen kein Vorhaben beenden, das wir brauchen."),
    "j": Aim(
        3,
        2,
        HIGH,
        MEDIUM,
        "Das Wasserwerk läuft noch mit einer Steuerung, für die es keine Updates mehr gibt.",
    ),
    "k": Aim(2, 3, LOW, MEDIUM),
    "l": Aim(
        1,
        2,
        LOW,
        LOW,
        "Eine Checkliste zum Mängelmelder ist zugesagt; mehr schafft eine halbe Stelle nicht.",
    ),
}


def finished(year: int) -> dict[str, Said]:
    """All 24 answers of the short form, as of the middle of `year`."""
    return {
        "1.1-1": Said(
            2,
            DOCUMENT,
            f"Drei Prüfbögen vom März {year}; Vermerk des Bürgermeisters zur Änderung der Straßenbeleuchtung",
            "Geprüft sind Dokumentensystem, Straßenbeleuchtung und Mängelmelder. Bei der Beleuchtung kam heraus: "
            "Die vorgesehenen Steuergeräte sind nicht reparierbar. Die Ausschreibung wurde deshalb geändert.",
        ),
        "1.2-1": Said(
            3,
            PUBLISHED,
            f"Ratsbeschluss {year - 1}/047 „Digitalstrategie Musterstadt“; Haushalt {year}, Produkt 111.50",
            "Drei Handlungsfelder: bürgernahe Verwaltung, Wasser und Energie, lebendige Innenstadt. "
            "Für jedes Feld sind Ziele, Vorhaben, ein Amt und Mittel genannt.",
        ),
        "1.3-1": Said(
            2,
            DOCUMENT,
            f"Auftragsschreiben des Bürgermeisters vom 14. Januar {year - 1}",
            "Die Digitalbeauftragte steuert mit einer halben Stelle. Ein Beschluss des Rates über Aufgaben und "
            "Befugnisse fehlt; der Hauptausschuss berät darüber im Herbst.",
        ),
        "2.1-1": Said(
            4,
            DOCUMENT,
            f"Auswertung der Abrufe vom Januar {year}; Dienstanweisung 1/{year - 4} mit Frist von fünf Tagen",
            "Alle öffentlichen Vorlagen seit fünf Jahren sind durchsuchbar. Nach der Auswertung haben wir die Suche "
            "auf die Startseite gesetzt und erklären wichtige Beschlüsse in fünf Sätzen.",
        ),
        "2.2-1": Said(
            2,
            DOCUMENT,
            f"Liste „Leistungen und Zugangswege“, Stand 2. Mai {year}, 84 Leistungen",
            "Für die zehn meistgenutzten Leistungen ist der Schalter oder das Telefon eingerichtet. Sechs Leistungen "
            "gibt es nur im Internet, darunter die Anmeldung zum Ferienprogramm und die Terminvergabe der Bücherei.",
        ),
        "2.3-1": Said(
            reason="In den letzten drei Jahren hat Musterstadt kein Beteiligungsverfahren durchgeführt, und zum "
            "Stichtag war keines geplant. Neue Bebauungspläne gab es in dieser Zeit nicht.",
        ),
        "3.1-1": Said(
            2,
            NOTE,
            f"Systemliste der IT, 41 Einträge, Stand 20. Juni {year}",
            "Für die 17 wichtigsten Systeme sind Betrieb und Instandhaltung benannt, darunter Wasserwerk, Kläranlage "
            "und Einwohnermeldewesen. Bei den übrigen steht nicht fest, wer sie instand hält.",
            by=CONTRIBUTOR,
        ),
        "3.2-1": Said(
            3,
            NOTE,
            f"E-Mail der Datenschutzstelle des Kreises vom 8. Juni {year} zur Dienstanweisung 3/{year - 1}",
            "Ohne Prüfvermerk gibt die Kämmerei keinen Auftrag frei. Die gemeinsame Datenschutzstelle des Kreises "
            "prüft mit; unser Anteil sind acht Stunden im Monat.",
        ),
        "3.3-1": Said(
            1,
            NOTE,
            f"E-Mail-Anordnung des Bürgermeisters vom 3. Februar {year}",
            "Die IT-Leitung erarbeitet bis zum 31. Oktober eine Vorgabe für Beschaffungen. Einen Notfallplan gibt es "
            "bisher nur für das Rathausnetz, nicht für Wasserwerk und Kläranlage.",
            by=CONTRIBUTOR,
        ),
        "4.1-1": Said(
            2,
            PUBLISHED,
            f"Stellenplan {year} als Anlage zum Haushalt: 0,5 Stelle Digitalisierung, 1,5 Stellen IT",
            "Der Bedarf der fünf vorrangigen Vorhaben ist mit 0,5 Stellen beziffert und gedeckt. "
            "Die Stadtwerke haben ihren Bedarf noch nicht ermittelt.",
        ),
        "4.2-1": Said(
            2,
            OWN,
            "",
            "Seit drei Jahren gibt es eine Vereinbarung mit Volkshochschule, Gesamtschule und einem Maschinenbauer: "
            "zwei Programmierkurse im Jahr und das „Digitalcafé“ für Ältere. Die Vereinbarung liegt bei der "
            "Volkshochschule und war zum Stichtag nicht zur Hand.",
        ),
        "4.3-1": Said(
            1,
            OWN,
            "",
            "Die Wirtschaftsförderung ist Ansprechstelle. Ein erstes Gespräch mit der Hochschule Musterau ist für den "
            "18. September vereinbart.",
        ),
        "a-1": Said(
            2,
            DOCUMENT,
            f"Einladung im Amtsblatt und Protokoll des Runden Tisches vom 9. November {year - 1}",
            "Gekommen sind Gewerbeverein, Seniorenbeirat, Freifunk-Initiative und Feuerwehr; die Wissenschaft "
            "fehlte. Wichtigstes Risiko aus Sicht der Runde: Die Filialen schließen, bevor der Ersatz im Internet "
            "taugt.",
        ),
        "b-1": Said(
            0,
            OWN,
            "",
            "Freiwillige Beteiligung gab es zuletzt vor fünf Jahren beim Spielplatzplan, damals nur als Versammlung.",
        ),
        "c-1": Said(
            2,
            OWN,
            "",
            "Das Dokumentensystem war das teuerste neue Projekt. Die Klärung dazu ergab, dass zwei Ämter schon ein "
            "System bezahlen, das alle nutzen können. Sie liegt bei den Akten des Hauptamts und war zum Stichtag "
            "nicht zur Hand.",
        ),
        "d-1": Said(
            2,
            PUBLISHED,
            "Seite des Mängelmelders unter melden.musterstadt.example",
            "Den Mängelmelder hat die Klasse 9b der Gesamtschule mit dem Bauhof entworfen. Er ist seit einem Jahr in "
            "Betrieb; eine schriftliche Vereinbarung über Rechte und Kosten fehlt.",
            by=CONTRIBUTOR,
        ),
        "e-1": Said(
            competent_body="Land Musterland, Ministerium des Innern",
            demand="Das Land soll Unterschriften auf Papier bei Anträgen bis 500 Euro streichen und eine Stelle "
            "benennen, die Hindernisse aus den Kommunen aufnimmt und binnen drei Monaten beantwortet.",
            comment="Musterstadt hat dafür keine eigene Stelle. Der Städte- und Gemeindebund Musterland bündelt die "
            "Meldungen seiner Mitglieder, bekommt aber keine verbindlichen Antworten.",
        ),
        "f-1": Said(
            2,
            DOCUMENT,
            f"Projektblatt „Füllstandsmelder“ vom 1. März {year}: zwölf Monate, 8.400 Euro, Ausstieg zum Quartal",
            "Zwölf Altglasbehälter melden ihren Füllstand. Partner sind die Stadtwerke. Der Versuch läuft bis Februar.",
            by=CONTRIBUTOR,
        ),
        "g-1": Said(
            2,
            NOTE,
            f"Vermerk der Digitalbeauftragten vom 22. April {year} zu vier Datenbeständen",
            "Der Vermerk nennt Nutzen, Schutzgründe und mögliche Geschäftsmodelle. Freigegeben werden Haushalt, "
            "Baumkataster und Bebauungspläne; die Kanaldaten bleiben aus Gründen der Sicherheit unter Verschluss.",
        ),
        "h-1": Said(
            3,
            PUBLISHED,
            "musterstadt.example/digital: sieben laufende Vorhaben mit Nutzen, Stand und Ansprechperson",
            "Die Pressestelle pflegt die Seite mit vier Stunden im Monat. Für das Faltblatt in Rathaus und "
            "Bücherei stehen 1.200 Euro im Haushalt.",
        ),
        "i-1": Said(
            2,
            CHECKED,
            f"Übersicht „Digitalvorhaben: Kosten und Mittel“ vom 10. März {year}, bestätigt im Bericht der "
            f"überörtlichen Prüfung vom Mai {year}, Abschnitt 4.2",
            "Für Dokumentensystem, Straßenbeleuchtung und Pumpensteuerung nennt die Übersicht Kosten und Mittel der "
            "nächsten drei Jahre. Die Lücke beim Dokumentensystem schließt ein späterer Start der Besucherzählung. "
            "Die Prüfung bemängelt, dass die kleineren Vorhaben fehlen.",
        ),
        "j-1": Said(
            2,
            DOCUMENT,
            f"Vertrag über die Pumpensteuerung vom 5. September {year - 1}: Updates und Ersatzteile für zehn Jahre",
            "Die Ausschreibung nannte die Nutzungszeit von zehn Jahren und das Funkmodul, das früher veraltet. Eine "
            "Vorgabe für alle Käufe gibt es nicht; die alte Steuerung des Wasserwerks ist noch nicht ersetzt.",
            by=CONTRIBUTOR,
        ),
        "k-1": Said(
            competent_body="Land Musterland, Ministerium für Wissenschaft",
            demand="Das Land soll seine Begleitforschung für Städte unter 20.000 Einwohnern öffnen und ihnen ein "
            "Institut vermitteln, das Vorhaben ohne Eigenanteil untersucht.",
            comment="Zwei Anfragen an Institute blieben ohne Zusage, weil das Förderprogramm erst Städte ab 50.000 "
            "Einwohnern aufnimmt.",
        ),
        "l-1": Said(
            0,
            OWN,
            "",
            "Zum Mängelmelder fragen Nachbargemeinden oft an. Wir antworten am Telefon; aufgeschrieben ist nichts.",
        ),
    }


def half_filled(year: int) -> dict[str, Said]:
    """The first 13 answers of `year`: most of the principles, a few recommendations."""
    return {
        "1.1-1": Said(
            3,
            DOCUMENT,
            f"Neun Prüfbögen; Muster der Entscheidungsvorlage, gültig seit 1. November {year - 1}",
            "Alle laufenden Vorhaben sind geprüft. Jede neue Vorlage an den Rat enthält die halbe Seite; die "
            "Digitalbeauftragte hat dafür zwei Stunden in der Woche.",
        ),
        "1.2-1": Said(
            3,
            PUBLISHED,
            f"Ratsbeschluss {year - 2}/047 „Digitalstrategie Musterstadt“; Haushalt {year}, Produkt 111.50",
            "Unverändert. Die Überprüfung der Handlungsfelder ist für das kommende Jahr vorgesehen.",
        ),
        "1.3-1": Said(
            3,
            PUBLISHED,
            f"Ratsbeschluss {year - 1}/112 „Steuerung der Digitalisierung“; Stellenplan {year}",
            "Der Rat hat Aufgaben von Politik, Bürgermeister und Ämtern festgelegt. 0,5 Stellen und 20.000 Euro "
            "stehen im Haushalt.",
        ),
        "2.1-1": Said(
            4,
            PUBLISHED,
            f"Ratsinformationssystem unter rat.musterstadt.example; Auswertung der Abrufe vom Dezember {year - 1}",
            "Neu nach der Auswertung: Wer mag, erhält eine Nachricht, wenn zu einem Stichwort eine Vorlage erscheint.",
        ),
        "2.2-1": Said(
            3,
            PUBLISHED,
            f"Liste „Leistungen und Zugangswege“ im Amtsblatt vom 5. Dezember {year - 1} und auf der Internetseite",
            "Die sechs Lücken sind geschlossen; das Ferienprogramm nimmt Anmeldungen auch am Telefon an. "
            "Das Bürgerbüro betreut die Wege mit drei Stunden in der Woche.",
        ),
        "2.3-1": Said(
            1,
            PUBLISHED,
            f"Ratsbeschluss {year - 1}/131 „Umgestaltung Stadtpark“",
            "Die erste Beteiligung gilt dem Stadtpark. Jonas Muster vom Bauamt legt vorher fest, wie Jugendliche und "
            "Berufspendelnde erreicht werden.",
            by=CONTRIBUTOR,
        ),
        "3.1-1": Said(
            3,
            DOCUMENT,
            f"Systemliste der IT, 44 Einträge, Stand 15. Dezember {year - 1}; Wartungsverträge",
            "Betrieb und Unterhalt sind für jedes System schriftlich zugewiesen, die Kosten im Haushalt veranschlagt.",
            by=CONTRIBUTOR,
        ),
        "3.2-1": Said(
            2,
            DOCUMENT,
            f"Dienstanweisung 3/{year - 2}; zwei Prüfvermerke",
            "Ein Rückschritt: Die Besucherzählung in der Innenstadt wurde ohne Vermerk beauftragt. Er wurde vor dem "
            "Start nachgeholt; seitdem gibt die Kämmerei wieder nur mit Vermerk frei.",
        ),
        "3.3-1": Said(
            2,
            DOCUMENT,
            f"Notfallpläne Rathausnetz, Wasserwerk und Kläranlage vom 12. November {year - 1}; Vertrag zum Wasserwerk",
            "Für die drei wichtigsten Systeme gibt es Anforderungen an Schutz und Updates und einen Notfallplan. "
            "Eine Dienstanweisung für alle Beschaffungen ist im Entwurf.",
            by=CONTRIBUTOR,
        ),
        "a-1": Said(
            3,
            PUBLISHED,
            f"Einladung im Amtsblatt; Protokoll vom 5. November {year - 1}, dem Rat vorgelegt als Mitteilung "
            f"{year - 1}/127",
            "Erstmals war die Hochschule Musterau dabei. Der Runde Tisch tagt jetzt jedes Jahr im November; die "
            "Digitalbeauftragte bereitet ihn vor, im Haushalt stehen dafür 1.500 Euro.",
        ),
        "b-1": Said(
            1,
            PUBLISHED,
            f"Ratsbeschluss {year - 1}/131 „Umgestaltung Stadtpark“, Punkt 4",
            "Erstes Vorhaben ist der Stadtpark: Werkstatt im Bürgerhaus und Karte im Internet, eine Auswertung für "
            "beide. Zuständig ist das Bauamt.",
            by=CONTRIBUTOR,
        ),
        "e-1": Said(
            competent_body="Land Musterland, Ministerium des Innern",
            demand="Das Land soll Unterschriften auf Papier bei Anträgen bis 500 Euro streichen und eine Stelle "
            "benennen, die Hindernisse aus den Kommunen aufnimmt und binnen drei Monaten beantwortet.",
            comment="Die Forderung steht weiter offen; eine Antwort des Landes liegt nicht vor.",
        ),
        "g-1": Said(
            2,
            DOCUMENT,
            f"Liste der Datenbestände, Stand 30. November {year - 1}: elf Bestände mit Entscheidung und Gründen",
            "Bauamt und Kämmerei sind vollständig erfasst, Ordnungsamt und Schulen folgen.",
        ),
    }
