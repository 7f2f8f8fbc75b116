-- Run once, by the image of PostgreSQL, when its volume is new: two databases with an owner each, so
-- that Airflow cannot read patrons and the synchroniser cannot read Airflow's secrets; and the role
-- of auditors, which the owner of the patrons may not make.

\set ON_ERROR_STOP on
\set airflow_password `cat /run/secrets/airflow_db_password`
\set patron_password `cat /run/secrets/patron_db_password`

create role airflow login password :'airflow_password';
create role patron_sync login password :'patron_password';
create role patron_sync_auditor nologin;

-- Statements carry card numbers as parameters; the server's log must not.
alter role patron_sync set log_parameter_max_length = 0;

create database airflow owner airflow;
create database patrons owner patron_sync;

revoke all on database airflow from public;
revoke all on database patrons from public;
grant connect on database patrons to patron_sync_auditor;
