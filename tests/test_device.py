"""The device on a fake clock: each gesture, each offer, each trouble, each end."""

import datetime as dt
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bedside_life import EVENING, Life

from guide.bedside.condition import Condition
from guide.bedside.cut import Marker
from guide.bedside.events import Changed, Gestured, Leave, Order, Ordered
from guide.bedside.setting import Deed, Invitation, Night, Setting, Waking
from guide.config import Config
from guide.duration import RATE, frames
from guide.errors import GuideError
from guide.journal import Journal
from guide.saved import Saved
from guide.sound import peak
from guide.voices.hum import Hum

SHORT = """
guide: 1
title: A Short One
length: {shortest: 5s, usual: 40s, longest: 120s}
steps:
  - part: One
    steps:
      - say: Here it is.
      - rest: {about: 5s, least: 0.1s, most: 45s}
  - part: Two
    steps:
      - say: And here.
      - rest: {about: 5s, least: 0.1s, most: 45s}
reflection:
  questions:
    - ask: What did you notice?
      listen: 20s
"""
OTHER = SHORT.replace("A Short One", "Another").partition("reflection:")[0]
SPOKEN = np.tile(Hum().speak("There is something here.", 1.0, 0.0), 3)


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """A device whose press begins a session of forty seconds."""
    scripts = tmp_path / "data" / "scripts"
    scripts.mkdir(parents=True)
    (scripts / "short.yaml").write_text(SHORT)
    (scripts / "other.yaml").write_text(OTHER)
    setting = Setting(press=Deed(play="short"), menu=("other", "short"), night=Night(begins=23 * 60))
    return Life(tmp_path, setting, said=SPOKEN)


def journal(life: Life) -> Journal:
    return Journal.open(life.folders)


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_press_begins_a_session_and_what_is_said_after_it_is_kept(life: Life) -> None:
    with life.on():
        life.press()
        began = life.clock.elapsed()
        state = life.until("playing")
        assert (state.session, state.title, state.frames) == ("short", "A Short One", frames(40))
        life.until("offering")
        assert life.clock.elapsed() - began < 43
        life.press()
        life.until("asking")
        life.press()
        life.until("listening")
        life.wait(8)
        life.press()
        life.until("waiting")
    (entry,) = journal(life).entries()
    assert entry.session == "short"
    assert entry.frames > frames(7)
    (sitting,) = journal(life).sittings()
    assert (sitting.finished, sitting.frames) == (True, frames(40))
    order = ["waiting", "preparing", "playing", "offering", "asking", "listening", "asking", "waiting", "off"]
    assert life.doings() == order


def test_an_offer_that_nobody_takes_opens_no_microphone(life: Life) -> None:
    with life.on():
        life.press()
        life.until("offering")
        life.until("waiting", within=90)
    assert "listening" not in life.doings()
    assert journal(life).entries() == []


def test_a_press_pauses_a_second_goes_on_and_two_at_once_skip(life: Life) -> None:
    with life.on():
        life.press()
        life.until("playing")
        life.wait(3)
        life.press()
        life.until("paused")
        at = life.state.at
        life.wait(300)
        assert life.state.at == at
        life.press()
        life.until("playing")
        before = life.state.at
        life.double()
        life.until_it(lambda state: state.at > before + frames(5), 5, "skipped")


def test_a_hold_stops_softly_and_a_press_then_begins_steady_ground(life: Life) -> None:
    with life.on():
        life.press()
        life.until("playing")
        life.wait(4)
        life.hold()
        life.until("landing")
        assert life.until("inviting").session == "hard-moment"
        life.press()
        life.until_it(lambda state: state.doing == "playing" and state.session == "hard-moment")
        life.hold()
        life.until("waiting")
    assert Saved(life.folders.state).unfinished() is not None, "the first session can be gone on with"
    assert Marker(life.folders.state).found() is None, "nothing was cut off"


def test_steady_ground_is_offered_for_a_minute_and_no_longer(life: Life) -> None:
    with life.on():
        life.press()
        life.until("playing")
        life.wait(4)
        life.hold()
        life.until("inviting")
        began = life.clock.elapsed()
        life.until("waiting", within=70)
        assert 55 < life.clock.elapsed() - began < 65


def test_two_presses_begin_the_hard_moment(life: Life) -> None:
    with life.on():
        life.double()
        assert life.until("playing").session == "hard-moment"


def test_a_stop_while_it_is_made_ready_is_not_lost(life: Life) -> None:
    with life.on():
        life.put(Ordered("play", "short"))
        life.put(Ordered("stop"))
        life.until("waiting")
        life.wait(20)
    assert "playing" not in life.doings()


def test_a_session_that_is_not_there_is_said_and_nothing_else_happens(life: Life) -> None:
    life.setting = replace(life.setting, press=Deed(play="gone"))
    with life.on():
        life.press()
        life.until("speaking")
        life.until("waiting")
    assert life.notes[-1] == "a session ended with NotFoundError"


# ── the menu ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hold_opens_the_menu_a_press_goes_on_in_it_and_a_hold_begins(life: Life) -> None:
    with life.on():
        life.hold()
        life.until("choosing")
        life.wait(5)
        life.press()
        life.wait(3)
        life.hold()
        assert life.until("playing").session == "other"


def test_what_was_heard_last_in_the_menu_is_what_the_next_press_begins(life: Life) -> None:
    with life.on():
        life.hold()
        life.until("choosing")
        life.wait(4)
        life.press()
        life.until("speaking", within=200)
        life.until("waiting")
        assert life.state.title == "Another"
        life.press()
        assert life.until("playing").session == "other"


# ── by the clock ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_invitation_comes_by_the_clock_and_a_press_takes_it(life: Life) -> None:
    life.set(invitations=(Invitation(at=22 * 60 + 15, play="other", length=frames(30)),))
    with life.on():
        assert life.state.next == "2026-11-24T22:15:00+01:00"
        state = life.until("inviting", within=80 * 60)
        assert 75 * 60 <= life.clock.elapsed() < 75 * 60 + 20
        assert (state.session, state.frames) == ("other", frames(30))
        life.wait(20)
        life.press()
        state = life.until("playing")
        assert (state.session, state.frames) == ("other", frames(30))


def test_an_invitation_that_nobody_takes_passes(life: Life) -> None:
    life.set(invitations=(Invitation(at=22 * 60 + 15, play="other"),))
    with life.on():
        life.until("inviting", within=80 * 60)
        life.until("waiting", within=11 * 60)
        assert life.clock.elapsed() < 86 * 60
        assert life.state.next == "2026-11-25T22:15:00+01:00"


def test_a_bed_rises_then_a_bell_and_a_press_ends_it(life: Life) -> None:
    life.set(wake=(Waking(at=6 * 60 + 45, rise=frames(600)),))
    with life.on():
        life.until("waking", within=11 * 3600)
        began = life.clock.elapsed()
        assert abs(began - (9 * 3600 + 35 * 60)) < 20
        life.wait(9 * 60)
        rising = life.sound()[-frames(600) :]
        parts = [float(np.sqrt(np.mean(np.square(part)))) for part in np.array_split(rising[frames(60) :], 5)]
        assert parts == sorted(parts), "it grows"
        assert parts[0] < parts[-1] / 10
        life.wait(75)
        assert peak(life.sound()[-frames(15) :]) > 0.02, "the bell"
        life.press()
        life.until("waiting", within=10)


def test_a_session_that_was_paused_and_forgotten_keeps_nobody_from_being_woken(life: Life) -> None:
    life.set(wake=(Waking(at=21 * 60 + 5, rise=frames(60)),))
    with life.on():
        life.press()
        life.until("playing")
        life.press()
        life.until("paused")
        life.until("waking", within=330)
    assert Saved(life.folders.state).unfinished() is not None


NIGHTLY = SHORT.replace("questions:", "when: morning\n  questions:").replace("A Short One", "Asleep")


def test_what_a_night_asks_is_asked_at_the_first_press_of_the_morning(life: Life) -> None:
    (life.home / "data" / "scripts" / "short.yaml").write_text(NIGHTLY)
    with life.on():
        life.press()
        life.until("playing")
        life.until("waiting", within=60)
        life.press()
        life.until("playing")
        life.until("waiting", within=60)
        life.wait(10 * 3600)
        life.press()
        life.until("offering")
        life.wait(5)
        life.press()
        life.until("asking")
        life.press()
        life.until("listening")
        life.wait(6)
        life.press()
        life.until("waiting")
        life.press()
        life.until("playing")
    (entry,) = journal(life).entries()
    assert (entry.session, entry.session_frames) == ("short", frames(40))


def test_somebody_who_ends_a_waking_is_asked_too_and_may_leave_it(life: Life) -> None:
    (life.home / "data" / "scripts" / "short.yaml").write_text(NIGHTLY)
    life.set(wake=(Waking(at=6 * 60 + 45, rise=frames(60)),))
    with life.on():
        life.press()
        life.until("playing")
        life.until("waiting", within=60)
        life.until("waking", within=11 * 3600)
        life.wait(70)
        life.press()
        life.until("offering", within=20)
        life.hold()
        life.until("waiting")
    assert journal(life).entries() == []


def test_the_clock_begins_nothing_while_nobody_knows_what_time_it_is(life: Life) -> None:
    life.set(invitations=(Invitation(at=22 * 60 + 15, play="other"),))
    life.condition = Condition(clock_set=False)
    with life.on():
        life.wait(2 * 3600)
        assert "inviting" not in life.doings()
        assert "clock not set" in life.state.troubles
        assert life.state.next is None
        life.clock.jump(dt.timedelta(hours=23, minutes=14))
        life.condition = Condition()
        life.until("inviting", within=120)


def test_a_clock_that_wakes_up_at_an_old_hour_begins_nothing_by_it(life: Life) -> None:
    life.set(invitations=(Invitation(at=20 * 60 + 55, play="other"),))
    life.condition = Condition(clock_set=False)
    with life.on():
        life.wait(60)
    assert "inviting" not in life.doings()


def test_a_night_is_soft_and_dim_and_lets_the_volume_come_back_in_the_morning(life: Life) -> None:
    with life.on():
        assert (life.state.volume, life.state.ceiling, life.state.light) == (-8, -4, 1.0)
        life.put(Ordered("play", "short", frames(60)))
        life.until("playing")
        life.wait(1)
        assert life.state.volume == -8
        life.hold()
        life.until("waiting", within=120)
        life.until_it(lambda state: state.night, 3 * 3600, "night")
        assert (life.state.volume, life.state.ceiling, life.state.light) == (-14, -14, 0.15)
        life.press()
        life.until("playing")
        for _ in range(3):
            life.put(Ordered("louder"))
        life.wait(3)
        assert life.state.volume == -14
        life.until_it(lambda state: not state.night, 10 * 3600, "morning")
        assert life.state.volume == -8


# ── a cut ────────────────────────────────────────────────────────────────────────────────────────────────


def cut_off(life: Life, *, same_boot: bool = True) -> None:
    """Leave a home as a process leaves it that was killed in the middle of a session."""
    with life.on():
        life.press()
        life.until("playing")
        life.wait(30)
        life.put(Leave())
        life.until("off")
    Marker(life.folders.state).set()
    if not same_boot:
        (life.folders.state / "bedside-session.json").write_text('{"boot": "another"}')


def again(life: Life) -> Life:
    return Life(life.home, life.setting, life.config, life.begin, life.said)


def test_a_session_that_was_cut_off_is_offered_and_goes_on_at_its_sentence(life: Life) -> None:
    cut_off(life)
    plan = Saved(life.folders.state).unfinished()
    assert plan is not None
    assert plan.at > frames(5)
    back = again(life)
    with back.on():
        state = back.until("returning")
        assert (state.title, state.left_off) == ("A Short One", True)
        assert peak(back.sound()) > 0 or back.state.doing == "returning"
        back.press()
        state = back.until("playing")
        assert state.at >= plan.at - frames(2)
        back.until("offering", within=40)
        back.hold()
        back.until("waiting")
    assert Marker(life.folders.state).found() is None


def test_after_a_power_cut_nothing_is_said_until_somebody_presses(life: Life) -> None:
    cut_off(life, same_boot=False)
    back = again(life)
    with back.on():
        back.until("returning")
        back.wait(30)
        assert peak(back.sound()) == 0
        back.press()
        back.wait(4)
        assert back.state.doing == "returning"
        assert peak(back.sound()) > 0
        back.press()
        back.until("playing")


def test_it_goes_on_by_itself_where_that_is_set(life: Life) -> None:
    life.setting = replace(life.setting, after_a_cut="go on")
    cut_off(life)
    back = again(life)
    with back.on():
        back.until("playing", within=20)


def test_a_cut_that_nobody_wants_to_go_on_with_is_forgotten(life: Life) -> None:
    cut_off(life)
    back = again(life)
    with back.on():
        back.until("returning")
        back.hold()
        back.until("waiting")
    third = again(life)
    with third.on():
        third.wait(5)
        assert third.doings() == ["waiting"]


# ── troubles ─────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_microphone_that_is_said_and_seen_and_the_evening_ends(life: Life) -> None:
    life.microphone = False
    with life.on():
        life.press()
        life.until("offering")
        life.press()
        life.until("asking")
        life.until("waiting")
        assert "no microphone" in life.state.troubles
    assert "listening" not in [doing for doing in life.doings() if doing == "listening"]


def test_where_nothing_could_be_kept_nobody_is_asked_and_that_is_shown(life: Life) -> None:
    (life.home / "data" / "journal.db").mkdir()
    with life.on():
        life.press()
        life.until("playing")
        life.until_it(lambda state: "no journal" in state.troubles, 60)
    assert "offering" not in life.doings()


def test_without_a_loudspeaker_it_waits_and_the_light_says_so(life: Life) -> None:
    life.loudspeaker = False
    with life.on():
        life.until_it(lambda state: "no loudspeaker" in state.troubles, 40)
        life.press()
        life.wait(5)
        assert life.state.doing == "waiting"
        life.loudspeaker = True
        life.until_it(lambda state: not state.troubles, 60)
        life.press()
        life.until("playing")


def test_a_loudspeaker_that_is_lost_and_found_goes_on_at_the_place(life: Life) -> None:
    with life.on():
        life.press()
        began = life.clock.elapsed()
        life.until("playing")
        life.wait(10)
        life.loses = True
        life.until("offering")
        assert not life.loses
        assert 40 < life.clock.elapsed() - began < 46


def test_settings_that_break_are_said_once_and_the_ones_from_before_go_on(life: Life) -> None:
    with life.on():
        life.coming = ("bedside.yaml:3:1: there is no setting 'pres'. Did you mean 'press'?",)
        life.until_it(lambda state: "setting broken" in state.troubles, 10)
        assert life.problems[0] in life.notes
        life.coming = ()
        life.set(press=Deed(play="other"))
        life.until_it(lambda state: not state.troubles and state.session == "other", 10)


@pytest.mark.parametrize("trouble", ["full", "nearly_full", "under_voltage", "hot", "battery_low"])
def test_what_is_wrong_with_the_machine_is_shown_and_noted_once(life: Life, trouble: str) -> None:
    with life.on():
        life.condition = Condition(**{trouble: True})
        life.until_it(lambda state: len(state.troubles) == 1, 60)
        life.wait(600)
        assert len([note for note in life.notes if note.startswith("trouble")]) == 1
        life.condition = Condition()
        life.until_it(lambda state: not state.troubles, 60)


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_very_long_hold_switches_off_after_saying_so(life: Life) -> None:
    with life.on():
        life.hold(9)
        assert life.state.doing == "leaving"
        life.until("off", within=10)
    assert life.switched_off == 1


def test_a_press_keeps_it_on(life: Life) -> None:
    with life.on():
        life.hold(9)
        life.press()
        life.wait(20)
        assert life.state.doing == "waiting"
    assert life.switched_off == 0


def test_letting_go_after_the_warning_keeps_it_on(life: Life) -> None:
    with life.on():
        life.edge(down=True)
        life.until("leaving", within=5)
        life.edge(down=False)
        life.wait(20)
        life.until("waiting", within=1)
    assert life.switched_off == 0


def test_switching_off_while_somebody_speaks_keeps_what_they_said(life: Life) -> None:
    with life.on():
        life.press()
        life.until("offering")
        life.press()
        life.until("asking")
        life.press()
        life.until("listening")
        life.wait(6)
        life.hold(9)
        life.until("off", within=40)
    assert life.switched_off == 1
    (entry,) = journal(life).entries()
    assert entry.frames > frames(5)


def test_where_it_is_set_so_no_hold_switches_it_off(life: Life) -> None:
    life.setting = replace(life.setting, switch_off="no")
    with life.on():
        life.hold(9)
        life.wait(30)
        assert life.state.doing != "leaving"
    assert life.switched_off == 0


def test_what_is_set_while_a_session_comes_to_rest_holds(life: Life) -> None:
    with life.on():
        life.press()
        life.until("playing")
        life.setting = replace(life.setting, switch_off="no")
        life.put(Gestured("off"))
        life.put(Changed("setting"))
        life.wait(30)
        life.until("waiting", within=90)
    assert life.switched_off == 0


def test_it_ends_softly_when_its_process_is_told_to(life: Life) -> None:
    with life.on():
        life.press()
        life.until("playing")
        life.wait(10)
        life.put(Leave())
        life.until("off", within=5)
    assert Saved(life.folders.state).unfinished() is not None
    assert life.switched_off == 0


# ── orders ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", ["toggle", "skip", "back", "stop", "go on"])
def test_an_order_that_has_nothing_to_do_gets_a_sentence(life: Life, order: Order) -> None:
    answer: Future[None] = Future()
    with life.on():
        life.put(Ordered(order, answer=answer))
        life.wait(1)
    assert isinstance(answer.exception(0), GuideError)


def test_orders_play_pause_and_turn(life: Life) -> None:
    with life.on():
        life.put(Ordered("softer"))
        life.wait(3)
        assert life.state.volume == -10
        answer: Future[None] = Future()
        life.put(Ordered("play", "other", frames(50), answer))
        assert life.until("playing").frames == frames(50)
        assert answer.result(0) is None
        refused: Future[None] = Future()
        life.put(Ordered("play", "short", answer=refused))
        life.wait(1)
        assert isinstance(refused.exception(0), GuideError)


def test_the_volume_is_never_more_than_is_set(life: Life) -> None:
    with life.on():
        for _ in range(12):
            life.press(button="louder")
        assert life.state.volume == -4


def test_it_speaks_the_language_of_the_person(life: Life) -> None:
    life.config = Config(voice="hum", language="de")
    with life.on():
        life.put(Ordered("status"))
        life.until("speaking")
        life.until("waiting")
    assert life.begin == EVENING
    assert peak(life.sound()) > 0
    assert RATE == 48_000
