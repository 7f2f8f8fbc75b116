"""List and block cards (spec N3.5, N3.8)."""

from __future__ import annotations

from registry_operators.cms_api.models_in import BlockIdentifierV1
from registry_operators.cms_api.models_out import LoanerIdentifierV1
from registry_operators.cms_api.routing import Here, PatronId, session_router
from registry_operators.cms_api.views import shown_cards
from registry_operators.desk.cards import block_card
from registry_operators.desk.desk import read_patron

router = session_router("Card")
_IDENTIFIERS = "/external/{agencyid}/patrons/{patronid:patron}/identifiers"


@router.get(f"{_IDENTIFIERS}/v1")
def list_cards(here: Here, patron_id: PatronId) -> list[LoanerIdentifierV1]:
    """List the patron's cards, also blocked ones; a new patron's number is read here."""
    with here.desk.open_ledger() as ledger:
        read_patron(ledger, here.patron(patron_id))
        cards = ledger.rows("desk/list_cards", patron_id=patron_id)
    return shown_cards(cards)


@router.put(f"{_IDENTIFIERS}/block/v1", status_code=204)
def block(here: Here, patron_id: PatronId, wanted: BlockIdentifierV1) -> None:
    """Block one of the patron's cards."""
    block_card(here.desk, here.caller, here.patron(patron_id), wanted.identifier)
