"""The CMS API: patrons of a library by HTTP, for clients that were written for Cicero."""
