-- Remember of a data sync's run what has been removed from it for its age.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0010)
-- Used by     registry_operators.ledger.migrations
-- Spec        X7, X8, X10
--
-- Parameters  none
--
-- Writes      columns of data_sync.run, functions data_sync.without_values and data_sync.holds
-- Repeatable  no: numbered, never edited after release

alter table data_sync.run
add column staging_gone_at timestamptz,
add column values_gone_at timestamptz,
add column records_gone_at timestamptz;
comment on column data_sync.run.staging_gone_at is
'When the values of its staging were removed; it cannot go on since.';
comment on column data_sync.run.values_gone_at is
'When the values of its plan were removed; it cannot be taken back since.';
comment on column data_sync.run.records_gone_at is
'When its records were removed; its account stays.';

-- noqa: disable=RF03
create function data_sync.without_values(content jsonb) returns jsonb
language sql immutable parallel safe
return case
    when content is not null then coalesce((
        select jsonb_object_agg(field.name, null::text)
        from jsonb_object_keys(content) as field (name)
    ), '{}')
end;
-- noqa: enable=RF03
comment on function data_sync.without_values is
'The names of fields with null in the place of each value; a profile never holds null.';

create function data_sync.holds(content jsonb, numbers text[], other_fields text[])
returns boolean language sql immutable parallel safe
return jsonb_path_exists(
    content, '$.* ? (@ == $numbers[*])', jsonb_build_object('numbers', numbers)
)
and jsonb_path_exists(
    content - other_fields, '$.* ? (@ == $numbers[*])', jsonb_build_object('numbers', numbers)
);
comment on function data_sync.holds is
'Whether a field, or one value of a list, is one of some numbers; other fields are not looked at.';
