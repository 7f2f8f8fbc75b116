"""Rules of the data syncs from library systems to person profiles: paths, values, conditions."""
