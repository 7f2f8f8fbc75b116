"""Measure speed and memory of pull and push against bare programs; run by ``make bench``."""
