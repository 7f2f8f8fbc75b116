"""Why the desk refuses, and what to do, in the words of the pages (spec N3.2)."""

from __future__ import annotations

from registry_operators.desk.refusals import Refusal
from registry_operators.web.language import mark

REFUSALS: dict[Refusal, tuple[str, str]] = {
    Refusal.UNKNOWN_LIBRARY: (
        mark("The library is not one that is served here."),
        mark("Choose a library of the list."),
    ),
    Refusal.PATRON_NOT_FOUND: (
        mark("Your libraries have no such patron."),
        mark("Find the patron by card number or national id."),
    ),
    Refusal.CARD_NOT_FOUND: (
        mark("The patron has no card in force with this number."),
        mark("Look at the cards of the patron."),
    ),
    Refusal.INVALID_NATIONAL_ID: (
        mark("This is no national id: the number of digits or the check digits are wrong."),
        mark("It has 11 digits, or 12 for a DUF number. Type it once more."),
    ),
    Refusal.GUARDIAN_IS_CHILD: (
        mark("Guardian and patron are the same person."),
        mark("Type the guardian's own national id."),
    ),
    Refusal.NAME_MISSING: (
        mark("The name is missing."),
        mark("A patron needs a surname, and a guardian a name."),
    ),
    Refusal.INVALID_CARD_NUMBER: (
        mark("This is no card number."),
        mark("It has 1 to 20 letters, digits or hyphens, and no blanks."),
    ),
    Refusal.INVALID_PIN: (
        mark("This is no PIN."),
        mark("A PIN is four digits, 0 to 9."),
    ),
    Refusal.SIMPLE_PIN: (
        mark("This PIN is too easy to guess, or one that the library hands out."),
        mark("Let the patron choose another one, as the rules beside the field say."),
    ),
    Refusal.PATRON_EXISTS: (
        mark("The library has this patron already."),
        mark("Use the patron who is there."),
    ),
    Refusal.CARD_IN_USE: (
        mark("The card number is or was somebody else's, here or at another library."),
        mark("Take another number, or find out whose it is."),
    ),
    Refusal.CARD_GIVEN: (
        mark("The patron has got another card since you opened the form."),
        mark("Look at the cards of the patron before you give one more."),
    ),
    Refusal.AMBIGUOUS_PERSON: (
        mark("The registry has several records of the person, or answered with somebody else."),
        mark("Report it to the registry. Without consent the patron can be created now."),
    ),
    Refusal.PIN_UNREADABLE: (
        mark("The registry's PIN of the person cannot be read."),
        mark("Let the patron choose a PIN, and type it. If it happens often, a key is wrong."),
    ),
    Refusal.SEQUENCE_EXHAUSTED: (
        mark("The library's card sequence has no number left."),
        mark("Type the number of a card, and tell an administrator."),
    ),
    Refusal.REGISTRY_UNREACHABLE: (
        mark("The registry does not answer just now."),
        mark("Try again in a while."),
    ),
    Refusal.FORETOLD_OTHERWISE: (
        mark("Something has changed since it was foretold, so nobody was created."),
        mark("Read what would happen now, and decide anew."),
    ),
}
"""Each refusal with what was found and what to do; nothing of what was typed."""
