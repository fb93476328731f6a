"""The device by the bed: a button, a light, a voice, and no screen.

One process, `guide bedside run`. `device` decides; `night` plays a session and listens; around them, each for
one outside thing: `board` (pins), `control` (a socket), `condition` (disk, power, clock), `setting` (what the
person wrote), `notify` (the system's watchdog). `gestures`, `light`, `schedule` and `menu` are pure.
"""
