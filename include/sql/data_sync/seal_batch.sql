-- Compute the digest of what a batch of a run has just written into profiles.
--
-- Runs on     patron database, read-only, the transaction of the batch, behind its writes
-- Used by     steps.data_sync.seal_batch
-- Spec        X9
--
-- Parameters
--   run_id      uuid     the run
--   after_no    integer  records behind this one
--   through_no  integer  up to this one
--
-- Returns     one row: created, updated, linked (profiles), and digest, the SHA-256 in hex digits
--             over a line for each of them in the order of the records, as audit/export_written
--             gives it
-- Repeatable  yes: reads only
--
-- No value is part of it, and no id of the library system: what is blanked later changes nothing.

select
    count(*) filter (where plan.action = 'create') as created,
    count(*) filter (where plan.action = 'update') as updated,
    count(*) filter (where plan.action = 'link') as linked,
    encode(
        sha256(
            convert_to(
                coalesce(
                    string_agg(
                        plan.record_no || E'\t' || plan.profile_id || E'\t' || plan.action || E'\t'
                        || array_to_string(array(select jsonb_object_keys(plan.fields)), ',')
                        || E'\t' || array_to_string(plan.cleared, ',') || E'\n',
                        '' order by plan.record_no
                    ),
                    ''
                ),
                'UTF8'
            )
        ),
        'hex'
    ) as digest
from data_sync.plan as plan
where plan.run_id = %(run_id)s
    and plan.state = 'planned'
    and plan.record_no > %(after_no)s
    and plan.record_no <= %(through_no)s;
