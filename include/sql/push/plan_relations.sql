-- Plan which patrons a push creates in the registry and which it relates to their library.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes
-- Spec        N3.2, N3.4
--
-- Parameters
--   run_id     uuid    the run
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.plan, field relation
-- Repeatable  yes: libraries that have moved on are not touched

insert into patron_sync.plan (
    run_id, library, record_no, field, target, patron_id, person_key, action, reason,
    value_fingerprint
)
select
    staged.run_id,
    staged.library,
    staged.record_no,
    'relation',
    'registry',
    staged.patron_id,
    staged.person_key,
    case staged.registry_state when 'found' then 'update' else 'create' end,
    case staged.registry_state when 'found' then 'NEW_AT_LIBRARY' else 'NEW_PATRON' end,
    patron_sync.fingerprint(
        staged.person_key, 'relation', 'related', %(inner_pad)s, %(outer_pad)s
    )
from patron_sync.staged_patron as staged
inner join patron_sync.run_library as lib
    on staged.run_id = lib.run_id
    and staged.library = lib.library
left join patron_sync.base as base
    on staged.library = base.library
    and staged.person_key = base.person_key
    and base.field = 'relation'
where staged.run_id = %(run_id)s
    and lib.stage = 'assigned'
    and not staged.is_removal
    and (
        staged.registry_state = 'found' and base.fingerprint is null
        or staged.registry_state = 'not_found'
        and lib.syncs_card
        and (
            staged.card_number is not null
            or exists (
                select from patron_sync.run_series as series
                where series.run_id = staged.run_id
                    and series.prefix = 'N'
                    and length(series.first_digits) = 9
                    and staged.assigned_card_number ~ '^N\d{9}$'
                    and substr(staged.assigned_card_number, 2)
                    between series.first_digits and series.last_digits
            )
        )
    );
