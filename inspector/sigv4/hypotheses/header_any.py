"""What is left to say of a header whose value was changed, where no other hypothesis has a word for how.

It comes after all other families of headers: a value that is doubled, cut or folded on the way may be one that another
call had as it stands, and how it was changed says more.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sigv4.hypotheses.header_lines import came
from inspector.sigv4.hypotheses.headers import spoken_for, with_likely_values
from inspector.sigv4.hypotheses.model import Change, Problem
from inspector.sigv4.hypotheses.register import hypothesis


@hypothesis("hdr-value-changed")
def value_changed(problem: Problem) -> Iterator[Change]:
    """A signed header arrived with another value than it was signed with."""
    return with_likely_values(problem, lambda name: not spoken_for(name) and came(problem, name))
