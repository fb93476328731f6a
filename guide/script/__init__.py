"""The script language: read, checked, and every problem named with its place.

>>> script = parse('''
... guide: 1
... title: One Breath
... length: {shortest: 1m, usual: 1m, longest: 2m}
... steps:
...   - say: Breathe in, and out.
...   - rest: 20s
... ''', name="one-breath", find_part=lambda words: None)
>>> script.page.title
'One Breath'
"""

from guide.script.files import is_part, load, load_part, problems_in
from guide.script.gathering import FindPart, parse
from guide.script.meaning import check_echoes, check_sounds
from guide.script.models import Script
from guide.script.problems import Problem, ScriptError

__all__ = [
    "FindPart",
    "Problem",
    "Script",
    "ScriptError",
    "check_echoes",
    "check_sounds",
    "is_part",
    "load",
    "load_part",
    "parse",
    "problems_in",
]
