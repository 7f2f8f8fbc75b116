-- Publish the saved document of a data sync, as the version that runs.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.definitions
-- Spec        D4, X11
--
-- Parameters
--   name          text     name of the definition
--   version       integer  the version that was checked
--   digest        text     SHA-256 of its document
--   published_by  text     who publishes it
--
-- Writes      data_sync.definition and data_sync.definition_version
-- Returns     version; no row where another version has been saved since
-- Repeatable  yes: a published version stays as it is

with published as (
    update data_sync.definition
    set
        published_version = version,
        -- A schedule that goes on is not begun anew.
        scheduled_at = case
            when published_version = version and cancelled_at is null then scheduled_at
            else clock_timestamp()
        end,
        cancelled_at = null,
        completed_at = case
            when published_version = version and cancelled_at is null then completed_at
        end
    where name = %(name)s
        and version = %(version)s
    returning name, version, text
),

kept as (
    insert into data_sync.definition_version (name, version, text, digest, published_by)
    select
        published.name,
        published.version,
        published.text,
        %(digest)s,
        %(published_by)s
    from published
    on conflict (name, version) do nothing
)

select published.version
from published;
