"""What the stand-ins of library systems that speak JSON have in common."""
