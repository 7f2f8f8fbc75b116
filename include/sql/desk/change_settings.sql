-- Replace the settings of a patron.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.keep_settings
-- Spec        N3.8
--
-- Parameters
--   patron_id  bigint  the patron
--   settings   jsonb   all settings
--
-- Writes      one row of cicero.patron_detail
-- Repeatable  yes: the same settings stay

insert into cicero.patron_detail (patron_id, settings)
values (%(patron_id)s, %(settings)s)
on conflict (patron_id) do update
    set settings = excluded.settings, changed_at = clock_timestamp();
