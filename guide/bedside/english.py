"""The device's sentences in English."""

from dataclasses import dataclass

from guide.bedside.numerals import DAY, EXACT, nearest, parts_of
from guide.bedside.phrases import Lines, Phrases
from guide.duration import RATE

_ROUND = {0: "midnight", 12: "noon"}
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True, slots=True)
class English:
    """`ten`, `twenty-five minutes`, `half past ten`."""

    def number(self, count: int) -> str:
        """Of 0 to 99."""
        if count < len(_ONES):
            return _ONES[count]
        ten, one = divmod(count, 10)
        return _TENS[ten] + (f"-{_ONES[one]}" if one else "")

    def amount(self, frames: int) -> str:
        hours, minutes, half, seconds = parts_of(frames)
        if seconds:
            return f"{self.number(seconds)} seconds"
        if half:
            return f"{self.number(minutes)} and a half minutes"
        parts = [self._counted(hours, "hour"), self._counted(minutes, "minute")]
        return " and ".join(part for part in parts if part)

    def about(self, frames: int) -> str:
        minutes = nearest(frames)
        if minutes is None:
            return "more than an hour"
        if not minutes:
            return "less than a minute"
        said = self.amount(minutes * 60 * RATE)
        return said if minutes <= EXACT else f"about {said}"

    def clock(self, minute: int) -> str:
        hour, past = divmod(minute % DAY, 60)
        if not past and hour in _ROUND:
            return _ROUND[hour]
        to = past > 30
        named = _ONES[(hour + to - 1) % 12 + 1]
        if not past:
            return f"{named} o'clock"
        between = 60 - past if to else past
        words = {15: "a quarter", 30: "half"}.get(between) or self.number(between)
        unit = "" if between % 5 == 0 else " minute" if between == 1 else " minutes"
        return f"{words}{unit} {'to' if to else 'past'} {named}"

    def day_part(self, minute: int) -> str:
        hour, past = divmod(minute % DAY, 60)
        if not past and hour in _ROUND:
            return ""
        for until, part in ((4, "at night"), (12, "in the morning"), (18, "in the afternoon")):
            if hour < until:
                return f" {part}"
        return " in the evening" if hour < 22 else " at night"

    def _counted(self, count: int, what: str) -> str:
        return f"{self.number(count)} {what}{'' if count == 1 else 's'}" if count else ""


_LIGHT_PLUG = "When it is light, you could unplug it and plug it in again."
_LIGHT_ROOM = "When it is light, older ones could be moved to another place."
_ALOUD = "You can say it out loud all the same, or leave it for today."
_PRESS_GOES_ON = "A press goes on from there."

ENGLISH = Phrases(
    lines=Lines(
        ready=("I am here.", "A press begins, whenever you like."),
        power_was_gone=("The power was gone for a while, and I am here again.",),
        recovered=("The power was gone for a while.", "What you said until then is kept."),
        going_on_offer=("A session was interrupted.", _PRESS_GOES_ON),
        going_on=("It goes on from where it was.",),
        nothing_to_go_on=("There is nothing to go on with.",),
        something_to_go_on=("There is a session to go on with.",),
        menu_intro=(
            "A press brings the next one.",
            "Two quick presses change its length.",
            "Holding the button begins it.",
        ),
        menu_end=("The next press begins what you heard last.",),
        menu_empty=("There is no session to choose from.",),
        one_length=("There is no other length for this one.",),
        begins=("It begins.",),
        this_is_pressed=("This is what a press begins.",),
        this_is_chosen=("This is chosen.",),
        invited=("Something is ready for you.",),
        take_it=("A press begins it, if you like.",),
        nothing_by_the_clock=("Nothing comes by the clock.",),
        waking=("Good morning.", "A press, and it is quiet."),
        offer=("A press, and I listen.", "Without it, this ends here."),
        offer_at_night=("A press, and I listen.", "Without it, good night."),
        listening=("I am listening.", "A press ends it."),
        no_longer_listening=("I am not listening any more.",),
        kept=("It is kept.",),
        not_kept=("It could not be kept.", "If you like, there is another time for it."),
        not_heard=("Nothing of your voice arrives.", "The microphone may be switched off."),
        no_microphone=("I cannot find a microphone, so nothing is recorded.", _ALOUD),
        no_space=("There is no room for a recording.", _ALOUD),
        no_journal=("The journal does not open, so nothing is recorded.", _ALOUD),
        unnamed=("It has no name.",),
        session_missing=("A session that the settings name is not there.",),
        look_at_settings=("When it is light, you could look at the settings.",),
        out_of_reach=("It cannot be that long, or that short.", "It takes its usual length instead."),
        voice_failed=("This one cannot be spoken at the moment.", "Another one may work, or this one later."),
        setting_taken=("The settings are right again, and I follow them.",),
        loudspeaker_back=("The loudspeaker is back.",),
        louder=("A little louder.",),
        quieter=("A little quieter.",),
        loudest=("This is as loud as it goes.",),
        loudest_at_night=("This is as loud as it goes at night.",),
        softest=("This is as quiet as it goes.",),
        hold_to_switch_off=("If you keep holding, I switch off.", "If you let go, I stay."),
        staying=("I stay.",),
        switching_off=("I am switching off.", "A press now, and I stay."),
        good_night=("Good night.",),
    ),
    troubles={
        "no loudspeaker": ("I cannot find my loudspeaker.", _LIGHT_PLUG),
        "no microphone": ("I cannot find a microphone, so nothing can be recorded.", _LIGHT_PLUG),
        "muted": (
            "The microphone gives no sound.",
            "It may have a switch on it, or on its cable, that can be felt in the dark.",
        ),
        "disk nearly full": ("There is little room left for recordings.", _LIGHT_ROOM),
        "disk full": (
            "There is no room left for recordings.",
            "The sessions play as before.",
            _LIGHT_ROOM,
        ),
        "clock not set": (
            "I do not know what time it is, so nothing rings by itself until I do.",
            "A press begins a session all the same.",
            "When it is light, you could connect me to a network, and I find the time there.",
        ),
        "under-voltage": (
            "My power supply is too weak.",
            "When it is light, you could give me a stronger one, or a shorter cable.",
        ),
        "battery low": (
            "My battery is nearly empty.",
            "With the power cable in, I stay through the night.",
        ),
        "hot": (
            "I have become rather warm.",
            "If something lies on me, you could take it away, so that air comes to me.",
        ),
        "setting broken": (
            "The settings have a mistake, so I go on with the ones from before.",
            "When it is light, you could look at the settings.",
        ),
        "no voice": (
            "The voice that reads the sessions does not answer, so some may not play.",
            "When it is light, you could switch me off and on again.",
        ),
        "no journal": (
            "The journal does not open, so nothing can be recorded.",
            "The sessions play as before.",
            "When it is light, you could look at it from a computer.",
        ),
    },
    doings={
        "starting": ("I am getting ready.",),
        "waiting": ("I am here.",),
        "speaking": ("I am here.",),
        "choosing": ("You are choosing a session.",),
        "inviting": ("An invitation waits for you.",),
        "returning": ("A session was interrupted.", _PRESS_GOES_ON),
        "preparing": ("A session is being made ready.",),
        "playing": ("A session is playing.",),
        "paused": ("The session rests.", "A press, and it goes on."),
        "lost": ("The session waits for its loudspeaker.",),
        "landing": ("The session comes to its end.",),
        "offering": ("There is time to say something.", "A press, and I listen."),
        "asking": ("There is a question, and some quiet.",),
        "listening": ("I am listening.", "A press ends it."),
        "waking": ("It is time to wake up.", "A press, and it is quiet."),
        "leaving": ("I am about to switch off.", "A press now, and I stay."),
        "off": ("I am off.",),
    },
    loudness=(
        "I am as loud as it goes at night.",
        "I am as loud as it goes.",
        "I am rather loud.",
        "I am neither loud nor quiet.",
        "I am rather quiet.",
        "I am very quiet.",
    ),
    days=tuple(
        f"That is on {day}."
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    ),
    takes="It takes {}.",
    been="It has been going for {}.",
    goes_on="It goes on for {} more.",
    it_is="It is {}.",
    next="The next thing by the clock comes at {}.",
    numerals=English(),
)
