-- Remove a person from the ledger and from what Cicero keeps for the synchroniser.
--
-- Runs on     patron database, read-write, the transaction of the erasure
-- Used by     steps.erase_person
-- Spec        X10
--
-- Parameters
--   patron_ids   bigint[]   the person's patrons
--   person_keys  bytea[]    the person's keys
--
-- Writes      deletes rows of patron_sync.staged_patron, plan, base, pending, journal, undo_change
--             and difference, of cicero.change, and settled rows of cicero.deleted_patron
-- Returns     a row for each table: place, rows; ordered by place
-- Repeatable  yes: the second call finds nothing

with staged as (
    delete from patron_sync.staged_patron as row
    where row.patron_id = any(%(patron_ids)s) or row.person_key = any(%(person_keys)s)
    returning row.run_id
),

planned as (
    delete from patron_sync.plan as row
    where row.patron_id = any(%(patron_ids)s) or row.person_key = any(%(person_keys)s)
    returning row.run_id
),

agreed as (
    delete from patron_sync.base as row
    where row.person_key = any(%(person_keys)s)
    returning row.run_id
),

waiting as (
    delete from patron_sync.pending as row
    where row.patron_id = any(%(patron_ids)s)
    returning row.patron_id
),

replaced as (
    delete from patron_sync.journal as row
    where row.patron_id = any(%(patron_ids)s) or row.person_key = any(%(person_keys)s)
    returning row.run_id
),

undone as (
    delete from patron_sync.undo_change as row
    where row.person_key = any(%(person_keys)s)
    returning row.run_id
),

parted as (
    delete from patron_sync.difference as row
    where row.person_key = any(%(person_keys)s)
    returning row.undo_id
),

changed as (
    delete from cicero.change as row
    where row.patron_id = any(%(patron_ids)s)
    returning row.change_id
),

settled as (
    delete from cicero.deleted_patron as row
    where row.settled_at is not null
        and (row.patron_id = any(%(patron_ids)s) or row.person_key = any(%(person_keys)s))
    returning row.deletion_id
)

select
    gone.place,
    gone.rows
from (
    values
    ('base', (select count(*) from agreed)),
    ('change', (select count(*) from changed)),
    ('deleted_patron', (select count(*) from settled)),
    ('difference', (select count(*) from parted)),
    ('journal', (select count(*) from replaced)),
    ('pending', (select count(*) from waiting)),
    ('plan', (select count(*) from planned)),
    ('staged_patron', (select count(*) from staged)),
    ('undo_change', (select count(*) from undone))
) as gone (place, rows)
order by gone.place;
