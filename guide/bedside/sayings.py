"""What the device says about itself: a sentence for every state and every trouble, in its language. Pure.

Whatever it says is made of few whole sentences, each a clip of its own, and `everything` knows them all: so
they can be made ahead.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from guide.bedside.english import ENGLISH
from guide.bedside.german import GERMAN
from guide.bedside.numerals import ABOUT, DAY
from guide.bedside.phrases import LINES, Lines, Phrases, Said, key
from guide.bedside.setting import Setting
from guide.bedside.state import State, Trouble
from guide.duration import RATE
from guide.sentences import paragraphs

_PHRASES = {"en": ENGLISH, "de": GERMAN}
_LONGEST_TITLE = 80
"""Letters: as many as can be heard at once."""
_SOON = dt.timedelta(hours=20)
"""Up to then the time of the clock alone says which day is meant."""
_LOUDNESS = (0, 6, 12, 20)
"""dB under what the volume may not pass, up to which each but the last of `Phrases.loudness` is right."""
_PLAYING = frozenset({"playing", "paused", "lost"})
_COMING = frozenset({"waiting", "speaking", "choosing", "inviting"})
"""In which `State.session` is one that a press would begin."""
_FOR_ITSELF = frozenset({"next", "menu", "status", "nothing"})
"""What a gesture may mean that is no session."""


def sayings(language: str, own: Mapping[str, str] | None = None) -> "Sayings":
    """The device's words in a language (`de-AT` finds `de`; English where there are none).

    `own` are a person's own words instead, by their names in `phrases.NAMES`; what nobody can speak is none.
    """
    known = _PHRASES.get(language.lower()[:2], ENGLISH)
    spoken = {name: _sentences(text) for name, text in (own or {}).items()}
    spoken = {name: said for name, said in spoken.items() if said}
    lines = {name: said for name, said in spoken.items() if name in LINES}
    troubles = {what: spoken.get(key(what), said) for what, said in known.troubles.items()}
    return Sayings(replace(known, lines=replace(known.lines, **lines), troubles=troubles))


def trouble(what: Trouble, language: str) -> Said:
    """What is wrong, and what to do, as sentences to be spoken one after the other."""
    return sayings(language).trouble(what)


def status(state: State, language: str, now: dt.datetime | None = None) -> Said:
    """See `Sayings.status`."""
    return sayings(language).status(state, now)


@dataclass(frozen=True, slots=True)
class Sayings:
    """All that the device says in one language; `lines` are those that never change."""

    phrases: Phrases

    @property
    def lines(self) -> Lines:
        """What is always said in the same words."""
        return self.phrases.lines

    def trouble(self, what: Trouble) -> Said:
        """What is wrong, and what to do."""
        return self.phrases.troubles[what]

    def session(self, title: str, frames: int | None = None) -> Said:
        """A session by its title, and how long it is where that is known."""
        return (self.title(title), *self.length(frames))

    def title(self, title: str) -> str:
        """A title, or a session's name, as a sentence."""
        return _sentence(title) or self.lines.unnamed[0]

    def length(self, frames: int | None) -> Said:
        """How long a session is; nothing where that is not known."""
        return (self.phrases.takes.format(self.phrases.numerals.amount(frames)),) if frames else ()

    def chosen(self, title: str, frames: int | None) -> Said:
        """That somebody has chosen."""
        return (*self.lines.this_is_chosen, *self.session(title, frames))

    def invitation(self, minute: int | None, title: str, frames: int | None) -> Said:
        """An evening's invitation: what time it is, and what is ready.

        `minute` is since midnight; None where nobody knows the time.
        """
        time = () if minute is None else (self._time(minute),)
        return (*time, *self.lines.invited, *self.session(title, frames), *self.lines.take_it)

    def missing(self, name: str) -> Said:
        """That a session of the settings cannot be found."""
        return (*self.lines.session_missing, self.title(name), *self.lines.look_at_settings)

    def status(self, state: State, now: dt.datetime | None = None) -> Said:
        """How the device is: what goes on, or what a press begins, the volume, what is wrong, what comes.

        With `now`, the day of what comes is said only where the time alone would be taken for another day.
        """
        return tuple(
            dict.fromkeys(
                [
                    *self.phrases.doings[state.doing],
                    *self._of_session(state),
                    *(self.lines.something_to_go_on if state.left_off and state.doing != "returning" else ()),
                    self._volume(state),
                    *(sentence for what in state.troubles for sentence in self.trouble(what)),
                    *self._coming(state, now),
                ]
            )
        )

    def everything(
        self,
        titles: Iterable[str],
        lengths: Iterable[int] = (),
        moments: Iterable[int] = (),
    ) -> Said:
        """Every sentence that may ever be said, each once: what is needed most comes first.

        `titles` are those of all sessions, and the names of those that the settings name; `lengths` are in
        frames, `moments` in minutes since midnight. See `lengths_in`, `moments_in` and `names_in`.
        """
        return tuple(dict.fromkeys(self._everything(titles, lengths, moments)))

    @property
    def most_needed(self) -> Said:
        """What has to be sayable when there is nothing left to read it from."""
        line = self.lines
        said = (
            *self.phrases.troubles.values(),
            line.no_space,
            line.no_microphone,
            line.no_journal,
            line.not_kept,
            line.kept,
            line.voice_failed,
            line.loudspeaker_back,
            line.hold_to_switch_off,
            line.staying,
            line.switching_off,
        )
        return tuple(dict.fromkeys(sentence for each in said for sentence in each))

    def _everything(
        self, titles: Iterable[str], lengths: Iterable[int], moments: Iterable[int]
    ) -> Iterator[str]:
        phrases, numerals = self.phrases, self.phrases.numerals
        yield from self.most_needed
        yield from (sentence for name in LINES for sentence in getattr(phrases.lines, name))
        yield from (sentence for said in phrases.doings.values() for sentence in said)
        yield from phrases.loudness
        yield from map(self.title, titles)
        yield from (sentence for frames in lengths for sentence in self.length(frames))
        for minute in moments:
            yield self._time(minute)
            yield self._next(minute)
        for frames in ABOUT:
            yield phrases.goes_on.format(numerals.about(frames))
            yield phrases.been.format(numerals.about(frames))
        yield from phrases.days

    def _of_session(self, state: State) -> Said:
        title = state.title or state.session
        if title is None or not (state.doing in _PLAYING or state.doing in _COMING):
            return () if title is None or state.doing != "preparing" else (self.title(title),)
        if state.doing in _COMING:
            session = self.session(title, state.frames)
            if state.doing == "inviting":
                return (*session, *self.lines.take_it)
            return (*self.lines.this_is_pressed, *session)
        about = self.phrases.numerals.about
        if state.frames is None:
            return (self.title(title), self.phrases.been.format(about(state.at)))
        return (self.title(title), self.phrases.goes_on.format(about(state.frames - state.at)))

    def _volume(self, state: State) -> str:
        under = state.ceiling - state.volume
        place = next((place for place, most in enumerate(_LOUDNESS) if under <= most), len(_LOUDNESS))
        return self.phrases.loudness[0 if place == 0 and state.night else place + 1]

    def _coming(self, state: State, now: dt.datetime | None) -> Said:
        if state.next is None:
            return () if "clock not set" in state.troubles else self.lines.nothing_by_the_clock
        try:
            moment = dt.datetime.fromisoformat(state.next)
        except ValueError:
            return ()
        said = self._next(moment.hour * 60 + moment.minute)
        if now is not None and _until(now, moment) < _SOON:
            return (said,)
        return (said, self.phrases.days[moment.weekday()])

    def _time(self, minute: int) -> str:
        return self.phrases.it_is.format(self.phrases.numerals.clock(minute))

    def _next(self, minute: int) -> str:
        numerals = self.phrases.numerals
        return self.phrases.next.format(numerals.clock(minute) + numerals.day_part(minute))


def _sentence(title: str) -> str:
    """A title as a sentence; nothing where there is nothing to speak in it."""
    words = "".join(letter if letter.isprintable() else " " for letter in title).split()
    if len(words) == 1:
        words = words[0].replace("-", " ").replace("_", " ").split()
    said = " ".join(words)
    if not any(letter.isalnum() for letter in said):
        return ""
    if len(said) > _LONGEST_TITLE:
        said = said[:_LONGEST_TITLE].rpartition(" ")[0] or said[:_LONGEST_TITLE]
    said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "?", "!", "…")) else f"{said.rstrip(',;:–—- ')}."


def moments_in(setting: Setting) -> tuple[int, ...]:
    """The times of the clock at which something begins, or sounds, by these settings; as minutes."""
    begun = (one.at - -(-one.rise // (60 * RATE)) for one in setting.wake)  # the minute in which it begins
    moments = (*(one.at for one in setting.invitations), *(one.at for one in setting.wake), *begun)
    return tuple(sorted({minute % DAY for minute in moments}))


def names_in(setting: Setting) -> tuple[str, ...]:
    """The sessions that these settings name: they may be missing, and that is then said."""
    played = (one.play for one in (setting.press, setting.double, setting.hold))
    invited = (one.play for one in setting.invitations)
    names = dict.fromkeys((*played, *invited, *setting.menu))
    return tuple(name for name in names if name not in _FOR_ITSELF)


def lengths_in(setting: Setting) -> tuple[int, ...]:
    """The lengths, in frames, that these settings ask for; those of the sessions come to it."""
    asked = (one.length for one in (setting.press, setting.double, setting.hold))
    invited = (one.length for one in setting.invitations)
    return tuple(dict.fromkeys(length for length in (*asked, *invited) if length))


def _sentences(text: str) -> Said:
    return tuple(sentence for block in paragraphs(text) for sentence in block)


def _until(now: dt.datetime, moment: dt.datetime) -> dt.timedelta:
    """From one to the other; as if no zone were known where one of them has none."""
    if (now.tzinfo is None) != (moment.tzinfo is None):
        now, moment = now.replace(tzinfo=None), moment.replace(tzinfo=None)
    return abs(moment - now)
