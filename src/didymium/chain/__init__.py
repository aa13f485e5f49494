"""The chain: stoichiometry, recipes, the reconciled base year and the trace through it."""
