"""What a device is put together from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from guide.bedside.clock import Clock
from guide.bedside.gestures import Rule
from guide.bedside.setting import Setting
from guide.bedside.state import State

if TYPE_CHECKING:
    from guide.bedside.condition import Condition
    from guide.desk import Desk
    from guide.journal.entries import Uptime
    from guide.microphone import Microphone
    from guide.sinks import Sink


@dataclass(frozen=True, slots=True)
class Parts:
    """What the device is put together from. All of it may be a fake one."""

    clock: Clock
    desk: "Callable[[], Desk]"
    """The desk by the settings of the person as they are now. Raises GuideError."""
    setting: Callable[[], Setting]
    """The settings of the device as they are now."""
    changed: Callable[[], bool]
    """Looks whether any settings are others now; cheap."""
    problems: Callable[[], tuple[str, ...]]
    """What is wrong with the settings, a sentence each."""
    find: "Callable[[], Sink]"
    """Opens the loudspeaker. Raises DeviceError."""
    microphone: "Callable[[], Microphone]"
    condition: "Callable[[Condition | None], Condition]"
    """How the machine is, with what it was before."""
    show: Callable[[State], None]
    """Hears of each new state."""
    switch_off: Callable[[], None]
    """Switches the machine off."""
    note: Callable[[str], None] = lambda _: None
    """Writes a line to the log, without a private word."""
    loop: Callable[[], None] = lambda: None
    """Called when the loop works, and `rest` when it begins to wait: see `guide.bedside.pulse`."""
    rest: Callable[[], None] = lambda: None
    uptime: "Callable[[], Uptime | None]" = lambda: None
    """How long the machine has been on, by which what is kept now can be dated later."""
    learn: Callable[[], None] = lambda: None
    """Dates what was kept before anybody knew the time; returns at once."""
    rule: Rule = field(default_factory=Rule)
