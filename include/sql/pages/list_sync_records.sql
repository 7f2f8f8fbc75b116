-- List the records behind a number of a data sync's run, a page at a time, at any size of the run.
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
-- Returns     record_no, record_id, profile_id (null where there is none), reason, fields (names of
--             what is written or emptied); ordered by record_no
-- Repeatable  yes: reads only
--
-- The same records as data_sync/list_records; of the branches only that of the outcome is run, and
-- each reads no more than a page.

with listed as (
    (
        select
            plan.record_no,
            plan.reason
        from data_sync.plan as plan
        where plan.run_id = %(run_id)s
            and plan.record_no > %(after_no)s
            and plan.state in ('planned', 'confirmed')
            and plan.action = case %(outcome)s::text
                when 'created' then 'create'
                when 'updated' then 'update'
                when 'unchanged' then 'link'
            end
            and %(reason)s::text is null
        order by plan.record_no
        limit %(page_size)s
    )
    union all
    (
        select
            plan.record_no,
            plan.reason
        from data_sync.plan as plan
        where plan.run_id = %(run_id)s
            and plan.record_no > %(after_no)s
            and plan.state not in ('planned', 'confirmed')
            and plan.state = case %(outcome)s::text
                when 'held' then 'held'
                when 'failed' then 'failed'
                when 'left_out' then 'dropped'
            end
            and (%(reason)s::text is null or plan.reason = %(reason)s)
        order by plan.record_no
        limit %(page_size)s
    )
    union all
    (
        select
            verdict.record_no,
            verdict.reason
        from data_sync.verdict as verdict
        where %(outcome)s::text = 'failed'
            and verdict.run_id = %(run_id)s
            and verdict.outcome = 'failed'
            and verdict.record_no > %(after_no)s
            and (%(reason)s::text is null or verdict.reason = %(reason)s)
        order by verdict.record_no
        limit %(page_size)s
    )
    union all
    (
        select
            verdict.record_no,
            verdict.reason
        from data_sync.verdict as verdict
        where %(outcome)s::text = 'left_out'
            and verdict.run_id = %(run_id)s
            and verdict.outcome = 'left_out'
            and verdict.record_no > %(after_no)s
            and (%(reason)s::text is null or verdict.reason = %(reason)s)
        order by verdict.record_no
        limit %(page_size)s
    )
    union all
    (
        select
            staged.record_no,
            null as reason
        from data_sync.staged as staged
        where %(outcome)s::text = 'unchanged'
            and %(reason)s::text is null
            and staged.run_id = %(run_id)s
            and staged.record_no > %(after_no)s
            and not exists (
                select from data_sync.verdict as verdict
                where verdict.run_id = staged.run_id
                    and verdict.record_no = staged.record_no
            )
            and not exists (
                select from data_sync.plan as plan
                where plan.run_id = staged.run_id
                    and plan.record_no = staged.record_no
            )
        order by staged.record_no
        limit %(page_size)s
    )
    order by record_no
    limit %(page_size)s
)

select
    listed.record_no,
    staged.record_id,
    profile.profile_id,
    listed.reason,
    written.names as fields
from listed
inner join data_sync.run as run on run.run_id = %(run_id)s
inner join data_sync.staged as staged
    on run.run_id = staged.run_id
    and listed.record_no = staged.record_no
left join data_sync.plan as plan
    on staged.run_id = plan.run_id
    and staged.record_no = plan.record_no
left join profiles.source_link as link
    on run.source = link.source
    and staged.record_id = link.record_id
left join profiles.profile as profile
    on coalesce(link.profile_id, plan.profile_id) = profile.profile_id
left join lateral ( -- noqa: ST05
    select array_agg(named.name order by named.name) as names
    from (
        select jsonb_object_keys(plan.fields) as name -- noqa: RF01
        union
        select unnest(plan.cleared) as name -- noqa: RF01
    ) as named
) as written on true
order by listed.record_no;
