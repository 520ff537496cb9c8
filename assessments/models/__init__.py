"""How municipalities stand. One module per thing; QuerySets live beside their models."""

from assessments.models.answer import Answer, AssessmentIsFinal, Review, Stale, Target, WrongState
from assessments.models.arms import Arms
from assessments.models.assessment import Assessment, PointsChanged, Snapshot, Unconfirmed
from assessments.models.audit import AuditEntry
from assessments.models.comment import Comment, Mention
from assessments.models.evidence import Exhibit, FileIsGone, NoRoom
from assessments.models.invitation import Invitation, InvitationGone
from assessments.models.municipality import LastOfficer, Membership, Municipality
from assessments.models.presence import Presence
from assessments.models.removal import Losses, LossesChanged, discard, remove
from assessments.models.report import Report
from assessments.models.review import Refusal, Seen, Verdict
from assessments.models.roles import MEANINGS, Role
from assessments.models.task import Task, tasks_of
from assessments.models.team import Assignment, Reminder

__all__ = [
    "MEANINGS",
    "Answer",
    "Arms",
    "Assessment",
    "AssessmentIsFinal",
    "Assignment",
    "AuditEntry",
    "Comment",
    "Exhibit",
    "FileIsGone",
    "Invitation",
    "InvitationGone",
    "LastOfficer",
    "Losses",
    "LossesChanged",
    "Membership",
    "Mention",
    "Municipality",
    "NoRoom",
    "PointsChanged",
    "Presence",
    "Refusal",
    "Reminder",
    "Report",
    "Review",
    "Role",
    "Seen",
    "Snapshot",
    "Stale",
    "Target",
    "Task",
    "Unconfirmed",
    "Verdict",
    "WrongState",
    "discard",
    "remove",
    "tasks_of",
]
