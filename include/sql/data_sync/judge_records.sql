-- Take records out of a run that are unusable, twice there, or not meant by the filter.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.filter_records
-- Spec        D2.1, X4
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      data_sync.verdict
-- Repeatable  yes: a verdict that is there stays

insert into data_sync.verdict (run_id, record_no, outcome, reason)
select
    judged.run_id,
    judged.record_no,
    case when judged.reason in ('FILTERED', 'ERASED') then 'left_out' else 'failed' end,
    judged.reason
from (
    select
        staged.run_id,
        staged.record_no,
        case
            when staged.defect is not null then staged.defect
            when exists (
                select from data_sync.run_condition as condition
                where condition.run_id = staged.run_id
                    and not data_sync.meets(
                        coalesce(staged.filters -> condition.field, '[]'::jsonb),
                        condition.operator,
                        condition.operands
                    )
            ) then 'FILTERED'
            when row_number() over (
                partition by staged.record_id
                order by staged.record_no desc
            ) > 1 then 'SAME_RECORD_TWICE'
        end as reason
    from data_sync.staged as staged
    where staged.run_id = %(run_id)s
) as judged
where judged.reason is not null
on conflict (run_id, record_no) do nothing;
