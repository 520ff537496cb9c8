"""The content of the Charter in the admin: from edition to criterion without hunting, and nothing lost on the way.

Every save takes the edition's lock, so that nothing slips into an edition while it is being published. A draft can
be changed freely, a published edition in its typing errors, a withdrawn one not at all.
"""

from guidelines.admin import edition, parts

__all__ = ["edition", "parts"]
