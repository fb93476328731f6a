"""How loud a sound is to a listener, and how to keep its peaks below a ceiling.

Loudness is ITU-R BS.1770-5: the K-weighting of its tables 1 and 2, which are given for 48 kHz, and its
two gates. Everything works in stretches of a few seconds, so that an hour needs no more memory than a minute.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.sound import Sound, decibels, linear, peak

_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_OFFSET = -0.691
"""dB in the formula of BS.1770, so that 997 Hz at 0 dBFS in one channel reads −3.01."""
_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0

_HOP = RATE // 10
_HOPS_PER_BLOCK = 4
_STRETCH = 200 * _HOP
_MEMORY = RATE // 4
"""Frames after which the filters have forgotten: their slowest pole, 0.995, is at 1e−26 by then."""

_TAPS = 32
_PHASES = 4
_LOOK = RATE * 15 // 1000
"""Frames by which the limiter begins before a peak and ends after it."""
REACH = 2 * _LOOK + _TAPS
"""Frames to either side of one that `limited` looks at: with so many around it a piece comes out as it does
in the whole."""
_PEAK_STRETCH = 1 << 16
_BLOCK = 64
"""Frames that are looked at together for where a peak may be; at least half the taps and one."""


def integrated(sound: Sound) -> float:
    """Gated loudness in LUFS of a mono or stereo sound; −inf if it is silent or shorter than 400 ms.

    A mono sound is one channel: played from two loudspeakers it reads 3 dB more.
    """
    return integrated_of((sound,))


def integrated_of(sounds: Iterable[Sound]) -> float:
    """The gated loudness of several sounds together, each looked at by itself and then let go.

    They are all mono, or all stereo. As `integrated`: −inf if no 400 ms of any of them can be heard.
    """
    power = np.concatenate([np.zeros(0), *map(_blocks, sounds)])
    power = power[_lufs(power) > _ABSOLUTE_GATE]
    if not power.size:
        return float("-inf")
    gate = float(_lufs(np.mean(power, keepdims=True))[0]) + _RELATIVE_GATE
    return float(_lufs(np.mean(power[_lufs(power) > gate], keepdims=True))[0])


def momentary(sound: Sound) -> NDArray[np.float64]:
    """Loudness in LUFS of each whole 400 ms, every 100 ms: shape `(blocks,)`, −inf where it is silent."""
    return _lufs(_blocks(sound))


def true_peak(sound: Sound) -> float:
    """The peak in dBTP, between the samples too (4 × oversampled); −inf for silence."""
    loudest = peak(sound)
    for start in range(0, len(sound), _PEAK_STRETCH):
        near = sound[max(0, start - _TAPS) : start + _PEAK_STRETCH + _TAPS]
        for _, peaks in _peaks_above(near, loudest):
            loudest = max(loudest, float(np.max(peaks)))
    return decibels(loudest)


def limited(sound: Sound, ceiling_dbtp: float) -> Sound:
    """A copy whose true peak is at most the ceiling (dBTP); untouched where it was lower already.

    The gain moves 15 ms before a peak and back 15 ms after, along a smooth curve that never passes what
    a peak needs, so that nothing is clipped and nothing crackles. All channels share one gain.
    """
    copy = sound.astype(np.float32, copy=True)
    touched = False
    for start in range(0, len(sound), _PEAK_STRETCH):
        end = min(len(sound), start + _PEAK_STRETCH)
        gain = _gain(sound[max(0, start - REACH) : end + REACH], linear(ceiling_dbtp))
        if gain is not None:
            touched = True
            gain = gain[min(start, REACH) :][: end - start].astype(np.float32)
            copy[start:end] *= gain.reshape((-1,) + (1,) * (copy.ndim - 1))
    excess = true_peak(copy) - ceiling_dbtp if touched else 0.0
    return copy if excess <= 0 else copy * np.float32(linear(-excess) * (1 - 1e-6))


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(_OFFSET + 10.0 * np.log10(power), dtype=np.float64)


def _columns(sound: Sound) -> Sound:
    """Either shape of a sound as `(frames, channels)`."""
    return sound[:, np.newaxis] if sound.ndim == 1 else sound


def _blocks(sound: Sound) -> NDArray[np.float64]:
    """K-weighted mean squares of each 400 ms, summed over the channels."""
    hops = np.concatenate([np.zeros(0), *_hops(sound)])
    if len(hops) < _HOPS_PER_BLOCK:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(hops, _HOPS_PER_BLOCK)
    return np.asarray(windows.mean(axis=-1), dtype=np.float64)


def _hops(sound: Sound) -> Iterator[NDArray[np.float64]]:
    """K-weighted mean squares of each whole 100 ms, stretch by stretch."""
    columns = _columns(sound)
    whole = len(columns) // _HOP * _HOP
    for start in range(0, whole, _STRETCH):
        end = min(whole, start + _STRETCH)
        before = min(start, _MEMORY)
        power = np.zeros((end - start) // _HOP)
        for channel in columns[start - before : end].T:
            heard = _weighted(channel)[before:]
            power += np.mean(heard.reshape(-1, _HOP) ** 2, axis=1)
        yield power


def _weighted(samples: Sound) -> NDArray[np.float64]:
    """Samples `(frames,)` through the K-weighting: by spectrum, with room for the filters to ring out."""
    size = -(-(len(samples) + _MEMORY) // _HOP) * _HOP
    spectrum = np.fft.rfft(samples.astype(np.float64), size)
    delay = np.exp(-2j * np.pi * np.arange(len(spectrum)) / size)
    for above, below in (_SHELF, _HIGH_PASS):
        spectrum *= np.polyval(above[::-1], delay) / np.polyval(below[::-1], delay)
    return np.fft.irfft(spectrum, size)[: len(samples)]


@cache
def _between() -> tuple[NDArray[np.float64], ...]:
    """Kernels that read a sound a quarter, a half and three quarters of a sample after each sample."""
    kernels = []
    for phase in range(1, _PHASES):
        place = np.arange(-_TAPS // 2, _TAPS // 2) + phase / _PHASES
        kernel = np.sinc(place) * np.kaiser(_TAPS * _PHASES + 1, 8.0)[phase::_PHASES][:_TAPS]
        kernels.append(kernel / kernel.sum())
    return tuple(kernels)


@cache
def _most_beyond() -> float:
    """How far the sound between samples may be beyond the larger of the two, in parts of its bend there.

    The bend is the second difference of the samples. Each kernel is a straight line between two samples and
    a rest; the rest, whose sum and first moment are 0, is itself a second difference, of the kernel summed
    here. So what the rest adds is at most this sum of magnitudes times the largest bend under the kernel.
    """
    most = 0.0
    for kernel in _between():
        rest = kernel.copy()
        share = float(np.arange(_TAPS // 2, -_TAPS // 2, -1) @ kernel)
        rest[_TAPS // 2 - 1 : _TAPS // 2 + 1] -= share, 1.0 - share
        most = max(most, float(np.abs(np.cumsum(np.cumsum(rest))).sum()))
    return most


def _peaks_above(sound: Sound, limit: float) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Every stretch that may have a true peak above the limit: its first frame, its true peak by frame."""
    may = np.concatenate([[False], _most_by_block(sound) > limit, [False]])
    for first, last in np.flatnonzero(np.diff(may)).reshape(-1, 2) * _BLOCK:
        start, end = int(first), min(int(last), len(sound))
        before = min(start, _TAPS)
        peaks = _peak_by_frame(sound[start - before : end + _TAPS])[before:][: end - start]
        yield start, peaks


def _most_by_block(sound: Sound) -> NDArray[np.float32]:
    """What no true peak passes within each block of frames, shape `(blocks,)`; the last may be shorter."""
    columns = _columns(sound)
    blocks = -(-len(columns) // _BLOCK) + 2
    padded = np.zeros((blocks * _BLOCK + 2, columns.shape[1]), dtype=np.float32)
    padded[_BLOCK + 1 :][: len(columns)] = columns
    bends = np.diff(padded, 2, axis=0)
    level, bend = (_around(np.abs(each).reshape(blocks, -1).max(axis=1)) for each in (padded[1:-1], bends))
    # The millionths are for rounding, here and where the peaks are looked at.
    return np.asarray((level + np.float32(_most_beyond()) * bend) * np.float32(1 + 1e-6), dtype=np.float32)


def _around(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of each block and its two neighbours, but for the first and the last."""
    return np.maximum(np.maximum(blocks[:-2], blocks[2:]), blocks[1:-1])


def _peak_by_frame(sound: Sound) -> NDArray[np.float64]:
    """The largest magnitude from the sample before each frame to the sample after it, shape `(frames,)`."""
    columns = _columns(sound).astype(np.float64)
    found: NDArray[np.float64] = np.max(np.abs(columns), axis=1)
    for kernel in _between():
        for channel in columns.T:
            inner = np.abs(np.convolve(channel, kernel))[_TAPS // 2 - 1 :][: len(found) + 1]
            np.maximum(found, inner[:-1], out=found)
            np.maximum(found, inner[1:], out=found)
    return found


def _gain(sound: Sound, ceiling: float) -> NDArray[np.float64] | None:
    """The limiter's gain at each frame: at or below what every peak needs, without a corner; None for 1."""
    needed = np.ones(len(sound))
    for start, peaks in _peaks_above(sound, ceiling):
        needed[start : start + len(peaks)] = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    if not np.any(needed < 1.0):
        return None
    held = _least_within(needed, _LOOK)
    window = np.hanning(2 * _LOOK + 3)[1:-1]
    padded = np.pad(held, _LOOK, mode="edge")
    size = 1 << (len(padded) + len(window)).bit_length()
    smooth = np.fft.irfft(np.fft.rfft(padded, size) * np.fft.rfft(window / window.sum(), size), size)
    return smooth[2 * _LOOK :][: len(sound)]


def _least_within(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """The least value within `reach` places to either side of each."""
    least = np.pad(values, reach, mode="edge")
    wanted, width = 2 * reach + 1, 1
    while width < wanted:
        step = min(width, wanted - width)
        least = np.minimum(least[:-step], least[step:])
        width += step
    return least
