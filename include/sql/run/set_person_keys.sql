-- Write down the person keys of patrons.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.fill_person_keys
-- Spec        N3.1
--
-- Parameters
--   patron_ids    bigint[]  patrons
--   national_ids  text[]    what their keys were computed from, in the same order
--   person_keys   bytea[]   their keys, in the same order
--
-- Writes      cicero.patron
-- Repeatable  yes: a key that is there is left as it is

update cicero.patron
set
    person_key = computed.person_key,
    former_person_key = null
from unnest(%(patron_ids)s::bigint[], %(national_ids)s::text[], %(person_keys)s::bytea[])
    as computed (patron_id, national_id, person_key)
where patron.patron_id = computed.patron_id
    -- Corrected meanwhile, it is somebody else's.
    and patron.national_id = computed.national_id
    and patron.person_key is null;
