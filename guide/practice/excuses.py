"""Why a script may do otherwise: what is excused in its head, with a reason."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from guide.practice.criteria import CRITERIA
from guide.practice.findings import Finding, found
from guide.practice.heard import head
from guide.script.models import Script


def excused(script: Script, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same findings; what is excused fails no more. What looks after the listener remains a warning."""
    if (excuse := script.page.excuse) is None:
        yield from findings
        return
    reasons, used = excuse.reasons(), set()
    for one in findings:
        if reason := reasons.get(one.criterion):
            used.add(one.criterion)
            guarded = CRITERIA[one.criterion].guarded and one.severity != "hint"
            yield replace(one, severity="warning" if guarded else "hint", excused=reason)
        else:
            yield one
    for criterion in reasons.keys() - used:
        message = f"there is nothing to excuse for '{criterion}' any more; this line can go"
        yield found("excuse", excuse.place or head(script), message)
