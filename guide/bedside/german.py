"""The device's sentences in German."""

from dataclasses import dataclass

from guide.bedside.numerals import DAY, EXACT, nearest, parts_of
from guide.bedside.phrases import Lines, Phrases
from guide.duration import RATE

_ONES = (
    "null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
    "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
)  # fmt: skip
_TENS = (
    "",
    "zehn",
    "zwanzig",
    "dreißig",
    "vierzig",
    "fünfzig",
    "sechzig",
    "siebzig",
    "achtzig",
    "neunzig",
)


@dataclass(frozen=True, slots=True)
class German:
    """`zehn`, `fünfundzwanzig Minuten`, `halb elf`."""

    def number(self, count: int) -> str:
        """Of 0 to 99, as it stands before another word: `ein`."""
        if count < len(_ONES):
            return _ONES[count]
        ten, one = divmod(count, 10)
        return (f"{_ONES[one]}und" if one else "") + _TENS[ten]

    def amount(self, frames: int) -> str:
        hours, minutes, half, seconds = parts_of(frames)
        if seconds:
            return f"{self.number(seconds)} Sekunden"
        if half:
            return f"{self.number(minutes)}einhalb Minuten"
        parts = [self._counted(hours, "Stunde"), self._counted(minutes, "Minute")]
        return " und ".join(part for part in parts if part)

    def about(self, frames: int) -> str:
        minutes = nearest(frames)
        if minutes is None:
            return "mehr als eine Stunde"
        if not minutes:
            return "weniger als eine Minute"
        said = self.amount(minutes * 60 * RATE)
        return said if minutes <= EXACT else f"etwa {said}"

    def clock(self, minute: int) -> str:
        hour, past = divmod(minute % DAY, 60)
        if not past:
            return f"{self.number((hour - 1) % 12 + 1)} Uhr" if hour else "Mitternacht"
        to = past >= 30
        count = (hour + to - 1) % 12 + 1
        named = "eins" if count == 1 else self.number(count)
        if past == 30:
            return f"halb {named}"
        between = 60 - past if to else past
        words = "Viertel" if between == 15 else self._minutes(between)
        return f"{words} {'vor' if to else 'nach'} {named}"

    def day_part(self, minute: int) -> str:
        if not minute % DAY:
            return ""
        hour = minute % DAY // 60
        for until, part in ((4, "nachts"), (11, "morgens"), (14, "mittags"), (18, "nachmittags")):
            if hour < until:
                return f" {part}"
        return " abends" if hour < 22 else " nachts"

    def _minutes(self, count: int) -> str:
        return self.number(count) if count % 5 == 0 else self._counted(count, "Minute")

    def _counted(self, count: int, what: str) -> str:
        if not count:
            return ""
        return f"eine {what}" if count == 1 else f"{self.number(count)} {what}n"


_STECKER = "Wenn es hell ist, könntest du es aus- und wieder einstecken."
_PLATZ = "Wenn es hell ist, könnten ältere an einen anderen Ort kommen."
_LAUT = "Du kannst es trotzdem laut sagen, oder es für heute lassen."
_WEITER = "Ein Druck auf den Knopf, und es geht dort weiter."

GERMAN = Phrases(
    lines=Lines(
        ready=("Ich bin da.", "Ein Druck auf den Knopf beginnt, wann du magst."),
        power_was_gone=("Der Strom war eine Weile weg, und ich bin wieder da.",),
        recovered=("Der Strom war eine Weile weg.", "Was du bis dahin gesagt hast, ist aufgehoben."),
        going_on_offer=("Eine Sitzung wurde unterbrochen.", _WEITER),
        going_on=("Es geht dort weiter, wo es war.",),
        nothing_to_go_on=("Es gibt nichts, womit es weitergehen könnte.",),
        something_to_go_on=("Es gibt eine Sitzung, mit der es weitergehen kann.",),
        menu_intro=(
            "Ein Druck bringt die nächste.",
            "Zweimal kurz ändert ihre Länge.",
            "Langes Drücken beginnt sie.",
        ),
        menu_end=("Der nächste Druck beginnt, was du zuletzt gehört hast.",),
        menu_empty=("Es gibt keine Sitzung zum Auswählen.",),
        one_length=("Für diese gibt es keine andere Länge.",),
        begins=("Es beginnt.",),
        this_is_pressed=("Ein Druck auf den Knopf beginnt diese Sitzung.",),
        this_is_chosen=("Das ist gewählt.",),
        invited=("Etwas ist für dich bereit.",),
        take_it=("Ein Druck auf den Knopf beginnt, wenn du magst.",),
        nothing_by_the_clock=("Von selbst läutet nichts.",),
        waking=("Guten Morgen.", "Ein Druck, und es ist still."),
        offer=("Ein Druck, und ich höre zu.", "Ohne ihn endet es hier."),
        offer_at_night=("Ein Druck, und ich höre zu.", "Ohne ihn: gute Nacht."),
        listening=("Ich höre zu.", "Ein Druck beendet es."),
        no_longer_listening=("Ich höre nicht mehr zu.",),
        kept=("Es ist aufgehoben.",),
        not_kept=("Es konnte nicht aufgehoben werden.", "Wenn du magst, ist ein andermal Zeit dafür."),
        not_heard=("Von deiner Stimme kommt nichts an.", "Vielleicht ist das Mikrofon ausgeschaltet."),
        no_microphone=("Ich finde kein Mikrofon, darum wird nichts aufgenommen.", _LAUT),
        no_space=("Für eine Aufnahme ist kein Platz.", _LAUT),
        no_journal=("Das Tagebuch geht nicht auf, darum wird nichts aufgenommen.", _LAUT),
        unnamed=("Sie hat keinen Namen.",),
        session_missing=("Eine Sitzung aus den Einstellungen ist nicht da.",),
        look_at_settings=("Wenn es hell ist, könntest du die Einstellungen ansehen.",),
        out_of_reach=("So lang oder so kurz geht es nicht.", "Es dauert so lange wie gewöhnlich."),
        voice_failed=(
            "Diese kann gerade nicht gesprochen werden.",
            "Vielleicht geht eine andere, oder diese später.",
        ),
        setting_taken=("Die Einstellungen stimmen wieder, und ich folge ihnen.",),
        loudspeaker_back=("Der Lautsprecher ist wieder da.",),
        louder=("Ein wenig lauter.",),
        quieter=("Ein wenig leiser.",),
        loudest=("Lauter geht es nicht.",),
        loudest_at_night=("Lauter geht es nachts nicht.",),
        softest=("Leiser geht es nicht.",),
        hold_to_switch_off=("Wenn du weiter drückst, schalte ich mich aus.", "Wenn du loslässt, bleibe ich."),
        staying=("Ich bleibe.",),
        switching_off=("Ich schalte mich aus.", "Ein Druck jetzt, und ich bleibe."),
        good_night=("Gute Nacht.",),
    ),
    troubles={
        "no loudspeaker": (
            "Ich finde meinen Lautsprecher nicht.",
            "Wenn es hell ist, könntest du ihn aus- und wieder einstecken.",
        ),
        "no microphone": ("Ich finde kein Mikrofon, darum kann nichts aufgenommen werden.", _STECKER),
        "muted": (
            "Vom Mikrofon kommt kein Ton.",
            "Vielleicht hat es einen Schalter, an sich oder am Kabel, den man im Dunkeln fühlen kann.",
        ),
        "disk nearly full": ("Für Aufnahmen ist nur noch wenig Platz.", _PLATZ),
        "disk full": ("Für Aufnahmen ist kein Platz mehr.", "Die Sitzungen laufen wie sonst.", _PLATZ),
        "clock not set": (
            "Ich weiß nicht, wie spät es ist, darum läutet bis dahin nichts von selbst.",
            "Ein Druck auf den Knopf beginnt trotzdem eine Sitzung.",
            "Wenn es hell ist, könntest du mich mit einem Netz verbinden, dort finde ich die Zeit.",
        ),
        "under-voltage": (
            "Mein Netzteil ist zu schwach.",
            "Wenn es hell ist, könntest du mir ein stärkeres geben, oder ein kürzeres Kabel.",
        ),
        "battery low": (
            "Mein Akku ist fast leer.",
            "Mit eingestecktem Stromkabel bleibe ich durch die Nacht.",
        ),
        "hot": (
            "Mir ist recht warm geworden.",
            "Wenn etwas auf mir liegt, könntest du es wegnehmen, damit Luft zu mir kommt.",
        ),
        "setting broken": (
            "In den Einstellungen ist ein Fehler, darum mache ich mit den früheren weiter.",
            "Wenn es hell ist, könntest du die Einstellungen ansehen.",
        ),
        "no voice": (
            "Die Stimme für die Sitzungen antwortet nicht, darum laufen vielleicht nicht alle.",
            "Wenn es hell ist, könntest du mich aus- und wieder einschalten.",
        ),
        "no journal": (
            "Das Tagebuch geht nicht auf, darum kann nichts aufgenommen werden.",
            "Die Sitzungen laufen wie sonst.",
            "Wenn es hell ist, könntest du es von einem Rechner aus ansehen.",
        ),
    },
    doings={
        "starting": ("Ich mache mich bereit.",),
        "waiting": ("Ich bin da.",),
        "speaking": ("Ich bin da.",),
        "choosing": ("Du wählst eine Sitzung.",),
        "inviting": ("Eine Einladung wartet auf dich.",),
        "returning": ("Eine Sitzung wurde unterbrochen.", _WEITER),
        "preparing": ("Eine Sitzung wird bereit gemacht.",),
        "playing": ("Eine Sitzung läuft.",),
        "paused": ("Die Sitzung ruht.", "Ein Druck, und sie geht weiter."),
        "lost": ("Die Sitzung wartet auf ihren Lautsprecher.",),
        "landing": ("Die Sitzung kommt zu ihrem Ende.",),
        "offering": ("Es ist Zeit, etwas zu sagen.", "Ein Druck, und ich höre zu."),
        "asking": ("Es gibt eine Frage, und etwas Stille.",),
        "listening": ("Ich höre zu.", "Ein Druck beendet es."),
        "waking": ("Es ist Zeit aufzuwachen.", "Ein Druck, und es ist still."),
        "leaving": ("Ich schalte mich gleich aus.", "Ein Druck jetzt, und ich bleibe."),
        "off": ("Ich bin aus.",),
    },
    loudness=(
        "Ich bin so laut, wie es nachts geht.",
        "Ich bin so laut, wie es geht.",
        "Ich bin eher laut.",
        "Ich bin weder laut noch leise.",
        "Ich bin eher leise.",
        "Ich bin sehr leise.",
    ),
    days=tuple(
        f"Das ist am {day}."
        for day in ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
    ),
    takes="Sie dauert {}.",
    been="Sie läuft jetzt {}.",
    goes_on="Sie geht noch {}.",
    it_is="Es ist {}.",
    next="Von selbst melde ich mich um {}.",
    numerals=German(),
)
