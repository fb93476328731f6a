"""What the device offers for a while: a press takes it, a hold declines it, and time lets it pass."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from guide.bedside.night import Wanted

Kind: TypeAlias = Literal["invitation", "ground", "return"]

GROUND_STANDS = 60.0
"""Seconds after a stop in which a press begins steady ground."""
RETURN_STANDS = 600.0
"""Seconds in which a session that was cut off is offered."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a press would begin now."""

    kind: Kind
    wanted: Wanted
    until: float
    """By the steady clock, in seconds."""
    told: bool = True
    """Whether it was said what it is; else the first press only says it."""
