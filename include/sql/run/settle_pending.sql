-- Forget the pending patrons whom a run has dealt with, unless they were raised since it began.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.move_watermark
-- Spec        X5
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      deletes rows of patron_sync.pending
-- Repeatable  yes: the second call finds nothing

with dealt_with as (
    select
        staged.library,
        staged.patron_id
    from patron_sync.staged_patron as staged
    where staged.run_id = %(run_id)s
    union all
    select
        verdict.library,
        verdict.patron_id
    from patron_sync.verdict as verdict
    where verdict.run_id = %(run_id)s
        and verdict.outcome = 'left_out'
    union all
    -- A pull asks about nobody who has withdrawn; with new consent the push compares them anew.
    select
        waiting.library,
        waiting.patron_id
    from patron_sync.pending as waiting
    where not exists (
        select from cicero.consent as consent
        where consent.patron_id = waiting.patron_id
            and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            and consent.withdrawn_at is null
    )
)

delete from patron_sync.pending as pending
using dealt_with, patron_sync.run as run, patron_sync.run_library as lib
where run.run_id = %(run_id)s
    and lib.run_id = run.run_id
    and lib.stage = 'loaded'
    and pending.flow = run.flow
    and pending.library = lib.library
    and dealt_with.library = lib.library
    and dealt_with.patron_id = pending.patron_id
    -- As in open_library: all that had ended by then could be read, and a transaction ahead of the
    -- database is one of before a restore.
    and (
        pending.raised_xid < lib.until_xid
        or pending.raised_xid >= pg_snapshot_xmax(pg_current_snapshot())
    )
    and not exists (
        select from patron_sync.plan as plan
        where plan.run_id = run.run_id
            and plan.library = pending.library
            and plan.patron_id = pending.patron_id
            and plan.state = 'failed'
    );
