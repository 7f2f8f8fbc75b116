# Airflow's official image for its base system, user and entrypoint; the packages are this project's.
FROM apache/airflow:3.3.2-python3.11

# An environment of its own, with exactly what the tests ran on. The one of the image holds many more
# providers, made for other versions; some fail beside ours, with a page of errors at every command.
ENV VIRTUAL_ENV=/home/airflow/patron-sync
RUN python3 -m venv "$VIRTUAL_ENV"
ENV PATH=$VIRTUAL_ENV/bin:$PATH

# First what changes seldom, so that a change of code does not install everything again.
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt

# The code belongs to root and is only read. It is installed where it lies, since it finds its SQL
# and configuration beside itself; that also puts `plugins` and the stand-ins on Python's path.
COPY . /opt/patron-sync
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable /opt/patron-sync \
    && mkdir /opt/airflow/audit /opt/airflow/auth /opt/airflow/registry

ENV AIRFLOW__CORE__DAGS_FOLDER=/opt/patron-sync/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/patron-sync/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=false
