-- Create what a librarian's desk and self-service need: details, channels, CMS users, sessions.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0007)
-- Used by     registry_operators.ledger.migrations
-- Spec        N2.5, N3.1 to N3.3, N3.8
--
-- Parameters  none
--
-- Writes      columns of cicero.patron and cicero.consent; cicero.patron_detail, cicero.guardian;
--             schema cms_api: cms_user, session, failed_log_in
-- Repeatable  no: numbered, never edited after release

alter table cicero.patron
add column name_origin text not null default 'librarian'
check (name_origin in ('librarian', 'guardian', 'registry', 'unknown')),
add column created_by text not null default 'librarian'
check (created_by in ('librarian', 'self_service'));
comment on column cicero.patron.name_origin is
'Who said the name; unknown: nobody yet, a self-service patron whom the registry did not know.';

alter table cicero.consent
add column given_through text check (given_through in ('desk', 'cms_api')),
add column withdrawn_through text check (withdrawn_through in ('desk', 'cms_api')),
add check (withdrawn_through is null or withdrawn_at is not null);
comment on column cicero.consent.given_through is
'Door by which it came; null for what was there before doors were written down.';

create table cicero.patron_detail (
    patron_id bigint primary key references cicero.patron on delete cascade,
    born_on date,
    address jsonb,
    settings jsonb not null default '{}',
    blocked_reason text check (blocked_reason ~ '^[A-Z]{1,4}$'),
    blocked_since date,
    changed_at timestamptz not null default now(),
    check ((blocked_reason is null) = (blocked_since is null))
);
comment on table cicero.patron_detail is
'What the library keeps of a patron and the registry is never told.';
comment on column cicero.patron_detail.settings is
'Contact points, pickup branch, interests and the like, as the CMS API hands them out.';

create table cicero.guardian (
    patron_id bigint primary key references cicero.patron on delete cascade,
    person_key bytea not null check (octet_length(person_key) = 32),
    name text not null check (name <> ''),
    contact jsonb not null,
    since timestamptz not null default now()
);
comment on table cicero.guardian is 'Who answers for a child; a child has one.';
create index guardian_by_person on cicero.guardian (person_key);

create schema cms_api;

create table cms_api.cms_user (
    library text not null check (library ~ '^\d{7}$'),
    name text not null check (name ~ '^[A-Za-z0-9._@-]{1,64}$'),
    password_hash text not null check (password_hash like '$argon2id$%'),
    changed_at timestamptz not null default now(),
    locked boolean not null default false,
    primary key (library, name)
);
comment on table cms_api.cms_user is 'A client system of a library: its web site, its CMS.';

create table cms_api.session (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    library text not null,
    name text not null,
    opened_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    foreign key (library, name) references cms_api.cms_user on update cascade on delete cascade
);
comment on column cms_api.session.token_hash is
'SHA-256 of the key that the client holds; who reads this table cannot use it.';
create index session_by_expiry on cms_api.session (expires_at);

create table cms_api.failed_log_in (
    subject bytea primary key check (octet_length(subject) = 32),
    failures integer not null default 1 check (failures > 0),
    last_at timestamptz not null default clock_timestamp(),
    locked_until timestamptz
);
comment on table cms_api.failed_log_in is
'Who failed to log in, as a keyed hash of library and user or card; forgotten with a success.';
create index failed_log_in_by_age on cms_api.failed_log_in (last_at);
