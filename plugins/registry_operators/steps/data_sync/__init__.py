"""The steps of a data sync: open, extract, filter, plan, guard, load, report."""
