# Airflow's official image for its base system, user and entrypoint; the packages are this project's.
FROM apache/airflow:3.3.2-python3.11

# An environment of its own, with exactly what the tests ran on. The one of the image holds many more
# providers, made for other versions; some fail beside ours, with a page of errors at every command.
ENV VIRTUAL_ENV=/home/airflow/patron-sync PIP_USER=false
RUN python3 -m venv "$VIRTUAL_ENV"
ENV PATH=$VIRTUAL_ENV/bin:$PATH

# First what changes seldom, so that a change of code does not install everything again. By uv, as
# `make` does: with checksums, pip refuses a package that is asked for with and without an extra.
COPY requirements.txt tools/uv.txt /tmp/
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/uv.txt \
    && UV_SYSTEM_CERTS=1 uv pip install --no-cache --require-hashes -r /tmp/requirements.txt

# The code belongs to root and is only read. It is installed where it lies, since it finds its SQL
# and configuration beside itself; that also puts `plugins` and the stand-ins on Python's path.
# An empty airflow.cfg keeps Airflow from writing one, which it could not: containers are read-only.
COPY . /opt/patron-sync
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable /opt/patron-sync \
    && mkdir /opt/airflow/audit /opt/airflow/registry \
    && touch /opt/airflow/airflow.cfg

# Programs that need secrets get them from files; compiled code, since nobody can write it later.
USER root
RUN mkdir /opt/patron-sync/bin \
    && for program in airflow patron-sync; do \
        ln -s ../docker/with_secrets.py "/opt/patron-sync/bin/$program"; done \
    && python3 -m compileall -q /opt/patron-sync
USER airflow
ENV PATH=/opt/patron-sync/bin:$PATH

ENV AIRFLOW__CORE__DAGS_FOLDER=/opt/patron-sync/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/patron-sync/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=false
