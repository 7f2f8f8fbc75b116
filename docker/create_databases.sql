-- Run once, by the image of PostgreSQL, when its volume is new: two databases with an owner each, so
-- that Airflow cannot read patrons and the synchroniser cannot read Airflow's secrets.

\set ON_ERROR_STOP on
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv patron_password PATRON_DB_PASSWORD

create role airflow login password :'airflow_password';
create role patron_sync login password :'patron_password';

create database airflow owner airflow;
create database patrons owner patron_sync;

revoke all on database airflow from public;
revoke all on database patrons from public;
