"""How municipalities stand. One module per thing; QuerySets live beside their models."""

from assessments.models.answer import Answer, Stale, Target
from assessments.models.assessment import Assessment, AssessmentIsFinal, Snapshot
from assessments.models.municipality import Membership, Municipality, Role

__all__ = [
    "Answer",
    "Assessment",
    "AssessmentIsFinal",
    "Membership",
    "Municipality",
    "Role",
    "Snapshot",
    "Stale",
    "Target",
]
