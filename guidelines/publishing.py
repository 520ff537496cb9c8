"""When an edition is complete, what publishing it means, and what may still be mended afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy as shallow_copy
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from guidelines.content import Content, key_of
from guidelines.models import (
    Advice,
    Clause,
    Criterion,
    CriterionLink,
    Edition,
    Guideline,
    Ideal,
    Paragraph,
    Stakeholder,
)

GUIDELINES = ("1", "2", "3", "4")
PRINCIPLES_EACH = 3
RECOMMENDATIONS = tuple("abcdefghijkl")
IDEALS = 8
STAKEHOLDERS = 9
CRITERIA = {
    Clause.Kind.PRINCIPLE: (3, 5),
    Clause.Kind.RECOMMENDATION: (2, 3),
}  # fewest and most in a full form

# The field that leads one step up, in the end to the edition.
PARENTS: dict[type[models.Model], str] = {
    Stakeholder: "edition",
    Ideal: "edition",
    Guideline: "edition",
    Clause: "edition",
    Paragraph: "clause",
    Advice: "paragraph",
    Criterion: "clause",
    CriterionLink: "criterion",
}


@dataclass(frozen=True)
class Fault:
    """One thing that keeps an edition from being published: where, what, and the row to mend."""

    place: str
    message: str
    at: models.Model

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Incomplete(Exception):
    """The edition has faults and cannot be published."""

    def __init__(self, found: list[Fault]) -> None:
        super().__init__(f"{len(found)} Fehler")
        self.faults = found


class WrongState(Exception):
    """The edition is not in the state that this step starts from."""


class LastOne(Exception):
    """Without this edition none would be published, and nobody could begin an assessment."""


def place_of(part: models.Model) -> str:
    """Where a part stands, as an editor would say it."""
    match part:
        case Clause():
            place = f"Abschnitt {part.code}"
        case Paragraph():
            place = f"Abschnitt {part.clause.code}, Absatz {part.number}"
        case Advice():
            place = f"{place_of(part.paragraph)}, Empfehlung {part.position}"
        case Criterion():
            place = f"Abschnitt {part.clause.code}, Prüffrage {part.code}"
        case CriterionLink():
            place = f"Verbindung {part.criterion.code} – {part.other.code}"
        case _:
            place = f"{part._meta.verbose_name} {getattr(part, 'code', part.pk)}"
    return place


def faults(edition: Edition) -> list[Fault]:
    """Everything that keeps this edition from being published, in the edition's order. Eleven queries."""
    return faults_of(Content.of(edition))


def faults_of(content: Content) -> list[Fault]:
    """The same for content in memory, saved or not."""
    return [
        *_frame(content),
        *_empty_texts(content),
        *(fault for clause in content.clauses for fault in _clause(clause, content)),
        *(fault for criterion in content.criteria for fault in _criterion(criterion, content)),
        *_coverage(content),
        *_advice(content),
        *_links(content),
    ]


def _frame(content: Content) -> Iterator[Fault]:
    """Numbers and codes: 4 guidelines, 3 principles in each, a to l, ideals, stakeholders; and their order."""
    edition = content.edition
    here = place_of(edition)
    principles = [clause for clause in content.clauses if clause.kind == Clause.Kind.PRINCIPLE]
    expected = [f"{guideline}.{n}" for guideline in GUIDELINES for n in range(1, PRINCIPLES_EACH + 1)]
    for name, found, wanted in (
        ("Leitlinien", [guideline.code for guideline in content.guidelines], list(GUIDELINES)),
        ("Grundsätze", [clause.code for clause in principles], expected),
        (
            "Handlungsempfehlungen",
            [clause.code for clause in content.clauses if clause.kind == Clause.Kind.RECOMMENDATION],
            list(RECOMMENDATIONS),
        ),
    ):
        yield from _codes(edition, name, found, wanted)
    if len(content.ideals) != IDEALS:
        yield Fault(here, f"Es sind {len(content.ideals)} Leitbilder; die Charta hat {IDEALS}.", edition)
    if len(content.stakeholders) != STAKEHOLDERS:
        yield Fault(
            here, f"Es sind {len(content.stakeholders)} Angesprochene; nötig sind {STAKEHOLDERS}.", edition
        )
    for row in (content.guidelines, content.clauses, content.ideals, content.stakeholders):
        yield from _places_taken_twice(row)


def _codes(edition: Edition, name: str, found: list[str], wanted: list[str]) -> Iterator[Fault]:
    """Missing and superfluous codes by name; all there but out of order is a fault of its own."""
    here = place_of(edition)
    missing = [code for code in wanted if code not in found]
    superfluous = [code for code in found if code not in wanted]
    if missing:
        yield Fault(here, f"{name}: Es fehlt {', '.join(missing)}.", edition)
    if superfluous:
        yield Fault(here, f"{name}: Nicht vorgesehen ist {', '.join(superfluous)}.", edition)
    if not missing and not superfluous and found != wanted:
        yield Fault(here, f"{name}: Die Reihenfolge weicht von {wanted[0]} bis {wanted[-1]} ab.", edition)


def _places_taken_twice(parts: Sequence[Any]) -> Iterator[Fault]:
    taken = Counter(part.position for part in parts)
    for part in parts:
        if taken[part.position] > 1:
            yield Fault(place_of(part), f"Die Reihenfolge {part.position} ist mehrfach vergeben.", part)


def _empty_texts(content: Content) -> Iterator[Fault]:
    """Every text that must be there: titles, summaries, questions, levels, steps, help, evidence."""
    for part in (content.edition, *content.parts()):
        for field in text_fields(type(part)):
            if not field.blank and not str(getattr(part, field.attname)).strip():
                yield Fault(place_of(part), f"„{field.verbose_name}“ fehlt.", part)


def _clause(clause: Clause, content: Content) -> Iterator[Fault]:
    here = place_of(clause)
    criteria = [criterion for criterion in content.criteria if criterion.clause is clause]
    paragraphs = [paragraph for paragraph in content.paragraphs if paragraph.clause is clause]
    keys = [criterion for criterion in criteria if criterion.is_key]
    if not keys:
        yield Fault(here, "Es gibt keine Schlüsselfrage.", clause)
    if len(keys) > 1:
        codes = ", ".join(criterion.code for criterion in keys)
        yield Fault(here, f"Es gibt {len(keys)} Schlüsselfragen ({codes}); erlaubt ist eine.", clause)
    fewest, most = CRITERIA[Clause.Kind(clause.kind)]
    if _has_full_form(content) and not fewest <= len(criteria) <= most:
        yield Fault(here, f"Es sind {len(criteria)} Prüffragen; nötig sind {fewest} bis {most}.", clause)
    if [paragraph.number for paragraph in paragraphs] != list(
        range(1, len(paragraphs) + 1)
    ) or not paragraphs:
        yield Fault(here, "Die Absätze sind nicht lückenlos von 1 an gezählt.", clause)
    if clause.kind == Clause.Kind.PRINCIPLE and (
        clause.guideline is None or clause.code.partition(".")[0] != clause.guideline.code
    ):
        yield Fault(here, "Die Nummer passt nicht zur Leitlinie.", clause)
    if [criterion.code for criterion in criteria] != [
        f"{clause.code}-{n}" for n in range(1, len(criteria) + 1)
    ]:
        yield Fault(
            here, f"Die Prüffragen heißen nicht der Reihe nach {clause.code}-1, {clause.code}-2 …", clause
        )
    yield from _places_taken_twice(criteria)


def _has_full_form(content: Content) -> bool:
    """An edition with key criteria alone is complete for the short form; one more criterion asks for the full one."""
    return any(not criterion.is_key for criterion in content.criteria)


def _criterion(criterion: Criterion, content: Content) -> Iterator[Fault]:
    here = place_of(criterion)
    texts = [" ".join(text.split()).casefold() for text in criterion.levels]
    for level, text in enumerate(texts):
        if text and text in texts[:level]:
            yield Fault(here, f"Die Texte der Stufen {texts.index(text)} und {level} sind gleich.", criterion)
    if criterion.binding not in Criterion.Binding.values:
        yield Fault(here, "Die Verbindlichkeit fehlt.", criterion)
    if not content.ideals_served[key_of(criterion)]:
        yield Fault(here, "Kein Leitbild ist genannt, dem die Frage dient.", criterion)
    covered = [criterion.place, *content.also_covered[key_of(criterion)]]
    if any(paragraph.clause is not criterion.clause for paragraph in covered):
        yield Fault(here, "Eine Fundstelle liegt in einem anderen Abschnitt.", criterion)


def _coverage(content: Content) -> Iterator[Fault]:
    """No paragraph is forgotten: a criterion covers it, or it says why it asks nothing of a municipality."""
    covered = {key_of(criterion.place) for criterion in content.criteria}
    covered |= {key_of(paragraph) for paragraphs in content.also_covered.values() for paragraph in paragraphs}
    for paragraph in content.paragraphs:
        reason = bool(paragraph.no_demand.strip())
        if not reason and key_of(paragraph) not in covered:
            yield Fault(
                place_of(paragraph),
                "Keine Prüffrage nimmt den Absatz auf, und es steht nicht da, warum er nichts verlangt.",
                paragraph,
            )
        if reason and key_of(paragraph) in covered:
            yield Fault(
                place_of(paragraph),
                "Der Absatz soll nichts von Kommunen verlangen, aber eine Prüffrage nimmt ihn auf.",
                paragraph,
            )


def _advice(content: Content) -> Iterator[Fault]:
    """A recommendation says paragraph by paragraph who is addressed."""
    advised = {key_of(piece.paragraph) for piece in content.advice}
    for paragraph in content.paragraphs:
        if paragraph.clause.kind == Clause.Kind.RECOMMENDATION and key_of(paragraph) not in advised:
            yield Fault(place_of(paragraph), "Es steht nicht da, wem der Absatz was empfiehlt.", paragraph)
    for piece in content.advice:
        if not content.addressed[key_of(piece)]:
            yield Fault(place_of(piece), "Niemand ist genannt, an den sich die Empfehlung richtet.", piece)


def _links(content: Content) -> Iterator[Fault]:
    """Two criteria are linked once, whichever is named first."""
    seen: set[frozenset] = set()
    for link in content.links:
        pair = frozenset({key_of(link.criterion), key_of(link.other)})
        if pair in seen:
            yield Fault(place_of(link), "Diese beiden Prüffragen sind mehrfach verbunden.", link)
        seen.add(pair)


# States ------------------------------------------------------------------------------------------------------


def edition_of(part: models.Model) -> Edition:
    """The edition that a part belongs to."""
    here: Any = part
    while not isinstance(here, Edition):
        here = getattr(here, PARENTS[type(here)])
    return here


def lock(edition: Edition) -> Edition:
    """The edition's row, locked until the transaction ends: whoever writes content or state takes this lock."""
    return Edition.objects.select_for_update().get(pk=edition.pk)


def publish(edition: Edition) -> Edition:
    """Make a draft public and fix its structure. Raises `WrongState`, or `Incomplete` with every fault."""
    with transaction.atomic():
        locked = lock(edition)
        if locked.state != Edition.State.DRAFT:
            raise WrongState
        found = faults(locked)
        if found:
            raise Incomplete(found)
        return _move(locked, Edition.State.PUBLISHED, "veröffentlicht")


def withdraw(edition: Edition) -> Edition:
    """Nobody starts with this edition any more; it stays readable, and what rests on it stays as it is.

    Raises `WrongState`, and `LastOne` if no other edition is published. Of two editors who withdraw the last two at
    once, one waits for the other.
    """
    with transaction.atomic():
        published = {each.pk: each for each in Edition.objects.published().select_for_update().order_by("pk")}
        if edition.pk not in published:
            raise WrongState
        locked = published.pop(edition.pk)
        if not published:
            raise LastOne
        return _move(locked, Edition.State.WITHDRAWN, "zurückgezogen")


def _move(edition: Edition, state: Edition.State, reason: str) -> Edition:
    edition.state = state
    edition._change_reason = reason  # type: ignore[attr-defined]  # django-simple-history reads it
    edition.save(update_fields=["state"])
    return edition


def discard(edition: Edition) -> None:
    """Delete a draft with all its parts; the history keeps them. Raises `WrongState`, `ProtectedError`."""
    with transaction.atomic():
        locked = lock(edition)
        if locked.state != Edition.State.DRAFT:
            raise WrongState
        parts = Content.of(locked).parts()
        for model in reversed(dict.fromkeys(type(part) for part in parts)):  # children before parents
            keys = [part.pk for part in parts if type(part) is model]
            model._base_manager.filter(pk__in=keys).delete()
        locked.delete()


def copy(edition: Edition, code: str) -> Edition:
    """A new draft with this code and everything the edition has."""
    content = Content.of(edition)
    copied: dict[int, Any] = {}

    def anew(part: Any) -> Any:
        """The part as an unsaved row whose parents are the copied ones."""
        twin = shallow_copy(part)
        twin._state = shallow_copy(part._state)
        twin._state.fields_cache = {}
        twin._state.adding, twin.pk = True, None
        for field in part._meta.concrete_fields:
            if field.is_relation and getattr(part, field.attname) is not None:
                setattr(twin, field.name, copied[id(getattr(part, field.name))])
        copied[id(part)] = twin
        return twin

    draft = anew(edition)
    draft.code, draft.state = code, Edition.State.DRAFT
    draft._change_reason = f"angelegt aus der Ausgabe {edition.code}"
    rows = {
        name: [anew(part) for part in getattr(content, name)]
        for name in (
            "stakeholders",
            "ideals",
            "guidelines",
            "clauses",
            "paragraphs",
            "advice",
            "criteria",
            "links",
        )
    }
    related = {
        name: {key: [copied[id(part)] for part in parts] for key, parts in getattr(content, name).items()}
        for name in ("addressed", "also_covered", "ideals_served")
    }
    twin = Content(edition=draft, **rows)  # type: ignore[arg-type]  # each name with its own kind of part
    for name, pairs in related.items():
        getattr(twin, name).update(pairs)
    return twin.store()


# Mending a published edition -----------------------------------------------------------------------------------


def text_fields(model: type[models.Model]) -> list[models.Field]:
    """The fields whose wording may be mended: every text but codes and choices."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, (models.CharField, models.TextField))
        and not field.choices
        and field.name not in {"code"}
    ]


def texts_beside(part: models.Model) -> Iterator[str]:
    """The texts of all other parts of its edition. Twelve queries, none before the first is asked for."""
    edition = edition_of(part)
    for other in (edition, *Content.of(edition).parts()):
        if (type(other), other.pk) != (type(part), part.pk):
            yield from (str(getattr(other, field.attname)) for field in text_fields(type(other)))
