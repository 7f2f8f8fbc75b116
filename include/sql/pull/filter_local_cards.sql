-- Put aside card numbers of the registry that are not of national form; the rest goes on.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.filter_local_cards
-- Spec        N3.5
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.staged_patron
-- Repeatable  yes: libraries that have moved on are not touched

update patron_sync.staged_patron as staged
set
    card_number = null,
    card_reason = 'LOCAL_CARD'
from patron_sync.run_library as lib
where staged.run_id = %(run_id)s
    and lib.run_id = staged.run_id
    and lib.library = staged.library
    and lib.stage = 'consent_filtered'
    and staged.card_number !~ '^N\d{9}$';
