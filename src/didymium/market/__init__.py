"""The market: the chain through time, with licence queues and two prices."""
