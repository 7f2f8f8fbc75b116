"""Why a change was planned and what staff may do about a code, in words of the pages (spec X6)."""

from __future__ import annotations

from registry_operators.web.language import mark

RULES = {
    "REGISTRY_CHANGED": mark("The registry's value had changed"),
    "CICERO_CHANGED": mark("The value in Cicero had changed"),
    "NEW_PATRON": mark("The registry did not know the person"),
    "NEW_AT_LIBRARY": mark("The person was not yet related to the library"),
    "PATRON_DELETED": mark("The patron was deleted in Cicero"),
    "SEQUENCE": mark("The patron had no card number"),
    "DEFAULT_PIN": mark("The patron had no PIN"),
}
"""Why a run planned a change."""

TODO = (
    mark("Ask the registry to delete the record if it must go."),
    mark("Compare both systems and correct the national id that is wrong."),
    mark("Correct card_sequence and registry_series, and give the patron another number."),
    mark("Correct it; patron-sync config check names what is missing."),
    mark("Correct the connection of the library; runbook LOGIN_REFUSED."),
    mark("Correct the national id there."),
    mark("Correct the value by hand if it must go back."),
    mark("Decide about the held set."),
    mark("Enter the national id in Cicero if the patron wants the national card."),
    mark("Find out whose it is and give one of them another number."),
    mark("Find out why; if it is right, raise guards.source_shrink for one run."),
    mark("Give the patron another value, or leave it."),
    mark("If it should be national, check registry_series and other_national_series."),
    mark("If it stays, look the person up in the registry's own pages."),
    mark("If the patron wants to be synchronised, enter the consent in Cicero."),
    mark("Let the patron change the PIN; until then it is never sent to the registry."),
    mark("Let the patron set a new PIN. If it happens to many, a key is wrong."),
    mark("Look at both systems and decide about the held set."),
    mark("Nothing to do unless it lasts: every later run tries again."),
    mark("Nothing to do unless it lasts; runbook MALFORMED_ANSWER."),
    mark("Nothing to do unless it lasts; runbook UNAVAILABLE."),
    mark("Nothing to do, unless that was a mistake: change the value once more."),
    mark("Nothing to do, unless the patron consents again."),
    mark("Nothing to do."),
    mark("Nothing to do: if the values still differ a later run takes them up."),
    mark("Nothing to do: the job of the other direction carries the later value."),
    mark("Nothing to do: the next pull asks the registry about the patron."),
    mark("Nothing to do: the next push relates the patron."),
    mark("Nothing to do: the next run takes it up."),
    mark("Nothing to do: the other run covers it."),
    mark("Nothing to do: the run may be repeated, and the next one covers it."),
    mark("Nothing to do; with a national card number and card_number: true the push creates it."),
    mark("Print no card before the push has asked, because the number may still change."),
    mark("Report it to the registry."),
    mark("Report the record to the registry."),
    mark("Reserve a series in the registry and write it into card_sequence and registry_series."),
    mark("Runbook LEDGER."),
    mark("Runbook REFUSED."),
    mark("Runbook SEQUENCE_EXHAUSTED."),
    mark("The run's report names the reasons."),
    mark("Try the same in the registry's own pages; they tell why."),
    mark("Unblock the card in Cicero or give the patron another one."),
)
"""What ``domain/explain_reasons.py`` and ``domain/explain_rules.py`` say there is to do."""
