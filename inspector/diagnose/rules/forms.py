"""A browser's upload: its form, beside the policy that allows it."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.reading import answer_moment, failed_or_open, receipt_moment
from inspector.diagnose.register import rule
from inspector.sigv4.post_form import form_facts


@rule(when=failed_or_open)
def form(call: Call) -> Iterator[Seen]:
    """The form is not what its policy allows, or lacks a field."""
    now = answer_moment(call) or receipt_moment(call)
    for fact in form_facts(call.signed, call.request_body, call.facts.bucket, now):
        yield Seen(fact.cause, Certainty.CERTAIN, fact.seen, fact.words[:1].upper() + fact.words[1:])
