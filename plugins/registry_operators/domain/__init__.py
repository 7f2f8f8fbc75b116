"""Values and rules of patron synchronisation: pure, without I/O, clocks or Airflow."""
