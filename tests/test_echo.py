"""The listener's own words in a session: chosen, levelled, at their frame, and nowhere else."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from keeping import DAWN, folders, sealed_from_now_on, spoken, voice
from meditations import material, script
from rooms import sung

from guide.arrange import Material
from guide.cli import guide as program
from guide.desk import echoes
from guide.duration import RATE, frames
from guide.echo import again, found, heard, levelled
from guide.errors import GuideError
from guide.expand import Circumstances, Silence, Wanted, expand, wanted
from guide.folders import Folders
from guide.journal import Entry, Journal
from guide.journal.echoes import LONGEST, candidates
from guide.library import Library
from guide.live import begin, go_on
from guide.loudness import integrated, true_peak
from guide.render import SLEEP_LUFS, VOICE_LUFS, block
from guide.saved import KeptEcho, Saved
from guide.script.models import Script
from guide.script.steps import LONGEST_ECHO
from guide.session import Prepared, Wish, prepare, resume
from guide.sound import Sound
from guide.voices.hum import Hum

LIBRARY = Library.find(Folders(Path("no"), Path("no"), Path("no"), Path("no")))
HUM = Hum()
WEEK = dt.timedelta(days=7)
OWN = Wanted("self-love", aged=False)

EVENING = """
    title: Evening
    kind: resting
    length: {shortest: 20s, usual: 40s, longest: 60s}
    steps:
      - say: Here you are.
      - echo: {from: self-love, else: [say: You are welcome here.]}
      - say: That is all.
      - rest: {about: 10s, least: 1s, most: 45s}
"""
RESTED = EVENING.replace("- echo", "- rest: {about: 6s, least: 3s, most: 20s}\n      - echo")


@pytest.fixture
def home(tmp_path: Path) -> Folders:
    return folders(tmp_path)


@pytest.fixture
def journal(home: Folders) -> Journal:
    return Journal.open(home)


def agreed(journal: Journal, seconds: float = 4, seed: int = 5, now: dt.datetime = DAWN) -> Entry:
    return journal.agree(spoken(journal, seconds, seed, now).id, agreed=True)


def ready(
    one: Script, journal: Journal, seconds: float = 40, now: dt.datetime = DAWN, **wish: str
) -> Prepared:
    found_ = found(journal, wanted(one), DAWN)
    return prepare(one, Wish(frames(seconds), "a", "none", echoes=found_), HUM, LIBRARY)


def whole(prepared: Prepared) -> Sound:
    return block(prepared.mix, 0, prepared.timeline.frames)


# ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────

MOMENTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))
ENTRIES = st.builds(
    Entry,
    id=st.integers(1, 10_000),
    created=MOMENTS | st.just(dt.datetime(2026, 1, 1)),
    session=st.sampled_from(["self-love", "evening", None]),
    title=st.none(),
    session_frames=st.none(),
    question=st.sampled_from(["One kind sentence?", None]),
    kind=st.sampled_from(["spoken", "spoken", "written", "marked"]),
    recording=st.sampled_from(["000001.flac", None]),
    frames=st.sampled_from([0, 1, LONGEST, LONGEST + 1]),
    deleted=st.none() | MOMENTS,
    state=st.sampled_from(["kept", "kept", "recording"]),
    sealed=st.sampled_from([None, b"age"]),
    echo=st.booleans(),
)


@given(st.lists(ENTRIES, unique_by=lambda entry: entry.id), MOMENTS, st.booleans())
def test_only_what_was_agreed_to_is_chosen_and_the_newest_first(
    entries: list[Entry], now: dt.datetime, aged: bool
) -> None:
    chosen = candidates(entries, "self-love", now, aged=aged)
    numbers = [entry.id for entry in chosen]
    assert numbers == sorted(numbers, reverse=True)
    for entry in chosen:
        assert (entry.echo, entry.kind, entry.state) == (True, "spoken", "kept")
        assert (entry.session, entry.deleted) == ("self-love", None)
        assert 0 < entry.frames <= 20 * RATE
        assert entry.recording
        assert not aged or now - entry.created >= WEEK
    good = Entry(20_000, now - WEEK, "self-love", None, None, "One?", "spoken", None, "a.flac", 1, echo=True)
    assert candidates([*entries, good], "self-love", now, aged=aged)[0] == good
    early = replace(good, created=now + dt.timedelta(days=365))
    assert (early in candidates([early], "self-love", now, aged=aged)) is not aged


def test_the_length_of_an_echo_is_known_alike_to_the_script_and_the_journal() -> None:
    assert LONGEST == LONGEST_ECHO == 20 * RATE


def test_of_two_the_latest_is_taken_or_the_latest_that_is_a_week_old(journal: Journal) -> None:
    older = agreed(journal, seed=1, now=DAWN - WEEK)
    newer = agreed(journal, seed=2, now=DAWN - WEEK + dt.timedelta(seconds=1))
    takes = found(journal, [OWN, Wanted("self-love", aged=True), Wanted("evening", aged=False)], DAWN)
    assert {name: one.number for name, one in takes.items()} == {
        "self-love": newer.id,
        "self-love, a week ago": older.id,
    }


def test_a_file_that_is_not_what_it_was_gives_way_to_the_one_before(journal: Journal) -> None:
    older, newer = agreed(journal, seed=1), agreed(journal, seed=2)
    path = journal.path(newer)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert found(journal, [OWN], DAWN)["self-love"].number == older.id
    journal.path(older).unlink()
    assert found(journal, [OWN], DAWN) == {}


def test_what_was_taken_back_deleted_or_never_agreed_to_is_not_played(journal: Journal) -> None:
    spoken(journal)
    assert found(journal, [OWN], DAWN) == {}
    entry = agreed(journal)
    assert found(journal, [OWN], DAWN)
    journal.delete(entry.id)
    assert found(journal, [OWN], DAWN) == {}
    journal.restore(entry.id)
    journal.agree(entry.id, agreed=False)
    assert found(journal, [OWN], DAWN) == {}


def test_what_is_longer_or_written_cannot_be_agreed_to(journal: Journal) -> None:
    long = spoken(journal, 20.1)
    written = journal.write("Be well.", session="self-love")
    for entry in (long, written):
        with pytest.raises(GuideError, match="20 seconds or less"):
            journal.agree(entry.id, agreed=True)
        journal.store.change(entry.id, echo=True)  # as nothing here does
    assert found(journal, [OWN], DAWN) == {}
    assert agreed(journal, 20).frames == LONGEST


# ── sound ────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 0.9), st.sampled_from([2.0, 3.0]), st.integers(0, 5))
def test_it_is_as_loud_as_the_voice_and_never_too_loud(level: float, seconds: float, seed: int) -> None:
    take = np.asarray(voice(seconds, seed) * np.float32(level / 0.06), dtype=np.float32)
    take[len(take) // 2 :: 4000] *= np.float32(6)  # clicks, as lips make them
    sound = levelled(take)
    assert sound is not None
    assert sound.shape == take.shape
    assert sound.dtype == np.float32
    assert sound[0] == sound[-1] == 0
    assert true_peak(sound) <= -1.99
    assert integrated(sound) + 3.01 == pytest.approx(-18, abs=1)


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.0), (0.2, 6.0), (5.0, 0.1), (4.0, 9.0)])
def test_the_quiet_around_it_is_left_out_but_for_a_moment(
    journal: Journal, tmp_path: Path, before: float, after: float
) -> None:
    said = np.concatenate([sung(220, length=2.0, pause=0.3), sung(180, length=1.5, pause=0.0)])
    sound = np.concatenate([np.zeros(frames(before)), said * 0.05, np.zeros(frames(after))])
    take = np.asarray(sound + np.random.default_rng(2).normal(0, 0.0005, len(sound)), dtype=np.float32)
    recording = journal.begin(
        session="self-love", title=None, session_frames=None, question="Who is here?", now=DAWN
    )
    recording.take.write(take)
    kept = journal.keep(recording)
    assert kept is not None
    entry = journal.agree(kept.id, agreed=True)
    file = journal.path(entry).read_bytes()
    echo = found(journal, [OWN], DAWN)["self-love"]
    assert echo.sample
    wanted_ = min(before, 0.3) + 3.8 + min(after, 0.3)
    assert echo.frames == echo.sample.frames == pytest.approx(frames(wanted_), abs=frames(0.1))
    assert entry.frames == len(take)
    assert journal.path(entry).read_bytes() == file
    prepared = ready(script(EVENING), journal)
    (event,) = [event for event in prepared.timeline.events if event.kind == "echo"]
    assert event.frames == echo.frames
    Saved(tmp_path / "state").begin(prepared.plan)
    plan = Saved(tmp_path / "state").unfinished()
    assert plan is not None
    after_ = resume(plan, HUM, LIBRARY, echoes=again(journal, plan.echoes))
    assert after_.timeline == prepared.timeline
    piece = slice(event.start, event.end)
    assert np.array_equal(whole(after_)[piece], whole(prepared)[piece])
    assert whole(after_)[piece].any()


def test_a_voice_that_is_hardly_louder_than_its_room_is_left_whole() -> None:
    said = np.concatenate([np.zeros(frames(3)), sung(220, length=2.0, pause=3.0)])
    room = np.random.default_rng(2).normal(0, 1, len(said))
    for above, trimmed in ((6, False), (25, True)):
        loud = said * (10 ** (above / 20) / np.sqrt(np.mean(np.square(said[said != 0]))))
        sound = levelled(np.asarray((loud + room) * 0.005, dtype=np.float32))
        assert sound is not None
        assert (len(sound) < len(said)) is trimmed


def test_silence_is_no_echo_and_a_whisper_is_not_made_a_storm(journal: Journal) -> None:
    assert levelled(np.zeros(RATE, dtype=np.float32)) is None
    faint = levelled(np.asarray(voice(2) * np.float32(0.001), dtype=np.float32))
    assert faint is None or float(np.abs(faint).max()) < 0.01
    assert heard(journal, spoken(journal)) is not None


def test_what_is_kept_is_not_changed(journal: Journal) -> None:
    entry = agreed(journal)
    before = journal.path(entry).read_bytes()
    assert ready(script(EVENING), journal).sounds.echoes
    assert journal.path(entry).read_bytes() == before


# ── in a session ─────────────────────────────────────────────────────────────────────────────────────────


@given(st.sampled_from([EVENING, RESTED]), st.integers(RATE, LONGEST), st.integers(frames(36), frames(50)))
def test_with_and_without_it_a_session_lasts_what_was_asked(text: str, echo: int, target: int) -> None:
    one = script(text)
    without = material(one, target)
    items = expand(one, Circumstances(target, "today", echoes={"self-love": echo}))
    with_it = Material(items, material(one, target).clips, without.bells)
    for each in (without, with_it):
        assert each.arranged(target).frames == target
    events = with_it.arranged(target).events
    (event,) = [event for event in events if event.kind == "echo"]
    before, after = (event for event in events if event.kind == "speech")
    assert event.frames == echo
    assert event.start - before.end >= frames(3)
    assert after.start - event.end >= frames(3)
    assert not any(event.kind == "echo" for event in without.arranged(target).events)
    assert "You are welcome here." in [event.text for event in without.arranged(target).events]


def test_a_silence_of_its_own_stands_in_for_the_breath() -> None:
    items = expand(script(RESTED), Circumstances(frames(40), "a", echoes={"self-love": RATE}))
    assert [type(item) is Silence and item.written for item in items].count(True) == 2
    assert len(items) == 6  # a sentence, the rest, the echo, a breath, a sentence, the rest


@pytest.mark.parametrize("kind", ["resting", "sleep"])
def test_it_is_heard_at_its_very_frame_and_nowhere_else(journal: Journal, kind: str) -> None:
    entry = agreed(journal)
    prepared = ready(script(EVENING.replace("kind: resting", f"kind: {kind}")), journal)
    (event,) = [event for event in prepared.timeline.events if event.kind == "echo"]
    assert (event.frames, event.sound, event.text) == (entry.frames, "self-love", "")
    alone = whole(prepared) - whole(prepared.unechoed())
    sample = heard(journal, entry)
    assert sample
    wanted_ = sample.read(0, sample.frames)
    wanted_ = wanted_ * np.float32(10 ** ((SLEEP_LUFS - VOICE_LUFS) / 20)) if kind == "sleep" else wanted_
    for side in (0, 1):
        assert np.allclose(alone[event.start : event.end, side], wanted_, atol=1e-6)
    assert not alone[: event.start].any()
    assert not alone[event.end :].any()
    around = whole(prepared)
    assert not around[event.start - frames(2.9) : event.start].any()
    assert not around[event.end : event.end + frames(2.9)].any()


def test_a_bed_gives_way_to_it_as_to_a_sentence(journal: Journal) -> None:
    agreed(journal)
    prepared = ready(script(RESTED), journal, 60)
    (event,) = [event for event in prepared.timeline.events if event.kind == "echo"]
    at, up = prepared.mix.ease
    assert np.interp(event.start, at, up) == np.interp(event.end - 1, at, up) == 0.0


def test_where_it_does_not_fit_the_session_goes_without(journal: Journal) -> None:
    agreed(journal, 20)
    for made in (
        ready(script(EVENING), journal, 20),
        begin(script(EVENING), Wish(frames(20), echoes=found(journal, [OWN], DAWN)), HUM, LIBRARY).prepared,
    ):
        assert made.timeline.frames == frames(20)
        assert [event.text for event in made.timeline.speech()][1] == "You are welcome here."
        assert made.plan.echoes == ()


@pytest.mark.parametrize("live", [True, False])
def test_a_session_that_is_gone_on_with_plays_the_same_take(
    journal: Journal, tmp_path: Path, live: bool
) -> None:
    first = agreed(journal, seed=1)
    one = script(EVENING)
    if live:
        before = begin(one, Wish(frames(40), "a", echoes=found(journal, [OWN], DAWN)), HUM, LIBRARY).prepared
    else:
        before = ready(one, journal)
    Saved(tmp_path / "state").begin(before.plan)
    agreed(journal, 7, seed=2)

    def later() -> Prepared:
        plan = Saved(tmp_path / "state").unfinished()
        assert plan is not None
        assert [(kept.number, kept.checksum) for kept in plan.echoes] == [(first.id, first.checksum)]
        played = again(journal, plan.echoes)
        if not plan.silences:
            return resume(plan, HUM, LIBRARY, echoes=played)
        return go_on(plan, one, Wish(echoes=played), HUM, LIBRARY).prepared

    after = later()
    assert after.timeline == before.timeline
    (event,) = [event for event in after.timeline.events if event.kind == "echo"]
    piece = slice(event.start, event.end)
    assert np.array_equal(whole(after)[piece], whole(before)[piece])
    assert whole(after)[piece].any()
    journal.agree(first.id, agreed=False)
    after = later()
    assert after.timeline == before.timeline
    assert not whole(after)[piece].any()


@pytest.mark.parametrize(
    "echo", ["text", [["self-love", 1]], [["a", "1", "c", 4]], [["a", 1, "c", -4]], [3], {}]
)
def test_a_saved_echo_that_is_none_is_no_session(journal: Journal, tmp_path: Path, echo: object) -> None:
    Saved(tmp_path).begin(ready(script(EVENING), journal).plan)
    path = tmp_path / "session.json"
    kept = json.loads(path.read_text())
    assert kept["echoes"] == []
    path.write_text(json.dumps({**kept, "echoes": echo}))
    assert (Saved(tmp_path).unfinished() is None) is (echo != {})
    del kept["echoes"]  # from before there were any
    path.write_text(json.dumps(kept))
    assert Saved(tmp_path).unfinished() is not None


# ── the journal, where there is one ──────────────────────────────────────────────────────────────────────


def test_the_journal_is_opened_for_an_echo_alone_and_none_is_made(
    home: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert echoes.for_script(script(EVENING), home) == {}
    assert not home.data.exists()
    agreed(Journal.open(home), now=dt.datetime.now().astimezone())
    assert list(echoes.for_script(script(EVENING), home)) == ["self-love"]

    def opened(*_: object) -> None:
        raise AssertionError("The journal was opened.")

    monkeypatch.setattr(echoes, "_journal", opened)
    assert echoes.for_script(script("steps: [say: Here.]"), home) == {}


@pytest.mark.parametrize("broken", ["empty", "noise", "folder", "before"])
def test_a_broken_journal_is_as_one_with_nothing_in_it(home: Folders, broken: str) -> None:
    journal = Journal.open(home)
    agreed(journal)
    path = journal.store.path
    if broken == "before":
        with journal.store.transaction() as db:
            db.execute("ALTER TABLE entries DROP COLUMN echo")
    else:
        path.unlink()
        for beside in home.data.glob("journal.db-*"):
            beside.unlink()
        path.mkdir() if broken == "folder" else path.write_bytes(b"" if broken == "empty" else b"no" * 5000)
    assert echoes.for_script(script(EVENING), home) == {}


# ── what is said of it ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(*words: str) -> str:
    return CliRunner().invoke(program, words).output


HEAD = "guide: 1\ntitle: One\nlength: {shortest: 20s, usual: 40s, longest: 60s}\nsteps:\n  - say: Here.\n"
REST = "  - rest: {about: 10s, least: 1s, most: 45s}\n"
OFFER = "reflection:\n  questions:\n    - {ask: One kind sentence?, listen: 20s, echo: offer}\n"


def test_an_echo_for_which_nothing_is_recorded_is_a_problem_but_played(person: Path) -> None:
    (person / "one.yaml").write_text(HEAD + "  - echo: {else: [say: Yes.]}\n" + REST)
    (person / "two.yaml").write_text(HEAD + "  - echo: {from: one, else: [say: Yes.]}\n" + REST + OFFER)
    (person / "three.yaml").write_text(HEAD + "  - echo: {from: nine, else: [say: Yes.]}\n" + REST)
    (person / "four.yaml").write_text(HEAD + "  - echo: {from: two, else: [say: Yes.]}\n" + REST)
    (person / "five.yaml").write_text(HEAD + "  - echo: {from: self-love, else: [say: Yes.]}\n" + REST)
    lines = told("check", ".").splitlines()
    nothing = "'one' records nothing that could be played; give one of its questions 'echo: offer'"
    assert lines == [
        f"one.yaml:6:5: {nothing}",
        "three.yaml:6:5: there is no session called 'nine' from which something could be played",
        f"two.yaml:6:5: {nothing}",
    ]
    assert CliRunner().invoke(program, ["show", "./three.yaml", "--voice", "hum"]).exit_code == 0


def test_a_rendered_file_has_nobodys_voice_in_it_unless_asked(person: Path) -> None:
    from guide.desk import Desk

    (person / "one.yaml").write_text(HEAD + "  - echo: {from: self-love, else: [say: Yes.]}\n" + REST)
    agreed(Journal.open(Desk.laid().folders))
    words = ("render", "./one.yaml", "--voice", "hum", "-o", "one.wav", "--cues", "one.json")
    for more, kinds in (((), 0), (("--with-echo",), 1)):
        done = CliRunner().invoke(program, [*words, *more, "--captions", "one.vtt"])
        assert done.exit_code == 0, done.output
        cues = json.loads((person / "one.json").read_text())
        own = [event for event in cues["events"] if event["kind"] == "echo"]
        assert [(one["frames"], one["sound"], one.keys()) for one in own] == [
            (4 * RATE, "self-love", {"kind", "start", "frames", "sound"})
        ] * kinds
        assert cues["frames"] == frames(40)
        assert ("Yes." in (person / "one.vtt").read_text()) is not kinds
    shown = told("show", "./one.yaml", "--voice", "hum")
    assert "your own words" in shown
    assert "Your own words from" in told("show", "./one.yaml", "--voice", "hum", "--svg", "-")


def test_what_was_agreed_to_is_shown_and_taken_back(person: Path) -> None:
    from guide.desk import Desk

    entry = agreed(Journal.open(Desk.laid().folders))
    assert "may play entry 1;" in told("journal", "echo", "1")
    assert "Sessions may play it" in told("journal", "show", "1")
    assert json.loads(told("journal", "show", "1", "--json"))["echo"] is True
    assert "It stays in the journal" in told("journal", "echo", "1", "--off")
    assert told("journal", "echo", "1") == "No session plays entry 1.\n"
    assert Journal.open(Desk.laid().folders).entry(entry.id).echo is False


def test_what_is_sealed_is_played_to_whoever_has_the_key(home: Folders) -> None:
    journal = Journal.open(home)
    key = sealed_from_now_on(journal)
    entry = agreed(journal)
    before = journal.path(entry).read_bytes()
    assert echoes.for_script(script(EVENING), home) == {}
    (echo,) = echoes.for_script(script(EVENING), home, key).values()
    assert (echo.number, echo.frames) == (entry.id, 4 * RATE)
    wanted_ = levelled(voice(4))
    assert echo.sample
    assert wanted_ is not None
    assert np.abs(echo.sample.read(0, echo.frames) - wanted_).max() < 0.01
    assert journal.path(entry).read_bytes() == before


def test_only_the_newest_of_what_is_sealed_is_opened(home: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.open(home)
    key = sealed_from_now_on(journal)
    first, last = agreed(journal), agreed(journal, seed=6)
    elsewhere = spoken(journal, 4).id
    journal.store.change(journal.agree(elsewhere, agreed=True).id, session="evening")
    read = list[int]()

    def opened(self: Journal, entry: Entry) -> Entry:
        read.append(entry.id)
        return real(self, entry)

    real = Journal.opened
    monkeypatch.setattr(Journal, "opened", opened)
    (echo,) = echoes.for_script(script(EVENING), home, key).values()
    assert (echo.number, read) == (last.id, [last.id])
    journal.path(last).unlink()
    (echo,) = echoes.for_script(script(EVENING), home, key).values()
    assert echo.number == first.id


def test_another_recording_under_the_same_number_is_not_played_instead(journal: Journal) -> None:
    entry = agreed(journal)
    kept = KeptEcho("self-love", entry.id, entry.checksum or "", entry.frames)
    others = (
        kept._replace(checksum="0" * 64),
        kept._replace(frames=kept.frames + 1),
        kept._replace(number=9),
    )
    for other in others:
        (echo,) = again(journal, [other]).values()
        assert (echo.sample, echo.frames) == (None, other.frames)
    assert again(journal, [kept])["self-love"].sample
    assert again(None, [kept])["self-love"].sample is None


def test_a_session_that_goes_to_a_file_for_want_of_a_loudspeaker_holds_nobodys_voice(
    journal: Journal,
) -> None:
    agreed(journal)
    live = begin(script(EVENING), Wish(frames(40), "a", echoes=found(journal, [OWN], DAWN)), HUM, LIBRARY)
    assert live.prepared.sounds.echoes
    written = live.whole()
    assert not written.sounds.echoes
    assert not written.plan.echoes
    assert [event.text for event in written.timeline.speech()][1] == "You are welcome here."
    left = ready(script(EVENING), journal)
    assert not left.unechoed().sounds.echoes
