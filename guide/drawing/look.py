"""How a drawing looks: its colours by day and by night, and its letters."""

SANS = "system-ui,-apple-system,'Segoe UI','Noto Sans','Helvetica Neue',Arial,sans-serif"
SERIF = "Georgia,'Noto Serif','Times New Roman',serif"

# Blue, ochre and green stay apart for every kind of colour vision, and each has a form of its own as well:
# blocks, wedges and a curve. On paper without colours the lightness alone tells them apart.
# What carries meaning, or its edge, stands out at 3:1 from whatever it lies on (WCAG 2.2, 1.4.11); the bands,
# and what is within an edge, are only ground.
_DAY = {
    "paper": "#fbfaf6",
    "ink": "#26302f",
    "quiet": "#5d6866",
    "line": "#828a83",
    "band": "#ebeee6",
    "inner": "#768870",
    "say": "#3a5683",
    "bell": "#b36b00",
    "breath": "#1d7d70",
    "bed": "#c3d1dc",
    "shore": "#6d8499",
}
_NIGHT = {
    "paper": "#161b1e",
    "ink": "#e9e6dd",
    "quiet": "#a0aba8",
    "line": "#6d7a77",
    "band": "#222a2c",
    "inner": "#667f77",
    "say": "#9fbaea",
    "bell": "#eeb35e",
    "breath": "#6ccbba",
    "bed": "#3a4e5e",
    "shore": "#6a8aa3",
}

_RULES = (
    (".paper", "fill:{paper}"),
    ("text", "fill:{ink}"),
    (".q", "fill:{quiet}"),
    (".line", "fill:none;stroke:{line}"),
    (".band", "fill:{band}"),
    (".inner", "fill:{inner}"),
    (".say", "fill:{say}"),
    (".bell", "fill:{bell}"),
    (".breath", "fill:{breath};stroke:{breath}"),
    (".tone", "fill:{breath}"),
    (".bed", "fill:{bed};stroke:{shore}"),
    (".ring", "stroke:{bell}"),
    (".edge", "fill:none;stroke:{line}"),
    (".rest", "fill:none;stroke:{quiet}"),
)


def style() -> str:
    """The style sheet: day, night, and white paper for a printer."""
    fixed = (
        f"text{{font-family:{SANS}}}.title{{font-family:{SERIF}}}"
        ".line{stroke-width:.8}.edge{stroke-width:.8}.bed{stroke-width:.9;stroke-linejoin:round}"
        ".ring{fill-opacity:.35;stroke-width:.7;stroke-linejoin:round}.breath{fill-opacity:.16;stroke-width:1.6;stroke-linejoin:round}"
        ".announced{stroke-width:2.4;stroke-linecap:round;stroke-dasharray:0 7}"
        ".i{font-style:italic}.b{font-weight:600}"
    )
    night = f"@media (prefers-color-scheme:dark){{{_rules(_NIGHT)}}}"
    paper = f"@media print{{{_rules(_DAY | {'paper': '#fff'})}}}"
    return fixed + _rules(_DAY) + night + paper


def _rules(colours: dict[str, str]) -> str:
    return "".join(f"{name}{{{rule.format(**colours)}}}" for name, rule in _RULES)
