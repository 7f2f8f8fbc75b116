-- Count for each library and field how the values of those compare who are on both sides.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.compare_sides
-- Spec        X3, X4, N3.5
--
-- Parameters
--   run_id     uuid     the pull of a reconciliation, its local cards filtered
--   libraries  text[]   agency codes
--   inner_pad  bytea    HMAC pad of the fingerprint key
--   outer_pad  bytea    HMAC pad of the fingerprint key
--
-- Writes      patron_sync.drift, fields card and pin
-- Repeatable  no: the step names libraries that have no counts yet

insert into patron_sync.drift (run_id, library, field, kind, records)
select
    %(run_id)s,
    judged.library,
    judged.field,
    judged.kind,
    count(*)
from (
    select
        side.library,
        side.field,
        case
            when side.there is null and side.here is null then 'neither'
            when side.there = side.here then 'equal'
            -- What follows is looked up for values that differ, and for no other.
            when exists (
                select from patron_sync.difference as apart
                where apart.library = side.library
                    and apart.person_key = side.person_key
                    and apart.field = side.field
            ) then 'kept_apart'
            when side.is_waiting then 'waiting'
            when side.is_unusable then 'unusable'
            when side.there is null and side.field = 'pin' and side.must_change then 'kept_here'
            when side.there is null and side.card_origin <> 'registry' and not exists (
                select from patron_sync.run_series as series
                where series.run_id = %(run_id)s
                    and series.prefix = 'N'
                    and length(series.first_digits) = 9
                    and substr(side.here_card, 2) between series.first_digits and series.last_digits
            ) and side.field = 'card' then 'kept_here'
            when side.there is null then 'missing_in_registry'
            when side.here is null then 'missing_in_cicero'
            else coalesce(
                (
                    select
                        case base.fingerprint
                            when side.here_fingerprint then 'registry_changed'
                            when side.there_fingerprint then 'cicero_changed'
                            else 'both_changed'
                        end
                    from patron_sync.base as base
                    where base.library = side.library
                        and base.person_key = side.person_key
                        and base.field = side.field
                ),
                'never_agreed'
            )
        end as kind
    from (
        select
            staged.library,
            staged.person_key,
            value.field,
            value.there,
            value.here,
            value.is_unusable,
            pin.must_change,
            card.card_number as here_card,
            card.origin as card_origin,
            case value.field
                when 'pin' then value.here
                else patron_sync.fingerprint(
                    staged.person_key, 'card', card.card_number, %(inner_pad)s, %(outer_pad)s
                )
            end as here_fingerprint,
            case value.field
                when 'pin' then value.there
                else patron_sync.fingerprint(
                    staged.person_key, 'card', staged.card_number, %(inner_pad)s, %(outer_pad)s
                )
            end as there_fingerprint,
            waiting.patron_id is not null
            or coalesce(staged.changed_at >= mark.registry_time, false) as is_waiting
        from patron_sync.staged_patron as staged
        inner join patron_sync.run_library as lib
            on staged.run_id = lib.run_id
            and staged.library = lib.library
        left join patron_sync.watermark as mark
            on lib.library = mark.library
            and mark.flow = 'pull'
        left join cicero.card as card
            on staged.patron_id = card.patron_id
            and card.kind = 'national'
            and card.status = 'active'
        left join cicero.pin as pin on staged.patron_id = pin.patron_id
        left join patron_sync.waiting_patrons(%(run_id)s) as waiting
            on staged.patron_id = waiting.patron_id
        cross join lateral (
            values
            (
                'card',
                lib.syncs_card,
                staged.card_number::bytea,
                card.card_number::bytea,
                staged.card_reason is not null
            ),
            (
                'pin',
                lib.syncs_pin,
                staged.pin_fingerprint,
                pin.pin_fingerprint,
                staged.pin_reason is not null
            )
        ) as value (field, is_synced, there, here, is_unusable)
        where staged.run_id = %(run_id)s
            and staged.library = any(%(libraries)s)
            and value.is_synced
    ) as side
) as judged
group by judged.library, judged.field, judged.kind;
