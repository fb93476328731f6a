"""The default voice: pyttsx3 on espeak-ng, in child processes that may be killed."""

import os
import re
import threading
from collections.abc import Collection
from pathlib import Path

import numpy as np

from guide.duration import RATE
from guide.errors import VoiceError
from guide.sound import Sound, linear
from guide.voices import Voice
from guide.voices.cache import Cached, Gains
from guide.voices.espeak import LIBRARIES
from guide.voices.finish import CALIBRATION, FINISHING, finish, gain_of, suits, toned
from guide.voices.identity import Identities
from guide.voices.pool import Pool, UnusableVoiceError, Worker, listing
from guide.voices.setting import DEFAULT, GAINS, MEASURED_WITH, TABLE, setting

MOST = 4
"""Processes at most, however many cores there are."""
_PATIENCE = 10.0
"""Seconds that the shortest sentence may take; the slowest board needs less than one."""
_PER_CHARACTER = 0.05
_LONGEST = 300
"""Characters in one utterance: pyttsx3's time grows with the square of the length."""
_BREATH = 0.15
"""Seconds between two utterances of one long sentence."""
_SHOWN = 60


def voice(setting: str, cache: Path | None, pinned: Collection[str], patience: float | None = None) -> Voice:
    """The default voice, or the espeak voice that `setting` names; with a cache folder, one that remembers.

    `GUIDE_ESPEAK` in the environment may ask for the `system` or the `embedded` library. Raises VoiceError
    for an espeak voice that is not there.
    """
    gains = Gains(cache / "voices" / "gains") if cache else None
    who = Identities(cache / "voices" / "who") if cache else None
    system = System(setting, library=library_asked(), patience=patience or _PATIENCE, gains=gains, who=who)
    if setting:
        _ = system.identity
    return Cached(system, cache / "voices", pinned=pinned) if cache else system


def library_asked() -> str:
    """Which espeak-ng the environment asks for, `auto` if it does not. Raises VoiceError."""
    asked = os.environ.get("GUIDE_ESPEAK") or "auto"
    if asked not in LIBRARIES:
        raise VoiceError(f"GUIDE_ESPEAK is '{asked}'; it can be {', '.join(LIBRARIES)}.")
    return asked


class System:
    """One espeak voice, spoken by pyttsx3; as many sentences at a time as there are cores."""

    def __init__(
        self,
        voice: str = "",
        *,
        library: str = "auto",
        patience: float = _PATIENCE,
        workers: int = 0,
        gains: Gains | None = None,
        who: Identities | None = None,
    ) -> None:
        """Nothing is started yet, and so an unknown voice is noticed at its first use.

        `voice` is an espeak name with its variant, such as `en-gb+f3`, or nothing for the default.
        `library`: see `guide.voices.espeak.LIBRARIES`. `patience` is in seconds: how long the shortest
        sentence may take. `workers`: how many processes there may be, 0 for as many as there are cores.
        """
        self._voice = voice or DEFAULT
        self._library = library
        self._patience = patience
        self._pool = Pool(workers or min(MOST, os.cpu_count() or 1), patience)
        self._gains: dict[tuple[float, float], float] = {}
        self._memory = gains
        self._who = who
        self._measuring = threading.Lock()
        self._asking = threading.Lock()
        self._identity = ""

    @property
    def identity(self) -> str:
        """See Voice. Raises VoiceError where there is no such voice, or no espeak."""
        if not self._identity:
            with self._asking:  # one process is started for it, and who waits may speak with that
                self._ask_who()
        return self._identity

    def _ask_who(self) -> None:
        if not self._identity and self._who:
            self._identity = self._who.get(self._voice, self._library)
        if self._identity:
            return
        try:
            with self._pool.worker(setting(self._voice, 1.0, 0.0, self._library)) as worker:
                self._learn(worker)
        except UnusableVoiceError:
            raise
        except VoiceError as error:
            raise VoiceError(
                f"The voice could not be started ({error}). Try again, or --voice hum."
            ) from error

    def _learn(self, worker: Worker) -> None:
        about = worker.about
        identity = f"pyttsx3 {about['pyttsx3']}, {about['engine']}, {self._voice}, table {TABLE}"
        if identity == self._identity:
            return
        self._identity = identity
        if self._who:
            self._who.put(self._voice, self._library, self._identity)

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        """See Voice. A sentence may be of any length. What fails is tried once more, in a new process."""
        gain = self.gain(pace, pitch)
        raw, rate = self._spoken(text, pace, pitch)
        return finish(raw, rate, gain)

    def recall(self, text: str, pace: float, pitch: float) -> int | None:  # noqa: ARG002 - it keeps nothing
        """See Voice."""
        return None

    def gain(self, pace: float, pitch: float) -> float:
        """See Voice. Measured once for each pace and pitch, on five sentences, where it is not known."""
        if self._voice == DEFAULT and (pace, pitch) in GAINS and self._was_measured():
            return GAINS[pace, pitch]
        if (known := self._gains.get((pace, pitch))) is not None:
            return known  # and nobody waits while another is being measured
        with self._measuring:
            known = self._gains.get((pace, pitch))
            if known is None:
                known = self._gains[pace, pitch] = self._remembered(pace, pitch)
        return known

    def close(self) -> None:
        """End the child processes now; otherwise they end with this object, or with this process."""
        self._pool.close()

    def _was_measured(self) -> bool:
        return any(f", {engine}" in self.identity for engine in MEASURED_WITH)

    def _remembered(self, pace: float, pitch: float) -> float:
        name = f"{self.identity}, {pace}, {pitch}, finishing {FINISHING}"
        gain = self._memory.get(name) if self._memory else None
        if gain is None:
            gain = gain_of(toned(*self._spoken(text, pace, pitch)) for text in CALIBRATION)
            if self._memory:
                self._memory.put(name, gain)
        return gain

    def _spoken(self, text: str, pace: float, pitch: float) -> tuple[Sound, int]:
        """Samples as espeak made them, and their rate in Hz."""
        pieces = _pieces(_plain(text))
        if not pieces:
            raise VoiceError(f"There is nothing to speak in “{text.strip()[:_SHOWN]}”.")
        spoken = [self._piece(piece, pace, pitch) for piece in pieces]
        rate = spoken[0][1]
        joined = spoken[0][0]
        for raw, _ in spoken[1:]:
            joined = np.concatenate([joined, np.zeros(round(_BREATH * rate), dtype=np.float32), raw])
        return joined, rate

    def _piece(self, text: str, pace: float, pitch: float) -> tuple[Sound, int]:
        wanted = setting(self._voice, pace, pitch, self._library)
        problem: VoiceError | None = None
        for fresh in (False, True):
            try:
                with self._pool.worker(wanted, fresh=fresh) as worker:
                    self._learn(worker)
                    return self._utterance(worker, text, pace)
            except UnusableVoiceError:
                raise
            except VoiceError as error:
                problem = error
        shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        raise VoiceError(
            f"The voice could not speak “{shown}” ({problem}). Try again, or another voice: --voice hum."
        )

    def _utterance(self, worker: Worker, text: str, pace: float) -> tuple[Sound, int]:
        file = worker.speak(text, self._patience + _PER_CHARACTER * len(text))
        try:
            raw, rate = _read(file)
        finally:
            file.unlink(missing_ok=True)
        heard = _core(raw)
        if not suits(text, round(len(heard) * RATE / rate), pace):
            raise VoiceError(f"{len(heard) / rate:.2f} s of sound do not suit its words")
        return heard, rate


def known() -> tuple[list[dict[str, str]], list[str]]:
    """The voices espeak has (`name`, `language`, `identifier`), and the variants each may have.

    Raises VoiceError.
    """
    about = listing(library_asked(), _PATIENCE)
    return about["voices"], about["variants"]


def _read(file: Path) -> tuple[Sound, int]:
    import soundfile

    try:
        samples, rate = soundfile.read(os.fspath(file), dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise VoiceError(f"its sound file cannot be read: {error}") from error
    return np.ascontiguousarray(samples[:, 0]), int(rate)


def _core(raw: Sound) -> Sound:
    """Without the silence that the engine puts at the ends."""
    heard = np.flatnonzero(np.abs(raw) > linear(-60.0))
    return raw[heard[0] : heard[-1] + 1] if heard.size else raw[:0]


def _plain(text: str) -> str:
    """The text as data: no control characters, which an engine might obey, and single spaces."""
    cleaned = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(cleaned.encode("utf-8", "ignore").decode().split())


def _pieces(text: str) -> list[str]:
    """A text in pieces of at most 300 characters, cut at a comma, else at a space, else anywhere."""
    pieces = []
    while len(text) > _LONGEST:
        start = text[:_LONGEST]
        cut = max((match.end() for match in re.finditer(r"[,;:.!?…—]\s", start)), default=0)
        cut = cut if cut > _LONGEST // 3 else start.rfind(" ") + 1 or _LONGEST
        pieces.append(text[:cut].strip())
        text = text[cut:]
    return [piece for piece in [*pieces, text.strip()] if any(character.isalnum() for character in piece)]
