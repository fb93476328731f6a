"""A timeline as a drawing: an SVG document for a page, a README, or paper. Pure.

Like a score it is read in lines from left to right, so that a long session still shows its sentences. The
drawing carries its own colours for light and dark pages, and needs nothing from elsewhere.
"""

from guide.drawing.score import Score
from guide.drawing.sheet import compared, drawn

__all__ = ["Score", "compared", "drawn"]
