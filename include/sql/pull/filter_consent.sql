-- Take records out of a pull that nobody here is meant by, or whose patron has not consented.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.filter_consent
-- Spec        N3.1
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      moves rows of patron_sync.staged_patron to patron_sync.verdict, without values
-- Repeatable  yes: libraries that have moved on are not touched

with waiting as (
    select
        staged.ctid as place,
        staged.library,
        staged.record_no,
        staged.patron_id,
        staged.person_key,
        staged.defect,
        staged.card_number,
        staged.changed_at
    from patron_sync.staged_patron as staged
    inner join patron_sync.run_library as lib
        on staged.run_id = lib.run_id
        and staged.library = lib.library
    where staged.run_id = %(run_id)s
        and lib.stage = 'staged'
),

-- Few persons come more than once; to sort the versions of those alone is cheaper.
repeated as (
    select
        waiting.library,
        waiting.person_key
    from waiting
    where waiting.person_key is not null
    group by waiting.library, waiting.person_key
    having count(*) > 1
),

version as (
    select
        waiting.library,
        waiting.record_no,
        row_number() over (
            partition by waiting.library, waiting.person_key
            order by waiting.changed_at desc nulls last, waiting.record_no desc
        ) as version_no,
        (
            min(waiting.card_number) over same_moment
            is distinct from max(waiting.card_number) over same_moment
        ) as is_ambiguous
    from waiting
    inner join repeated
        on waiting.library = repeated.library
        and waiting.person_key = repeated.person_key
    window same_moment as (
        partition by waiting.library, waiting.person_key, waiting.changed_at
    )
),

matched as (
    select
        waiting.place,
        waiting.library,
        waiting.record_no,
        waiting.person_key,
        waiting.defect,
        coalesce(waiting.patron_id, holder.patron_id) as patron_id,
        holder.patron_id is not null as is_another,
        consent.consent_id,
        coalesce(version.version_no, 1) as version_no,
        coalesce(version.is_ambiguous, false) as is_ambiguous
    from waiting
    left join version
        on waiting.library = version.library
        and waiting.record_no = version.record_no
    -- Whoever is not known by national id may still hold the card: then one side has the wrong id.
    left join lateral (
        select card.patron_id
        from cicero.card as card
        where waiting.patron_id is null
            and card.kind = 'national'
            and card.library = waiting.library
            and card.card_number = waiting.card_number
    ) as holder on true
    left join cicero.consent as consent
        on coalesce(waiting.patron_id, holder.patron_id) = consent.patron_id
        and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
        and consent.withdrawn_at is null
),

judged as materialized (
    select
        matched.place,
        matched.library,
        matched.record_no,
        matched.person_key,
        matched.patron_id,
        case
            when matched.defect = 'TOMBSTONE' then 'TOMBSTONE'
            when matched.patron_id is null then coalesce(matched.defect, 'UNKNOWN_PERSON')
            when matched.version_no > 1 then 'SUPERSEDED'
            when matched.consent_id is not null then coalesce(
                matched.defect,
                case when matched.is_another then 'OTHER_PERSONS_CARD' end,
                case when matched.is_ambiguous then 'AMBIGUOUS_PERSON' end
            )
            when exists (
                select from cicero.consent as withdrawn
                where withdrawn.patron_id = matched.patron_id
                    and withdrawn.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            ) then 'CONSENT_WITHDRAWN'
            else 'NO_CONSENT'
        end as reason,
        matched.consent_id is not null as is_wanted
    from matched
),

taken_out as (
    delete from patron_sync.staged_patron as staged
    using judged
    where staged.ctid = judged.place
        and judged.reason is not null
    returning
        staged.library, staged.record_no, judged.reason, judged.is_wanted,
        judged.person_key, judged.patron_id
)

insert into patron_sync.verdict (
    run_id, library, record_no, step, outcome, reason, person_key, patron_id
)
select
    %(run_id)s,
    taken_out.library,
    taken_out.record_no,
    'consent_filter',
    case
        when taken_out.is_wanted
            and taken_out.reason not in ('SUPERSEDED', 'TOMBSTONE', 'NOT_IN_REGISTRY')
            then 'failed'
        else 'left_out'
    end,
    taken_out.reason,
    -- Of strangers nothing stays, not even a pseudonym.
    case when taken_out.patron_id is not null then taken_out.person_key end,
    taken_out.patron_id
from taken_out;
