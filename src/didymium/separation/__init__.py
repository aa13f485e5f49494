"""Plant science: equilibrium, cascades at steady state and in time, design, size and cost."""
