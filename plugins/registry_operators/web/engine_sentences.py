"""The sentences that the engine says of a patron or a decision, for ``engine_words``."""

from __future__ import annotations

from collections.abc import Mapping

from registry_operators.web.language import mark
from registry_operators.web.reason_words import REASONS

SENTENCES = (
    # Who was never seen.
    mark(
        "No patron holds or held this card number, and it is not reserved for anybody. The ledger "
        "keeps no card numbers of people who are nobody's patron here."
    ),
    mark(
        "Cicero has no patron of this number, and neither the list of deleted patrons nor the "
        "ledger knows one: never seen, or removed from the ledger by age or erasure."
    ),
    mark(
        "No library has a patron with this national id, and none was deleted. If the person is in "
        "the registry, pulls leave them out as UNKNOWN_PERSON and keep no trace of them."
    ),
    mark(
        "No data sync knows this record: never read, or removed by age or erasure. It is named by "
        "the connection of its library system and its id there."
    ),
    mark("the national id has wrong check digits; it has 11 digits, or 12 for a DUF number"),
    # As it is now.
    mark("Library %(library)s is not in libraries.yaml, so nothing is done for it."),
    mark("Library %(library)s is not enabled, so nothing is read or written."),
    mark("The library does not synchronise card numbers and PINs."),
    mark("The library does not synchronise card numbers."),
    mark("The library does not synchronise PINs."),
    mark("There is no national id in Cicero; the registry knows persons by it."),
    mark("No card number is in force."),
    mark("Card number %(number)s is reserved and not in use yet."),
    mark("The national card %(number)s is blocked and is not sent."),
    mark("The local card %(number)s is blocked and is not sent."),
    mark("The local card %(number)s is in force; it stays at the library."),
    mark("The national card %(number)s is in force since %(since)s, from %(origin)s."),
    mark("The national card %(number)s was replaced."),
    mark("The local card %(number)s was replaced."),
    mark("Registry and Cicero have not agreed on anything yet."),
    mark("Agreed on the %(field)s on %(since)s; and Cicero still has that value."),
    mark("Agreed on the %(field)s on %(since)s; Cicero has changed since."),
    mark("Agreed on the %(field)s on %(since)s; the registry was told of it."),
    mark(
        "Since an undo on %(since)s both sides may differ in the %(field)s: neither job carries it "
        "before one side changes."
    ),
    mark("The last completed %(flow)s of the library was on %(since)s."),
    mark("The last completed %(flow)s of the library was never."),
    mark("The patron is not in Cicero any more; only the ledger knows of them."),
    mark("The patron was deleted in Cicero on %(since)s."),
    mark("There is no consent: nothing goes to the registry or comes from it."),
    mark(
        "The consent was withdrawn on %(since)s by the %(origin)s: nothing goes to the registry or "
        "comes from it."
    ),
    mark("The consent is in force since %(since)s, given by the %(origin)s."),
    mark("There is no PIN."),
    mark(
        "The PIN is one that the library handed out; until the patron changes it, it is not sent "
        "to the registry."
    ),
    mark("The PIN is in force since %(since)s, from %(origin)s."),
    # What waits.
    mark(
        "The relation is to be removed since %(since)s; each push tries until the registry "
        "confirms it."
    ),
    mark(
        "A %(flow)s holds a change back with the set %(set)s (%(kind)s) since %(since)s; it is "
        "approved and about to be made."
    ),
    mark(
        "A %(flow)s holds a change back with the set %(set)s (%(kind)s) since %(since)s; a person "
        "decides until %(until)s."
    ),
    # What the next runs would do.
    mark("It would be created in the registry."),
    mark("It would be updated."),
    mark("Nothing differs, so nothing would be written."),
    mark("It would be left out."),
    mark("It would be held for a person's decision."),
    mark("It would fail."),
    mark("Without a valid national id no record of the registry is the patron's."),
    mark("The next %(flow)s would take the patron up because of %(reason)s."),
    mark("The next push would read the patron, as it reads everybody for the first time."),
    mark("The next push would take up the removal."),
    mark("The next push would read the patron: something changed in Cicero."),
    mark(
        "The next push would not read the patron: nothing changed in Cicero since the last one. A "
        "push --full would read everybody; then:"
    ),
    mark("The next pull would read the patron: the registry has changed the record."),
    mark(
        "The next pull would not read the patron: the registry has not changed the record since "
        "the last one. A pull --full would read everybody; then:"
    ),
    mark("The registry was asked: it does not know the person."),
    mark("The registry was asked, and its answer is no use: %(reason)s."),
    mark("The registry was asked: it knows the person."),
    mark("The registry was not asked, because there is no consent or no valid national id."),
    mark("Whether the registry has something else only the registry can tell."),
    mark("The push would first ask the registry; the rest depends on the answer."),
    # What the last runs did.
    mark("Created in the registry."),
    mark("Updated."),
    mark("Read and compared: nothing differed, so nothing was written."),
    mark("Left out."),
    mark("Held: a person has to decide."),
    mark("Failed; every later run tries again until it succeeds or a person decides."),
    mark("A dry run: planned, and nothing was written."),
    mark("The relation of a deleted patron: %(deed)s"),
    mark("The library was not enabled, so nobody was read."),
    mark("The run did not come as far as reading the library."),
    mark(
        "Not read, or read without a difference: what was read and needed nothing is remembered as "
        "long as the staging area only."
    ),
    mark("Not read: nothing about the patron had changed in Cicero since the push before."),
    mark("Not read: the registry told of no change of this person since the pull before."),
    # What data syncs did with a record of a library system.
    mark("A profile was created."),
    mark("The profile was updated."),
    mark("Failed; the next run tries again."),
    mark("Planned, and not written yet."),
    mark("Read, and not judged: the run did not come so far."),
    mark("The profile had all values already, and was linked to the record."),
    mark("Left out; which of the conditions it did not meet is not remembered any more."),
    mark("The records of the run were removed for their age; nobody can tell any more."),
    mark("Not read: the run did not come to the end of the reading (%(failure)s)."),
    mark("Not read: the run did not come to the end of the reading."),
    mark(
        "Not read: the library system did not give the record. It is not there, or the system has "
        "evaluated a condition of the filter itself."
    ),
    mark("Not read: the library system did not give the record."),
    mark("The record has no profile."),
    mark(
        "Profile %(number)s of type %(type)s, created on %(since)s by run %(run)s, last changed on "
        "%(until)s."
    ),
    mark(
        "Profile %(number)s of type %(type)s, created on %(since)s by no data sync, last changed "
        "on %(until)s."
    ),
    mark("It has values in: no field."),
    mark("It has values in: %(fields)s."),
    # Decisions.
    mark(
        "%(name)s started the run that asks and may not approve it; somebody else must "
        "(guards.approval.four_eyes)"
    ),
    mark("the time to decide is over; its patrons are compared again by the next run"),
    mark("what waits has changed since it was shown; list it again and decide on that"),
    mark("the set is %(state)s by %(name)s and cannot be decided again"),
    mark("the set is %(state)s and cannot be decided again"),
    mark("a decision needs a reason; say why in a few words"),
    mark("the time to decide is over; run the data sync again"),
    mark("a later run of %(name)s has compared the same records; decide on that one"),
    mark("the run was %(state)s by %(name)s already"),
)
"""Sentences as the engine has them, from the most particular to the most general."""

SHORTER = {
    r"Waits for the (?P<flow>\w+) since (?P<since>[^,:]+:\d\d): (?P<reason>\w+)\. .* The next \w+ "
    r"takes it up\.": mark(
        "Waits for the %(flow)s since %(since)s: %(reason)s. The next one takes it up."
    ),
    r"Waits for the (?P<flow>\w+) since (?P<since>[^,:]+:\d\d), tried (?P<times>once|\d+ times): "
    r"(?P<reason>\w+)\. .* The next \w+ takes it up\.": mark(
        "Waits for the %(flow)s since %(since)s, tried %(times)s: %(reason)s. The next one takes "
        "it up."
    ),
    r"Waits for the (?P<flow>\w+) since (?P<since>[^,:]+:\d\d)(, tried (once|\d+ times))?: "
    r"(?P<reason>\w+)\. .* Trying again cannot help .*": mark(
        "Waits for the %(flow)s since %(since)s: %(reason)s. Trying again cannot help before a "
        "value changes or a person says so."
    ),
}
"""Sentences of which a part is told by a code: how they are recognised, and what is said."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "flow": {"push": mark("push"), "pull": mark("pull")},
    "field": {"relation": mark("relation"), "card number": mark("card number"), "PIN": mark("PIN")},
    "origin": {
        "librarian": mark("librarian"), "patron": mark("patron"), "registry": mark("registry"),
        "sequence": mark("sequence"), "default": mark("default"), "cms_api": mark("self-service"),
        "self_service": mark("self-service"), "guardian": mark("guardian"),
    },
    "kind": {
        "removed relations": mark("removed relations"),
        "cleared values": mark("cleared values"),
        "changed card numbers": mark("changed card numbers"),
        "changed PINs": mark("changed PINs"),
        "new patrons": mark("new patrons"),
        "new consents": mark("new consents"),
        "values that both sides changed": mark("values that both sides changed"),
    },
    "state": {
        "open": mark("open"), "approved": mark("approved"), "applied": mark("carried out"),
        "rejected": mark("rejected"), "expired": mark("expired"),
        "superseded": mark("superseded"),
    },
    "times": {"once": mark("once")},
    "reason": REASONS,
}  # fmt: skip
