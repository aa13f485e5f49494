"""Ensembles: sampled runs of a task in many processes, kept in a store that resumes, and read as fans and odds."""
