-- List the patrons of a library as data syncs read them, a page at a time.
--
-- Runs on     patron database, read-only
-- Used by     clients.cicero_client
-- Spec        D0.1, D3.1
--
-- Parameters
--   library    text     agency code
--   after_id   bigint   last patron of the page before; 0 at first
--   page_size  integer  patrons at most
--
-- Returns     patron_id and record, whose keys are the fields of catalogues/cicero.yaml; ordered by
--             patron_id
-- Repeatable  yes: reads only
--
-- PIN, national id and what is made of them are left out on purpose, and so are guardians. A name
-- that nobody has said yet is no name.

select
    patron.patron_id,
    jsonb_build_object(
        'patron_id', patron.patron_id,
        'library', patron.library,
        'surname', case when patron.name_origin <> 'unknown' then patron.surname end,
        'first_name', case when patron.name_origin <> 'unknown' then patron.first_name end,
        'created_at', to_char(patron.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'created_by', patron.created_by,
        'born_on', detail.born_on,
        'address', detail.address,
        'emails', detail.settings -> 'emailAddresses',
        'phones', detail.settings -> 'phoneNumbers',
        'pickup_branch', detail.settings -> 'preferredPickupBranch',
        'language', detail.settings -> 'preferredLanguage',
        'receives_postal_mail', detail.settings -> 'receivePostalMail',
        'interests', detail.settings -> 'interests',
        'is_blocked', detail.blocked_reason is not null,
        'cards', coalesce(card.numbers, '[]'::jsonb),
        'consents', coalesce(consent.types, '[]'::jsonb)
    ) as record
from cicero.patron as patron
left join cicero.patron_detail as detail on patron.patron_id = detail.patron_id
left join lateral ( -- noqa: ST05
    select jsonb_agg(
        jsonb_build_object('number', active.card_number, 'kind', active.kind)
        order by active.kind desc, active.card_id asc
    ) as numbers
    from cicero.card as active
    where active.patron_id = patron.patron_id
        and active.status = 'active'
) as card on true
left join lateral ( -- noqa: ST05
    select jsonb_agg(given.consent_type order by given.consent_type) as types
    from cicero.consent as given
    where given.patron_id = patron.patron_id
        and given.withdrawn_at is null
) as consent on true
where patron.library = %(library)s
    and patron.patron_id > %(after_id)s
order by patron.patron_id
limit %(page_size)s;
