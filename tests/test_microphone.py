"""A microphone delivers what is said into it, and says in a sentence when it cannot."""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from soundserver import SoundServer

from guide.duration import RATE
from guide.errors import DeviceError
from guide.microphone import BLOCK, CannedMicrophone, Microphone, Shaper, doubt
from guide.sound import Sound
from guide.takes import pcm


def voice(seconds: float, seed: int = 5) -> Sound:
    """Noise on the steps of a 16-bit converter, so that it passes one unchanged."""
    steps = np.random.default_rng(seed).normal(0, 2_000, round(seconds * RATE)).astype(np.int16)
    return np.asarray(steps / 32_768, dtype=np.float32)


def keeps_the_contract(microphone: Microphone, blocks: int = 10) -> Sound:
    """What every microphone promises; the sound that it heard."""
    heard: list[Sound] = []
    microphone.open()
    assert microphone.name
    for block in microphone.blocks():
        assert block.dtype == np.float32
        assert block.ndim == 1
        assert np.all(np.abs(block) <= 1)
        heard.append(block)
        if sum(bool(len(one)) for one in heard) == blocks:
            break
    microphone.close()
    microphone.close()
    after = list(microphone.blocks())
    assert microphone.overflows >= 0
    return np.concatenate(heard + after)


def test_a_canned_microphone_keeps_the_contract() -> None:
    said = voice(1)
    heard = keeps_the_contract(CannedMicrophone(said))
    assert np.array_equal(heard, said[: len(heard)])
    assert len(heard) == 10 * BLOCK


def test_a_canned_microphone_ends_with_its_sound() -> None:
    said = voice(0.31)
    microphone = CannedMicrophone(said, block=1_000)
    microphone.open()
    assert np.array_equal(np.concatenate(list(microphone.blocks())), said)


def test_a_canned_microphone_can_be_lost_after_its_sound() -> None:
    microphone = CannedMicrophone(voice(0.1), lost="The microphone was pulled out.")
    microphone.open()
    heard: list[Sound] = []
    with pytest.raises(DeviceError, match="pulled out"):
        heard.extend(microphone.blocks())
    assert len(np.concatenate(heard)) == 0.1 * RATE


def test_sixteen_bits_in_mono_stay_as_they_are() -> None:
    every = np.arange(-32_768, 32_768).astype(np.int16)
    assert np.array_equal(pcm(Shaper(1, RATE).mono(every.tobytes())), every)


def test_two_channels_are_folded_into_one() -> None:
    pairs = np.array([[1_000, 3_000], [-2_000, 2_000]], dtype=np.int16)
    assert pcm(Shaper(2, RATE).mono(pairs.tobytes())).tolist() == [2_000, 0]


def test_another_rate_becomes_ours_without_a_seam() -> None:
    """A tone at 44.1 kHz in blocks: its pitch stays, and there is no other sound beside it."""
    tone = (8_000 * np.sin(2 * np.pi * 1_000 * np.arange(2 * 44_100) / 44_100)).astype(np.int16)
    shaper = Shaper(1, 44_100)
    blocks = [shaper.mono(tone[at : at + 882].tobytes()) for at in range(0, len(tone), 882)]
    sound = np.concatenate(blocks)[RATE // 4 : RATE // 4 + RATE]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(RATE)))
    assert int(np.argmax(spectrum)) == 1_000
    beside = np.concatenate([spectrum[20:990], spectrum[1_010:20_000]])
    assert 20 * np.log10(beside.max() / spectrum[1_000]) < -80


CHILD = """
import json, sys
import numpy as np
from guide.errors import DeviceError
from guide.microphone import DeviceMicrophone
"""


def in_child(environment: dict[str, str], code: str) -> dict[str, Any]:
    """PortAudio looks for devices once in a process, so each look is a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD + code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**result, "stderr": done.stderr}


SENTENCE = """
try:
    DeviceMicrophone({device!r}).open()
except DeviceError as error:
    print(json.dumps({{"sentence": str(error)}}))
"""


def test_no_microphone_is_a_sentence(no_sound_card: dict[str, str]) -> None:
    result = in_child(no_sound_card, SENTENCE.format(device=None))
    assert result["sentence"].startswith("There is no microphone here.")
    assert result["stderr"] == ""


def test_an_unknown_microphone_is_a_sentence_with_those_there_are(soundserver: SoundServer) -> None:
    result = in_child(soundserver.environment, SENTENCE.format(device="Blue Yeti"))
    assert "no microphone called 'Blue Yeti'" in result["sentence"]
    assert "'default'" in result["sentence"]


@pytest.mark.parametrize(
    ("wanted", "chosen", "told"),
    [
        (None, "USB Audio", None),
        ("blue", "Blue Yeti", None),
        ("usb audio", "USB Audio", None),
        ("USB", "USB Audio", "'USB' fits several microphones; this is 'USB Audio', not 'usb headset'."),
    ],
)
def test_a_doubtful_choice_of_microphone_is_told(wanted: str | None, chosen: str, told: str | None) -> None:
    assert doubt(["USB Audio", "usb headset", "Blue Yeti"], wanted, chosen) == told


LISTEN = """
microphone = DeviceMicrophone({device!r})
microphone.open()
print("open", flush=True)
heard = []
stop = int(sys.stdin.readline())
for block in microphone.blocks():
    heard.append(block)
    if sum(map(len, heard)) >= stop:
        microphone.close()
sound = np.concatenate(heard)
np.save(sys.argv[1], sound)
print(json.dumps(dict(name=microphone.name, notice=microphone.notice, overflows=microphone.overflows)))
"""


class Listener:
    """A process that hears the private server's microphone."""

    def __init__(self, server: SoundServer, code: str, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD + code, *words],
            env=server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        assert self.process.stdin
        if self.process.stdout.readline() != "open\n":
            pytest.fail(self.process.communicate(timeout=60)[1])

    def end(self, words: str = "") -> dict[str, Any]:
        out, err = self.process.communicate(words, timeout=60)
        assert self.process.returncode == 0, err
        result: dict[str, Any] = json.loads(out.splitlines()[-1])
        return result


def place(needle: NDArray[Any], haystack: NDArray[Any]) -> int:
    """Where one sound begins in another, by cross-correlation."""
    size = 1 << int(np.ceil(np.log2(len(needle) + len(haystack))))
    product = np.fft.rfft(haystack, size) * np.conj(np.fft.rfft(needle, size))
    return int(np.argmax(np.fft.irfft(product, size)[: len(haystack)]))


@pytest.mark.parametrize("device", [None, "DEFAU"])
def test_what_is_said_into_a_device_is_heard_bit_for_bit(
    soundserver: SoundServer, tmp_path: Any, device: str | None
) -> None:
    said = voice(1.0)
    path = os.fspath(tmp_path / "heard.npy")
    listener = Listener(soundserver, LISTEN.format(device=device), path)
    soundserver.feed(said)
    result = listener.end(f"{2 * RATE}\n")
    heard = np.load(path)
    at = place(said, heard)
    assert np.max(np.abs(heard[at : at + len(said)] - said)) <= 1.01 / 32_768
    assert result["name"] == "default"
    assert result["notice"] is None


LOST = """
microphone = DeviceMicrophone()
microphone.open()
heard = 0
told = False
try:
    for block in microphone.blocks():
        heard += len(block)
        if heard >= 4800 and not told:
            told = True
            print("open", flush=True)
except DeviceError as error:
    print(json.dumps(dict(sentence=str(error), heard=heard)), flush=True)
microphone.close()
"""


def test_a_lost_device_is_a_sentence_after_what_it_heard() -> None:
    try:
        server = SoundServer()
        server.start()
    except Exception as error:  # noqa: BLE001 - whatever keeps the server away, there is nothing to lose
        pytest.skip(f"no private sound server: {error}")
    with server:
        listener = Listener(server, LOST)
        server.vanish()
        result = listener.end()
    assert "was lost" in result["sentence"]
    assert result["heard"] >= 4_800


CLOSED = """
import threading
microphone = DeviceMicrophone()
microphone.open()
first = threading.Event()
def listen():
    global heard
    heard = 0
    for block in microphone.blocks():
        heard += len(block)
        first.set()
thread = threading.Thread(target=listen)
thread.start()
first.wait(20)
microphone.close()
thread.join(20)
print("open", flush=True)
__import__("sys").stdin.read()  # so that the next line is not read together with this one
print(json.dumps(dict(alive=thread.is_alive(), heard=heard, threads=threading.active_count())))
"""


def test_a_device_closed_from_another_thread_ends_its_blocks(soundserver: SoundServer) -> None:
    result = Listener(soundserver, CLOSED).end()
    assert result["alive"] is False
    assert result["heard"] > 0
    assert result["threads"] == 1
