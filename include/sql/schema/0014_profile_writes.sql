-- Let a data sync write new profiles without a look-up for each.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0014)
-- Used by     registry_operators.ledger.migrations
-- Spec        D0.2, D0.3
--
-- Parameters  none
--
-- Writes      index profile_by_email, triggers of profiles.profile and profiles.source_link
-- Repeatable  no: numbered, never edited after release
--
-- A foreign key looks up and locks the profile of each new link, which was a third of what a link
-- cost. One join for each statement sees the same, and the lock under which syncs write keeps
-- profiles from going meanwhile. The index made a new profile twice as dear and served one of the
-- possible keys; a run reads the profiles once for whatever key it matches on.

drop index profiles.profile_by_email;

alter table profiles.source_link drop constraint source_link_profile_id_fkey;

-- noqa: disable=RF02
create function profiles.check_links() returns trigger language plpgsql as $$
begin
    -- Whoever removes profiles waits until these links are seen by others, and the reverse.
    perform pg_advisory_xact_lock(hashtextextended('profiles', 0));
    if exists (
        select from fresh
        where not exists (
            select from profiles.profile as profile
            where profile.profile_id = fresh.profile_id
        )
    ) then
        raise foreign_key_violation using message =
            'a link in profiles.source_link names a profile that is not in profiles.profile';
    end if;
    return null;
end
$$;
comment on function profiles.check_links is
'A foreign key from profiles.source_link to profiles.profile, checked once a statement.';

create function profiles.remove_links() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('profiles', 0));
    delete from profiles.source_link as link
    using gone
    where link.profile_id = gone.profile_id;
    return null;
end
$$;
comment on function profiles.remove_links is 'The links of a profile go with it.';
-- noqa: enable=RF02

create function profiles.refuse_new_number() returns trigger language plpgsql as $$
begin
    raise exception 'the number of a profile never changes';
end
$$;
comment on function profiles.refuse_new_number is 'Links name a profile by its number.';

create trigger check_new_links after insert on profiles.source_link
referencing new table as fresh for each statement execute function profiles.check_links();

create trigger check_changed_links after update on profiles.source_link
referencing new table as fresh for each statement execute function profiles.check_links();

create trigger remove_links after delete on profiles.profile
referencing old table as gone for each statement execute function profiles.remove_links();

create trigger refuse_new_number before update of profile_id on profiles.profile
for each statement execute function profiles.refuse_new_number();
