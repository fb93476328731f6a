"""The device by the bed: a button, a light, a voice, and no screen.

One process, `guide bedside run`. `device` decides; `night` plays a session and listens; around them, each for
one outside thing: `board` (pins), `control` (a socket), `condition` (disk, power, clock), `reading` and
`in_force` (what the person wrote, a `setting`), `notify` (the system's watchdog). `gestures`, `light`,
`schedule` and `menu` are pure.
"""
