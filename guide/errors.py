"""What can go wrong, as sentences to the person who pressed play."""


class GuideError(Exception):
    """Something could not be done. Its text is one sentence or two: what happened, and what to do."""

    exit_code = 1
    """What the process ends with when nobody catches it; 2 is kept for a misused command."""


class NotFoundError(GuideError):
    """A session, sound, voice or entry by that name is not there."""


class VoiceError(GuideError):
    """A voice did not speak, or does not exist."""


class DeviceError(GuideError):
    """A loudspeaker or a microphone is missing, was lost, or refuses."""


class OutOfReachError(GuideError):
    """A session cannot be made as long, or as short, as was asked."""


class StorageError(GuideError):
    """A file could not be written or read: disk full, no permission, damaged."""
