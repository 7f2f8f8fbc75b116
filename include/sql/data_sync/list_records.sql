-- List the records behind a number of a run's report, a page at a time.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.list_results
-- Spec        D5.1, D5.2
--
-- Parameters
--   run_id     uuid     the run
--   outcome    text     created, updated, unchanged, left_out, held or failed
--   reason     text     reason code; null for all
--   after_no   integer  last record of the page before; 0 at first
--   page_size  integer  records at most
--
-- Returns     record_no, record_id, profile_id, outcome, reason, fields (names of what is written
--             or cleared); ordered by record_no
-- Repeatable  yes: reads only

select
    staged.record_no,
    staged.record_id,
    coalesce(plan.profile_id, link.profile_id) as profile_id,
    outcome.name as outcome,
    coalesce(verdict.reason, plan.reason) as reason,
    written.names as fields
from data_sync.run as run
inner join data_sync.staged as staged on run.run_id = staged.run_id
left join data_sync.verdict as verdict
    on staged.run_id = verdict.run_id
    and staged.record_no = verdict.record_no
left join data_sync.plan as plan
    on staged.run_id = plan.run_id
    and staged.record_no = plan.record_no
left join profiles.source_link as link
    on run.source = link.source
    and staged.record_id = link.record_id
cross join lateral ( -- noqa: ST05
    select case
        when verdict.outcome is not null then verdict.outcome
        when plan.state in ('failed', 'held') then plan.state
        when plan.state = 'dropped' then 'left_out'
        when plan.action = 'create' then 'created'
        when plan.action = 'update' then 'updated'
        else 'unchanged'
    end as name
) as outcome
left join lateral ( -- noqa: ST05
    select array_agg(named.name order by named.name) as names
    from (
        select jsonb_object_keys(plan.fields) as name -- noqa: RF01
        union
        select unnest(plan.cleared) as name -- noqa: RF01
    ) as named
) as written on true
where run.run_id = %(run_id)s
    and staged.record_no > %(after_no)s
    and outcome.name = %(outcome)s
    and (%(reason)s::text is null or coalesce(verdict.reason, plan.reason) = %(reason)s)
order by staged.record_no
limit %(page_size)s;
